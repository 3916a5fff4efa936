"""A difference between two figures of the same prompts: its value, its interval, and how often that holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from engine.statistics.bootstrap import Bootstrap
from engine.statistics.differences import mean_difference, share_difference
from engine.statistics.estimate import NOTHING

ones = np.ones


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=2, max_size=30))
def test_with_one_request_a_prompt_it_is_the_paired_t_interval(pairs) -> None:
    own, base = np.array(pairs).T
    found = mean_difference(ones(len(own)), ones(len(own)), own, ones(len(base)), base)
    assert found.value == pytest.approx(float((own - base).mean()), abs=1e-9)
    if np.ptp(own - base) > 1e-6:
        expected = stats.ttest_1samp(own - base, 0).confidence_interval(0.95)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-6, abs=1e-9)


@st.composite
def clusters(draw):
    """(couples, own n, own hits, base n, base hits) of some prompts."""
    counts = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=12))
    rows = [(min(a, b), a, draw(st.integers(0, a)), b, draw(st.integers(0, b))) for a, b in counts]
    return [np.array(column) for column in zip(*rows, strict=True)]


@given(clusters())
def test_with_many_it_is_the_linearised_difference_of_two_ratios(rows) -> None:
    couples, own_n, own, base_n, base = rows
    found = share_difference(*rows)
    p, q, count = own.sum() / own_n.sum(), base.sum() / base_n.sum(), len(own)
    influence = [
        (h - p * n) / own_n.sum() - (k - q * m) / base_n.sum()
        for n, h, m, k in zip(own_n, own, base_n, base, strict=True)
    ]
    half = stats.t.ppf(0.975, count - 1) * np.sqrt(count / (count - 1) * sum(each**2 for each in influence))
    assert (found.value, found.n) == (pytest.approx(p - q), couples.sum())
    if half > 1e-6:
        assert (found.low, found.high) == pytest.approx((max(p - q - half, -1), min(p - q + half, 1)))


@given(clusters())
def test_an_interval_holds_its_value_and_stays_within_what_shares_can_differ(rows) -> None:
    for found in (share_difference(*rows), Bootstrap(200).share_difference(*rows)):
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high


def test_where_nothing_varies_it_does_not_claim_certainty() -> None:
    for count in (2, 12):
        n, hits = ones(count), ones(count)
        for found in (share_difference(n, n, hits, n, hits), Bootstrap().share_difference(n, n, hits, n, hits)):
            assert found.value == 0
            assert found.low < -0.1
            assert found.high > 0.1


def test_one_prompt_has_no_bounds_and_none_has_nothing() -> None:
    one, none = np.array([3.0]), np.array([])
    assert share_difference(one, one, one, one, 0 * one).value == 1
    assert share_difference(one, one, one, one, 0 * one).low is None
    assert share_difference(none, none, none, none, none) == NOTHING == Bootstrap().mean_difference(*[none] * 5)


def test_the_bootstrap_draws_generator_and_base_together() -> None:
    chance = np.random.default_rng(1)
    level = chance.normal(size=60) * 10
    own, base = level + chance.normal(1, 0.1, 60), level + chance.normal(0, 0.1, 60)
    found = Bootstrap().mean_difference(ones(60), ones(60), own, ones(60), base)
    analytic = mean_difference(ones(60), ones(60), own, ones(60), base)
    assert found.value == analytic.value
    assert (found.low, found.high) == pytest.approx((analytic.low, analytic.high), abs=0.02)
    assert found.high - found.low < 0.2  # 7 if each were drawn by itself


def test_intervals_of_differences_hold_about_as_often_as_they_say() -> None:
    chance, held, rounds = np.random.default_rng(0), 0, 400
    for _ in range(rounds):
        sizes = chance.integers(1, 15, 30)
        where = np.repeat(np.arange(30), sizes)
        shared = chance.normal(size=30)[where] * 0.45 + chance.normal(size=len(where)) * 0.63
        own, base = (
            np.bincount(where, shared + chance.normal(size=len(where)) * 0.63 < stats.norm.ppf(share), 30)
            for share in (0.9, 0.7)
        )
        found = share_difference(sizes, sizes, own, sizes, base)
        held += found.low <= 0.2 <= found.high
    assert 0.91 <= held / rounds <= 0.98
