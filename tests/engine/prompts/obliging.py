"""What an obedient language model would answer to our instructions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def obeying(messages: list[Mapping[str, Any]]) -> str:
    """The effects of the list in their order, then the subject."""
    asked = next(message["content"] for message in messages if message["role"] == "user")
    subject, _, effects = asked.partition("\nEffects:\n")
    listed = ", ".join(line.removeprefix("- ") for line in effects.splitlines())
    return f"Ruled by {listed}: {subject.removeprefix('Subject: ')}"
