"""A board as lines and sentences: who stands where under one scorer, and what stands next to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tui.figures import bounds, count, plural, strip
from tui.text import fitted, plain
from tui.widgets.line_list import Part

if TYPE_CHECKING:
    from engine.boards import Board, BoardRow

FILTERS = {
    "all": "everything",
    "means": "means only",
    "candidates": "candidates only",
    "curated": "curated only",
}
"""What can be shown."""
STATUS = {"candidate": "○ candidate", "curated": "✓ curated"}
WIDE = 100
"""From so many cells on, a line has room for its interval and a longer strip."""


@dataclass(frozen=True)
class BoardView:
    """What was read, and how it is looked at.

    Args:
        key: the name of the board.
        role: of its scorer; "" for published rows alone.
        files: by image id, the sha256 and suffix of the image.
        shown: a key of `FILTERS`.
    """

    key: str
    board: Board
    role: str = ""
    files: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    shown: str = "all"

    @cached_property
    def rows(self) -> list[BoardRow]:
        """The rows that are shown, best first."""
        keep = {
            "all": lambda row: True,
            "means": lambda row: not row.is_single,
            "candidates": lambda row: row.status == "candidate",
            "curated": lambda row: row.status == "curated",
        }[self.shown]
        return [row for row in self.board.rows if keep(row)]

    @cached_property
    def means(self) -> int:
        """How many means are ranked."""
        return sum(not row.is_single for row in self.board.rows)

    @cached_property
    def images(self) -> int:
        """How many stored single images have a percentile."""
        return sum(row.percentile is not None for row in self.board.rows)

    @cached_property
    def _range(self) -> tuple[float, float]:
        scores = [row.score for row in self.board.rows]
        return (min(scores), max(scores)) if scores else (0.0, 0.0)

    def place(self, score: float) -> float:
        """A score as 0–1 between the lowest and the highest of the board."""
        low, high = self._range
        return (score - low) / (high - low) if high > low else 0.5

    def score(self, value: float | None) -> str:
        """A score with as many decimals as the board's largest needs."""
        if value is None:
            return "–"
        decimals = 3 if max(map(abs, self._range)) < 10 else 2
        return f"{value:.{decimals}f}".replace("-", "−")


def key_of(row: BoardRow) -> tuple[object, ...]:
    """What a row is, from one read to the next."""
    return row.kind, row.image_id, row.source_id, row.name, row.captioned


def _columns(width: int) -> dict[str, int]:
    wide = width >= WIDE
    widths = {"rank": 5, "name": 0, "kind": 11, "status": 12, "score": 8, "interval": 18 if wide else 0, "n": 6}
    widths |= {"pct": 5, "place": 24 if wide else 12}
    widths["name"] = max(width - sum(widths.values()) - 1, 8)
    return widths


def head(width: int) -> list[Part]:
    """The titles of the columns."""
    widths = _columns(width)
    titles = {"rank": " rank", "name": " name", "kind": "kind", "status": "status", "score": "  score "}
    titles |= {"interval": "95% interval", "n": "    n ", "pct": " pct ", "place": "lowest" + "highest".rjust(18)}
    if widths["place"] < 24:
        titles["place"] = "place"
    return [(fitted_raw(titles[name], cells), "") for name, cells in widths.items()]


def line(view: BoardView, index: int, width: int) -> list[Part]:
    """One row."""
    row, widths = view.rows[index], _columns(width)
    single = row.is_single
    low, high = (None if bound is None else view.place(bound) for bound in (row.low, row.high))
    drawn = strip(view.place(row.score), low, high, widths["place"], point="◇" if single else "●")
    interval = bounds(row.low, row.high, view.score) if row.is_estimate else ""
    percentile = "" if row.percentile is None else f"{row.percentile:.0f}"
    return [
        (f"({row.rank})".rjust(5) if single else f"{row.rank} ".rjust(5), "quiet" if single else "bold"),
        (" " + fitted(row.name, widths["name"] - 2) + " ", "" if single else "bold"),
        (fitted(row.kind, widths["kind"]), "quiet"),
        (fitted(STATUS.get(row.status or "", ""), widths["status"]), "high" if row.status == "curated" else "quiet"),
        (f"{view.score(row.score):>7} ", "" if single else "bold"),
        (fitted(interval, widths["interval"]), "quiet"),
        (f"{count(row.n) if row.n is not None else '–':>5} ", "quiet"),
        (f"{percentile:>4} ", "quiet"),
        (drawn, "quiet" if single else ""),
    ]


def fitted_raw(text: str, width: int) -> str:
    """A text of our own, its leading spaces kept, of exactly so many characters."""
    return text[:width].ljust(width)


def sentence(view: BoardView, row: BoardRow) -> str:
    """Where a row stands, in full."""
    of = f"of {plural(view.means, 'mean')}"
    if not row.is_single:
        n = f" of {plural(row.n, 'image')}" if row.n is not None else ""
        what = "published mean" if row.kind == "published" else "mean"
        interval = f" {bounds(row.low, row.high, view.score)}" if row.is_estimate else ""
        return f"{plain(row.name)}: {what} {view.score(row.score)}{interval}{n}, rank {row.rank} {of}"
    where = f"{plain(row.name)}: {view.score(row.score)}, would be rank {row.rank} among {plural(view.means, 'mean')}"
    if row.percentile is None:
        return where
    return f"{where}; percentile {row.percentile:.0f} among {plural(view.images, 'single image')}"


def standing(row: BoardRow) -> str:
    """What else must be known: whether anyone has accepted it, where it was published."""
    words = {
        "candidate": "candidate: no person has accepted it yet",
        "curated": "curated: accepted by a person",
    }.get(row.status or "", "")
    published = "published, not computed here" if row.kind == "published" else ""
    return " · ".join(filter(None, (published, words, plain(row.note))))


def neighbours(view: BoardView, row: BoardRow, around: int) -> list[tuple[str, bool]]:
    """Lines of what stands above and below on the whole board, and whether each is the row itself."""
    rows = view.board.rows
    at = next(index for index, each in enumerate(rows) if key_of(each) == key_of(row))
    near = rows[max(at - around, 0) : at + around + 1]
    return [(f"{view.score(each.score):>8}  {plain(each.name)}", each is rows[at]) for each in near]
