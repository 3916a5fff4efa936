"""The Grid as a table and as sentences: scorer × dimension, what its cells show, and what the cursor's cell says.

`generators` and `doses` beside it are the Grid's other tables: the page knows what all three have in common, `Shown`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.content import Content

from engine.taxonomy import DIMENSIONS, GROUPS, Taxonomy, effects_of
from store.queries.pairs import PairFilter
from tui.figures import bounds, count, number, percent, plural, points, signed, strip
from tui.text import MUTED, content, plain
from tui.views.pairs import REWARD_MODEL, effects_counted
from tui.widgets.heat_grid import HeatCell, HeatColumn, HeatRow, HeatTable

if TYPE_CHECKING:
    from engine.statistics import Estimate, Grid, GridCell, GridScorer
    from engine.statistics.witnessed import WitnessCell

Kind = TypeVar("Kind", bound=str)
SHOWN = {
    "preference": "share with the wide image first",
    "margin": "mean score(I_a, P_a) − score(I_o, P_a)",
    "pairs": "how many were scored",
}
"""What the cells can show, and what that is."""
EVERYTHING = "*"
"""The key of the row over all pairs."""
PROBES = "probes"
"""The key of the column of what the probes witnessed."""
WITNESSED_MEANS = "the probe declared for the effect moved, from I_o to I_a, the way that obeying means"
STRIP = 20
"""Cells of the strips beside the Grid."""
NO_PAIRS = """No pair is scored yet.

