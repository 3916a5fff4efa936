"""The Grid's column of probes: the share of witnessed effects by source and dimension, in one read."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import numpy as np

from engine.statistics.clusters import clustered_means
from engine.statistics.estimate import Estimate
from engine.statistics.intervals import share_estimates
from engine.taxonomy import DIMENSIONS
from store.queries import tallies


@dataclass(frozen=True, slots=True)
class WitnessCell:
    """What probes saw of the effects of one dimension.

    Args:
        witnessed: share of the effects that a probe could witness and did; its n is how many could be.
        clusters: how many original prompts they come from.
    """

    witnessed: Estimate
    clusters: int


def witness_cells(reader: sqlite3.Connection) -> dict[tuple[int, str], WitnessCell]:
    """Cells by (source id, or 0 for all; dimension, or "" for all).

    A witness counts in the dimension of its effect and in those that this one is related to.
    """
    shown_as = [(each.name, shown) for each in DIMENSIONS.values() for shown in (each.name, *each.related, "")]
    rows = tallies.witness_cells(reader, shown_as)
    columns = ("clusters", "n", "witnessed", "n_n", "witnessed_witnessed", "witnessed_n")
    means = clustered_means(*(np.array([row[name] for row in rows], dtype=float) for name in columns))
    return {
        (row["source_id"], row["dimension"]): WitnessCell(share, row["clusters"])
        for row, share in zip(rows, share_estimates(means), strict=True)
    }
