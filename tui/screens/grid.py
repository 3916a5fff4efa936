"""The Grid: dimension × scorer, with a sentence on the cell under the cursor. Enter opens its pairs."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from store.queries import pairs
from store.queries.pairs import PairFilter
from tui.figures import percent, plural, strip
from tui.keys import bindings
from tui.reading import Reading
from tui.screens.page import Page
from tui.text import content
from tui.views.grid import (
    EVERYTHING,
    PROBES,
    SHOWN,
    TAXONOMIES,
    GridView,
    Witnessed,
    description,
    relations,
    sentence,
    source_of,
    verdict,
)
from tui.widgets.heat_grid import HeatGrid

if TYPE_CHECKING:
    from engine.statistics import Grid

EMPTY = """No pair is scored yet.

Press 5 to open Runs, then n to start a run:
the Grid fills while the worker goes on."""
MOVES = {
    "up": (-1, 0),
    "down": (1, 0),
    "left": (0, -1),
    "right": (0, 1),
    "page_up": (-10, 0),
    "page_down": (10, 0),
    "top": (-1000, 0),
    "bottom": (1000, 0),
}
"""Rows and columns that the cursor moves."""
STRIP = 20
"""Cells of the strips beside the Grid."""


class _Found(NamedTuple):
    """What one read of the store brought."""

    grid: Grid
    names: dict[int, str]
    about: dict[int, str]
    pairs: int


class GridPage(Page):
    """One read fills both taxonomies, so that changing what is shown needs none."""

    page = "grid"
    BINDINGS = bindings("grid")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 (an instance variable in Textual)
    DEFAULT_CSS = """
    GridPage #caption { height: 1; padding: 0 1; color: $text-muted; }
    GridPage #grid-body { height: 1fr; layout: vertical; }
    GridPage #cell { height: 5; padding: 0 1; background: $surface; }
    GridPage #cell Static { height: auto; }
    GridPage #empty {
        height: 1fr; content-align: center middle; text-align: center; color: $foreground-muted; display: none;
    }
    GridPage.-empty #grid-body { display: none; }
    GridPage.-empty #empty { display: block; }
    GridPage.-wide #grid-body { layout: horizontal; }
    GridPage.-wide #cell { width: 42; height: 1fr; padding: 1 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.view: GridView | None = None
        self.pairs = 0
        self._witnessed = Witnessed()
        self._is_placed = False
        self._grid_reading = Reading(self, self._read_grid, self._show_grid)
        self._witness_reading = Reading(self, self._read_witnessed, self._show_witnessed)

    def compose_page(self) -> ComposeResult:
        """Caption, the grid, and what its cell says: below it, or beside it where there is room."""
        yield Static(id="caption")
        with Container(id="grid-body"):
            yield HeatGrid()
            with VerticalScroll(id="cell", can_focus=False):
                yield Static(id="sentence")
        yield Static(EMPTY, id="empty", markup=False)

    def on_mount(self) -> None:
        """Read for the first time."""
        self._ask()

    def on_screen_resume(self) -> None:
        """The store may have changed while another page was open."""
        self.store_changed()

    def store_changed(self) -> None:
        """Read again, soon."""
        self._grid_reading.news()
        self._witness_reading.news()

    def _ask(self) -> None:
        self._grid_reading.ask()
        self._witness_reading.ask()

    def _read_grid(self) -> _Found:
        from engine.naming import version_keys
        from engine.statistics import grid

        scorers = pairs.scorers(self.reader)
        about = {row["id"]: row["about"] for row in scorers}
        return _Found(grid(self.reader), version_keys(scorers), about, pairs.count_pairs(self.reader))

    def _show_grid(self, found: _Found) -> None:
        self.pairs = found.pairs
        if self.view is None:
            self.view = GridView(found.grid, found.names, found.about, self._witnessed)
        else:
            self.view = replace(self.view, grid=found.grid, names=found.names, about=found.about)
        self._draw()

    def _read_witnessed(self) -> Witnessed:
        from engine.naming import version_keys
        from engine.statistics.witnessed import witness_cells

        return Witnessed(version_keys(pairs.sources(self.reader)), witness_cells(self.reader))

    def _show_witnessed(self, witnessed: Witnessed) -> None:
        self._witnessed = witnessed
        if self.view is not None:
            self.view = replace(self.view, witnessed=witnessed)
            self._draw()

    def _draw(self) -> None:
        view = self.view
        if view is None:
            return
        table = view.table()
        self.set_class(not table.columns, "-empty")
        self.query_one("#caption", Static).update(self._caption(view))
        heat_grid = self.query_one(HeatGrid)
        heat_grid.show_table(table)
        if not self._is_placed and view.grid.scorers:
            self._is_placed = True
            heat_grid.go_to_column(str(view.grid.scorers[0].id))

    def _caption(self, view: GridView) -> Content:
        taxonomy = TAXONOMIES[view.taxonomy]
        if self.size.width < 100:
            taxonomy = f"{taxonomy.split()[0]} dimensions"
        dimensions = f"{len(view.dimensions)} of {taxonomy}"
        head = Content.assemble((view.shown.capitalize(), "bold $foreground"), f": {SHOWN[view.shown]}")
        tail = f"{plural(self.pairs, 'pair')} · {dimensions}"
        room = self.size.width - 3 - len(tail)
        head = head.truncate(max(room, 12), ellipsis=True)
        return Content.assemble(head, " " * max(room - head.cell_length + 1, 1), tail)

    def on_resize(self) -> None:
        """The caption is cut to the width."""
        self._draw()

    @on(HeatGrid.Moved)
    def _describe(self) -> None:
        """Say in full what stands under the cursor."""
        row, column = self.query_one(HeatGrid).cursor
        if self.view is None or not row:
            return
        wide = self.has_class("-wide")
        said = self._wide_words(self.view, row, column) if wide else self._narrow_words(self.view, row, column)
        self.query_one("#sentence", Static).update(said)

    def _narrow_words(self, view: GridView, row: str, column: str) -> Content:
        muted = "$foreground-muted"
        quiet = [content(verdict(view, row, column), muted), content(description(row), muted)]
        return Content("\n").join([content(sentence(view, row, column), "bold"), *quiet])

    def _wide_words(self, view: GridView, row: str, column: str) -> Content:
        scorer = view.scorer(column)
        lines = [
            content(sentence(view, row, column), "bold"),
            Content(""),
            content(verdict(view, row, column)),
            Content(""),
            *self._strips(view, row),
            Content(""),
            content(description(row)),
            content(relations(row), "$foreground-muted"),
        ]
        if scorer is not None and (about := view.about.get(scorer.id)):
            lines += [
                Content(""),
                Content.assemble(content(scorer.name, "bold"), content(f": {about}", "$foreground-muted")),
            ]
            lines.append(content(f"version {scorer.version}, computed {scorer.origin}", "$foreground-muted"))
        return Content("\n").join(lines)

    def _strips(self, view: GridView, row: str) -> list[Content]:
        """Every scorer's preference on this row, on a line from 0% to 100%, with its interval."""
        lines = [
            Content.styled(f"{'preference':<11}{'0%':<{STRIP // 2 - 1}}50%{'100%':>{STRIP // 2}}", "$foreground-muted")
        ]
        for scorer in view.grid.scorers:
            cell = view.cell(row, str(scorer.id))
            if cell is None or cell.preference.value is None:
                continue
            share = cell.preference
            drawn = strip(share.value or 0.0, share.low, share.high, STRIP, middle=True)
            name = content(view.names[scorer.id]).truncate(10, ellipsis=True, pad=True)
            lines.append(Content.assemble(name, f" {drawn} {percent(share.value):>5}"))
        seen = view.seen(row, PROBES)
        if seen is not None:
            share = seen.witnessed
            drawn = strip(share.value or 0.0, share.low, share.high, STRIP)
            lines.append(Content.styled(f"{'witnessed':<10} {drawn} {percent(share.value):>5}", "$foreground-muted"))
        return lines

    def action_move(self, where: str) -> None:
        """Move the cursor: a key of `MOVES`."""
        self.query_one(HeatGrid).move(*MOVES[where])

    def action_show_next(self) -> None:
        """Show the next kind of figure."""
        if self.view is not None:
            kinds = [kind for kind in SHOWN if kind != "witnessed" or self.view.witnessed.cells]
            following = cycle(kinds)
            while next(following) != self.view.shown:
                pass
            self._look(shown=next(following))

    def action_taxonomy(self) -> None:
        """Show the other taxonomy."""
        if self.view is not None:
            self._look(taxonomy="visionreward" if self.view.taxonomy == "photograph" else "photograph")

    def action_order(self) -> None:
        """Order the rows by the cursor's column, or by taxonomy again."""
        if self.view is not None:
            self._look(rising_by="" if self.view.rising_by else self.query_one(HeatGrid).cursor[1])

    def _look(self, **changes: str) -> None:
        assert self.view is not None
        self.view = replace(self.view, **changes)  # type: ignore[arg-type]
        if self.view.shown == "witnessed" and not self.view.rising_by.startswith(PROBES):
            self.view = replace(self.view, rising_by="")
        self._draw()

    async def action_open(self) -> None:
        """Open the pairs of the cell under the cursor."""
        row, column = self.query_one(HeatGrid).cursor
        if self.view is None or not row:
            return
        scorer = self.view.scorer(column)
        wanted = PairFilter(
            scorer_id=scorer.id if scorer else None,
            dimension=None if row == EVERYTHING else row,
            source_id=source_of(column) or None if column.startswith(PROBES) else None,
        )
        await self.instrument.open_pairs(wanted)

    @on(HeatGrid.Opened)
    async def _open_clicked(self) -> None:
        await self.action_open()
