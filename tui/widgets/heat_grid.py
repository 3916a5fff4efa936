"""A grid of figures with a heat mark: rows and columns with a cursor, headings between rows, frozen titles.

It draws what it is given and knows nothing of scorers. A cell's number is always written out; the block in front of
it and the shade behind it say the same again, so that nothing depends on seeing colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.events import Click, Resize
from textual.geometry import Region, Size, Spacing
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.figures import NONE
from tui.text import fitted

BLOCKS = " ▁▂▃▄▅▆▇█"
HEADER = 2
"""Lines above the rows: titles and subtitles of the columns."""
COMPACT, FULL = 14, 31
"""Widths of a cell without and with its interval."""
DEEPEST = 0.45
"""How much of the hue the strongest shade takes: the number must stay easy to read."""
TITLES = (23, 29)
"""The least and the greatest width of the titles of the rows."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One figure.

    Args:
        value: the number as it is shown, at most 6 characters.
        interval: the same for its interval, at most 16; shown where there is room.
        n: how much stands behind it, at most 4.
        level: 0–1, the height of the block.
        heat: −1 to 1: how far to either side the shade goes; 0 is no shade.
        quiet: whether it is written without emphasis and without its shade, as what says little.
    """

    value: str
    interval: str = ""
    n: str = ""
    level: float = 0.0
    heat: float = 0.0
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class HeatColumn:
    """A column: its key, its title, and a quiet line under that."""

    key: str
    title: str
    subtitle: str = ""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A row, or (`key` empty) a heading between rows that the cursor steps over."""

    key: str
    title: str


@dataclass(frozen=True)
class HeatTable:
    """All that is drawn; a cell that is missing is drawn as a dash. `corner` stands above the titles of the rows."""

    columns: tuple[HeatColumn, ...] = ()
    rows: tuple[HeatRow, ...] = ()
    cells: Mapping[tuple[str, str], HeatCell] = field(default_factory=dict)
    corner: str = ""


