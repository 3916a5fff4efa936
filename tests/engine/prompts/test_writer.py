"""How the asked effects are put into words."""

import re
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.generators.base import Ask
from engine.prompts import WORD_LIMIT, WRITER_VERSION, draw_asks, write_wide_prompt
from engine.prompts.writer import FRAMES
from engine.registry import UnknownName
from engine.taxonomy import DIMENSIONS, EFFECTS

GOLDEN = {"1": "82c043dfe8f7b3194335ed933b79e421fd29286c84edd01ffd08315b8990499c"}
"""Writer version -> digest of many prompts. New words need a new version, and then its digest here."""

DEFOCUS = Ask("intentional_blur", "defocus", 0.9)
TILT = Ask("unconventional_framing", "tilt", 0.2)

seeds = st.integers(min_value=0, max_value=2**63 - 1)
drawn = st.builds(lambda count, seed: draw_asks(DIMENSIONS, count, seed), st.integers(1, 4), seeds)
words = st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=12)
captions = st.lists(words, min_size=1, max_size=25).map(" ".join).filter(lambda caption: caption.split() != [])


def phrases_in(prompt: str) -> set[tuple[str, int]]:
    """Every (effect, grade) that some phrase in the prompt asks for."""
    return {
        (each.name, grade)
        for each in EFFECTS.values()
        for grade, wordings in enumerate(each.phrases)
        if any(phrase in prompt for phrase in wordings)
    }


@given(caption=captions, asks=drawn, seed=seeds)
def test_the_caption_stays_whole_after_the_effects_within_the_word_limit(caption, asks, seed):
    prompt = write_wide_prompt(caption, asks, seed)
    effects, colon, subject = prompt.partition(": ")
    assert colon
    assert subject in (caption, caption + ".")
    assert len(prompt.split()) < WORD_LIMIT
    assert len(phrases_in(effects)) == len(asks)


@given(asks=drawn, seed=seeds)
def test_every_asked_effect_is_there_in_its_strength_and_no_other(asks, seed):
    asked = {(ask.effect, int(ask.strength * 3)) for ask in asks}
    assert phrases_in(write_wide_prompt("a bear and a cub", asks, seed)) == asked


@given(asks=drawn, seed=seeds)
def test_effects_come_in_the_order_of_the_asks(asks, seed):
    prompt = write_wide_prompt("a bear and a cub", asks, seed)
    places = [max(prompt.find(phrase) for phrase in EFFECTS[ask.effect].wordings(ask.strength)) for ask in asks]
    assert places == sorted(places)


@given(asks=drawn, seed=seeds)
def test_the_same_request_is_written_the_same_way(asks, seed):
    assert write_wide_prompt("a bear", asks, seed) == write_wide_prompt("a bear", list(asks), seed)


@pytest.mark.parametrize("name", EFFECTS)
def test_strength_changes_the_phrase_of_every_effect(name):
    prompts = {
        write_wide_prompt("a bear", [Ask(EFFECTS[name].dimension, name, strength)], 5) for strength in (0.2, 0.5, 0.9)
    }
    assert len(prompts) == 3


def test_seeds_come_to_every_frame_and_wording():
    prompts = [write_wide_prompt("a bear", [DEFOCUS], seed) for seed in range(100)]
    assert len(set(prompts)) == len(FRAMES) * len(EFFECTS["defocus"].wordings(0.9))


def test_frames_ask_for_no_quality_of_their_own_and_put_the_effects_first():
    for frame in FRAMES:
        assert re.fullmatch(r"[^{}]*\{effects\}\. [^{}:]*: \{caption\}", frame)
        assert len(frame.split()) - 2 <= 8


@pytest.mark.parametrize(
    ("caption", "ending"),
    [
        ("a bear", ": a bear."),
        ("A bear.", ": A bear."),
        ("A bear runs. A cub waits.", ": A bear runs. A cub waits."),
        ("Is it a bear?", ": Is it a bear?"),
        ("a bear (asleep)", ": a bear (asleep)."),
        ('a sign that says "Stop."', ': a sign that says "Stop."'),
        ("a bear…", ": a bear…"),
    ],
)
def test_a_prompt_ends_in_one_full_stop_at_most(caption, ending):
    assert write_wide_prompt(caption, [DEFOCUS], 0).endswith(ending)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_effects_are_joined_as_a_sentence(count):
    asks = [DEFOCUS, TILT, Ask("light_leak", "light_leak", 0.5), Ask("film_artifacts", "film_grain", 0.5)][:count]
    effects = write_wide_prompt("a bear", asks, 3).partition(". ")[0]
    joints = {1: (0, 0), 2: (0, 1), 3: (2, 0), 4: (3, 0)}[count]
    inside = effects.removeprefix("Above all else, ").removeprefix("First and foremost, ")
    assert (inside.replace(", together with", "").count(", "), inside.count(", together with ")) == joints


