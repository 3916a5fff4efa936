"""The Grid: preference and mean margin in every cell of scorer × dimension."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.statistics.clusters import Row, clustered_means
from engine.statistics.estimate import Estimate
from engine.statistics.intervals import mean_estimates, share_estimates
from engine.taxonomy import DIMENSIONS, Taxonomy
from store.queries import pairs, tallies


@dataclass(frozen=True, slots=True)
class GridScorer:
    """One scorer version: a column of the Grid."""

    id: int
    name: str
    version: str
    origin: str
    role: str
    reads_prompt: bool


@dataclass(frozen=True, slots=True)
class GridCell:
    """What one scorer says of the pairs of one dimension.

    Args:
        preference: share of pairs in which it put the wide image first; ties are no wins.
        margin: mean of didp − oidp, in the scorer's own unit.
        ties: pairs with equal scores.
        truncated: pairs whose wide prompt was cut.
        clusters: how many original prompts the pairs come from.
    """

    preference: Estimate
    margin: Estimate
    ties: int
    truncated: int
    clusters: int


@dataclass(frozen=True)
class Grid:
    """Cells by (scorer id, dimension name); a cell without pairs is absent.

    Args:
        scorers: those with scored pairs, by id.
        dimensions: those with scored pairs, in the order of the taxonomy.
        cells: see `GridCell`.
        overall: by scorer id, over all pairs, each counted once.
    """

    scorers: list[GridScorer]
    dimensions: list[str]
    cells: dict[tuple[int, str], GridCell]
    overall: dict[int, GridCell]


def grid(reader: sqlite3.Connection, taxonomy: Taxonomy | None = None) -> Grid:
    """The Grid of a store, over the dimensions of one taxonomy or (None) both.

    A pair counts in each of its dimensions: those asked for, and those that these are related to.
    """
    cells = grid_cells(tallies.cells(reader))
    overall = {scorer: cell for (scorer, dimension), cell in cells.items() if not dimension}
    shown = {name for name, each in DIMENSIONS.items() if taxonomy in (None, each.taxonomy)}
    cells = {key: cell for key, cell in cells.items() if key[1] in shown}
    found = {dimension for _, dimension in cells}
    return Grid(
        scorers=[_scorer(row) for row in pairs.scorers(reader) if row["id"] in overall],
        dimensions=[name for name in DIMENSIONS if name in found],
        cells=cells,
        overall=overall,
    )


def _scorer(row: Row) -> GridScorer:
    return GridScorer(row["id"], row["name"], row["version"], row["origin"], row["role"], bool(row["reads_prompt"]))


def grid_cells(rows: Sequence[Row]) -> dict[tuple[int, str], GridCell]:
    """Cells by (scorer id, dimension) from rows of `store.queries.tallies.cells`."""

    def column(name: str) -> np.ndarray:
        return np.array([row[name] for row in rows], dtype=float)

    clusters, n, wins, margins, n_n = map(column, ("clusters", "n", "wins", "margins", "n_n"))
    preferences = share_estimates(clustered_means(clusters, n, wins, n_n, column("wins_wins"), column("wins_n")))
    means = mean_estimates(clustered_means(clusters, n, margins, n_n, column("margins_margins"), column("margins_n")))
    return {
        (row["scorer_id"], row["dimension"]): GridCell(preference, mean, row["ties"], row["truncated"], row["clusters"])
        for row, preference, mean in zip(rows, preferences, means, strict=True)
    }