Press {runs} to open Runs, then {new} to start a run:
the Grid fills while the worker goes on."""


@dataclass(frozen=True, kw_only=True)
class Shown(ABC):
    """One of the Grid's tables, as it is looked at.

    Args:
        taxonomy: whose dimensions are shown.
        rising_by: the key of the column whose figures order the rows, lowest first; "" for the order of the taxonomy.
    """

    taxonomy: Taxonomy = "photograph"
    rising_by: str = ""
    empty: ClassVar[str]
    """What to do where there is nothing to show, with the keys `{runs}`, `{new}` and `{judge}` still to be named."""
    without: ClassVar[tuple[str, ...]] = ()
    """Actions of the page that would change nothing of it."""

    @property
    @abstractmethod
    def heading(self) -> tuple[str, str]:
        """What the cells show, in a word or two, and what that is."""

    @property
    @abstractmethod
    def dimensions(self) -> list[str]:
        """Those of the taxonomy about which something is known, in its order."""

    @abstractmethod
    def table(self) -> HeatTable:
        """What is drawn."""

    def next_shown(self) -> Shown:
        """The same with the next kind of figure, where there is another."""
        return self

    @abstractmethod
    def sentence(self, row: str, column: str) -> str:
        """What the cell under the cursor says, in full."""

    @abstractmethod
    def remark(self, row: str, column: str) -> str:
        """What may be said of that, or what it is to be compared with."""

    @abstractmethod
    def aside(self, row: str, column: str) -> list[Content]:
        """More lines, where there is room beside the table."""

    def dimension_of(self, row: str) -> str:
        """The dimension of a row; "" for all."""
        return "" if row == EVERYTHING else row

    def subject(self, row: str) -> str:
        """What a row is about."""
        return description(self.dimension_of(row) or EVERYTHING)

    @abstractmethod
    def wanted(self, row: str, column: str) -> PairFilter:
        """The pairs of a cell."""


@dataclass(frozen=True)
class Witnessed:
    """What the probes witnessed over all sources.

    Args:
        cells: by dimension, "" for all.
        asked: how many effects were asked for, in the same way.
    """

    cells: Mapping[str, WitnessCell] = field(default_factory=dict)
    asked: Mapping[str, int] = field(default_factory=dict)

    def coverage(self, dimension: str) -> float | None:
        """For what share of the asked effects a probe could speak; None where nothing was asked."""
        asked, cell = self.asked.get(dimension, 0), self.cells.get(dimension)
        return (cell.witnessed.n if cell else 0) / asked if asked else None


@dataclass(frozen=True)
class GridView(Shown):
    """Scorer × dimension.

    Args:
        grid: over both taxonomies.
        names: by scorer id, the name that tells its version from others.
        about: by scorer id, what a scorer is and can't do.
        shown: a key of `SHOWN`.
    """

    grid: Grid
    names: Mapping[int, str]
    about: Mapping[int, str]
    witnessed: Witnessed
    shown: str = "preference"
    empty = NO_PAIRS

    @property
    def heading(self) -> tuple[str, str]:
        """As `Shown`."""
        return self.shown.capitalize(), SHOWN[self.shown]

    @property
    def dimensions(self) -> list[str]:
        """As `Shown`."""
        return of_taxonomy({*self.grid.dimensions, *self.witnessed.cells}, self.taxonomy)

    def next_shown(self) -> GridView:
        """As `Shown`."""
        return replace(self, shown=following(SHOWN, self.shown))

    def scorer(self, column: str) -> GridScorer | None:
        """The scorer of a column, or None for the column of probes."""
        return next((each for each in self.grid.scorers if str(each.id) == column), None)

    def cell(self, row: str, column: str) -> GridCell | None:
        """What the scorer of a column says of a row."""
        scorer = self.scorer(column)
        if scorer is None:
            return None
        return self.grid.overall[scorer.id] if row == EVERYTHING else self.grid.cells.get((scorer.id, row))

    def seen(self, row: str) -> WitnessCell | None:
        """What the probes witnessed of a row."""
        return self.witnessed.cells.get(self.dimension_of(row))

    def table(self) -> HeatTable:
        """As `Shown`."""
        columns = list(self._columns())
        keys = [EVERYTHING, *self.dimensions]
        cells = {}
        for column in columns:
            cells.update(self._column_cells(column.key, keys))
        signed_figure = self.shown == "margin" and self.rising_by != PROBES
        rows = dimension_rows(self.dimensions, cells, self.rising_by, "heat" if signed_figure else "level")
        return HeatTable(tuple(columns), tuple(rows), cells, "Dimension")

    def _columns(self) -> Iterator[HeatColumn]:
        if self.witnessed.cells:
            yield HeatColumn(PROBES, "witnessed", covers(self.witnessed.coverage("")))
        for scorer in self.grid.scorers:
            yield HeatColumn(str(scorer.id), self.names[scorer.id], scorer.role)

    def _column_cells(self, column: str, rows: list[str]) -> dict[tuple[str, str], HeatCell]:
        if column == PROBES:
            seen = {row: self.seen(row) for row in rows}
            return {(row, column): seen_cell(each.witnessed) for row, each in seen.items() if each is not None}
        found = {row: cell for row in rows if (cell := self.cell(row, column)) is not None}
        draw = self._drawer(found)
        return {(row, column): draw(cell) for row, cell in found.items()}

    def _drawer(self, column: Mapping[str, GridCell]) -> Callable[[GridCell], HeatCell]:
        """How the cells of one column are drawn; margins and counts are measured against the column's largest."""
        if self.shown == "margin":
            largest = max((abs(cell.margin.value or 0) for cell in column.values()), default=0) or 1
            return lambda cell: margin_cell(cell.margin, largest)
        if self.shown == "pairs":
            most = max((cell.preference.n for row, cell in column.items() if row != EVERYTHING), default=1)
            return lambda cell: HeatCell(count(cell.preference.n), "", "", cell.preference.n / most, 0)
        return preference_cell

    def sentence(self, row: str, column: str) -> str:
        """As `Shown`."""
        if column == PROBES:
            return self._probe_sentence(row)
        scorer, cell = self.scorer(column), self.cell(row, column)
        if scorer is None:
            return ""
        head = f"{plain(self.names[scorer.id])} × {title_of(row)}"
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
        return "; ".join(parts) + without_interval(share)

    def _probe_sentence(self, row: str) -> str:
        seen, dimension = self.seen(row), self.dimension_of(row)
        asked, coverage = self.witnessed.asked.get(dimension, 0), self.witnessed.coverage(dimension)
        if seen is None:
            of = f" ({plural(asked, 'effect')} asked)" if asked else ""
            return f"probes × {title_of(row)}: no probe could witness it in any pair{of}"
        share, clusters = seen.witnessed, plural(seen.clusters, "cluster")
        covered = f"of {asked:,} asked (covered {percent(coverage)})"
        return (
            f"probes × {title_of(row)}: witnessed in {percent(share.value)} {bounds(share.low, share.high, points)} of "
            f"{could_see(share.n)}, {covered}, {clusters}: {WITNESSED_MEANS}{without_interval(share)}"
        )

    def remark(self, row: str, column: str) -> str:
        """What may be said of the scorer of a column: only a reward model that reads the prompt overrules it."""
        scorer, cell = self.scorer(column), self.cell(row, column)
        if scorer is None:
            return "Probes have no prompt and no preference: this is about the images, not about any scorer."
        if scorer.role == REWARD_MODEL and not scorer.reads_prompt:
            return "A reward model that never sees the prompt: it can neither follow nor overrule one."
        if scorer.role == REWARD_MODEL and cell is not None and cell.preference.value is not None:
            lost = 1 - cell.preference.value - cell.ties / cell.preference.n
            return f"A reward model: it overruled the prompt in {percent(lost)} of these pairs."
        return f"A {scorer.role}: a figure to compare with; whatever it says, it has not overruled a prompt."

    def aside(self, row: str, column: str) -> list[Content]:
        """Every scorer's preference on this row, on a line from 0% to 100%, and what the column's scorer is."""
        lines = [scale("preference")]
        for scorer in self.grid.scorers:
            cell = self.cell(row, str(scorer.id))
            if cell is not None and cell.preference.value is not None:
                lines.append(on_scale(self.names[scorer.id], cell.preference, middle=True))
        if (seen := self.seen(row)) is not None:
            lines.append(on_scale("witnessed", seen.witnessed, MUTED))
        chosen = self.scorer(column)
        if chosen is not None and (about := self.about.get(chosen.id)):
            lines += [Content(""), Content.assemble(content(chosen.name, "bold"), content(f": {about}", MUTED))]
            lines.append(content(f"version {chosen.version}, computed {chosen.origin}", MUTED))
        return lines

    def wanted(self, row: str, column: str) -> PairFilter:
        """The pairs that the figure counts; where there is none yet, those that it waits for."""
        scorer, dimension = self.scorer(column), self.dimension_of(row) or None
        if scorer is None and self.seen(row):
            return PairFilter(witnessed=effects_counted(dimension))
        if scorer is None:
            return PairFilter(dimension=dimension)
        verdict = "scored" if self.cell(row, column) else None
        return PairFilter(scorer_id=scorer.id, dimension=dimension, verdict=verdict)


