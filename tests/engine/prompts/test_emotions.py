"""The captions of the emotion test: one template, the emotion as a blank."""

import pytest

from engine.prompts.emotions import EMOTIONS, HAPPY, filled, instruction, require_emotions, template


@pytest.mark.parametrize(
    ("caption", "happy", "angry"),
    [
        ("a portrait of a ___ woman", "a portrait of a happy woman", "a portrait of an angry woman"),
        ("A portrait of a happy woman", "A portrait of a happy woman", "A portrait of an angry woman"),
        ("An __ old man", "A happy old man", "An angry old man"),
        ("Happy, a man looks up", "happy, a man looks up", "angry, a man looks up"),
        ("a _____ man, very ___", "a happy man, very happy", "an angry man, very angry"),
    ],
)
def test_a_blank_or_the_word_happy_is_where_the_emotion_goes_with_its_article(
    caption: str, happy: str, angry: str
) -> None:
    assert filled(template(caption), HAPPY) == happy
    assert filled(template(caption), "angry") == angry


@pytest.mark.parametrize("caption", ["", "a portrait of a woman", "an unhappy man", "a happy man, a happy dog", "a_b"])
def test_a_caption_without_one_place_for_the_emotion_is_told(caption: str) -> None:
    with pytest.raises(ValueError, match="must have a blank"):
        template(caption)


def test_an_instruction_names_the_emotion_and_that_all_else_is_kept() -> None:
    assert all(name in instruction(name) and "Keep everything else" in instruction(name) for name in EMOTIONS)


@pytest.mark.parametrize(
    "wrong", [("happy",), ("sad", "sad"), ("sad", "Sad"), ("",), ("very sad",), ("sad1",), ("___",)]
)
def test_what_is_no_emotion_is_refused(wrong: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="emotion"):
        require_emotions(wrong)
    require_emotions(("grief-stricken", *EMOTIONS))
