"""How often the 95% intervals hold the truth, on clusters drawn as a store has them: the table of docs/statistics.md.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.interval_coverage [REPETITIONS]

A cluster has 1 to 14 pairs, with a correlation of 0.2 between them: shares are beta-binomial, scores normal. With 2,000
repetitions a coverage of .95 is measured to ± .01.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np
from scipy.special import ndtri

from engine.statistics.auroc import auroc_estimate
from engine.statistics.bootstrap import Bootstrap
from engine.statistics.estimate import Estimate
from engine.statistics.intervals import mean_estimate, share_estimate

CORRELATION = 0.2
SHARES = ((5, 0.5), (5, 0.95), (10, 0.5), (10, 0.8), (10, 0.95), (30, 0.5), (30, 0.8), (30, 0.95), (30, 0.98))
SHARES += ((100, 0.98), (100, 0.99), (300, 0.5), (300, 0.95))
AREAS = ((5, 0.5), (10, 0.87), (10, 0.98), (30, 0.5), (30, 0.87), (30, 0.98), (100, 0.98))

Estimator = Callable[..., Estimate]


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print("| figure | clusters | truth | screens | reports | plain t |\n|---|---:|---:|---:|---:|---:|")
    bootstrap = Bootstrap()
    for clusters, truth in SHARES:
        held = coverage(shares(clusters, truth, repetitions), truth, share_estimate, bootstrap.share, mean_estimate)
        print(f"| share | {clusters} | {truth} | {' | '.join(f'{each:.3f}' for each in held)} |", flush=True)
    for clusters, truth in AREAS:
        held = coverage(areas(clusters, truth, repetitions), truth, auroc_estimate, bootstrap.auroc)
        print(f"| AUROC | {clusters} | {truth} | {' | '.join(f'{each:.3f}' for each in held)} | |", flush=True)


def coverage(samples: Iterator[tuple[np.ndarray, ...]], truth: float, *estimators: Estimator) -> np.ndarray:
    """Of each estimator, the share of samples in which its interval holds the truth."""
    held = []
    for sample in samples:
        found = [estimator(*sample) for estimator in estimators]
        held.append([each.low is not None and each.low <= truth <= each.high for each in found])
    return np.mean(held, axis=0)


def shares(clusters: int, truth: float, repetitions: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs and wins by cluster."""
    draw, spread = np.random.default_rng(clusters), (1 - CORRELATION) / CORRELATION
    for _ in range(repetitions):
        n = draw.integers(1, 15, clusters)
        yield n, draw.binomial(n, draw.beta(truth * spread, (1 - truth) * spread, clusters))


def areas(clusters: int, truth: float, repetitions: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """oidp, didp and cluster of each pair: two normal scores at a distance that gives this area."""
    draw, distance = np.random.default_rng(clusters), np.sqrt(2) * ndtri(truth)
    for _ in range(repetitions):
        cluster = np.repeat(np.arange(clusters), draw.integers(1, 15, clusters))
        shared = draw.normal(0, np.sqrt(CORRELATION), clusters)[cluster]
        own = draw.normal(0, np.sqrt(1 - CORRELATION), (2, len(cluster)))
        yield shared + own[0], shared + own[1] + distance, cluster


if __name__ == "__main__":
    main()