def following(kinds: Iterable[Kind], shown: Kind) -> Kind:
    """The kind after this one, and the first after the last."""
    turn = cycle(kinds)
    while next(turn) != shown:
        pass
    return next(turn)


def of_taxonomy(known: Iterable[str], taxonomy: str) -> list[str]:
    """The dimensions of a taxonomy that are known of, in its order."""
    found = set(known)
    return [name for name, each in DIMENSIONS.items() if each.taxonomy == taxonomy and name in found]


def dimension_rows(
    dimensions: list[str], cells: Mapping[tuple[str, str], HeatCell], rising_by: str, figure: str
) -> Iterator[HeatRow]:
    """A row over all pairs, then the dimensions by group, or those with a figure in a column by that figure."""
    yield HeatRow(EVERYTHING, "All pairs")
    if rising_by:
        ordered = [name for name in dimensions if (name, rising_by) in cells]
        ordered.sort(key=lambda name: getattr(cells[name, rising_by], figure))
        yield HeatRow("", "Lowest first")
        yield from (HeatRow(name, DIMENSIONS[name].title) for name in ordered)
        return
    group = ""
    for name in dimensions:
        if DIMENSIONS[name].group != group:
            group = DIMENSIONS[name].group
            yield HeatRow("", GROUPS[group])
        yield HeatRow(name, DIMENSIONS[name].title)


def covers(coverage: float | None) -> str:
    """Of how much of what was asked something is said, under the title of a column."""
    return "" if coverage is None else f"covers {coverage:.0%}"


def could_see(n: int) -> str:
    """How many effects probes could witness."""
    return "1 effect that a probe could see" if n == 1 else f"{n:,} effects that a probe could see"


def scale(title: str) -> Content:
    """The head of lines from 0% to 100%."""
    return Content.styled(f"{title:<11.11}{'0%':<{STRIP // 2 - 1}}50%{'100%':>{STRIP // 2}}", MUTED)


def on_scale(name: str, share: Estimate, style: str = "", middle: bool = False) -> Content:
    """A share with its interval, on a line from 0% to 100%."""
    drawn = strip(share.value or 0.0, share.low, share.high, STRIP, middle=middle)
    label = content(name).truncate(10, ellipsis=True, pad=True)
    return Content.assemble(label, f" {drawn} {percent(share.value):>5}").stylize(style)


def preference_cell(cell: GridCell) -> HeatCell:
    """A preference: the shade goes to either side of one half."""
    share = cell.preference
    value = share.value or 0.0
    return figure_cell(share, percent(share.value), points, value, value * 2 - 1)


def margin_cell(mean: Estimate, largest: float) -> HeatCell:
    """A mean margin: the shade goes to either side of 0, as far as the column's largest."""
    heat = (mean.value or 0.0) / largest
    return figure_cell(mean, signed(mean.value), number, abs(heat), heat)


def seen_cell(share: Estimate) -> HeatCell:
    """A witnessed share: a share of its own kind, so it has a block and no shade."""
    return figure_cell(share, percent(share.value), points, share.value or 0.0)


def figure_cell(
    found: Estimate, value: str, write: Callable[[float | None], str], level: float, heat: float = 0.0
) -> HeatCell:
    """A figure with its interval and its n; one that has no interval may be chance, and stands out by nothing."""
    quiet = found.low is None
    return HeatCell(value, bounds(found.low, found.high, write), count(found.n), level, heat, quiet)


def without_interval(found: Estimate) -> str:
    """At the end of a sentence: why a figure has no interval; nothing where it has one."""
    lacks = found.value is not None and found.low is None
    return f"; {bounds(None, None, number)}: an interval needs two clusters" if lacks else ""


def title_of(row: str) -> str:
    """How a row is called in a sentence."""
    return "all pairs" if row == EVERYTHING else DIMENSIONS[row].title


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
