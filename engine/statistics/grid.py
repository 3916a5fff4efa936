"""The Grid: preference and mean margin in every cell of scorer × dimension."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.statistics.clusters import clustered_means
from engine.statistics.estimate import Estimate
from engine.statistics.intervals import mean_estimates, share_estimates
from engine.taxonomy import DIMENSIONS, Taxonomy
from store.queries import pairs, tallies

Row = sqlite3.Row | Mapping[str, Any]


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
    """

    preference: Estimate
    margin: Estimate
    ties: int
    truncated: int


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
    cells = cells_of(tallies.by_dimension(reader), "dimension")
    overall = {scorer: cell for (scorer, _), cell in cells_of(tallies.by_scorer(reader)).items()}
    found = {dimension for _, dimension in cells}
    dimensions = [d.name for d in DIMENSIONS.values() if d.name in found and taxonomy in (None, d.taxonomy)]
    shown = set(dimensions)
    return Grid(
        scorers=[_scorer(row) for row in pairs.scorers(reader) if row["id"] in overall],
        dimensions=dimensions,
        cells={key: cell for key, cell in cells.items() if key[1] in shown},
        overall=overall,
    )


def _scorer(row: Row) -> GridScorer:
    return GridScorer(row["id"], row["name"], row["version"], row["origin"], row["role"], bool(row["reads_prompt"]))


def cells_of(rows: Sequence[Row], by: str | None = None) -> dict[tuple[int, Any], GridCell]:
    """Cells by (scorer id, value of the column `by`, or None) from rows of `store.queries.tallies`."""
    numbers: dict[tuple[int, Any], int] = {}
    cell = np.array([numbers.setdefault((r["scorer_id"], r[by] if by else None), len(numbers)) for r in rows], int)
    n, wins, ties, margins, truncated = (
        np.array([row[column] for row in rows], dtype=float) for column in ("n", "wins", "ties", "margins", "truncated")
    )
    preferences = share_estimates(clustered_means(cell, n, wins, len(numbers)))
    means = mean_estimates(clustered_means(cell, n, margins, len(numbers)))
    counts = (np.bincount(cell, column, len(numbers)).astype(int).tolist() for column in (ties, truncated))
    return {key: GridCell(*found) for key, *found in zip(numbers, preferences, means, *counts, strict=True)}
