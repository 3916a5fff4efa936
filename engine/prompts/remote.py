"""A writer behind a service: a chat that answers in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.models.catalogue import Entry, entry
from engine.prompts.base import CUT, Answer, Conversation, StepCallback, Writer
from engine.prompts.instructions import INSTRUCTIONS_VERSION
from engine.service import Declined, Service, Unusable, facts, spoken

CODE_VERSION = "1"
"""Changes whenever the same conversation would be put to a service in another way."""


class RemoteWriter(Writer):
    """A model of a service. Its settings (`temperature`, `max_tokens`, …) are passed on as the catalogue has them.

    Args:
        known: its entry in the catalogue.
        home: the home's folder.
        service: how it is reached; None to open it, with its key from the environment, at the first question.
    """

    def __init__(self, name: str, known: Entry, home: Path, service: Service | None = None):
        self.name, self._known, self._home, self._service = name, known, home, service
        self.batch_size = max(1, int(known.service.get("at_once", 4)))

    @classmethod
    def open(cls, name: str, home: Path, device: str | None = None) -> Writer:
        """As the base class says."""
        return cls(name, entry(name, home), home)

    @property
    def version(self) -> str:
        """The model's name at the service, what it is told, and how: what stands behind it may change unseen."""
        settings = [f"{name}={value}" for name, value in sorted(self._known.settings.items())]
        return " ".join([self._known.remote, *settings, f"code-{CODE_VERSION}.{INSTRUCTIONS_VERSION}"])

    def answers(
        self, conversations: Sequence[Conversation], on_step: StepCallback | None = None
    ) -> Iterator[Answer | Unusable]:
        """As the base class says; several are asked for at once.

        Raises:
            MissingKey: the service's key is not in the environment.
            httpx2.HTTPStatusError: the service knows neither key nor model, or wants to be paid.
        """
        self._service = self._service or Service.open(self.name, self._known, self._home)
        for told in self._service.answers("chat/completions", [self._body(each) for each in conversations], on_step):
            yield told if isinstance(told, Unusable) else self._answer(told)

    def _body(self, conversation: Conversation) -> dict[str, Any]:
        messages = [message._asdict() for message in conversation.messages]
        return {"seed": conversation.seed, **self._known.settings, "messages": messages}

    def _answer(self, told: Mapping[str, Any]) -> Answer | Unusable:
        assert self._service
        try:
            words, refusal = spoken(told)
            ended = told["choices"][0].get("finish_reason") != "length"
        except (KeyError, IndexError, TypeError, AttributeError):
            return Answer("", facts(told), f"it has another form than a chat's: {self._service.hidden(str(told))}")
        if refusal:
            return Declined(f"the service refused: {self._service.hidden(refusal)}", facts(told))
        return Answer(words, facts(told), "" if ended else CUT)
