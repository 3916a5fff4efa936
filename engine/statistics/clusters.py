"""Means of clustered observations, for many cells at once, from sums by cluster.

A cluster is an original prompt, or a photograph: its pairs share a subject and often an image, so that they are
not independent of one another, and clusters are. The variance is the cluster-robust one of a ratio mean
(Taylor linearisation) with the factor G/(G−1) for G clusters.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

Row: TypeAlias = sqlite3.Row | Mapping[str, Any]
"""A row of `store.queries`, or in tests a plain mapping with the same columns."""


@dataclass(frozen=True)
class ClusteredMeans:
    """Means of one quantity in several cells; every array is [cells].

    Args:
        n: observations.
        clusters: how many clusters they come from.
        mean: NaN where n is 0.
        variance: of the mean; NaN where there are fewer than two clusters.
    """

    n: np.ndarray
    clusters: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


def clustered_means(
    clusters: np.ndarray,
    n: np.ndarray,
    total: np.ndarray,
    n_n: np.ndarray,
    total_total: np.ndarray,
    total_n: np.ndarray,
) -> ClusteredMeans:
    """From sums over clusters; every array is [cells].

    Args:
        clusters: how many there are.
        n, total: the observations, and what they add up to.
        n_n, total_total, total_n: each cluster's n², total² and total · n, added up.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n
        squares = total_total - 2 * mean * total_n + mean**2 * n_n  # of each cluster's total minus mean · n
        variance = np.where(clusters > 1, clusters / (clusters - 1.0) * np.fmax(squares, 0) / n**2, np.nan)
    return ClusteredMeans(n, clusters, mean, variance)


def one_cell(n: np.ndarray, total: np.ndarray) -> ClusteredMeans:
    """One cell from the n [G] observations of each cluster and their totals [G].

    From the totals as they lie about their mean: sums of squares would lose a spread that is small beside the mean.
    """
    n, total = np.asarray(n, float), np.asarray(total, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total.sum() / n.sum()
        apart = total - mean * n
        sums = (len(n), n.sum(), 0.0, n @ n, apart @ apart, apart @ n)
    return replace(clustered_means(*(np.array([each], float) for each in sums)), mean=np.array([mean]))


def influences(n: np.ndarray, total: np.ndarray) -> np.ndarray:
    """What each cluster adds to a mean, [G], in sum 0: its n [G] observations have totals [G]."""
    observations = n.sum()
    return (total - total.sum() / observations * n) / observations


def cluster_sums(rows: Sequence[Row], *columns: str) -> list[np.ndarray]:
    """Columns [G] of rows added up by their column `cluster`, in the order of the clusters."""
    clusters, where = np.unique([row["cluster"] for row in rows], return_inverse=True)
    return [np.bincount(where, [row[column] for row in rows], len(clusters)) for column in columns]
