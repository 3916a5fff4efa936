"""Seeded cluster bootstrap: the intervals of reports.

Whole clusters are drawn again with replacement, since pairs of one cluster are not independent. The interval is the
bias-corrected and accelerated one (Efron 1987, J. Am. Stat. Assoc. 82:171): near 0 and 1 the plain percentiles lie too
close to the bound, and leave out the truth on the other side. It is expanded for few clusters (Hesterberg 2015, Am.
Stat. 69:371): its levels are those at which it would be as wide as a t interval if the figure were a mean.

A bootstrap says nothing where every resample gives the same figure (a preference of 0 or 1), and little where there
are only a handful of clusters to draw from. In both cases the analytic interval stands in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.statistics.auroc import auroc_estimate, auroc_influences
from engine.statistics.clusters import influences
from engine.statistics.differences import mean_difference, share_difference
from engine.statistics.estimate import Estimate, estimate
from engine.statistics.intervals import mean_estimate, share_estimate, t_quantile

FEWEST_CLUSTERS = 10
"""With fewer, the analytic interval stands in."""
CHUNK = 4_000_000
"""How many weights are drawn at once: 32 MB."""


@dataclass(frozen=True)
class Bootstrap:
    """The estimators of a report; each gives the same answer for the same data, in any order, and seed.

    Args:
        resamples: at least 1000 for a 95% interval.
        seed: of the draws.
    """

    resamples: int = 2000
    seed: int = 0

    def share(self, n: np.ndarray, hits: np.ndarray) -> Estimate:
        """A share from sums by cluster: n [G] observations, of them hits [G]. Clusters in a fixed order."""
        return self._ratio(share_estimate(n, hits), n, hits)

    def mean(self, n: np.ndarray, total: np.ndarray) -> Estimate:
        """A mean from sums by cluster: n [G] observations with total [G]. Clusters in a fixed order."""
        return self._ratio(mean_estimate(n, total), n, total)

    def share_difference(
        self, couples: np.ndarray, own_n: np.ndarray, own: np.ndarray, base_n: np.ndarray, base: np.ndarray
    ) -> Estimate:
        """A difference of shares from sums by cluster: see `engine.statistics.differences`."""
        return self._difference(share_difference(couples, own_n, own, base_n, base), own_n, own, base_n, base)

    def mean_difference(
        self, couples: np.ndarray, own_n: np.ndarray, own: np.ndarray, base_n: np.ndarray, base: np.ndarray
    ) -> Estimate:
        """A difference of means from sums by cluster: see `engine.statistics.differences`."""
        return self._difference(mean_difference(couples, own_n, own, base_n, base), own_n, own, base_n, base)

    def auroc(self, original: np.ndarray, wide: np.ndarray, cluster: np.ndarray) -> Estimate:
        """AUROC of oidp [n] and didp [n] of pairs in clusters [n]; the value is scikit-learn's."""
        analytic = auroc_estimate(original, wide, cluster)
        if analytic.value is None:
            return analytic
        from sklearn.metrics import roc_auc_score

        truth = np.repeat([0, 1], [len(original), len(wide)])
        area = float(roc_auc_score(truth, np.concatenate([original, wide])))
        names, where = np.unique(cluster, return_inverse=True)
        if len(names) < FEWEST_CLUSTERS:
            return Estimate(area, analytic.low, analytic.high, analytic.n)
        areas = _resampled_areas(original, wide, where, self._weights(len(names)))
        _, influence = auroc_influences(original, wide, where)
        return _accelerated(area, areas, influence, analytic)

    def _ratio(self, analytic: Estimate, n: np.ndarray, total: np.ndarray) -> Estimate:
        if analytic.value is None or len(n) < FEWEST_CLUSTERS:
            return analytic
        sums = np.column_stack([n, total]).astype(float)
        drawn = np.concatenate([weights @ sums for weights in self._weights(len(n))])
        return _accelerated(analytic.value, drawn[:, 1] / drawn[:, 0], influences(*sums.T), analytic)

    def _difference(self, analytic: Estimate, *sums: np.ndarray) -> Estimate:
        if analytic.value is None or len(sums[0]) < FEWEST_CLUSTERS:
            return analytic
        columns = np.column_stack(sums).astype(float)
        drawn = np.concatenate([weights @ columns for weights in self._weights(len(columns))])
        resampled = drawn[:, 1] / drawn[:, 0] - drawn[:, 3] / drawn[:, 2]
        own_n, own, base_n, base = columns.T
        apart = influences(own_n, own) - influences(base_n, base)
        return _accelerated(analytic.value, resampled, apart, analytic)

    def _weights(self, clusters: int) -> Iterator[np.ndarray]:
        """How often each cluster is drawn, in chunks [b, clusters] that add up to all resamples.

        The draws depend on the seed and the number of clusters alone, so no figure depends on which others are made.
        """
        draw = np.random.default_rng([self.seed, clusters])
        left, at_once = self.resamples, max(1, CHUNK // clusters)
        while left:
            rows = min(left, at_once)
            picks = draw.integers(0, clusters, (rows, clusters)) + clusters * np.arange(rows)[:, None]
            yield np.bincount(picks.ravel(), minlength=rows * clusters).reshape(rows, clusters).astype(float)
            left -= rows


def _accelerated(value: float, resampled: np.ndarray, influence: np.ndarray, analytic: Estimate) -> Estimate:
    """The bias-corrected and accelerated interval, or the analytic one where nothing varies.

    Args:
        resampled: the figure of each resample.
        influence: [G] what each cluster adds to the figure; their skewness is the acceleration.
    """
    from scipy.special import ndtr, ndtri

    if min(np.ptp(resampled), np.abs(influence).max()) <= 1e-12 * max(1.0, abs(value)):
        return Estimate(value, analytic.low, analytic.high, analytic.n)
    clusters, draws = len(influence), len(resampled)
    below = np.mean(resampled < value) + np.mean(resampled == value) / 2
    bias = ndtri(np.clip(below, 0.5 / draws, 1 - 0.5 / draws))
    acceleration = (influence**3).sum() / (6 * (influence @ influence) ** 1.5)
    width = np.sqrt(clusters / (clusters - 1)) * float(t_quantile(np.array(clusters)))
    ends = bias + np.array([-width, width])
    low, high = np.quantile(resampled, ndtr(bias + ends / (1 - acceleration * ends)))
    return estimate(value, min(low, value), max(high, value), analytic.n)


def _resampled_areas(
    original: np.ndarray, wide: np.ndarray, where: np.ndarray, chunks: Iterator[np.ndarray]
) -> np.ndarray:
    """The AUROC of each resample. Values are sorted once; a resample only weighs them anew."""
    of_original, of_wide = where[np.argsort(original)], where[np.argsort(wide)]
    low, high = (np.searchsorted(np.sort(original), np.sort(wide), side) for side in ("left", "right"))

    def area(weights: np.ndarray) -> float:
        below = np.concatenate([[0], np.cumsum(weights[of_original])])
        weight = weights[of_wide]
        return float(weight @ (below[low] + below[high]) / (2 * weight.sum() * below[-1]))

    return np.array([area(weights) for chunk in chunks for weights in chunk])
