"""Analytic 95% intervals for clustered figures: quick enough for screens, with numpy and one quantile function."""

from __future__ import annotations

import numpy as np

from engine.statistics.clusters import ClusteredMeans, one_cell
from engine.statistics.estimate import Estimate, estimate

CONFIDENCE = 0.95


def t_quantile(clusters: np.ndarray) -> np.ndarray:
    """The two-sided 95% quantile of Student's t with clusters − 1 degrees of freedom; NaN below two clusters."""
    from scipy.special import stdtrit  # 0.2 s at first use, which the first screen need not wait for

    distinct, where = np.unique(np.asarray(clusters), return_inverse=True)
    freedom = np.where(distinct > 1, distinct - 1.0, np.nan)
    return stdtrit(freedom, (1 + CONFIDENCE) / 2)[where].reshape(np.shape(clusters))


def wilson(share: np.ndarray, effective_n: np.ndarray, clusters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's score interval with an effective sample size and a t quantile, always within 0–1.

    Its coverage holds near 0 and 1, where a symmetric interval fails (Dean and Pagano 2015, J. Surv. Stat.
    Methodol. 3:484, on clustered data; the effective size is Korn and Graubard's, 1998, Surv. Methodol. 24:193).
    """
    weight = t_quantile(clusters) ** 2 / effective_n
    centre = (share + weight / 2) / (1 + weight)
    half = np.sqrt(weight * (share * (1 - share) + weight / 4)) / (1 + weight)
    # The bound at a share of exactly 0 or 1 is that share; rounding must not put the value outside.
    return np.clip(centre - half, 0, share), np.clip(centre + half, share, 1)


def effective_sizes(means: ClusteredMeans) -> np.ndarray:
    """How many independent observations would give a share the variance that it has.

    Never more than there are observations. A share of 0 or 1 shows no variance at all, however few clusters it
    comes from, so there it is the number of clusters: as if the pairs of one prompt were all one observation.
    """
    binomial = means.mean * (1 - means.mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(binomial > 0, np.fmin(binomial / means.variance, means.n), means.clusters)


def share_estimates(means: ClusteredMeans) -> list[Estimate]:
    """Shares (means of zeros and ones) with Wilson intervals."""
    low, high = wilson(means.mean, effective_sizes(means), means.clusters)
    return [estimate(*row) for row in zip(means.mean, low, high, means.n, strict=True)]


def mean_estimates(means: ClusteredMeans) -> list[Estimate]:
    """Means with t intervals on the cluster-robust standard error."""
    half = t_quantile(means.clusters) * np.sqrt(means.variance)
    rows = zip(means.mean, means.mean - half, means.mean + half, means.n, strict=True)
    return [estimate(*row) for row in rows]


def share_estimate(n: np.ndarray, hits: np.ndarray) -> Estimate:
    """One share from sums by cluster: n [G] observations, of them hits [G]."""
    return share_estimates(one_cell(n, hits))[0]


def mean_estimate(n: np.ndarray, total: np.ndarray) -> Estimate:
    """One mean from sums by cluster: n [G] observations with total [G]."""
    return mean_estimates(one_cell(n, total))[0]
