"""Analytic intervals cover the truth as often as they say, and never leave the value outside."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.statistics.clusters import clustered_means, one_cell
from engine.statistics.f1 import f1
from engine.statistics.intervals import effective_sizes, mean_estimate, share_estimate, t_quantile, wilson

SIMULATIONS = 4000

clusters = st.lists(
    st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1, max_size=40
)
totals = st.lists(st.tuples(st.integers(1, 30), st.floats(-1e3, 1e3)), min_size=1, max_size=40)


def columns(rows: list) -> list[np.ndarray]:
    return [np.array(column, dtype=float) for column in zip(*rows, strict=True)]


def many(n: np.ndarray, total: np.ndarray):
    """Means of simulations [s] from sums of clusters [s, G]."""
    shape = np.full(len(n), n.shape[1], dtype=float)
    return clustered_means(shape, n.sum(1), total.sum(1), (n * n).sum(1), (total * total).sum(1), (total * n).sum(1))


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_wilson_intervals_cover_a_share_of_clustered_pairs(share: float) -> None:
    draw = np.random.default_rng(1)
    spread = (1 - 0.2) / 0.2  # a correlation of 0.2 between the pairs of one prompt
    of_prompt = draw.beta(share * spread, (1 - share) * spread, (SIMULATIONS, 30))
    n = draw.integers(1, 15, of_prompt.shape)
    means = many(n, draw.binomial(n, of_prompt))
    low, high = wilson(means.mean, effective_sizes(means), means.clusters)
    assert 0.92 < np.mean((low <= share) & (share <= high)) < 0.985


def test_an_interval_that_ignores_clusters_would_not_cover() -> None:
    draw = np.random.default_rng(1)
    of_prompt = draw.beta(2, 2, (SIMULATIONS, 30))
    wins = draw.binomial(10, of_prompt)
    share, n = wins.sum(1) / 300, np.full(SIMULATIONS, 300)
    low, high = wilson(share, n, n)
    assert np.mean((low <= 0.5) & (high >= 0.5)) < 0.9


def test_t_intervals_cover_a_mean_of_clustered_margins() -> None:
    draw = np.random.default_rng(2)
    n = draw.integers(1, 15, (SIMULATIONS, 12))
    total = n * draw.normal(0.3, 1, n.shape) + np.sqrt(n) * draw.normal(0, 1, n.shape)
    means = many(n, total)
    half = t_quantile(means.clusters) * np.sqrt(means.variance)
    assert 0.925 < np.mean(np.abs(means.mean - 0.3) <= half) < 0.975


@given(clusters)
def test_a_share_lies_in_its_interval_and_both_in_0_to_1(rows: list[tuple[int, int]]) -> None:
    found = share_estimate(*columns(rows))
    assert found.n == sum(n for n, _ in rows)
    assert found.value == pytest.approx(sum(hits for _, hits in rows) / found.n)
    if len(rows) < 2:
        assert found.low is None
        assert found.high is None
    else:
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high


@given(totals)
def test_a_mean_lies_in_its_interval_which_two_clusters_are_needed_for(rows: list[tuple[int, float]]) -> None:
    found = mean_estimate(*columns(rows))
    assert (found.low is None) == (found.high is None) == (len(rows) < 2)
    assert found.low is None or found.low <= found.value <= found.high


@given(clusters.filter(lambda rows: len(rows) > 1), st.randoms(use_true_random=False))
def test_the_order_of_clusters_does_not_matter(rows: list[tuple[int, int]], random) -> None:
    shuffled = random.sample(rows, len(rows))
    first, second = share_estimate(*columns(rows)), share_estimate(*columns(shuffled))
    assert (first.low, first.high) == pytest.approx((second.low, second.high))


@given(arrays(float, st.integers(50, 400), elements=st.sampled_from([0.0, 1.0])))
def test_with_one_pair_a_cluster_it_is_nearly_the_plain_wilson_interval(hits: np.ndarray) -> None:
    found = share_estimate(np.ones(len(hits)), hits)
    n, p, z = len(hits), hits.mean(), 1.959964
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    assert found.low == pytest.approx(centre - half, abs=0.01)
    assert found.high == pytest.approx(centre + half, abs=0.01)


@given(st.lists(st.tuples(st.integers(1, 9), st.floats(-10, 10)), min_size=2, max_size=30), st.floats(-10, 10))
def test_the_variance_is_that_of_residuals_by_cluster(rows: list[tuple[int, float]], shift: float) -> None:
    n, total = columns(rows)
    total = total + shift * n
    found = one_cell(n, total)
    residuals = total - n * (total.sum() / n.sum())
    expected = len(n) / (len(n) - 1) * (residuals**2).sum() / n.sum() ** 2
    assert found.variance[0] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_at_0_and_1_clusters_count_and_not_their_pairs() -> None:
    few = share_estimate(np.full(10, 100), np.full(10, 100))
    many_pairs = share_estimate(np.full(10, 1), np.full(10, 1))
    assert (few.value, few.high) == (1, 1)
    assert few.low == many_pairs.low < 0.75
    assert share_estimate(np.full(10, 4), np.zeros(10)).low == 0


def test_pairs_that_cancel_within_each_prompt_are_not_taken_for_certainty() -> None:
    balanced = share_estimate(np.full(20, 2), np.ones(20))
    assert balanced.high - balanced.low > 0.25


def test_no_clusters_are_no_figure() -> None:
    found = mean_estimate(np.array([]), np.array([]))
    assert (found.value, found.low, found.high, found.n) == (None, None, None, 0)


@given(clusters.filter(lambda rows: len(rows) > 1))
def test_f1_keeps_the_order_of_its_bounds(rows: list[tuple[int, int]]) -> None:
    preference = share_estimate(*columns(rows))
    found = f1(preference)
    assert found.value == pytest.approx(2 * preference.value / (1 + preference.value))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.n == preference.n


def test_a_spread_that_is_small_beside_the_mean_is_not_lost() -> None:
    n, total = np.array([3.0, 1, 2, 4]), np.array([4.0, 2, 1, 7])
    near, far = mean_estimate(n, total), mean_estimate(n, total + 1e8 * n)
    assert far.high - far.low == pytest.approx(near.high - near.low)
