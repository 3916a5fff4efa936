"""Reading what a judge said, strictly: one JSON object with exactly the fields that were asked for, or no answer."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

LONGEST = 20_000
SHOWN = 120
FENCED = re.compile(r"\A```(?:json)?\s*(\{.*\})\s*```\Z", re.DOTALL)


class Malformed(ValueError):
    """An answer is not of the form that was asked for; says in what."""


def object_with(text: str, fields: Collection[str]) -> dict[str, Any]:
    """The JSON object that an answer consists of; a fence of Markdown around it is let pass.

    Raises:
        Malformed: words beside it, no JSON, a field too many, too few or twice.
    """
    stripped = text.strip()
    fenced = FENCED.match(stripped)
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        found = json.loads(fenced[1] if fenced else stripped, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the answer is no JSON: {_beginning(text)}") from error
    require_fields(found, fields, "the answer")
    return dict(found)


def require_fields(value: Any, fields: Collection[str], what: str) -> None:
    """Raises `Malformed` unless it is an object with exactly these fields."""
    if not isinstance(value, dict):
        raise Malformed(f"{what} is no JSON object: {_beginning(json.dumps(value))}")
    if lacking := [name for name in fields if name not in value]:
        raise Malformed(f"{what} lacks {', '.join(lacking)}")
    if extra := [name for name in value if name not in fields]:
        raise Malformed(f"{what} has a field that nobody asked for: {_beginning(', '.join(extra))}")


def whole_number(value: Any, name: str, most: int) -> int:
    """A whole number from 0 to `most`. Raises `Malformed`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        raise Malformed(f"{name} is no whole number: {_beginning(json.dumps(value))}")
    if not 0 <= value <= most:
        raise Malformed(f"{name} is {value}, and not from 0 to {most}")
    return int(value)


def words(value: Any, name: str) -> str:
    """A text. Raises `Malformed`."""
    if not isinstance(value, str):
        raise Malformed(f"{name} is no text: {_beginning(json.dumps(value))}")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a field stands twice")
    return dict(pairs)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _beginning(text: str) -> str:
    plain = " ".join(text.split())
    return (plain[: SHOWN - 1] + "…" if len(plain) > SHOWN else plain) or "nothing"
