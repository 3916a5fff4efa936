"""The Grid's column of probes: the share of witnessed effects by source and dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.statistics.clusters import clustered_means
from engine.statistics.estimate import Estimate
from engine.statistics.intervals import share_estimates
from engine.taxonomy import DIMENSIONS, with_photographic


@dataclass(frozen=True, slots=True)
class WitnessCell:
    """What probes saw of the effects of one dimension.

    Args:
        witnessed: share of the effects that a probe could witness and did; its n is how many could be.
        clusters: how many original prompts they come from.
    """

    witnessed: Estimate
    clusters: int


def witness_cells(rows: Sequence[tuple[int, str, int, int, int]]) -> dict[tuple[int, str], WitnessCell]:
    """Cells by (source id; dimension, or "" for all), from rows of `store.queries.tallies.witnesses_by_cluster`.

    A witness counts in the dimension of its effect and in those that this one is related to.
    """
    if not rows:
        return {}
    source, asked, cluster, n, hits = zip(*rows, strict=True)
    sources, source_place = np.unique(source, return_inverse=True)
    clusters, cluster_place = np.unique(cluster, return_inverse=True)
    shape = (len(sources), len(clusters))
    place = source_place * len(clusters) + cluster_place
    numbers = {name: number for number, name in enumerate(sorted(set(asked)))}
    asked_number = np.array([numbers[name] for name in asked])
    sums = np.array([n, hits], dtype=float)
    found: dict[tuple[int, str], WitnessCell] = {}
    for shown in ("", *DIMENSIONS):
        counted = set(numbers) if not shown else set(with_photographic(shown)) & set(numbers)
        if counted:
            rows_of = np.isin(asked_number, [numbers[name] for name in counted])
            by_cluster = [np.bincount(place[rows_of], each[rows_of], shape[0] * shape[1]) for each in sums]
            cells = _cells(*(each.reshape(shape) for each in by_cluster))
            found.update(
                ((number, shown), cell)
                for number, cell in zip(sources.tolist(), cells, strict=True)
                if cell.witnessed.n
            )
    return found


def _cells(n: np.ndarray, hits: np.ndarray) -> list[WitnessCell]:
    """One cell for each row of n and hits, [cells, clusters]."""
    clusters = (n > 0).sum(1)
    sums = [each.sum(1) for each in (n, hits, n * n, hits * hits, hits * n)]
    shares = share_estimates(clustered_means(clusters.astype(float), *sums))
    return [WitnessCell(share, count) for share, count in zip(shares, clusters.tolist(), strict=True)]
