"""Dose and response: how each scorer's margin, and what probes witness, go with the strength of what was asked.

Only over sweeps (`generate --strength 0.25:1:0.25`), in which original, effects and seed stay and the strength rises.
At strength 0 the wide image would be the original itself, and every margin 0.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.statistics.clusters import cluster_sums
from engine.statistics.estimate import Estimate
from engine.statistics.generators import ANALYTIC, Estimators, grouped, shown_in
from store.queries import doses as queries

BLOCKS = "▁▂▃▄▅▆▇█"

Curve = Mapping[float, Estimate]
"""Strength → figure, rising in strength."""


@dataclass(frozen=True)
class Doses:
    """What the swept sets of a store say.

    Args:
        sets: how many there are.
        margins: (scorer id, dimension; "" for all) → mean margin by strength.
        witnessed: dimension, "" for all → share of the effects that a probe could witness and did, by strength.
    """

    sets: int
    margins: Mapping[tuple[int, str], Curve]
    witnessed: Mapping[str, Curve]

    @property
    def strengths(self) -> list[float]:
        """All that occur, rising."""
        return sorted({strength for curve in (*self.margins.values(), *self.witnessed.values()) for strength in curve})


def doses(reader: sqlite3.Connection, estimators: Estimators = ANALYTIC, leave_truncated_out: bool = False) -> Doses:
    """The curves of a store; empty where nothing was swept.

    Args:
        leave_truncated_out: leave out the pairs whose wide prompt was cut by the scorer's text limit.
    """
    sets = queries.sets(reader)
    if not sets:
        return Doses(0, {}, {})
    margins: dict[tuple[int, str], dict[float, Estimate]] = {}
    rows = queries.margins(reader, leave_truncated_out)
    for (scorer, dimension, strength), of in sorted(grouped(rows, "scorer_id", "dimension", "strength").items()):
        mean = estimators.mean(*cluster_sums(of, "n", "total"))
        margins.setdefault((scorer, dimension), {})[strength] = mean
    witnessed: dict[str, dict[float, Estimate]] = {}
    seen = [
        {**dict(row), "dimension": shown} for row in queries.witnesses(reader) for shown in shown_in(row["dimension"])
    ]
    for (dimension, strength), of in sorted(grouped(seen, "dimension", "strength").items()):
        witnessed.setdefault(dimension, {})[strength] = estimators.share(*cluster_sums(of, "n", "total"))
    return Doses(sets, margins, witnessed)


def plotted(values: Sequence[float | None], most: float | None = None) -> str:
    """A curve in block characters, one for each value, with 0 in its range; a blank where there is no value.

    Args:
        most: the top of the range, where it is known, as 1 is of a share.
    """
    known = [value for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known, most or 0.0])
    steps = len(BLOCKS) - 1
    return "".join(
        " " if value is None else BLOCKS[round((value - low) / (high - low) * steps) if high > low else 0]
        for value in values
    )
