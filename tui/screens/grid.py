"""The Grid: scorers, generators or strengths, with a sentence on the cell under the cursor. Enter opens its pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.taxonomy import DIMENSIONS, TAXONOMIES
from store.queries import pairs, tallies
from tui.figures import plural
from tui.keys import bindings
from tui.reading import Reading
from tui.screens.page import Page
from tui.text import MUTED, content
from tui.views.doses import DoseView
from tui.views.generators import GeneratorView
from tui.views.grid import GridView, Shown, Witnessed, following, relations
from tui.widgets.heat_grid import HeatGrid

if TYPE_CHECKING:
    from engine.statistics import Grid
    from engine.statistics.generators import GeneratorGrid

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
TABLES = ("scorers", "generators", "strengths")
"""What the Grid can show against dimensions or, of strengths, against scorers."""


class _Found(NamedTuple):
    """What one read of the store brought."""

    grid: Grid
    names: dict[int, str]
    about: dict[int, str]
    pairs: int


class GridPage(Page):
    """Three tables, of which one is shown. One read fills both taxonomies, so that changing them needs none."""

    page = "grid"
    BINDINGS = bindings("grid")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 (an instance variable in Textual)
    DEFAULT_CSS = """
    GridPage #caption { height: 1; padding: 0 1; color: $text-muted; }
    GridPage #grid-body { height: 1fr; layout: vertical; }
    GridPage #cell { padding: 0 1; background: $surface; }
    GridPage.-narrow #cell { height: auto; min-height: 5; max-height: 10; }
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
        self.shown = TABLES[0]
        self.views: dict[str, Shown] = {}
        self.pairs = 0
        self._witnessed = Witnessed()
        self._is_placed = False
        self._grid_reading = Reading(self, self._read_grid, self._show_grid)
        self._witness_reading = Reading(self, self._read_witnessed, self._show_witnessed)
        self._generator_reading = Reading(self, self._read_generators, self._show_generators)
        self._dose_reading = Reading(self, self._read_doses, self._show_doses)

    @property
    def view(self) -> Shown | None:
        """The table that is shown, once it was read."""
        return self.views.get(self.shown)

    @property
    def _readings(self) -> tuple[Reading[Any], ...]:
        """What is read for the table that is shown."""
        return {
            "scorers": (self._grid_reading, self._witness_reading),
            "generators": (self._generator_reading,),
            "strengths": (self._dose_reading,),
        }[self.shown]

    def compose_page(self) -> ComposeResult:
        """Caption, the grid, and what its cell says: below it, or beside it where there is room."""
        yield Static(id="caption")
        with Container(id="grid-body"):
            yield HeatGrid()
            with VerticalScroll(id="cell", can_focus=False):
                yield Static(id="sentence")
        yield Static(id="empty", markup=False)

    def on_mount(self) -> None:
        """Read for the first time."""
        self._ask()

    def on_screen_resume(self) -> None:
        """The store may have changed while another page was open."""
        self.store_changed()

    def store_changed(self) -> None:
        """Read again, soon."""
        for reading in self._readings:
            reading.news()

    def _ask(self) -> None:
        for reading in self._readings:
            reading.ask()

    def _read_grid(self) -> _Found:
        from engine.naming import version_keys
        from engine.statistics import grid

        scorers = pairs.scorers(self.reader)
        about = {row["id"]: row["about"] for row in scorers}
        return _Found(grid(self.reader), version_keys(scorers), about, pairs.count_pairs(self.reader))

    def _show_grid(self, found: _Found) -> None:
        self.pairs = found.pairs
        view = self.views.get("scorers") or GridView(found.grid, found.names, found.about, self._witnessed)
        assert isinstance(view, GridView)
        self._keep("scorers", replace(view, grid=found.grid, names=found.names, about=found.about))

    def _read_witnessed(self) -> Witnessed:
        from engine.statistics.generators import asked_by_dimension
        from engine.statistics.witnessed import witness_cells

        cells = witness_cells(tallies.witnesses_by_cluster(self.reader))
        return Witnessed({dimension: cell for (_, dimension), cell in cells.items()}, asked_by_dimension(self.reader))

    def _show_witnessed(self, witnessed: Witnessed) -> None:
        self._witnessed = witnessed
        view = self.views.get("scorers")
        if isinstance(view, GridView):
            self._keep("scorers", replace(view, witnessed=witnessed))

    def _read_generators(self) -> GeneratorGrid:
        from engine.statistics.generators import generator_grid

        return generator_grid(self.reader)

    def _show_generators(self, found: GeneratorGrid) -> None:
        view = self.views.get("generators") or GeneratorView(found)
        assert isinstance(view, GeneratorView)
        self._keep("generators", replace(view, grid=found))

    def _read_doses(self) -> DoseView:
        from engine.naming import version_keys
        from engine.statistics.doses import doses

        scorers = pairs.scorers(self.reader)
        return DoseView(doses(self.reader), version_keys(scorers), {row["id"]: row["role"] for row in scorers})

    def _show_doses(self, found: DoseView) -> None:
        before = self.views.get("strengths")
        self._keep("strengths", replace(found, taxonomy=before.taxonomy) if before else found)

    def _keep(self, name: str, view: Shown) -> None:
        self.views[name] = view
        if name == self.shown:
            self._draw()

    def _draw(self) -> None:
        view = self.view
        if view is None:
            return
        table = view.table()
        self.refresh_bindings()
        self.set_class(not table.columns, "-empty")
        keys = {"runs": "global.page.runs", "new": "runs.new", "judge": "pairs.judge"}
        empty = view.empty.format(**{name: self.key_name(action) for name, action in keys.items()})
        self.query_one("#empty", Static).update(empty)
        self.query_one("#caption", Static).update(self._caption(view))
        heat_grid = self.query_one(HeatGrid)
        heat_grid.show_table(table)
        if not self._is_placed and isinstance(view, GridView) and view.grid.scorers:
            self._is_placed = True
            heat_grid.go_to_column(str(view.grid.scorers[0].id))

    def _caption(self, view: Shown) -> Content:
        """What the cells show, and of how much: as much of it as fits, the first words first."""
        name, meaning = view.heading
        said = (f"{name}: {meaning}", name)
        room = self.size.width - 3
        head, tail = next(
            ((head, tail) for head in said for tail in self._extents(view) if cell_len(head) + len(tail) <= room),
            (name, ""),
        )
        gap = " " * max(room + 1 - cell_len(head) - len(tail), 1)
        return Content.assemble((name, "bold $foreground"), head.removeprefix(name), gap, tail)

    def _extents(self, view: Shown) -> Iterator[str]:
        """How many pairs there are, and dimensions of what taxonomy: at length, and shorter."""
        its = sum(each.taxonomy == view.taxonomy for each in DIMENSIONS.values())
        counted, total = f"{len(view.dimensions)} of {its}", plural(self.pairs, "pair")
        yield f"{total} · {counted} {TAXONOMIES[view.taxonomy]} dimensions"
        yield f"{total} · {counted} dimensions"
        yield f"{counted} dimensions"

    def on_resize(self) -> None:
        """The caption says as much as fits."""
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

    def _narrow_words(self, view: Shown, row: str, column: str) -> Content:
        quiet = [content(words, MUTED) for words in (view.remark(row, column), view.subject(row)) if words]
        return Content("\n").join([content(view.sentence(row, column), "bold"), *quiet])

    def _wide_words(self, view: Shown, row: str, column: str) -> Content:
        lines = [
            content(view.sentence(row, column), "bold"),
            Content(""),
            content(view.remark(row, column)),
            Content(""),
            *view.aside(row, column),
            Content(""),
            content(view.subject(row)),
            content(relations(view.dimension_of(row)), MUTED),
        ]
        return Content("\n").join(lines)

    def action_move(self, where: str) -> None:
        """Move the cursor: a key of `MOVES`."""
        self.query_one(HeatGrid).move(*MOVES[where])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What would change nothing is not offered."""
        return action not in self.view.without if self.view else super().check_action(action, parameters)

    def action_table(self) -> None:
        """Show scorers, generators, or strengths."""
        self.shown = following(TABLES, self.shown)
        self._ask()
        self._draw()

    def action_show_next(self) -> None:
        """Show the next kind of figure."""
        if self.view is not None:
            self._keep(self.shown, self.view.next_shown())

    def action_taxonomy(self) -> None:
        """Show the other taxonomy."""
        if self.view is not None:
            self._keep(self.shown, replace(self.view, taxonomy=following(TAXONOMIES, self.view.taxonomy)))

    def action_order(self) -> None:
        """Order the rows by the cursor's column, or by taxonomy again."""
        if self.view is not None:
            rising_by = "" if self.view.rising_by else self.query_one(HeatGrid).cursor[1]
            self._keep(self.shown, replace(self.view, rising_by=rising_by))

    async def action_open(self) -> None:
        """Open the pairs of the cell under the cursor."""
        row, column = self.query_one(HeatGrid).cursor
        if self.view is not None and row:
            await self.instrument.open_pairs(self.view.wanted(row, column))

    @on(HeatGrid.Opened)
    async def _open_clicked(self) -> None:
        await self.action_open()
