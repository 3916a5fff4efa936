"""Means of clustered observations, for many cells at once, from sums by cluster.

A cluster is an original prompt, or a photograph: its pairs share a subject and often an image, so that they are
not independent of one another, and clusters are. The variance is the cluster-robust one of a ratio mean
(Taylor linearisation) with the factor G/(G−1) for G clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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


def clustered_means(cell: np.ndarray, n: np.ndarray, total: np.ndarray, cells: int) -> ClusteredMeans:
    """From one row for each (cell, cluster), in any order, each such couple at most once.

    Args:
        cell: [rows] the cell's number, 0 to cells − 1.
        n: [rows] observations of that cluster.
        total: [rows] their sum.
        cells: how many cells there are.
    """
    observations = np.bincount(cell, n, cells)
    clusters = np.bincount(cell, minlength=cells)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(cell, total, cells) / observations
        squares = np.bincount(cell, (total - mean[cell] * n) ** 2, cells)
        variance = np.where(clusters > 1, clusters / (clusters - 1.0) * squares / observations**2, np.nan)
    return ClusteredMeans(observations, clusters, mean, variance)
