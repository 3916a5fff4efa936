"""The effects, and the phrases that ask for them."""

from itertools import permutations

import pytest

from engine.registry import UnknownName
from engine.taxonomy import DIMENSIONS, EFFECTS, effect, effects_of

PHRASES = [
    (each.name, grade, phrase)
    for each in EFFECTS.values()
    for grade, wordings in enumerate(each.phrases)
    for phrase in wordings
]


def test_every_dimension_can_be_asked_for():
    for name in DIMENSIONS:
        assert effects_of(name)


def test_every_photographic_dimension_has_an_effect_of_its_own():
    shown = {each.dimension for each in EFFECTS.values()}
    assert {each.name for each in DIMENSIONS.values() if each.taxonomy == "photograph"} <= shown


def test_an_effect_shows_its_dimension_and_those_that_it_falls_under_and_no_other():
    for each in EFFECTS.values():
        shows = {name for name in DIMENSIONS if each in effects_of(name)}
        assert shows == {each.dimension, *DIMENSIONS[each.dimension].related}


def test_a_dimensions_own_effects_come_first():
    assert effects_of("background")[0].name == "poor_background"
    assert effects_of("emotion")[0].name == "emotion"


@pytest.mark.parametrize(("strength", "grade"), [(0.01, 0), (0.33, 0), (1 / 3, 1), (0.66, 1), (2 / 3, 2), (1, 2)])
def test_strength_picks_the_grade(strength, grade):
    assert effect("defocus").wordings(strength) == effect("defocus").phrases[grade]


@pytest.mark.parametrize("strength", [0, -0.1, 1.01, float("nan")])
def test_a_strength_that_asks_for_nothing_or_too_much_is_refused(strength):
    with pytest.raises(ValueError, match="strength of tilt"):
        effect("tilt").wordings(strength)


def test_each_grade_has_interchangeable_wordings():
    for each in EFFECTS.values():
        assert len(each.phrases) == 3
        assert all(len(set(wordings)) >= 2 for wordings in each.phrases)


@pytest.mark.parametrize("phrase", [phrase for _, _, phrase in PHRASES])
def test_a_phrase_is_short_and_has_no_punctuation_between_its_parts(phrase):
    assert phrase == " ".join(phrase.split())
    assert len(phrase.split()) <= 9
    assert not set(phrase) & set(",;:.!?{}[]<>")


def test_every_grade_has_a_wording_short_enough_for_four_in_one_prompt():
    for each in EFFECTS.values():
        for wordings in each.phrases:
            assert min(len(phrase.split()) for phrase in wordings) <= 8


def test_no_phrase_is_part_of_another_so_each_can_be_recognised_in_a_prompt():
    assert [pair for pair in permutations([phrase for _, _, phrase in PHRASES], 2) if pair[0] in pair[1]] == []


def test_a_wrong_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean film_grain"):
        effect("film_grian")
    with pytest.raises(UnknownName, match="did you mean richness"):
        effects_of("richnes")