class HeatGrid(ScrollView):
    """Draws a `HeatTable`. The page moves the cursor; the mouse may, too."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "heat-grid--header",
        "heat-grid--heading",
        "heat-grid--quiet",
        "heat-grid--low",
        "heat-grid--high",
    }
    DEFAULT_CSS = """
    HeatGrid { height: 1fr; background: $background; color: $foreground; scrollbar-size: 1 1; }
    HeatGrid > .heat-grid--header { background: $panel; color: $foreground; text-style: bold; }
    HeatGrid > .heat-grid--heading { color: $text-muted; text-style: bold; }
    HeatGrid > .heat-grid--quiet { color: $text-muted; }
    HeatGrid > .heat-grid--low { color: $warning; }
    HeatGrid > .heat-grid--high { color: $primary; }
    """

    class Moved(Message):
        """The cursor stands elsewhere, or on something new."""

    class Opened(Message):
        """The cell under the cursor was clicked again."""

    def __init__(self) -> None:
        super().__init__()
        self.can_focus = False
        self.table = HeatTable()
        self.row = self.column = 0
        self._shades: dict[int, tuple[Style, Style]] = {}

    @property
    def cursor(self) -> tuple[str, str]:
        """The keys of the row and the column of the cursor; empty while there is nothing."""
        if not self.table.columns or not self.table.rows:
            return "", ""
        return self.table.rows[self.row].key, self.table.columns[self.column].key

    @property
    def _room(self) -> int:
        """The width, less the scrollbar that may be there."""
        return self.size.width - 1

    @property
    def cell_width(self) -> int:
        """Cells taken by one column: with intervals if all columns fit so."""
        return FULL if TITLES[0] + FULL * len(self.table.columns) <= self._room else COMPACT

    @property
    def title_width(self) -> int:
        """Cells taken by the titles of the rows: what the columns leave, within reason."""
        return min(max(self._room - self.cell_width * len(self.table.columns), TITLES[0]), TITLES[1])

    def show_table(self, table: HeatTable) -> None:
        """Draw this from now on; the cursor stays on its row and column where they are still there."""
        row, column = self.cursor
        self.table = table
        rows, columns = [each.key for each in table.rows], [each.key for each in table.columns]
        self.row = rows.index(row) if row and row in rows else next((i for i, key in enumerate(rows) if key), 0)
        self.column = columns.index(column) if column in columns else 0
        self._measure()
        self.post_message(self.Moved())

    def go_to_column(self, column: str) -> None:
        """Put the cursor on a column, if it is there."""
        keys = [each.key for each in self.table.columns]
        if column in keys:
            self._go(self.row, keys.index(column))

    def move(self, rows: int = 0, columns: int = 0) -> None:
        """Move the cursor by so many rows and columns, over headings, and not beyond the edges."""
        selectable = [index for index, row in enumerate(self.table.rows) if row.key]
        if not selectable or not self.table.columns:
            return
        at = selectable.index(self.row) + rows
        self._go(selectable[min(max(at, 0), len(selectable) - 1)], self.column + columns)

    def _go(self, row: int, column: int) -> None:
        self.row, self.column = row, min(max(column, 0), len(self.table.columns) - 1)
        self._reveal()
        self.refresh()
        self.post_message(self.Moved())

    def _reveal(self) -> None:
        heading = self.row > 0 and not self.table.rows[self.row - 1].key
        above = 1 if heading else 0
        width = self.cell_width
        region = Region(self.title_width + self.column * width, HEADER + self.row - above, width, 1 + above)
        frozen = Spacing(top=HEADER, left=self.title_width)
        self.scroll_to_region(region, spacing=frozen, animate=False, force=True, immediate=True)

    def _measure(self) -> None:
        width = self.title_width + self.cell_width * len(self.table.columns)
        self.virtual_size = Size(width, HEADER + len(self.table.rows))
        self.refresh()
        if self.size and self.cursor != ("", ""):
            self._reveal()

    def on_resize(self, event: Resize) -> None:
        """The width decides whether intervals are shown."""
        self._measure()

    def notify_style_update(self) -> None:
        """Forget the shades of the other theme."""
        super().notify_style_update()
        self._shades.clear()

    def on_click(self, event: Click) -> None:
        """Put the cursor on the cell that was clicked, or open it if it stands there."""
        row = event.y - HEADER + self.scroll_offset.y
        column = (event.x - self.title_width + self.scroll_offset.x) // self.cell_width
        if event.y < HEADER or not 0 <= row < len(self.table.rows) or not self.table.rows[row].key:
            return
        if event.x < self.title_width:
            column = self.column
        if (row, column) == (self.row, self.column):
            self.post_message(self.Opened())
        elif column < len(self.table.columns):
            self._go(row, column)

    def render_line(self, y: int) -> Strip:
        """One line: a line of the header, or a row."""
        width, titles = self.size.width, self.title_width
        if y < HEADER:
            title, cells, rest = self._header(y)
        elif y - HEADER + self.scroll_offset.y < len(self.table.rows):
            title, cells, rest = self._row(y - HEADER + self.scroll_offset.y)
        else:
            return Strip.blank(width, self.rich_style)
        left = self.scroll_offset.x
        strip = Strip(cells).crop(left, left + width - titles)
        return Strip.join([Strip([title]), strip]).adjust_cell_length(width, rest)

    def _header(self, y: int) -> tuple[Segment, list[Segment], Style]:
        strong = self.get_component_rich_style("heat-grid--header")
        quiet = strong + Style(bold=False) + Style(color=self.get_component_rich_style("heat-grid--quiet").color)
        style = quiet if y else strong
        cells = []
        for index, column in enumerate(self.table.columns):
            text = fitted(column.subtitle if y else column.title, self.cell_width - 2)
            cells += [Segment("  ", style), Segment(text, style + Style(underline=not y and index == self.column))]
        return Segment(" " + fitted("" if y else self.table.corner, self.title_width - 1), strong), cells, strong

    def _row(self, index: int) -> tuple[Segment, list[Segment], Style]:
        row, ground = self.table.rows[index], self.rich_style
        if not row.key:
            heading = self.get_component_rich_style("heat-grid--heading")
            return Segment(f" {fitted(row.title, self.size.width - 1)}", heading), [], ground
        here = index == self.row
        title = Segment("  " + fitted(row.title, self.title_width - 2), ground + Style(bold=here))
        cells = [segment for column in self.table.columns for segment in self._cell(row, column)]
        return title, cells, ground

    def _cell(self, row: HeatRow, column: HeatColumn) -> list[Segment]:
        """A mark, a block and the number on their shade, and a gap."""
        here = (row.key, column.key) == self.cursor
        cell, width = self.table.cells.get((row.key, column.key)), self.cell_width - 1
        mark = "▸" if here else " "
        if cell is None:
            quiet = self.get_component_rich_style("heat-grid--quiet")
            strong = Style(reverse=True) if here else Style()
            return [Segment(f"{mark}      {NONE}".ljust(width), quiet + strong), Segment(" ", self.rich_style)]
        shade, hue = self._shade(0.0 if cell.quiet else cell.heat)
        interval = f" {cell.interval:<16}" if self.cell_width == FULL else ""
        text = f"{cell.value:>6}{interval} {cell.n:>4}".ljust(width - 2)
        if here:
            cursor = shade + Style(reverse=True, bold=True)
            return [Segment(f"{mark}{block(cell.level)}{text}", cursor), Segment(" ", self.rich_style)]
        marks = Segment(f"{mark}{block(cell.level)}", shade + hue)
        ink = Style(color=self.get_component_rich_style("heat-grid--quiet").color) if cell.quiet else Style.null()
        return [marks, Segment(text, shade + ink), Segment(" ", self.rich_style)]

    def _shade(self, heat: float) -> tuple[Style, Style]:
        """The style of a cell's ground and number, and the colour of its block."""
        step = round(min(max(heat, -1.0), 1.0) * 12)
        if step not in self._shades:
            hue = self.get_component_styles("heat-grid--low" if step < 0 else "heat-grid--high").color
            ground = self.background_colors[1]
            ink = self.styles.color
            self._shades[step] = (
                Style(bgcolor=ground.blend(hue, abs(step) / 12 * DEEPEST).rich_color, color=ink.rich_color),
                Style(color=(hue if step else ground.blend(ink, 0.5)).rich_color),
            )
        return self._shades[step]


def block(level: float) -> str:
    """A level of 0–1 as one of nine blocks; anything above nothing is seen."""
    if level <= 0:
        return BLOCKS[0]
    return BLOCKS[min(max(round(level * 8), 1), 8)]
