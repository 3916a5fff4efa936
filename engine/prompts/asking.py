"""Asking a writer for wide prompts until each is as it must be, or was asked for often enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.prompts.base import Answer, Conversation, StepCallback, Writer, Writing
from engine.prompts.checks import MOST_CHARACTERS, fault, refuses
from engine.prompts.instructions import asked_again, first_messages
from engine.prompts.writer import clean_caption
from engine.service import Declined, Unusable

TRIES = 3
"""So often is a writer asked for one prompt. What a service itself asks again (see `engine.service`) counts as once."""
SHOWN = 160
SUMMED = ("tokens", "cost")
"""Facts of an answer that add up over the tries."""
THOUGHTS = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
"""What some models say to themselves before they answer."""


@dataclass
class _Asked:
    """One prompt on its way: the conversation, what it cost so far, and what has come of it."""

    writing: Writing
    conversation: Conversation
    facts: dict[str, Any] = field(default_factory=dict)
    tries: int = 0
    result: Answer | Unusable | None = None

    @property
    def is_over(self) -> bool:
        """What a service couldn't deliver is not asked for again: it was, there."""
        return isinstance(self.result, Answer) or type(self.result) is Unusable

    def hear(self, answer: Answer | Unusable) -> None:
        """Take an answer, or go on with the conversation."""
        self.tries += 1
        for name, value in answer.facts.items():
            adds_up = name in SUMMED and isinstance(value, int | float)
            self.facts[name] = self.facts.get(name, 0) + value if adds_up else value
        messages = self.conversation.messages
        if isinstance(answer, Unusable):
            self.result = answer
        else:
            text = _text(answer.text)
            refused = refuses(text)
            wrong = (
                "it is a refusal" if refused else answer.fault or fault(text, self.writing.caption, self.writing.asks)
            )
            if not wrong:
                self.result = Answer(clean_caption(text), {**self.facts, "tries": self.tries})
                return
            said = f"after {self.tries} tries: {wrong}; it said {_shown(text)}"
            self.result = Declined(said, self.facts) if refused else _Faulty(said, self.facts)
            if text:
                messages = asked_again(messages, text[:MOST_CHARACTERS], wrong)
        self.conversation = Conversation(messages, self.conversation.seed + 1)


class _Faulty(Unusable):
    """The writer answered, but not as it must."""


def write(
    writer: Writer, writings: Sequence[Writing], on_step: StepCallback | None = None
) -> list[Answer | Unusable | ValueError]:
    """A wide prompt for each of the writings, checked, or why there is none; a refusal is a `Declined`.

    An answer that can't be used is followed by what is wrong with it, and asked for again, `TRIES` times in all. A
    caption that nobody can write from is a `ValueError` in its place.
    """
    results: list[_Asked | ValueError] = []
    for writing in writings:
        try:
            results.append(_Asked(writing, Conversation(first_messages(writing), writing.seed)))
        except ValueError as error:
            results.append(error)
    asked = [each for each in results if isinstance(each, _Asked)]
    for _ in range(TRIES):
        still = [each for each in asked if not each.is_over]
        if still:
            for each, answer in zip(still, writer.answers([each.conversation for each in still], on_step), strict=True):
                each.hear(answer)
    return [each if isinstance(each, ValueError) else _result(each) for each in results]


def _result(asked: _Asked) -> Answer | Unusable:
    assert asked.result
    return asked.result


def _text(said: str) -> str:
    """The answer without thoughts, marks around it, and space at its ends."""
    text = THOUGHTS.sub("", said, count=1).strip()
    pairs = {'"': '"', "“": "”", "«": "»", "`": "`"}
    if len(text) > 1 and pairs.get(text[0]) == text[-1] and text.count(text[0]) <= 2:
        text = text[1:-1].strip()
    return text


def _shown(text: str) -> str:
    """The beginning of an answer on one line, for a message."""
    line = " ".join(text.encode("utf-8", "replace").decode().split())
    return f"“{line[:SHOWN]}…”" if len(line) > SHOWN else f"“{line}”"
