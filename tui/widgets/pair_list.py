"""The list of pairs: an array of ids, of any length, whose rows are read a page at a time as they come into view."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from sqlite3 import Row
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import work
from textual.binding import BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tui.views.pairs import HEADINGS, PairLine, columns, in_columns, pair_line

AROUND = 40
"""Rows read beyond both ends of what is in view."""
MOST_ROWS = 4000
"""Rows kept."""


class PairList(ScrollView, can_focus=True, inherit_bindings=False):
    """One line a pair, with a cursor. The page gives it keys.

    Args:
        read_rows: called in a thread with ids; returns rows of `store.queries.pairs.pair_rows`.
    """

    DEFAULT_CSS = """
    PairList {
        height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
    }
    PairList > .pair-list--cursor { background: $block-cursor-blurred-background; text-style: none; }
    PairList:focus > .pair-list--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    PairList > .pair-list--wide { color: $text-success; }
    PairList > .pair-list--original { color: $text-warning; }
    PairList > .pair-list--quiet { color: $foreground-muted; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pair-list--cursor",
        "pair-list--wide",
        "pair-list--original",
        "pair-list--quiet",
    }
    BINDINGS: ClassVar[list[BindingType]] = []

    cursor: reactive[int] = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor stands on another pair, or on none."""

        def __init__(self, pair_id: int | None):
            super().__init__()
            self.pair_id = pair_id

    class Painted(Message):
        """The first answer, rows or none, has been drawn."""

    class Opened(Message):
        """The pair under the cursor was clicked again."""

    class RowsRead(Message):
        """Rows have come."""

        def __init__(self, lines: Mapping[int, PairLine], edition: int):
            super().__init__()
            self.lines, self.edition = lines, edition

    def __init__(self, read_rows: Callable[[list[int]], Sequence[Row]]):
        super().__init__()
        self.read_rows = read_rows
        self.ids: array[int] = array("q")
        self._lines: dict[int, PairLine] = {}
        self._edition = 0  # rows of an older one may be shown, but must be read again
        self._current: dict[int, int] = {}
        self._reading = False
        self._told: int | None = None
        self._filled = self._painted = False

    @property
    def pair_id(self) -> int | None:
        """The pair under the cursor."""
        return self.ids[self.cursor] if self.cursor < len(self.ids) else None

    def set_ids(self, ids: array[int], rows: Sequence[Row] = (), keep: bool = True) -> None:
        """Show these pairs.

        Args:
            rows: those that are known already.
            keep: the cursor stays on its pair, or else on its line; false for a new question, which starts at the top.
        """
        self._filled = True
        held, before = self.pair_id if keep else None, self._seen()
        self.ids = ids
        if not keep:
            self._edition += 1  # a margin of another scorer may stand in what was kept
        self.take({row["id"]: pair_line(row) for row in rows})
        self._grow()
        at = self.cursor if keep else 0
        if held is not None and not (at < len(ids) and ids[at] == held):
            try:
                at = ids.index(held)
            except ValueError:
                at = min(at, max(len(ids) - 1, 0))
        self.cursor = at
        self._reveal()
        if not keep or self._seen() != before:
            self.refresh()
        self._tell()
        self._want()

    def _grow(self) -> None:
        """Scroll over as many lines as there are pairs. The room for the bar is always kept, so nothing else moves."""
        size = Size(self.size.width, len(self.ids))
        self.set_reactive(PairList.virtual_size, size)  # set by itself it would lay out the whole screen
        self._scroll_update(size)

    def take(self, lines: Mapping[int, PairLine]) -> None:
        """Keep lines that were read."""
        self._lines.update(lines)
        self._current.update(dict.fromkeys(lines, self._edition))
        while len(self._lines) > MOST_ROWS:
            oldest = next(iter(self._lines))
            del self._lines[oldest], self._current[oldest]

    def forget(self) -> None:
        """What is shown may have changed: read it again, and show the old until then."""
        self._edition += 1
        self._want()

    def move(self, by: int) -> None:
        """Move the cursor, as far as the list goes."""
        self.cursor = max(0, min(len(self.ids) - 1, self.cursor + by))

    @property
    def page_lines(self) -> int:
        """Lines that a page key moves."""
        return max(self.size.height - 1, 1)

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw the two lines, and say which pair it is."""
        self._reveal()
        self.refresh_line(old)
        self.refresh_line(new)
        self._tell()

    def _tell(self) -> None:
        if self.pair_id != self._told:
            self._told = self.pair_id
            self.post_message(self.Moved(self.pair_id))

    def _reveal(self) -> None:
        height, top = self.size.height, round(self.scroll_y)
        if height and not top <= self.cursor < top + height:
            up = self.cursor < top
            near = abs(self.cursor - (top if up else top + height - 1)) < height
            y = self.cursor - (0 if up else height - 1) if near else self.cursor - height // 2
            self.scroll_to(y=y, animate=False, immediate=True, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """What comes into view is read."""
        super().watch_scroll_y(old_value, new_value)
        self._want()

    def on_resize(self) -> None:
        """More or fewer lines are in view."""
        self._grow()
        self._reveal()
        self._want()

    def _seen(self) -> array[int]:
        """The pairs in view."""
        top = round(self.scroll_y)
        return self.ids[top : top + self.size.height]

    def _want(self) -> None:
        """Ask for the rows in view that are missing or old, and some around them; one question at a time."""
        if self._reading or not self.is_mounted:
            return
        if all(self._current.get(i) == self._edition for i in self._seen()):
            return
        top = round(self.scroll_y)
        around = self.ids[max(0, top - AROUND) : top + self.size.height + AROUND]
        self._reading = True
        self._read([i for i in around if self._current.get(i) != self._edition], self._edition)

    @work(thread=True, group="rows")
    def _read(self, ids: list[int], edition: int) -> None:
        self.post_message(self.RowsRead({row["id"]: pair_line(row) for row in self.read_rows(ids)}, edition))

    def on_pair_list_rows_read(self, event: RowsRead) -> None:
        """Show them, and ask again if the list has moved on since."""
        event.stop()
        self._reading = False
        self.take(event.lines)
        self._current.update(dict.fromkeys(event.lines, event.edition))
        self.refresh()
        self._want()

    def on_click(self, event: Click) -> None:
        """The line under the mouse becomes the cursor's; clicked again, it is opened."""
        line = event.y + round(self.scroll_y)
        if line >= len(self.ids):
            return
        if line == self.cursor:
            self.post_message(self.Opened())
        self.cursor = line

    def refresh_line(self, y: int) -> None:
        """Draw one line of the list again, if it is in view."""
        self.refresh(Region(0, y - round(self.scroll_y), self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One pair."""
        if self._filled and not self._painted:
            self._painted = True
            self.post_message(self.Painted())
        at, width = y + round(self.scroll_y), self.size.width
        base = self.rich_style
        if at >= len(self.ids):
            return Strip.blank(width, base)
        line = self._lines.get(self.ids[at])
        chosen = at == self.cursor
        if chosen:
            base += self.get_component_rich_style("pair-list--cursor")
        if line is None:
            return Strip([Segment(" …".ljust(width), base)], width)
        widths = columns(width)
        texts = in_columns({name: line.text(name) for name in widths}, widths)
        segments = [Segment(" ", base)]
        for name, text in zip(widths, texts, strict=True):
            segments.append(Segment(text, base if chosen else base + self._style(name, line)))
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, column: str, line: PairLine) -> Style:
        if column in ("sign", "margin") and line.verdict in ("wide", "original"):
            return self.get_component_rich_style(f"pair-list--{line.verdict}")
        if column in ("dimensions", "source", "witnessed") or line.verdict == "missing":
            return self.get_component_rich_style("pair-list--quiet")
        return Style.null()


class PairHead(Widget):
    """The names of the list's columns."""

    DEFAULT_CSS = "PairHead { height: 1; color: $text-muted; }"

    def render_line(self, y: int) -> Strip:
        """The names, over their columns."""
        widths = columns(self.size.width)
        text = " " + "".join(in_columns({name: HEADINGS[name] for name in widths}, widths))
        return Strip([Segment(text, self.rich_style)]).adjust_cell_length(self.size.width, self.rich_style)
