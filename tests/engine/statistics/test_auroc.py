"""AUROC over pooled images, with intervals that know about clusters."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from engine.statistics.auroc import auroc_estimate

scores = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5), st.integers(0, 9)), min_size=1, max_size=60).map(
    lambda rows: tuple(np.array(column, dtype=float) for column in zip(*rows, strict=True))
)


@given(scores)
def test_it_is_the_area_that_scikit_learn_finds_ties_included(found: tuple[np.ndarray, ...]) -> None:
    original, wide, _ = found
    truth = np.repeat([0, 1], len(wide))
    assert auroc_estimate(*found).value == pytest.approx(roc_auc_score(truth, np.concatenate([original, wide])))


@given(scores)
def test_the_area_lies_in_its_interval_and_both_in_0_to_1(found: tuple[np.ndarray, ...]) -> None:
    estimate = auroc_estimate(*found)
    if len(set(found[2])) < 2:
        assert (estimate.low, estimate.high) == (None, None)
    else:
        assert 0 <= estimate.low <= estimate.value + 1e-12
        assert estimate.value - 1e-12 <= estimate.high <= 1


@given(scores, st.randoms(use_true_random=False))
def test_the_order_of_pairs_does_not_matter(found: tuple[np.ndarray, ...], random) -> None:
    order = random.sample(range(len(found[0])), len(found[0]))
    first, second = auroc_estimate(*found), auroc_estimate(*(column[order] for column in found))
    assert first.value == pytest.approx(second.value)
    assert first.low == (None if second.low is None else pytest.approx(second.low, abs=1e-9))


def test_swapping_the_images_mirrors_area_and_interval() -> None:
    draw = np.random.default_rng(3)
    original, wide, cluster = draw.normal(size=60), draw.normal(0.5, 1, 60), np.arange(60) // 4
    there, back = auroc_estimate(original, wide, cluster), auroc_estimate(wide, original, cluster)
    assert (back.value, back.low, back.high) == pytest.approx((1 - there.value, 1 - there.high, 1 - there.low))


def test_intervals_cover_the_area_of_clustered_scores() -> None:
    draw = np.random.default_rng(4)
    simulations, prompts, pairs = 600, 40, 5
    cluster = np.repeat(np.arange(prompts), pairs)
    truth = NormalDist().cdf(0.8 / np.sqrt(2 * (1 + 1)))  # wide is 0.8 higher; prompts and images vary by 1 each
    covered = 0
    for _ in range(simulations):
        of_prompt = draw.normal(size=prompts)[cluster]
        original, wide = (of_prompt + draw.normal(shift, 1, len(cluster)) for shift in (0, 0.8))
        found = auroc_estimate(original, wide, cluster)
        covered += found.low <= truth <= found.high
    assert 0.92 < covered / simulations < 0.98


def test_a_perfect_area_is_not_certain_of_itself() -> None:
    found = auroc_estimate(np.zeros(12), np.ones(12), np.arange(12))
    assert (found.value, found.high) == (1, 1)
    assert found.low < 0.85


def test_no_pairs_are_no_figure() -> None:
    assert auroc_estimate(np.array([]), np.array([]), np.array([])).value is None
