"""The bootstrap of reports: seeded, over clusters, and honest where it has nothing to say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.statistics.auroc import auroc_estimate
from engine.statistics.bootstrap import FEWEST_CLUSTERS, Bootstrap
from engine.statistics.intervals import mean_estimate, share_estimate


def clustered(seed: int, clusters: int = 30) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    n = draw.integers(1, 10, clusters)
    return n, draw.binomial(n, draw.beta(2, 2, clusters))


def test_the_same_seed_gives_the_same_interval_and_another_seed_nearly() -> None:
    n, wins = clustered(0)
    first = Bootstrap(seed=1).share(n, wins)
    assert Bootstrap(seed=1).share(n, wins) == first
    other = Bootstrap(seed=2).share(n, wins)
    assert other != first
    assert (other.low, other.high) == pytest.approx((first.low, first.high), abs=0.03)


def test_it_agrees_with_the_analytic_intervals_where_both_hold() -> None:
    n, wins = clustered(1, clusters=200)
    found, analytic = Bootstrap().share(n, wins), share_estimate(n, wins)
    assert (found.low, found.high) == pytest.approx((analytic.low, analytic.high), abs=0.01)
    margins = np.random.default_rng(1).normal(0.2, 1, 200) * n
    found, analytic = Bootstrap().mean(n, margins), mean_estimate(n, margins)
    assert (found.low, found.high) == pytest.approx((analytic.low, analytic.high), abs=0.03)


def test_its_areas_agree_with_the_analytic_interval_and_keep_ties() -> None:
    draw = np.random.default_rng(2)
    cluster = np.repeat(np.arange(80), 4)
    original, wide = (np.round(draw.normal(shift, 1, 320), 1) for shift in (0, 0.5))
    found, analytic = Bootstrap().auroc(original, wide, cluster), auroc_estimate(original, wide, cluster)
    assert found.value == pytest.approx(analytic.value)
    assert (found.low, found.high) == pytest.approx((analytic.low, analytic.high), abs=0.015)
    assert Bootstrap().auroc(np.zeros(80), np.zeros(80), np.arange(80)).value == 0.5


def test_it_covers_the_truth_with_as_many_clusters_as_the_demo_has() -> None:
    bootstrap, covered = Bootstrap(resamples=600), 0
    for seed in range(300):
        found = bootstrap.share(*clustered(seed))
        covered += found.low <= 0.5 <= found.high
    assert 0.91 < covered / 300 < 0.985


def test_near_the_end_of_its_range_it_covers_the_truth_too() -> None:
    bootstrap, draw, covered = Bootstrap(), np.random.default_rng(7), 0
    for _ in range(400):
        n = draw.integers(1, 15, 30)
        found = bootstrap.share(n, draw.binomial(n, draw.beta(0.98 * 4, 0.02 * 4, 30)))
        covered += found.low <= 0.98 <= found.high
    assert covered / 400 > 0.93, "plain percentiles hold the truth in 88% of such samples"


@given(pairs=st.lists(st.tuples(*(st.integers(0, 3),) * 3), min_size=1, max_size=60))
def test_whatever_the_values_an_area_lies_within_bounds_that_claim_no_certainty(pairs) -> None:
    original, wide = (np.array([float(pair[side]) for pair in pairs]) for side in (0, 1))
    cluster = np.array([index // 3 if pair[2] else 0 for index, pair in enumerate(pairs)])
    found = Bootstrap(resamples=200).auroc(original, wide, cluster)
    if len(np.unique(cluster)) < 2:
        assert (found.low, found.high) == (None, None)
    else:
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high


@pytest.mark.parametrize("hits", [0, 1])
def test_at_0_and_1_where_all_resamples_agree_the_analytic_interval_stands_in(hits: int) -> None:
    n = np.full(20, 5)
    found = Bootstrap().share(n, hits * n)
    assert found == share_estimate(n, hits * n)
    assert found.high - found.low > 0.1
    perfect = Bootstrap().auroc(np.zeros(20), np.full(20, hits * 2.0 - 1), np.arange(20))
    assert perfect.high - perfect.low > 0.1


def test_with_a_handful_of_clusters_the_analytic_interval_stands_in() -> None:
    n, wins = clustered(3, clusters=FEWEST_CLUSTERS - 1)
    assert Bootstrap().share(n, wins) == share_estimate(n, wins)
    assert Bootstrap().mean(n[:1], wins[:1]).low is None


def test_more_weights_than_fit_at_once_are_drawn_in_chunks(monkeypatch) -> None:
    n, wins = clustered(4)
    whole = Bootstrap(resamples=200).share(n, wins)
    monkeypatch.setattr("engine.statistics.bootstrap.CHUNK", 30 * 7)
    assert Bootstrap(resamples=200).share(n, wins) == whole
