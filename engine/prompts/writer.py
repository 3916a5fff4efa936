"""Writes the wide prompt P_a for a caption and the effects asked for, by rule and seed.

Effects come first and are said to outweigh the subject, as in the paper; the caption follows whole. The frames name
no quality of their own, so that a prompt asks for nothing but its asks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from engine.generators.base import Ask
from engine.prompts.chance import shuffled
from engine.prompts.draw import MOST_ASKS
from engine.taxonomy import effect, effects_of

WRITER_VERSION = "1"
"""Changes whenever some caption, asks and seed would come out in other words."""

WORD_LIMIT = 70
"""A wide prompt stays under this many words, parted by spaces; the limit is the paper's."""

FRAMES = (
    "Above all else, {effects}. The subject ranks below that: {caption}",
    "An image ruled by {effects}. Its subject comes second: {caption}",
    "First and foremost, show {effects}. Only then the subject: {caption}",
    "Give priority to {effects}. The subject comes second: {caption}",
    "The image must show {effects}. This outweighs the subject: {caption}",
)


def write_wide_prompt(caption: str, asks: Sequence[Ask], seed: int) -> str:
    """P_a: the effects in words of their strength, then the caption, in fewer than `WORD_LIMIT` words.

    Where the drawn wordings are too long, each effect takes its shortest wording of the same strength. The caption is
    never cut: captions of up to 25 words fit with any four effects.

    Args:
        caption: P_o. Runs of spaces and control characters become one space; all else stays, markup included.
        asks: 1–4 with distinct effects, in the order in which the prompt names them.
        seed: picks the frame and the wordings, together with the caption.

    Raises:
        UnknownName: no such dimension or effect.
        ValueError: an empty caption; no asks, too many or twice the same; an effect that does not show its dimension;
            a strength out of range; or too many words.
    """
    subject = clean_caption(caption)
    _check(asks)
    frame = shuffled(FRAMES, seed, "frame", subject)[0]
    wordings = [effect(ask.effect).wordings(ask.strength) for ask in asks]
    drawn = [shuffled(each, seed, "wording", subject, ask.effect)[0] for ask, each in zip(asks, wordings, strict=True)]
    prompt = _compose(frame, drawn, subject)
    if _words(prompt) >= WORD_LIMIT:
        prompt = _compose(frame, [min(each, key=_words) for each in wordings], subject)
    if _words(prompt) >= WORD_LIMIT:
        raise ValueError(
            f"the wide prompt has {_words(prompt)} words even in its shortest wording, and must stay under "
            f"{WORD_LIMIT}: shorten the caption ({_words(subject)} words) or ask for fewer effects ({len(asks)})"
        )
    return prompt


def clean_caption(caption: str) -> str:
    """The caption on one line: control characters and lone surrogates count as spaces, runs of spaces as one.

    Raises ValueError where nothing remains.
    """
    spaced = "".join(" " if unicodedata.category(each) in ("Cc", "Cs") else each for each in caption)
    subject = " ".join(spaced.split())
    if not subject:
        raise ValueError("the caption is empty: a wide prompt needs a subject")
    return subject


def _check(asks: Sequence[Ask]) -> None:
    if not 1 <= len(asks) <= MOST_ASKS:
        raise ValueError(f"a wide prompt asks for 1 to {MOST_ASKS} effects, not {len(asks)}")
    if len({ask.effect for ask in asks}) < len(asks):
        raise ValueError(f"an effect is asked for twice: {', '.join(ask.effect for ask in asks)}")
    for ask in asks:
        if effect(ask.effect) not in effects_of(ask.dimension):
            raise ValueError(f"effect {ask.effect} does not show dimension {ask.dimension}")


def _compose(frame: str, phrases: Sequence[str], subject: str) -> str:
    ended = subject.rstrip("\"'”’»)]").endswith((".", "!", "?", "…", ",", ";", ":", "。", "！", "？"))
    before, after = frame.split("{effects}")
    return before + _listed(phrases) + after.removesuffix("{caption}") + subject + ("" if ended else ".")


def _listed(phrases: Sequence[str]) -> str:
    if len(phrases) == 2:
        return ", together with ".join(phrases)  # a bare "and" would be lost among those inside the phrases
    return ", ".join([*phrases[:-1], f"and {phrases[-1]}"]) if len(phrases) > 2 else phrases[0]


def _words(text: str) -> int:
    return len(text.split())
