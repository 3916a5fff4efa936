"""The texts of the emotion test: one caption with the emotion as a blank, and what an editor is told. No draws."""

from __future__ import annotations

import re

HAPPY = "happy"
EMOTIONS = ("sad", "angry", "fearful")
"""Those of the paper."""
DIMENSION = "negative_personal_emotion"
"""What a caption asks for whose blank is filled with one of them."""
WRITER = "emotions"
BLANK = "___"

_BLANK = re.compile(r"_{2,}")
_HAPPY = re.compile(rf"\b{HAPPY}\b", re.IGNORECASE)
_WITH_ARTICLE = re.compile(rf"\b(an?)(\s+){BLANK}", re.IGNORECASE)
_EMOTION = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def template(caption: str) -> str:
    """A caption with a blank in place of its emotion: of the word happy, unless a blank is there already.

    Raises:
        ValueError: it has neither, or the word more than once.
    """
    if _BLANK.search(caption):
        return _BLANK.sub(BLANK, caption)
    blanked, found = _HAPPY.subn(BLANK, caption)
    if found != 1:
        raise ValueError(f"“{caption}” must have a blank ({BLANK}) for the emotion, or the word {HAPPY} once")
    return blanked


def filled(template: str, emotion: str) -> str:
    """The caption of one emotion, with the article that goes with it.

    >>> filled("a portrait of a ___ woman", "angry")
    'a portrait of an angry woman'
    """
    article = "an" if emotion[0].lower() in "aeiou" else "a"

    def agreeing(found: re.Match[str]) -> str:
        return f"{article.capitalize() if found[1][0].isupper() else article}{found[2]}{BLANK}"

    return _WITH_ARTICLE.sub(agreeing, template).replace(BLANK, emotion)


def instruction(emotion: str) -> str:
    """What an editor is told that keeps the image at hand."""
    return (
        f"Change the expression of the face from {HAPPY} to {emotion}. Keep everything else as it is: the same person, "
        "pose, hair, clothes, background, light and colours."
    )


def require_emotions(names: tuple[str, ...]) -> None:
    """Raises `ValueError` for what is no word, for happiness itself, and for one that is named twice."""
    for name in names:
        if not _EMOTION.fullmatch(name) or name.lower() == HAPPY:
            raise ValueError(f"an emotion is one word, and another than {HAPPY}, not {name!r}")
    if len({name.lower() for name in names}) < len(names):
        raise ValueError("an emotion was named twice")
