"""The judge contract: a question in words and images, an answer in JSON.

A judge knows nothing of pairs and prompts: `pairwise` and `effects` put the questions and read the answers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

LONGEST_SIDE = 1024
"""In pixels: larger images are scaled down before a judge is shown them, smaller ones are left as they are."""

Listener = Callable[[int, int], None]
"""Hears how many of how many answers have come, often; what it raises ends the asking."""


@dataclass(frozen=True)
class Question:
    """One question.

    Args:
        parts: words and RGB images, in the order in which they are read. Words of ours and of a prompt alike: a judge
            takes care that no mark in a prompt is read as one of its own.
        name: of what is asked, for services that want one.
        schema: JSON Schema of the answer.
    """

    parts: tuple[str | Image.Image, ...]
    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a judge said.

    Args:
        text: JSON, if it did as it was asked.
        tokens: read and written, None where nobody counted.
        cost: in the service's currency, None where it doesn't say.
        facts: what else is known of it, as plain values.
    """

    text: str
    tokens: int | None = None
    cost: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class NoAnswer(Exception):
    """A judge gave no answer that can be used; says why.

    Attributes:
        answer: what came all the same, with what it cost; None where nothing came.
        refused: whether that was the judge's own choice, a finding and no fault.
        full: whether it found no memory.
    """

    def __init__(self, reason: str, answer: Answer | None = None, refused: bool = False, full: bool = False):
        super().__init__(reason)
        self.answer, self.refused, self.full = answer, refused, full


class Judge(ABC):
    """A vision-language model, ready to be asked.

    Attributes:
        batch_size: how many questions it likes to be given at once.
    """

    batch_size: int = 8

    @property
    @abstractmethod
    def version(self) -> str:
        """The model and all else that can change an answer, the question aside."""

    @abstractmethod
    def answers(
        self, questions: Sequence[Question], heard: Listener | None = None
    ) -> Generator[Answer | NoAnswer, None, None]:
        """The answer to each question, in order, or why there is none.

        Raises whatever `heard` raises, and where no further question can be answered: a key that isn't right, say.
        """


def shown(image: Image.Image) -> Image.Image:
    """An image as judges see it: RGB, no side longer than `LONGEST_SIDE`."""
    smaller = image.convert("RGB")
    smaller.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return smaller
