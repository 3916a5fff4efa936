"""Strength × scorer: how margins, and what probes witness, rise or fall with the strength of what was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from textual.content import Content

from engine.taxonomy import DIMENSIONS
from store.queries.pairs import PairFilter
from tui.figures import bounds, number, percent, plural, points, signed
from tui.text import MUTED, content, plain
from tui.views.grid import PROBES, Shown, could_see, margin_cell, of_taxonomy, seen_cell, title_of, without_interval
from tui.views.pairs import effects_counted
from tui.widgets.heat_grid import HeatCell, HeatColumn, HeatRow, HeatTable

if TYPE_CHECKING:
    from engine.statistics import Estimate
    from engine.statistics.doses import Curve, Doses

AT = "@"
"""Between the dimension and the strength in the key of a row."""
NOTHING_SWEPT = """Nothing was swept yet.

widespectrum generate --strength 0:1:0.25
asks for the same effects of the same originals at rising strength."""


@dataclass(frozen=True)
class DoseView(Shown):
    """Mean margins by strength.

    Args:
        doses: the curves.
        names: by scorer id, the name that tells its version from others.
        roles: by scorer id.
    """

    doses: Doses
    names: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)
    empty = NOTHING_SWEPT
    without = ("show_next", "order")

    @property
    def heading(self) -> tuple[str, str]:
        """As `Shown`."""
        return "Strength", f"mean margin, {plural(self.doses.sets, 'swept set')}"

    @property
    def dimensions(self) -> list[str]:
        """As `Shown`."""
        return of_taxonomy({*self.doses.witnessed, *(name for _, name in self.doses.margins)}, self.taxonomy)

    def dimension_of(self, row: str) -> str:
        """As `Shown`."""
        return row.partition(AT)[0]

    def curve(self, dimension: str, column: str) -> Curve:
        """The figures of a column in a dimension, by strength."""
        if column == PROBES:
            return self.doses.witnessed.get(dimension, {})
        return self.doses.margins.get((int(column), dimension), {})

    def table(self) -> HeatTable:
        """As `Shown`."""
        columns = tuple(self._columns())
        cells = {}
        for column in columns:
            cells.update(self._column_cells(column.key))
        return HeatTable(columns, tuple(self._rows()), cells, "Strength")

    def _columns(self) -> Iterator[HeatColumn]:
        if self.doses.witnessed:
            yield HeatColumn(PROBES, "witnessed", "probes")
        for scorer in dict.fromkeys(scorer for scorer, _ in self.doses.margins):
            yield HeatColumn(str(scorer), self.names.get(scorer, ""), self.roles.get(scorer, ""))

    def _rows(self) -> Iterator[HeatRow]:
        for dimension in ("", *self.dimensions):
            yield HeatRow("", DIMENSIONS[dimension].title if dimension else "All swept pairs")
            for strength in self.doses.strengths:
                yield HeatRow(f"{dimension}{AT}{strength!r}", f"{strength:g}")

    def _column_cells(self, column: str) -> dict[tuple[str, str], HeatCell]:
        curves = {dimension: self.curve(dimension, column) for dimension in ("", *self.dimensions)}
        figures = {
            (f"{dimension}{AT}{strength!r}", column): figure
            for dimension, curve in curves.items()
            for strength, figure in curve.items()
        }
        if column == PROBES:
            return {key: seen_cell(figure) for key, figure in figures.items()}
        largest = max((abs(figure.value or 0.0) for figure in figures.values()), default=0) or 1
        return {key: margin_cell(figure, largest) for key, figure in figures.items()}

    def sentence(self, row: str, column: str) -> str:
        """As `Shown`."""
        dimension, _, written = row.partition(AT)
        strength = float(written)
        name = "probes" if column == PROBES else plain(self.names.get(int(column), ""))
        head = f"{name} × {title_of(dimension) if dimension else 'all swept pairs'} at strength {strength:g}"
        figure = self.curve(dimension, column).get(strength)
        if figure is None:
            return f"{head}: nothing is known"
        if column == PROBES:
            share = f"{percent(figure.value)} {bounds(figure.low, figure.high, points)}"
            return f"{head}: witnessed in {share} of {could_see(figure.n)}{without_interval(figure)}"
        mean = f"{signed(figure.value)} {bounds(figure.low, figure.high, number)}"
        return f"{head}: mean margin {mean} over {plural(figure.n, 'pair')}{without_interval(figure)}"

    def remark(self, row: str, column: str) -> str:
        """The curve that the cell is of."""
        curve = self.curve(self.dimension_of(row), column)
        if not curve:
            return ""
        written = ", ".join(f"{strength:g}: {self._value(column, figure)}" for strength, figure in curve.items())
        return f"{self._plotted(column, curve)}  {written}"

    def _value(self, column: str, figure: Estimate) -> str:
        return percent(figure.value) if column == PROBES else signed(figure.value)

    def _plotted(self, column: str, curve: Curve) -> str:
        from engine.statistics.doses import plotted

        values = [curve[strength].value if strength in curve else None for strength in self.doses.strengths]
        return plotted(values, 1.0 if column == PROBES else None)

    def aside(self, row: str, column: str) -> list[Content]:
        """Every curve of the row's dimension, a block for each strength, from its first value to its last."""
        lines = [content(f"from strength {self.doses.strengths[0]:g} to {self.doses.strengths[-1]:g}", MUTED)]
        for each in self._columns():
            if curve := self.curve(self.dimension_of(row), each.key):
                figures = list(curve.values())
                ends = " → ".join(self._value(each.key, figure) for figure in (figures[0], figures[-1]))
                label = content(each.title).truncate(10, ellipsis=True, pad=True)
                lines.append(Content.assemble(label, f" {self._plotted(each.key, curve)}  {ends}"))
        lines.append(
            content("Between its lowest and its highest value, 0 included: at strength 0 a margin is 0.", MUTED)
        )
        return lines

    def subject(self, row: str) -> str:
        """As `Shown`."""
        return (
            super().subject(row) if self.dimension_of(row) else "Every pair of a swept set, whatever its P_a asks for."
        )

    def wanted(self, row: str, column: str) -> PairFilter:
        """The swept pairs that the figure counts; where there is none yet, those that it waits for."""
        dimension, _, written = row.partition(AT)
        strength = float(written)
        swept = PairFilter(dimension=dimension or None, strength=strength)
        is_known = strength in self.curve(dimension, column)
        if column == PROBES:
            return PairFilter(witnessed=effects_counted(dimension), strength=strength) if is_known else swept
        return replace(swept, scorer_id=int(column), verdict="scored" if is_known else None)
