"""Judges behind a service that speaks as OpenAI's does: images as PNG in data URLs, answers by a JSON schema."""

from __future__ import annotations

import base64
import io
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from engine.judges.base import LONGEST_SIDE, Answer, Judge, Listener, NoAnswer, Question
from engine.judges.reading import LONGEST
from engine.models.catalogue import Entry, entry
from engine.service import Declined, Service, Unusable, facts, spoken

CODE_VERSION = "1"
"""Changes whenever the same question would be put to a service in another way."""
SETTINGS: Mapping[str, Any] = {"temperature": 0}
"""What is asked of a model whose catalogue entry has no settings of its own."""
FORMS = ("schema", "object", "none")
CUT = ("length", "max_tokens")
"""What services call an answer that reached its limit."""
MILLION = 1_000_000


class Remote(Judge):
    """A model of a service.

    Args:
        service: the model, and how it is reached.
        known: its catalogue entry. `settings` go into every request; of `service`, `form` says how the answer's form
            is asked for (`schema`; `object` or `none` for a service that can't do that), and `read_cost` and
            `write_cost` what a million tokens cost, where the service doesn't say the cost of an answer.

    Raises `ValueError` for a form that there isn't.
    """

    def __init__(self, service: Service, known: Entry):
        self._service, self._settings = service, dict(known.settings or SETTINGS)
        self._form = str(known.service.get("form", FORMS[0]))
        if self._form not in FORMS:
            raise ValueError(f"{known.name}: form is {', '.join(FORMS)}, not {self._form!r}")
        self._prices = known.service.get("read_cost"), known.service.get("write_cost")
        self.batch_size = 4 * service.at_once

    @classmethod
    def open(cls, name: str, home: Path) -> Remote:
        """The judge of a catalogue entry. Raises `MissingKey`, `ValueError`."""
        known = entry(name, home)
        return cls(Service.open(name, known, home), known)

    @property
    def version(self) -> str:
        """The model's name at the service: what stands behind it may change without notice."""
        settings = " ".join(f"{name}={value}" for name, value in sorted(self._settings.items()))
        return f"{self._service.model} code-{CODE_VERSION} {LONGEST_SIDE}-pixels {self._form} {settings}".strip()

    def answers(
        self, questions: Sequence[Question], heard: Listener | None = None
    ) -> Generator[Answer | NoAnswer, None, None]:
        """As the base class says; several are asked at once.

        Raises:
            httpx2.HTTPStatusError: the service knows neither key nor model, or wants to be paid.
        """
        for told in self._service.answers("chat/completions", [self._body(each) for each in questions], heard):
            if isinstance(told, Unusable):
                came = Answer("", *_counted(told.facts), facts=_others(told.facts)) if told.facts else None
                yield NoAnswer(str(told), came, refused=isinstance(told, Declined))
            else:
                yield self._answer(told)

    def _body(self, question: Question) -> dict[str, Any]:
        content = [
            {"type": "text", "text": part}
            if isinstance(part, str)
            else {"type": "image_url", "image_url": {"url": data_url(part)}}
            for part in question.parts
        ]
        body = {**self._settings, "messages": [{"role": "user", "content": content}]}
        if self._form == "schema":
            schema = {"name": question.name, "strict": True, "schema": question.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self._form == "object":
            body["response_format"] = {"type": "json_object"}
        return body

    def _answer(self, told: Mapping[str, Any]) -> Answer | NoAnswer:
        known = facts(told)
        tokens, cost = _counted(known)
        came = Answer("", tokens, self._cost(told) if cost is None else cost, _others(known))
        try:
            said, refusal = spoken(told)
            stopped = told["choices"][0].get("finish_reason")
        except (KeyError, IndexError, TypeError, AttributeError):
            return NoAnswer(f"the answer has another form: {self._service.hidden(str(told))}", came)
        came = replace(came, text=(refusal or said)[:LONGEST])
        if refusal:
            return NoAnswer(f"the service refused: {self._service.hidden(refusal)}", came, refused=True)
        if stopped in CUT:
            return NoAnswer(f"the answer was cut off: {self._service.hidden(said)}", came)
        if not said.strip():
            return NoAnswer("the answer is empty", came)
        return came

    def _cost(self, told: Mapping[str, Any]) -> float | None:
        """By the prices of the catalogue, where tokens read and written were counted."""
        usage = told.get("usage")
        used = usage if isinstance(usage, dict) else {}
        counts = used.get("prompt_tokens"), used.get("completion_tokens")
        if not all(isinstance(each, int | float) for each in (*counts, *self._prices)):
            return None
        return sum(count * price for count, price in zip(counts, self._prices, strict=True)) / MILLION  # type: ignore[operator]


def data_url(image: Image.Image) -> str:
    """An image as a PNG in a data URL: compression without loss, since a judge may be asked about compression."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _others(known: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an answer that have no column of their own."""
    return {name: value for name, value in known.items() if name not in ("tokens", "cost")}


def _counted(known: Mapping[str, Any]) -> tuple[int | None, float | None]:
    """Tokens and cost, where they are numbers that can be added up."""
    tokens, cost = known.get("tokens"), known.get("cost")
    return (
        tokens if isinstance(tokens, int) and not isinstance(tokens, bool) and tokens >= 0 else None,
        float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost < 1e9 else None,
    )
