"""The contract of a writer: a language model that is asked for wide prompts, one conversation each.

Which effects a prompt asks for is drawn by the program, never by a writer; a writer has the words alone. The template
(`engine.prompts.writer`) is no writer of this kind: it needs no model and is never wrong.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.generators.base import Ask

if TYPE_CHECKING:
    from engine.service import Unusable

StepCallback = Callable[[int, int], None]
"""Called with (step, steps) while answers come; raising from it ends the asking."""


class Writing(NamedTuple):
    """One wide prompt to write: P_o, the effects to ask for, and the seed of every draw."""

    caption: str
    asks: tuple[Ask, ...]
    seed: int

    @property
    def key(self) -> str:
        """Names what is asked for: the same for every run and generator that needs these words."""
        text = json.dumps([self.caption, [list(ask) for ask in self.asks], self.seed], ensure_ascii=False)
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Message(NamedTuple):
    """One turn of a conversation; the role is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True)
class Conversation:
    """What a writer answers: the turns so far, and the seed of its sampling."""

    messages: tuple[Message, ...]
    seed: int


@dataclass(frozen=True)
class Answer:
    """What a writer said.

    Args:
        text: as it came.
        facts: how it was made, as plain values: tokens, cost, the model that answered.
        fault: what is wrong with it before anyone has read it, as that a limit ended it.
    """

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""


CUT = "it was cut off before its end"


class Writer(ABC):
    """One language model that writes wide prompts.

    Opening it must be cheap, since its version is needed where nothing is left to write: weights are loaded, and a
    service is reached, at the first answer.

    An instance sets:
        name: how it is asked for.
        batch_size: how many answers are asked for, and kept, at once.
    """

    name: str
    batch_size: int = 1

    @classmethod
    @abstractmethod
    def open(cls, name: str, home: Path, device: str | None = None) -> Writer:
        """The writer under a name. Raises whatever says that it isn't here."""

    @property
    @abstractmethod
    def version(self) -> str:
        """Model, settings and code version: all that can change the words, beside the request."""

    @abstractmethod
    def answers(
        self, conversations: Sequence[Conversation], on_step: StepCallback | None = None
    ) -> Iterator[Answer | Unusable]:
        """The answer to each conversation in order, or why there is none."""
