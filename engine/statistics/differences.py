"""Differences between two figures of the same original prompts, such as a generator's and its base model's.

What two generators make of one prompt goes together, so the interval is that of the difference within each cluster: the
cluster-robust variance of a difference of two ratio means (Taylor linearisation) with the factor G/(G−1) for G
clusters, and a t interval with G − 1 degrees of freedom. Where both have one observation for each of the same requests,
this is the t interval of a paired difference.
"""

from __future__ import annotations

import numpy as np

from engine.statistics.clusters import influences
from engine.statistics.estimate import NOTHING, Estimate, estimate
from engine.statistics.intervals import t_quantile, wilson


def mean_difference(
    couples: np.ndarray, own_n: np.ndarray, own: np.ndarray, base_n: np.ndarray, base: np.ndarray
) -> Estimate:
    """own/own_n − base/base_n.

    Args:
        couples: [G] what the estimate's n counts, by cluster.
        own_n, own: [G] observations on one side and what they add up to.
        base_n, base: [G] the same on the other side.
    """
    if not len(couples):
        return NOTHING
    difference = own.sum() / own_n.sum() - base.sum() / base_n.sum()
    half = _half(*(np.asarray(each, float) for each in (own_n, own, base_n, base)))
    return estimate(difference, difference - half, difference + half, couples.sum())


def share_difference(
    couples: np.ndarray, own_n: np.ndarray, own: np.ndarray, base_n: np.ndarray, base: np.ndarray
) -> Estimate:
    """As `mean_difference`, of two shares: within −1 to 1.

    Where no cluster differs from the others its variance would claim certainty; then as many may differ as Wilson's
    interval allows for none of G.
    """
    found = mean_difference(couples, own_n, own, base_n, base)
    if found.value is None or found.low is None or found.high is None:
        return found
    low, high = found.low, found.high
    if high - low < 1e-12:
        clusters = np.array(float(len(couples)))
        _, most = wilson(np.array(0.0), clusters, clusters)
        low, high = low - float(most), high + float(most)
    return Estimate(found.value, max(low, -1.0), min(high, 1.0), found.n)


def _half(own_n: np.ndarray, own: np.ndarray, base_n: np.ndarray, base: np.ndarray) -> float:
    """Half of the interval; NaN below two clusters."""
    clusters = len(own_n)
    if clusters < 2:
        return float("nan")
    apart = influences(own_n, own) - influences(base_n, base)
    variance = clusters / (clusters - 1) * (apart @ apart)
    return float(t_quantile(np.array(clusters)) * np.sqrt(variance))
