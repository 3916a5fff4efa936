"""Generator × dimension: how far each generator obeyed, as one witness says, and each beside its base model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.content import Content

from store.queries.judges import REQUESTED_EFFECTS
from store.queries.pairs import PairFilter
from tui.figures import bounds, count, number, percent, plural, points, signed
from tui.text import MUTED, content, plain
from tui.views.grid import (
    EVERYTHING,
    Shown,
    could_see,
    covers,
    dimension_rows,
    figure_cell,
    following,
    margin_cell,
    of_taxonomy,
    on_scale,
    scale,
    seen_cell,
    title_of,
    without_interval,
)
from tui.widgets.heat_grid import HeatCell, HeatColumn, HeatTable

if TYPE_CHECKING:
    from engine.statistics import Estimate
    from engine.statistics.generators import GeneratorGrid, Obeyed, Witness

COVERAGE = "coverage"
"""Shown in place of what a witness says: of how much the probes could speak."""
DIFFERENCE = "-"
"""At the end of the key of a column that says how a generator differs from its base."""
MEANS = {
    "probes": "share of the asked effects seen",
    "people": "share of verdicts for the wide image",
    "judges": "share of verdicts for the wide image",
    "ratings": "rated change, I_o → I_a",
}
MOST_OVERALL, MOST_OF_DIMENSION = 100.0, 2.0
"""The highest rating: of the requested effects, and of one dimension."""
NOTHING_SAID = """Nothing is known of any generator's obedience yet.

