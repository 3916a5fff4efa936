"""Numbers as screens write them: one way for shares, margins, counts, intervals and times."""

from __future__ import annotations

from collections.abc import Callable

MINUS = "−"
NONE = "–"
"""Stands for a number that isn't there, such as a bound over fewer than two clusters."""


def percent(share: float | None) -> str:
    """A share of 0–1, such as `12.5%`."""
    return NONE if share is None else f"{share * 100:.1f}%"


def points(share: float | None) -> str:
    """A share of 0–1 without its sign, for bounds beside a percentage."""
    return NONE if share is None else f"{share * 100:.1f}"


def number(value: float | None) -> str:
    """About three digits, with a true minus."""
    if value is None:
        return NONE
    size = abs(value)
    decimals = 3 if size < 1 else 2 if size < 10 else 1 if size < 1000 else 0
    return f"{value:.{decimals}f}".replace("-", MINUS)


def signed(value: float | None) -> str:
    """As `number`, with a plus before what is above zero."""
    return f"+{number(value)}" if value is not None and value > 0 else number(value)


def count(n: int) -> str:
    """At most four characters: 9999, 12k, 1.2M."""
    if n < 10_000:
        return str(n)
    return f"{n / 1000:.0f}k" if n < 999_500 else f"{n / 1e6:.1f}M"


def bounds(low: float | None, high: float | None, write: Callable[[float | None], str]) -> str:
    """An interval such as `[6.1, 23.4]`; `[–]` where there is none."""
    return f"[{NONE}]" if low is None or high is None else f"[{write(low)}, {write(high)}]"


def plural(n: int, word: str) -> str:
    """`1 pair`, `2 pairs`, `12,000 pairs`."""
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def duration(seconds: float) -> str:
    """`8 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def brief(seconds: float) -> str:
    """A short time with two digits: `8.3 ms`, `250 ms`, `1.4 s`, `35 s`; longer ones as `duration`."""
    if seconds >= 60:
        return duration(seconds)
    if seconds >= 1:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


def gib(size: int) -> str:
    """Bytes as `350 MiB` or `1.2 GiB`."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


def bar(share: float, width: int) -> tuple[str, str]:
    """A share of 0–1 as a line `width` cells long: its heavy part and its light rest."""
    halves = round(min(max(share, 0.0), 1.0) * width * 2)
    heavy = "━" * (halves // 2) + "╸" * (halves % 2)
    return heavy, "─" * (width - len(heavy))


def strip(
    value: float, low: float | None, high: float | None, width: int, middle: bool = False, point: str = "●"
) -> str:
    """A value on a line from 0 to 1 with its interval: `··├──●───┤···`.

    Args:
        middle: whether the place of one half is marked.
        point: what stands at the value.
    """

    def place(share: float) -> int:
        return min(max(round(share * (width - 1)), 0), width - 1)

    cells = ["·"] * width
    if middle:
        cells[place(0.5)] = "┊"
    if low is not None and high is not None:
        left, right = place(low), place(high)
        cells[left : right + 1] = "─" * (right - left + 1)
        cells[left], cells[right] = "├", "┤"
    cells[place(value)] = point
    return "".join(cells)
