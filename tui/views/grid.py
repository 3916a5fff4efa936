"""The Grid as a table and as sentences: what is shown, over which taxonomy, and what the cursor's cell says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.taxonomy import DIMENSIONS, GROUPS, effects_of
from tui.figures import bounds, count, number, percent, plural, points, signed
from tui.text import plain
from tui.widgets.heat_grid import HeatCell, HeatColumn, HeatRow, HeatTable

if TYPE_CHECKING:
    from engine.statistics import Estimate, Grid, GridCell, GridScorer
    from engine.statistics.witnessed import WitnessCell

SHOWN = {
    "preference": "share with the wide image first",
    "margin": "mean score(I_a, P_a) − score(I_o, P_a)",
    "pairs": "how many were scored",
    "witnessed": "share of effects a probe saw carried out",
}
"""What the cells can show, and what that is."""
TAXONOMIES = {"photograph": "28 photographic dimensions", "visionreward": "11 VisionReward dimensions"}
EVERYTHING = "*"
"""The key of the row over all pairs."""
PROBES = "probes"
"""The key of the column of what the probes witnessed."""
REWARD_MODEL = "reward model"
WITNESSED_MEANS = "the probe declared for the effect moved, from I_o to I_a, the way that obeying means"


@dataclass(frozen=True)
class Witnessed:
    """What the probes witnessed.

    Args:
        sources: names by source id.
        cells: by (source id, or 0 for all; dimension, or "" for all).
    """

    sources: Mapping[int, str] = field(default_factory=dict)
    cells: Mapping[tuple[int, str], WitnessCell] = field(default_factory=dict)


@dataclass(frozen=True)
class GridView:
    """What was read, and how it is looked at.

    Args:
        grid: over both taxonomies.
        names: by scorer id, the name that tells its version from others.
        about: by scorer id, what a scorer is and can't do.
        shown: a key of `SHOWN`.
        taxonomy: a key of `TAXONOMIES`.
        rising_by: the key of the column whose figures order the rows, lowest first; "" for the order of the taxonomy.
    """

    grid: Grid
    names: Mapping[int, str]
    about: Mapping[int, str]
    witnessed: Witnessed
    shown: str = "preference"
    taxonomy: str = "photograph"
    rising_by: str = ""

    @property
    def dimensions(self) -> list[str]:
        """Those of the taxonomy about which something is known, in its order."""
        known = {*self.grid.dimensions, *(dimension for _, dimension in self.witnessed.cells)}
        return [name for name, each in DIMENSIONS.items() if each.taxonomy == self.taxonomy and name in known]

    def scorer(self, column: str) -> GridScorer | None:
        """The scorer of a column, or None for a column of probes."""
        return next((each for each in self.grid.scorers if str(each.id) == column), None)

    def cell(self, row: str, column: str) -> GridCell | None:
        """What the scorer of a column says of a row."""
        scorer = self.scorer(column)
        if scorer is None:
            return None
        return self.grid.overall[scorer.id] if row == EVERYTHING else self.grid.cells.get((scorer.id, row))

    def seen(self, row: str, column: str) -> WitnessCell | None:
        """What the probes witnessed of a row, in a column of probes."""
        return self.witnessed.cells.get((source_of(column), "" if row == EVERYTHING else row))

    def table(self) -> HeatTable:
        """The table of this view."""
        columns = list(self._columns())
        keys = [EVERYTHING, *self.dimensions]
        cells = {}
        for column in columns:
            cells.update(self._column_cells(column.key, keys))
        return HeatTable(tuple(columns), tuple(self._rows(cells)), cells, "Dimension")

    def _columns(self) -> Iterator[HeatColumn]:
        if self.witnessed.cells:
            yield HeatColumn(PROBES, "witnessed", "all sources" if self.shown == "witnessed" else "probes")
        if self.shown == "witnessed":
            for source, name in sorted(self.witnessed.sources.items()):
                yield HeatColumn(f"{PROBES}{source}", name, "source")
            return
        for scorer in self.grid.scorers:
            yield HeatColumn(str(scorer.id), self.names[scorer.id], scorer.role)

    def _rows(self, cells: Mapping[tuple[str, str], HeatCell]) -> Iterator[HeatRow]:
        yield HeatRow(EVERYTHING, "All pairs")
        if self.rising_by:
            ordered = [name for name in self.dimensions if (name, self.rising_by) in cells]
            signed_figure = self.shown == "margin" and not self.rising_by.startswith(PROBES)
            ordered.sort(key=lambda name: getattr(cells[name, self.rising_by], "heat" if signed_figure else "level"))
            yield HeatRow("", "Lowest first")
            yield from (HeatRow(name, DIMENSIONS[name].title) for name in ordered)
            return
        group = ""
        for name in self.dimensions:
            if DIMENSIONS[name].group != group:
                group = DIMENSIONS[name].group
                yield HeatRow("", GROUPS[group])
            yield HeatRow(name, DIMENSIONS[name].title)

    def _column_cells(self, column: str, rows: list[str]) -> dict[tuple[str, str], HeatCell]:
        if column.startswith(PROBES):
            seen = {row: self.seen(row, column) for row in rows}
            return {(row, column): seen_cell(each.witnessed) for row, each in seen.items() if each is not None}
        found = {row: cell for row in rows if (cell := self.cell(row, column)) is not None}
        draw = self._drawer(found)
        return {(row, column): draw(cell) for row, cell in found.items()}

    def _drawer(self, column: Mapping[str, GridCell]) -> Callable[[GridCell], HeatCell]:
        """How the cells of one column are drawn; margins and counts are measured against the column's largest."""
        if self.shown == "margin":
            largest = max((abs(cell.margin.value or 0) for cell in column.values()), default=0) or 1
            return lambda cell: margin_cell(cell, largest)
        if self.shown == "pairs":
            most = max((cell.preference.n for row, cell in column.items() if row != EVERYTHING), default=1)
            return lambda cell: HeatCell(count(cell.preference.n), "", "", cell.preference.n / most, 0)
        return preference_cell