def test_control_characters_and_line_breaks_become_one_space_and_markup_stays():
    prompt = write_wide_prompt("  a\tbear\r\n\x1b[31m in\x00\u2028[red]<b>{effects}{caption}%s</b> \x85", [DEFOCUS], 0)
    assert prompt.endswith(": a bear [31m in [red]<b>{effects}{caption}%s</b>.")
    assert len(phrases_in(prompt)) == 1


def test_letters_of_every_script_stay():
    caption = "une ourse et son ourson, 熊と子熊, 👩‍👧, e\u0301"
    assert caption in write_wide_prompt(caption, [DEFOCUS], 0)


@given(caption=st.text(st.characters()))
def test_any_text_gives_one_clean_line_that_can_be_stored_or_a_clear_refusal(caption):
    try:
        prompt = write_wide_prompt(caption, [DEFOCUS], 0)
    except ValueError as refusal:
        assert "caption" in str(refusal)  # noqa: PT017
    else:
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", prompt)
        assert prompt.encode().decode() == prompt


def test_a_lone_surrogate_does_not_reach_the_prompt():
    assert write_wide_prompt("a bear\ud800", [DEFOCUS], 0).endswith(": a bear.")


@pytest.mark.parametrize("caption", ["", "   ", "\n\t\x00"])
def test_an_empty_caption_is_refused(caption):
    with pytest.raises(ValueError, match="caption is empty"):
        write_wide_prompt(caption, [DEFOCUS], 0)


@given(seed=seeds, length=st.integers(26, 58))
def test_a_long_caption_is_kept_whole_or_refused_with_the_counts(seed, length):
    caption = " ".join(["bear"] * length)
    asks = draw_asks(DIMENSIONS, 4, seed)
    try:
        prompt = write_wide_prompt(caption, asks, seed)
    except ValueError as refusal:
        found = re.search(r"has (\d+) words .* under 70: shorten the caption \((\d+) words\)", str(refusal))
        assert found
        assert int(found[1]) >= WORD_LIMIT
        assert int(found[2]) == length
    else:
        assert caption in prompt
        assert len(prompt.split()) < WORD_LIMIT


def test_wordings_are_shortened_before_a_caption_is_refused():
    asks = [DEFOCUS, Ask("film_artifacts", "film_grain", 0.9), Ask("light_leak", "light_leak", 0.9), TILT]
    shortest = sum(min(len(each.split()) for each in EFFECTS[ask.effect].wordings(ask.strength)) for ask in asks)
    caption = " ".join(["bear"] * (WORD_LIMIT - 1 - shortest - 1 - 8))
    assert all(caption in write_wide_prompt(caption, asks, seed) for seed in range(40))


def test_asks_that_no_prompt_can_serve_are_refused():
    with pytest.raises(ValueError, match="1 to 4 effects, not 0"):
        write_wide_prompt("a bear", [], 0)
    with pytest.raises(ValueError, match="asked for twice"):
        write_wide_prompt("a bear", [DEFOCUS, Ask("clarity", "defocus", 0.5)], 0)
    with pytest.raises(ValueError, match="tilt does not show dimension clarity"):
        write_wide_prompt("a bear", [Ask("clarity", "tilt", 0.5)], 0)
    with pytest.raises(ValueError, match="strength of tilt"):
        write_wide_prompt("a bear", [TILT._replace(strength=0)], 0)
    with pytest.raises(UnknownName, match="did you mean defocus"):
        write_wide_prompt("a bear", [DEFOCUS._replace(effect="defocuss")], 0)


def test_new_words_come_with_a_new_writer_version():
    prompts = [
        write_wide_prompt(caption, [Ask(each.dimension, each.name, strength)], seed)
        for each in EFFECTS.values()
        for strength in (0.2, 0.5, 0.9)
        for seed in range(8)
        for caption in ("a bear and a cub", "A man\nrides. ")
    ]
    prompts += [
        write_wide_prompt(caption, draw_asks(DIMENSIONS, 1 + seed % 4, seed), seed)
        for seed in range(200)
        for caption in ("a bear and a cub", " ".join(["bear"] * 25))
    ]
    assert sha256("\n".join(prompts).encode()).hexdigest() == GOLDEN[WRITER_VERSION]
