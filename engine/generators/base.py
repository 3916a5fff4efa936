"""The generator contract: requests in, images with provenance out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from PIL import Image

from engine.generators import MEMORIES


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


class Failed(Exception):
    """This image came to nothing, the others of its batch did: pixels that are no numbers, a broken answer."""


LARGEST_BATCH = 1024


@dataclass(frozen=True)
class Manner:
    """How a generator is to be run on its device. It belongs to a run, not to an image.

    Args:
        memory: `full`, all of the model on the device; `offload`, its parts there in turn; `tight`, as little as can
            be, at the cost of other pixels, which the version then tells; `auto`, the first of these that the device
            has room for.
        batch_size: images made together; None for as many as there is room for and gain by it.
    """

    memory: str = "auto"
    batch_size: int | None = None

    def __post_init__(self) -> None:
        if self.memory not in MEMORIES:
            raise ValueError(f"memory is one of {', '.join(MEMORIES)}, not {self.memory!r}")
        if self.batch_size is not None and not 1 <= self.batch_size <= LARGEST_BATCH:
            raise ValueError(f"a batch is of 1 to {LARGEST_BATCH}, not {self.batch_size}")


ANYHOW = Manner()

StepCallback = Callable[[int, int], None]
"""Called with (step, steps) inside one image; raising from it cancels that image."""


Sketch = tuple[Image.Image, str]
"""What unfinished images look like, side by side, and in a few words how true that is."""
SketchCallback = Callable[[Callable[[], Sketch]], None]
"""Called inside an image with a function that draws the sketch, if the callee wants one just then."""


class Generator(ABC):
    """One generator, loaded.

    Class attributes: name (how it is asked for), base (the name of the model it was aligned from, if any),
    edits (whether it needs an input image), instructed (whether it is told in words what to change in that image),
    renders (effect -> the strengths that runs ask it for; None where a prompt can ask it for anything), about (what it
    is and can't do), libraries (installed packages whose version can change the pixels). Progress reads them in the
    terminal, so importing the class must be quick: heavy libraries are imported when it is made.

    An instance may set:
        batch_size: how many pairs are made and stored at once; None for as many as a chunk of work holds. Small where
            an image takes long, since a killed worker loses the batch in hand.

    Whoever runs an instance may set:
        on_sketch: to be shown images while they are made, by generators that can. It must not change the pixels.
    """

    name: ClassVar[str]
    base: ClassVar[str | None] = None
    edits: ClassVar[bool] = False
    instructed: ClassVar[bool] = False
    renders: ClassVar[Mapping[str, Sequence[float]] | None] = None
    about: ClassVar[str]
    libraries: ClassVar[Sequence[str]] = ()

    batch_size: int | None = None
    on_sketch: SketchCallback | None = None

    @classmethod
    def open(cls, name: str, home: Path, device: str | None = None, manner: Manner = ANYHOW) -> Generator:
        """The generator under a name, ready to work; those with weights or a service look for them from `home`.

        Args:
            device: as torch names it; None for the graphics card if there is one.
            manner: how to run it, as far as that means anything to it.
        """
        return cls()

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raises `ValueError` for settings that it doesn't know or can't take; asked before a run is queued."""
        if settings:
            raise ValueError(f"{cls.name} takes no settings, not {', '.join(sorted(settings))}")

    @classmethod
    def memory_of(cls, version: str) -> str | None:
        """The `Manner.memory` under which a version of it is made again; None for a generator that has no choice."""
        return None

    @property
    @abstractmethod
    def version(self) -> str:
        """Weights revision and code version: all that can change the pixels, beside the request."""

    def prepare(self, requests: Sequence[Request], on_step: StepCallback | None = None) -> None:  # noqa: B027
        """Hear of all that will be asked soon, in batches: what is better done for all at once is done now."""

    @abstractmethod
    def generate(
        self, requests: Sequence[Request], on_step: StepCallback | None = None
    ) -> Iterator[Image.Image | Refused | Failed]:
        """One RGB image, or why there is none, for each request in order."""

    def described(self, request: Request) -> dict[str, Any]:
        """What else to keep of how the image that was yielded last was made: plain values for its provenance."""
        return {}
