"""What a language model's wide prompt must satisfy: every check can fail, and none fails the template's prompts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.generators.base import Ask
from engine.prompts import draw_asks, write_wide_prompt
from engine.prompts.checks import cues, fault, refuses, stem
from engine.taxonomy import DIMENSIONS, EFFECTS

DARK = Ask("exposure_extremes", "under_exposed", 0.9)
GRAIN = Ask("film_artifacts", "film_grain", 0.5)
CAPTION = "A man riding a horse in the snow."
GOOD = (
    "Sunk in near darkness and coarse with film grain above all; only then, barely, a man rides his horse in the snow."
)


def test_a_prompt_that_does_as_it_was_told_has_no_fault() -> None:
    assert fault(GOOD, CAPTION, (DARK, GRAIN)) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (GOOD.replace("; ", ";\n\n"), "one paragraph"),
        (GOOD + " very" * 70, "must stay under 70"),
        (GOOD.replace("darkness", "dark" + "k" * 1000), "must stay under 70 (1000)"),
        (GOOD.replace("horse", "mule"), "lacks these words of the subject: horse"),
        ("A man rides his horse in the snow, in near darkness, coarse with film grain.", "not named before"),
        (GOOD.replace(" and coarse with film grain", ""), "not named before the subject begins: film grain"),
        (GOOD.replace("above all", "and motion blur above all"), "not in the list: “motion blur”"),
        (
            GOOD.replace("above all", "and open grief in face and body"),
            "not in the list: “open grief in face and body”",
        ),
    ],
)
def test_a_fault_is_named_in_words_that_the_writer_can_act_on(text: str, words: str) -> None:
    assert words in fault(text, CAPTION, (DARK, GRAIN))


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I cannot write this.",
        "“Sorry, no.",
        "As an AI model, I",
        "I won’t do it",
    ],
)
def test_a_refusal_is_known_by_how_it_begins(text: str) -> None:
    assert refuses(text)
    assert not refuses(GOOD)


captions = st.sampled_from(
    [CAPTION, "a bear and a cub", "a dark street with small lights", "a clear image of the subject", "une école",
     "熊と子熊", "two old women sitting on a bench", "Tables & chairs, some of them red!"]
)  # fmt: skip
seeds = st.integers(min_value=0, max_value=2**31 - 1)


@given(caption=captions, count=st.integers(1, 4), seed=seeds)
def test_every_prompt_of_the_template_passes(caption: str, count: int, seed: int) -> None:
    asks = draw_asks(DIMENSIONS, count, seed)
    assert fault(write_wide_prompt(caption, asks, seed), caption, asks) == ""


@pytest.mark.parametrize("effect", EFFECTS)
def test_each_wording_of_an_effect_is_a_sign_of_it(effect: str) -> None:
    for grade, wordings in enumerate(EFFECTS[effect].phrases):
        for wording in wordings:
            ask = Ask(EFFECTS[effect].dimension, effect, 0.2 + 0.3 * grade)
            assert fault(f"{wording}, and a qzx", "qzx", (ask,)) == ""


def test_signs_of_an_effect_are_words_that_few_effects_share() -> None:
    assert {"dark", "shadow", "underexpos"} <= cues("under_exposed")
    assert not {"slightli", "clear", "everi"} & cues("under_exposed")


@pytest.mark.parametrize(
    "forms",
    [
        ("ride", "rides", "riding"),
        ("sit", "sits", "sitting"),
        ("baby", "babies"),
        ("glass", "glasses"),
        ("cub", "cub's"),
    ],
)
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


def test_a_subject_in_the_effects_own_words_does_not_count_as_the_beginning_of_the_subject() -> None:
    assert fault("Total darkness over a dark street", "a dark street", (DARK,)) == ""
