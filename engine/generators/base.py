"""The generator contract: requests in, images with provenance out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from PIL import Image


class Ask(NamedTuple):
    """One effect that a wide prompt asks for: its dimension, the effect's name, and a strength 0–1."""

    dimension: str
    effect: str
    strength: float


@dataclass(frozen=True)
class Request:
    """One image to make.

    Args:
        prompt: the text given to the generator.
        seed: fixes every random draw.
        asks: the effects that the prompt asks for; empty for an original prompt.
        input_image: the RGB image to start from, for generators that edit.
        settings: everything else that changes the pixels, as plain JSON values.
    """

    prompt: str
    seed: int
    asks: tuple[Ask, ...] = ()
    input_image: Image.Image | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


class Refused(Exception):
    """The generator would not, or honestly could not, make this image; the message says why."""


StepCallback = Callable[[int, int], None]
"""Called with (step, steps) inside one image; raising from it cancels that image."""


class Generator(ABC):
    """One generator, loaded.

    Class attributes: name (how it is asked for), base (the name of the model it was aligned from, if any),
    edits (whether it needs an input image), renders (effect -> the strengths that runs ask it for; None where a
    prompt can ask it for anything), about (what it is and can't do). Progress reads them in the terminal, so
    importing the class must be quick: heavy libraries are imported when it is made.
    """

    name: ClassVar[str]
    base: ClassVar[str | None] = None
    edits: ClassVar[bool] = False
    renders: ClassVar[Mapping[str, Sequence[float]] | None] = None
    about: ClassVar[str]

    @property
    @abstractmethod
    def version(self) -> str:
        """Weights revision and code version: all that can change the pixels, beside the request."""

    @abstractmethod
    def generate(
        self, requests: Sequence[Request], on_step: StepCallback | None = None
    ) -> Iterator[Image.Image | Refused]:
        """One RGB image, or the `Refused` that says why not, for each request in order."""