A run with probes measures what can be measured;
{judge} on Pairs says which image follows P_a."""


@dataclass(frozen=True)
class GeneratorView(Shown):
    """One witness of obedience, over generators and dimensions.

    Args:
        grid: everything that is known.
        shown: the key of a witness, or `COVERAGE`; "" for the first witness.
    """

    grid: GeneratorGrid
    shown: str = ""
    empty = NOTHING_SAID

    @property
    def kinds(self) -> list[str]:
        """What can be shown."""
        keys = list(self.grid.witnesses)
        return [*keys, COVERAGE] if "probes" in keys else keys or [""]

    @property
    def witness(self) -> Witness | None:
        """Whose figures are shown; for coverage the probes."""
        key = self.shown if self.shown in self.grid.witnesses else next(iter(self.grid.witnesses), "")
        return self.grid.witnesses.get("probes" if self.shown == COVERAGE else key)

    @property
    def heading(self) -> tuple[str, str]:
        """As `Shown`."""
        witness = self.witness
        if witness is None:
            return "Obedience", "of generators"
        if self.shown == COVERAGE:
            return "Coverage", "share of asked effects that a probe could see"
        return f"Obedience by {plain(witness.name)}", MEANS[witness.by]

    @property
    def dimensions(self) -> list[str]:
        """As `Shown`."""
        return of_taxonomy((dimension for *_, dimension in self.grid.cells), self.taxonomy)

    def next_shown(self) -> GeneratorView:
        """As `Shown`."""
        kinds = self.kinds
        return replace(self, shown=following(kinds, self.shown if self.shown in kinds else kinds[0]), rising_by="")

    def cell(self, row: str, column: str) -> Obeyed | None:
        """What the witness says of a row."""
        witness = self.witness
        if witness is None or not column:
            return None
        overall = REQUESTED_EFFECTS if witness.by == "ratings" else ""
        dimension = overall if row == EVERYTHING else row
        return self.grid.cells.get((source_of(column), witness.key, dimension))

    def table(self) -> HeatTable:
        """As `Shown`."""
        keys = [EVERYTHING, *self.dimensions]
        columns = tuple(self._columns(keys))
        cells = {
            (row, column.key): drawn
            for column in columns
            for row in keys
            if (drawn := self._drawn(row, column.key)) is not None
        }
        ratings = self.witness is not None and self.witness.by == "ratings"
        figure = "heat" if ratings or self.rising_by.endswith(DIFFERENCE) else "level"
        return HeatTable(
            columns, tuple(dimension_rows(self.dimensions, cells, self.rising_by, figure)), cells, "Dimension"
        )

    def _columns(self, rows: list[str]) -> Iterator[HeatColumn]:
        """A column for each generator of which the witness says something, and one beside it for its base."""
        for source, name in sorted(self.grid.sources.items()):
            column = str(source)
            known = [cell for row in rows if (cell := self.cell(row, column)) is not None]
            if not known:
                continue
            overall = self.cell(EVERYTHING, column)
            yield HeatColumn(column, name, covers(overall.coverage if overall else None))
            if self.shown != COVERAGE and any(cell.beside for cell in known):
                yield HeatColumn(f"{column}{DIFFERENCE}", f"− {self._base(source)}", "its base")

    def _base(self, source: int) -> str:
        return self.grid.sources.get(self.grid.bases.get(source, 0), "")

    def _drawn(self, row: str, column: str) -> HeatCell | None:
        cell, witness = self.cell(row, column), self.witness
        if cell is None or witness is None:
            return None
        if self.shown == COVERAGE:
            return HeatCell(percent(cell.coverage), "", count(cell.asked), cell.coverage or 0.0)
        beside, found = column.endswith(DIFFERENCE), cell.figure
        if beside:
            if cell.beside is None:
                return None
            found = cell.beside.difference
        if found.value is None:
            return None
        if witness.by == "ratings":
            return margin_cell(found, MOST_OVERALL if row == EVERYTHING else MOST_OF_DIMENSION)
        return difference_cell(found) if beside else seen_cell(found)

    def sentence(self, row: str, column: str) -> str:
        """As `Shown`."""
        cell, witness = self.cell(row, column), self.witness
        head = f"{plain(self.grid.sources.get(source_of(column), ''))} × {title_of(row)}"
        if cell is None or witness is None:
            return f"{head}: nothing is known"
        figure = self._figure(cell.figure)
        covered = f"covered {percent(cell.coverage)}"
        if witness.by == "probes":
            if not cell.said:
                return f"{head}: no probe could witness any of {plural(cell.asked, 'asked effect')}"
            share = f"{figure} of {could_see(cell.said)}, of {cell.asked:,} asked ({covered})"
            return f"{head}: witnessed in {share}{without_interval(cell.figure)}"
        of = f"of {plural(cell.asked, 'pair')}"
        if witness.by == "ratings":
            rates = f"{plain(witness.name)} rates the wide image {figure} above the original"
            return f"{head}: {rates}, in {cell.said:,} {of} ({covered}){without_interval(cell.figure)}"
        others = f"{plural(cell.ties, 'tie')}, {cell.neither} neither"
        return (
            f"{head}: {plain(witness.name)} said the wide image follows P_a in {figure} of "
            f"{plural(cell.figure.n, 'verdict')} for one image ({others}); {cell.said:,} {of} judged ({covered})"
            f"{without_interval(cell.figure)}"
        )

    def remark(self, row: str, column: str) -> str:
        """The same figure of the base, and the difference."""
        cell, source = self.cell(row, column), source_of(column) if column else 0
        if cell is None:
            return ""
        if source not in self.grid.bases:
            return "No base model of it has made pairs for the same P_o and P_a from the same seed."
        base = plain(self._base(source))
        if cell.beside is None:
            return f"Its base {base} made the same requests, but nothing is said of both."
        beside = cell.beside
        return (
            f"Beside its base {base}, over {plural(beside.difference.n, self._compared)} with the same P_o, P_a and "
            f"seed: {self._figure(beside.own)} and {self._figure(beside.base)}, difference "
            f"{self._figure(beside.difference, change=True)}"
        )

    @property
    def _compared(self) -> str:
        return "effect" if self.witness is not None and self.witness.by == "probes" else "request"

    def subject(self, row: str) -> str:
        """As `Shown`."""
        return (
            super().subject(row) if self.dimension_of(row) else "Every pair of a generator, whatever its P_a asks for."
        )

    def _figure(self, found: Estimate, change: bool = False) -> str:
        if self.witness is not None and self.witness.by == "ratings":
            return f"{signed(found.value)} {bounds(found.low, found.high, number)}"
        value = f"{signed_points(found.value)} points" if change else percent(found.value)
        return f"{value} {bounds(found.low, found.high, points_of if change else points)}"

    def aside(self, row: str, column: str) -> list[Content]:
        """Every generator on this row, on a line from 0% to 100%, with its base's figure below."""
        witness = self.witness
        if witness is None or witness.by == "ratings":
            return []
        lines, has_base = [scale(witness.name)], False
        for source, name in sorted(self.grid.sources.items()):
            cell = self.cell(row, str(source))
            if cell is None or cell.figure.value is None:
                continue
            lines.append(on_scale(name, cell.figure))
            if cell.beside is not None:
                lines.append(on_scale("└ its base", cell.beside.base, MUTED))
                has_base = True
        more = [content("└ its base: over the requests that both made", MUTED)]
        return lines + more if has_base else lines

    def wanted(self, row: str, column: str) -> PairFilter:
        """As `Shown`."""
        return PairFilter(source_id=source_of(column), dimension=self.dimension_of(row) or None)


def source_of(column: str) -> int:
    """The source of a column."""
    return int(column.removesuffix(DIFFERENCE) or 0)


def difference_cell(found: Estimate) -> HeatCell:
    """A difference of shares, in points: the shade goes to either side of 0."""
    value = found.value or 0.0
    return figure_cell(found, signed_points(found.value), points_of, abs(value), value)


def signed_points(difference: float | None) -> str:
    """A difference of shares in points, with its sign."""
    return signed(None) if difference is None else f"{'+' if difference > 0 else ''}{points_of(difference)}"


def points_of(difference: float | None) -> str:
    """A difference of shares in points, with a true minus."""
    return points(difference).replace("-", "−")
