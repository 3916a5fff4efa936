"""A list of any length whose lines are drawn as they come into view, with a cursor; the page moves it.

It knows nothing of what it lists: a page gives it the keys of the rows and a way to draw one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

Part = tuple[str, str]
"""A text, which must be harmless already, and how it stands out: "", "bold", "quiet", "low" or "high"."""

STYLES = ("quiet", "low", "high")


class LineList(ScrollView):
    """One line a row, under a line of titles.

    Args:
        draw: (index, width) -> the parts of a row.
        head: width -> the parts of the titles; None for no line of titles.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-list--head",
        "line-list--cursor",
        *(f"line-list--{style}" for style in STYLES),
    }
    DEFAULT_CSS = """
    LineList {
        height: 1fr; background: $background; color: $foreground; overflow-x: hidden;
        scrollbar-size-vertical: 1;
    }
    LineList > .line-list--head { background: $panel; color: $foreground-muted; }
    LineList > .line-list--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    LineList > .line-list--quiet { color: $foreground-muted; }
    LineList > .line-list--low { color: $text-warning; }
    LineList > .line-list--high { color: $text-primary; }
    """

    class Moved(Message):
        """The cursor stands elsewhere, or on something new."""

    class Opened(Message):
        """The row under the cursor was clicked again."""

    def __init__(self, draw: Callable[[int, int], list[Part]], head: Callable[[int], list[Part]] | None = None):
        super().__init__()
        self.can_focus = False
        self.draw, self.head = draw, head
        self.keys: Sequence[object] = ()
        self.cursor = 0

    @property
    def _titles(self) -> int:
        """Lines above the rows."""
        return 0 if self.head is None else 1

    @property
    def key(self) -> object | None:
        """The key of the row under the cursor; None while there is none."""
        return self.keys[self.cursor] if self.cursor < len(self.keys) else None

    def show_rows(self, keys: Sequence[object], keep: bool = True) -> None:
        """Draw these rows from now on.

        Args:
            keep: the cursor stays on its row, or else on its line; false for another list, which starts at the top.
        """
        held = self.key
        self.keys = keys
        at = self.cursor if keep else 0
        if keep and held is not None and not (at < len(keys) and keys[at] == held) and held in keys:
            at = keys.index(held)
        self.cursor = min(at, max(len(keys) - 1, 0))
        self._measure()
        self.post_message(self.Moved())

    def move(self, by: int) -> None:
        """Move the cursor by so many rows, as far as the list goes."""
        if self.keys:
            self.go(min(max(self.cursor + by, 0), len(self.keys) - 1))

    def go(self, row: int) -> None:
        """Put the cursor on a row."""
        self.cursor = row
        self._reveal()
        self.refresh()
        self.post_message(self.Moved())

    @property
    def page_lines(self) -> int:
        """Rows that a page key moves."""
        return max(self.size.height - 1 - self._titles, 1)

    def _reveal(self) -> None:
        height, top = self.size.height - self._titles, round(self.scroll_y)
        if height > 0 and not top <= self.cursor < top + height:
            y = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=y, animate=False, immediate=True, force=True)

    def _measure(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.keys) + self._titles)
        self._reveal()
        self.refresh()

    def on_resize(self, event: Resize) -> None:
        """Other lines are in view."""
        self._measure()

    def on_click(self, event: Click) -> None:
        """The row under the mouse becomes the cursor's; clicked again, it is opened."""
        row = event.y - self._titles + round(self.scroll_y)
        if event.y < self._titles or row >= len(self.keys):
            return
        if row == self.cursor:
            self.post_message(self.Opened())
        else:
            self.go(row)

    def render_line(self, y: int) -> Strip:
        """The titles, or one row."""
        width, ground = self.size.width, self.rich_style
        if self.head is not None and y == 0:
            ground = self.get_component_rich_style("line-list--head")
            return self._strip([(" ", ""), *self.head(width - 2)], ground)
        row = y - self._titles + round(self.scroll_y)
        if row >= len(self.keys):
            return Strip.blank(width, ground)
        if row == self.cursor:
            ground = self.get_component_rich_style("line-list--cursor")
            return self._strip([(text, "bold" if style == "bold" else "") for text, style in self._parts(row)], ground)
        return self._strip(self._parts(row), ground)

    def _parts(self, row: int) -> list[Part]:
        return [("▸" if row == self.cursor else " ", ""), *self.draw(row, self.size.width - 2)]

    def _strip(self, parts: list[Part], ground: Style) -> Strip:
        segments = [Segment(text, ground + self._style(style)) for text, style in parts]
        return Strip(segments).adjust_cell_length(self.size.width, ground)

    def _style(self, style: str) -> Style:
        if style in STYLES:
            return Style(color=self.get_component_rich_style(f"line-list--{style}").color)
        return Style(bold=style == "bold")