def source_of(column: str) -> int:
    """The source of a column of probes; 0 for all sources."""
    return int(column.removeprefix(PROBES) or 0)


def preference_cell(cell: GridCell) -> HeatCell:
    """A preference: the shade goes to either side of one half."""
    share = cell.preference
    value = share.value or 0.0
    return HeatCell(percent(share.value), bounds(share.low, share.high, points), count(share.n), value, value * 2 - 1)


def margin_cell(cell: GridCell, largest: float) -> HeatCell:
    """A mean margin: the shade goes to either side of 0, as far as the column's largest."""
    mean = cell.margin
    heat = (mean.value or 0.0) / largest
    return HeatCell(signed(mean.value), bounds(mean.low, mean.high, number), count(mean.n), abs(heat), heat)


def seen_cell(share: Estimate) -> HeatCell:
    """A witnessed share: a share of its own kind, so it has a block and no shade."""
    return HeatCell(percent(share.value), bounds(share.low, share.high, points), count(share.n), share.value or 0.0)


def title_of(row: str) -> str:
    """How a row is called in a sentence."""
    return "all pairs" if row == EVERYTHING else row


def sentence(view: GridView, row: str, column: str) -> str:
    """What the cell under the cursor says, in full."""
    if column.startswith(PROBES):
        return _probe_sentence(view, row, column)
    scorer, cell = view.scorer(column), view.cell(row, column)
    if scorer is None:
        return ""
    head = f"{plain(view.names[scorer.id])} × {title_of(row)}"
    if cell is None:
        return f"{head}: no scored pair asks for it yet"
    share, mean = cell.preference, cell.margin
    ties = plural(cell.ties, "tie") if cell.ties else "no ties"
    parts = [
        f"{head}: puts the wide image first in {percent(share.value)} {bounds(share.low, share.high, points)} "
        f"of {plural(share.n, 'pair')} ({ties}), {plural(cell.clusters, 'cluster')}",
        f"mean margin {signed(mean.value)} {bounds(mean.low, mean.high, number)}",
    ]
    if cell.truncated:
        parts.append(f"{plural(cell.truncated, 'prompt')} cut at the scorer's limit")
    if share.low is None:
        parts.append("an interval needs two clusters")
    return "; ".join(parts)


def _probe_sentence(view: GridView, row: str, column: str) -> str:
    source = source_of(column)
    name = "probes" if not source else f"probes, {plain(view.witnessed.sources.get(source, ''))}"
    seen = view.seen(row, column)
    if seen is None:
        return f"{name} × {title_of(row)}: no probe could witness it in any pair"
    share = seen.witnessed
    of = "1 effect that a probe could see" if share.n == 1 else f"{share.n:,} effects that a probe could see"
    clusters = plural(seen.clusters, "cluster")
    figure = f"{percent(share.value)} {bounds(share.low, share.high, points)}"
    return f"{name} × {title_of(row)}: witnessed in {figure} of {of}, {clusters}: {WITNESSED_MEANS}"


def verdict(view: GridView, row: str, column: str) -> str:
    """What may be said of the scorer of a column for its role: only a reward model overrules a prompt."""
    scorer, cell = view.scorer(column), view.cell(row, column)
    if scorer is None:
        return "Probes have no prompt and no preference: this is about the images, not about any scorer."
    if scorer.role == REWARD_MODEL and cell is not None and cell.preference.value is not None:
        lost = 1 - cell.preference.value - cell.ties / cell.preference.n
        return f"A reward model: it overruled the prompt in {percent(lost)} of these pairs."
    return f"A {scorer.role}: a figure to compare with; whatever it says, it has not overruled a prompt."


def description(row: str) -> str:
    """What a row is about."""
    if row == EVERYTHING:
        return "Every scored pair, counted once, whatever its wide prompt asks for."
    return DIMENSIONS[row].description if row in DIMENSIONS else ""


def relations(row: str) -> str:
    """The effects that show a dimension, and the dimensions that it falls under."""
    if row not in DIMENSIONS:
        return ""
    effects = ", ".join(effect.title.lower() for effect in effects_of(row))
    related = ", ".join(DIMENSIONS[name].title for name in DIMENSIONS[row].related)
    return " · ".join(
        filter(None, (f"effects: {effects}" if effects else "", f"falls under: {related}" if related else ""))
    )
