"""The settings of an image, checked: what the catalogue says of a model, and what a run says instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_STEPS = 1000
COMPILE = ("default", "reduce-overhead", "max-autotune")
"""What torch.compile calls its modes."""
LEAST_EDGE, MOST_EDGE = 16, 4096
EDGE_STEP = 16
"""Every family works on edges that are a multiple of this."""


@dataclass(frozen=True)
class Settings:
    """How an image is made. None: as the pipeline does by itself.

    Args:
        steps: of denoising.
        guidance: how much the prompt outweighs chance; the pipeline's own scale.
        width, height: in pixels.
        text_tokens: how long a prompt T5 reads, where the family has it.
        compile: the mode in which torch.compile readies the denoiser; it takes minutes once, and may round otherwise.
        strength: how far img2img goes from its image, above 0; 1 leaves nothing of it.
    """

    steps: int | None = None
    guidance: float | None = None
    width: int | None = None
    height: int | None = None
    text_tokens: int | None = None
    compile: str | None = None
    strength: float | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Settings:
        """Settings from plain values: `size` is one number for a square, or as in `1024x768`.

        Raises:
            ValueError: an unknown name, or a value out of range.
        """
        given = dict(values)
        if "size" in given:
            given["width"], given["height"] = edges(given.pop("size"))
        unknown = given.keys() - cls.__dataclass_fields__.keys()
        if unknown:
            known = ", ".join(["size", *cls.__dataclass_fields__])
            raise ValueError(f"unknown setting {', '.join(sorted(unknown))}; known: {known}")
        made = cls(
            steps=_whole("steps", given.get("steps"), 1, MOST_STEPS),
            guidance=_number("guidance", given.get("guidance"), 0, 100),
            width=_edge("width", given.get("width")),
            height=_edge("height", given.get("height")),
            text_tokens=_whole("text_tokens", given.get("text_tokens"), 1, 512),
            compile=_word("compile", given.get("compile"), COMPILE),
            strength=_number("strength", given.get("strength"), 0, 1),
        )
        if made.strength == 0:
            raise ValueError("strength must be above 0, which would give the image back as it was, and at most 1")
        if (made.width is None) != (made.height is None):
            raise ValueError("width and height go together")
        return made


def edges(size: object) -> tuple[int, int]:
    """Width and height of `1024`, `1024x768` or `1024×768`. Raises `ValueError`."""
    parts = str(size).lower().replace("×", "x").split("x")
    try:
        numbers = [int(part) for part in parts]
    except ValueError:
        raise ValueError(f"a size is one number or WIDTHxHEIGHT, not {size!r}") from None
    if len(numbers) not in (1, 2):
        raise ValueError(f"a size is one number or WIDTHxHEIGHT, not {size!r}")
    return numbers[0], numbers[-1]


def _word(name: str, value: object, known: Sequence[str]) -> str | None:
    if value is not None and value not in known:
        raise ValueError(f"{name} must be {', '.join(known)}, not {value!r}")
    return None if value is None else str(value)


def _number(name: str, value: object, least: float, most: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}, not {value!r}")
    return value


def _whole(name: str, value: object, least: int, most: int) -> int | None:
    number = _number(name, value, least, most)
    if number is None:
        return None
    if number != int(number):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    return int(number)


def _edge(name: str, value: object) -> int | None:
    edge = _whole(name, value, LEAST_EDGE, MOST_EDGE)
    if edge is not None and edge % EDGE_STEP:
        raise ValueError(f"{name} must be a multiple of {EDGE_STEP}, not {value!r}")
    return edge
