"""AUROC: all I_a against all I_o, both under P_a, pooled. How well one threshold would tell them apart.

Preference compares the two images of one pair; this compares every wide image with every original one, so that a
scorer whose level differs from prompt to prompt has a lower AUROC than preference.
"""

from __future__ import annotations

import numpy as np

from engine.statistics.estimate import Estimate, estimate
from engine.statistics.intervals import t_quantile, wilson


def auroc_estimate(original: np.ndarray, wide: np.ndarray, cluster: np.ndarray) -> Estimate:
    """AUROC with the analytic 95% interval for clustered data.

    The variance is Obuchowski's (1997, Biometrics 53:567), from what each cluster adds to the area; the interval is
    a t interval on the logit scale, within 0–1. Where all clusters add the same, as at an area of 0 or 1 and among
    equal values, nothing varies, and Wilson's interval with one observation a cluster stands in.

    Args:
        original, wide: [n] oidp and didp of each pair.
        cluster: [n] any integers.
    """
    _, where = np.unique(cluster, return_inverse=True)
    clusters = int(where.max(initial=-1)) + 1
    if not clusters:
        return Estimate(None, None, None, 0)
    area, influence = auroc_influences(original, wide, where)
    if np.abs(influence).max() < 1e-12:
        low, high = wilson(np.array(area), np.array(clusters), np.array(clusters))
        return estimate(area, float(low), float(high), len(wide))
    variance = clusters / (clusters - 1) * (influence @ influence)
    half = float(t_quantile(np.array(clusters))) * np.sqrt(variance) / (area * (1 - area))
    logit = np.log(area / (1 - area))
    return estimate(area, _logistic(logit - half), _logistic(logit + half), len(wide))


def auroc_influences(original: np.ndarray, wide: np.ndarray, where: np.ndarray) -> tuple[float, np.ndarray]:
    """The area, and what each cluster adds to it, [G], in sum 0.

    The area is the share of couples (wide, original) in which the wide value is higher; ties count half.

    Args:
        where: [n] the cluster of each pair, 0 to G − 1.
    """
    placements = _placements(wide, original)
    area = float(placements.mean())
    from_wide = np.bincount(where, placements - area)
    from_original = np.bincount(where, 1 - _placements(original, wide) - area)
    return area, (from_wide + from_original) / len(wide)


def _logistic(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


def _placements(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """For each value the share of `among` that is lower, ties counting half."""
    ordered = np.sort(among)
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / (2 * len(among))
