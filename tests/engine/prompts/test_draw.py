"""Which effects are drawn."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.prompts import EXCLUDES, STRENGTHS, draw_asks
from engine.registry import UnknownName
from engine.taxonomy import DIMENSIONS, EFFECTS, effects_of

seeds = st.integers(min_value=0, max_value=2**63 - 1)


@given(seed=seeds, count=st.integers(1, 4))
def test_dimensions_and_effects_are_distinct_and_go_together(seed, count):
    asks = draw_asks(DIMENSIONS, count, seed)
    assert len({ask.dimension for ask in asks}) == len({ask.effect for ask in asks}) == count
    assert not any(pair <= {ask.effect for ask in asks} for pair in EXCLUDES)
    for ask in asks:
        assert EFFECTS[ask.effect] in effects_of(ask.dimension)
        assert ask.strength in STRENGTHS


@given(seed=seeds, names=st.permutations(list(DIMENSIONS)))
def test_the_draw_does_not_depend_on_the_order_or_repeats_of_the_names(seed, names):
    assert draw_asks([*names, names[0]], 3, seed) == draw_asks(set(names), 3, seed)


def test_the_draw_is_the_same_in_every_process_and_python():
    code = "import engine.prompts, engine.taxonomy as t; print(engine.prompts.draw_asks(t.DIMENSIONS, 2, 7))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout.strip()
        for hash_seed in ("0", "1")
    }
    assert outputs == {str(draw_asks(DIMENSIONS, 2, 7))}


def test_every_dimension_effect_and_strength_comes_up():
    asks = [ask for seed in range(1500) for ask in draw_asks(DIMENSIONS, 2, seed)]
    assert {ask.dimension for ask in asks} == set(DIMENSIONS)
    assert {ask.effect for ask in asks} == set(EFFECTS)
    strengths = Counter(ask.strength for ask in asks)
    assert all(strengths[each] > 0.28 * len(asks) for each in STRENGTHS)


@given(seed=seeds)
def test_strengths_by_effect_limit_the_draw_to_these_effects(seed):
    asks = draw_asks(["clarity", "intentional_blur"], 2, seed, {"defocus": (0.7,), "vhs": (0.4, 1.0)})
    assert {(ask.dimension, ask.effect) for ask in asks} == {("clarity", "vhs"), ("intentional_blur", "defocus")}
    assert all(ask.strength in {"defocus": (0.7,), "vhs": (0.4, 1.0)}[ask.effect] for ask in asks)


@given(seed=seeds)
def test_a_way_to_avoid_excluded_pairs_is_found_wherever_there_is_one(seed):
    strengths = dict.fromkeys(("clashing_color", "faded", "fringing", "mixed_white_balance", "sickly_cast"), (1.0,))
    asks = draw_asks(["color_aesthetic", "color_inconsistency", "clashing_disharmony"], 3, seed, strengths)
    assert {ask.effect for ask in asks} == {"fringing", "mixed_white_balance", "clashing_color"}


def test_too_few_dimensions_that_go_together_are_refused():
    with pytest.raises(ValueError, match="no 2 of flat_lighting, harsh_or_insufficient_flash"):
        draw_asks(["flat_lighting", "harsh_or_insufficient_flash"], 2, 0)
    with pytest.raises(ValueError, match="no 2 of clarity"):
        draw_asks(["clarity", "clarity"], 2, 0)
    with pytest.raises(ValueError, match="no 1 of surrealism"):
        draw_asks(["surrealism"], 1, 0, {"tilt": (0.5,)})


@pytest.mark.parametrize("count", [0, 5, -1])
def test_a_count_out_of_range_is_refused(count):
    with pytest.raises(ValueError, match="1 to 4"):
        draw_asks(DIMENSIONS, count, 0)


@pytest.mark.parametrize("strengths", [(), (0.0,), (1.5,), {"tilt": ()}, {"tilt": (float("nan"),)}])
def test_strengths_out_of_range_are_refused(strengths):
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        draw_asks(["unconventional_framing"], 1, 0, strengths)


def test_wrong_names_are_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean emotion"):
        draw_asks(["emotions"], 1, 0)
    with pytest.raises(UnknownName, match="did you mean tilt"):
        draw_asks(["clarity"], 1, 0, {"tillt": (0.5,)})


def test_excluded_pairs_name_known_effects():
    assert all(len(pair) == 2 and pair <= EFFECTS.keys() for pair in EXCLUDES)
