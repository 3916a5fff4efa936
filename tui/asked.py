"""What a person typed to ask for a run, as its wants take it: one grammar for the command line and the form.

Every function raises `ValueError` that says in one line what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

FILE = "prompts:"
"""Before the name of a file whose lines are original prompts."""
MOST_TEXT = 100_000_000
"""Characters of such a file: a device or a pipe may have no end."""

Value = str | int | float


def originals(text: str) -> tuple[str | tuple[int, ...], tuple[str, ...]]:
    """What to start from, and prompts: conventional, all, collection:NAME, image ids `12,15`, or `prompts:FILE`."""
    if text.startswith(FILE):
        return "prompts", prompts(Path(text.removeprefix(FILE)).expanduser())
    return ids_or_name(text), ()


def ids_or_name(text: str) -> str | tuple[int, ...]:
    """`12,15` as image ids; anything else as it is."""
    parts = text.split(",")
    return tuple(int(part) for part in parts) if all(part.strip().isdecimal() for part in parts) else text


def prompts(path: Path) -> tuple[str, ...]:
    """The lines of a text file that are not empty, each once."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(MOST_TEXT + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: can't be read as UTF-8 text: {error}") from error
    if len(text) > MOST_TEXT:
        raise ValueError(f"{path}: goes on beyond {MOST_TEXT:,} characters")
    found = tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not found:
        raise ValueError(f"{path}: holds no prompt; each line is one")
    return found


def strengths(texts: Iterable[str]) -> tuple[tuple[float, ...], bool]:
    """Strengths, and whether they are a sweep: `0.5` is one, `0:1:0.25` goes from 0 to 1 by 0.25."""
    given = list(texts)
    if not any(":" in text for text in given):
        return tuple(number(text) for text in given), False
    if len(given) > 1:
        raise ValueError("a sweep such as 0:1:0.25 stands alone")
    parts = [number(part) for part in given[0].split(":")]
    if len(parts) != 3:
        raise ValueError(f"a sweep is FROM:TO:STEP such as 0:1:0.25, not {given[0]!r}")
    first, last, step = parts
    if not (0 <= first <= last <= 1 and 0.01 <= step <= 1):
        raise ValueError(f"a sweep lies within 0 and 1, by steps of 0.01 or more, not {given[0]!r}")
    steps = [round(first + place * step, 6) for place in range(int((last - first) / step + 1e-9) + 1)]
    return tuple(strength for strength in steps if strength > 0), True  # strength 0 is I_o, which every pair has


def number(text: str) -> float:
    """One strength."""
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"a strength is a number, not {text!r}") from None


def settings(texts: Iterable[str]) -> tuple[tuple[str, Value], ...]:
    """`steps=20` and the like as names and values, sorted by name; of a name given twice the last counts."""
    return tuple(sorted(dict(map(setting, texts)).items()))


def setting(text: str) -> tuple[str, Value]:
    """`steps=20` as name and value."""
    name, found, value = text.partition("=")
    if not found or not name:
        raise ValueError(f"a setting is NAME=VALUE such as steps=20, not {text!r}")
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


def running(texts: Iterable[str]) -> dict[str, Any]:
    """`precision=bf16 memory=offload batch-size=4 gpus=0,1`, or some of them, as `Wants` and `Manner` name them."""
    found: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name in ("precision", "memory"):
            found[name] = value
        elif name == "batch-size":
            found["batch_size"] = batch_size(value)
        elif name == "gpus":
            found[name] = numbers(value)
        else:
            raise ValueError(f"precision, memory, batch-size or gpus, such as gpus=0,1, not {text!r}")
    return found


def batch_size(text: str) -> int | None:
    """`4`; None for `auto`."""
    if text == "auto":
        return None
    found = numbers(text)
    if len(found) != 1:
        raise ValueError(f"a size of batches is one number or auto, not {text!r}")
    return found[0]


def numbers(text: str) -> tuple[int, ...]:
    """`0,1` as numbers, each once."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise ValueError(f"{text!r} is no number, nor several with commas between")
    return tuple(dict.fromkeys(map(int, parts)))
