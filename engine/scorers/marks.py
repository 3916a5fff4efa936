"""A model's own marks inside a prompt: with them a prompt could end the question, or add an image or an answer."""

from __future__ import annotations

from collections.abc import Iterable


def without_marks(prompt: str, marks: Iterable[str]) -> str:
    """The prompt without the model's marks, and without those that taking some out would put together."""
    longest_first = sorted(marks, key=len, reverse=True)
    while found := [mark for mark in longest_first if mark in prompt]:
        for mark in found:
            prompt = prompt.replace(mark, "")
    return prompt
