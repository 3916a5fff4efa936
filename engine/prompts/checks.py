"""What a language model's wide prompt must satisfy before it is kept. The checks are simple, and meant to be known.

- It is not empty, one paragraph, at most `MOST_CHARACTERS` long, and has fewer than `WORD_LIMIT` words.
- It does not begin as a refusal does.
- Every content word of P_o is in it, in some form of the word.
- Before the first of these stands a word of every effect asked for: one that few effects share.
- No wording of an effect that was not asked for is in it, nor that effect's name where it has two words or more.

A paraphrase of another effect passes the last check; words are compared, and nothing is understood.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import cache

from engine.generators.base import Ask
from engine.prompts.writer import WORD_LIMIT
from engine.taxonomy import EFFECTS, dimension, effect

MOST_CHARACTERS = 1000
SHARED = 4
"""A word in the wordings of more effects than this is a sign of none of them."""
SHORTEST = 3
"""Letters of a content word."""
LONGEST_ENDING = 5
"""Letters by which a word may be longer than the one that it is a form of."""

EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        "about above across after all along also among and another any are around away back been before behind being "
        "below beside between both but can could did does down during each every few for from front had has have her "
        "here him his how image into its just like many more most near next not off one onto other our out over own "
        "per photo photograph picture same several she side some subject such than that the their them then there "
        "these they this those three through top toward towards two under until upon very was were what when where "
        "which while who whose will with within without would you your",
    )
)
"""Words that say nothing of what is to be seen."""
REFUSALS = re.compile(
    r"\W*(i['’]?m (very |so )?(sorry|unable|not able)|i am (very |so )?(sorry|unable|not able)|sorry\b|i apologi[sz]e"
    r"|i (can['’]?t|cannot|can not|won['’]?t|will not|must decline)\b|as an ai\b|unfortunately, i\b)",
    re.IGNORECASE,
)
"""How refusals begin."""
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def refuses(text: str) -> bool:
    """Whether a text begins as a refusal does."""
    return REFUSALS.match(text) is not None


def fault(text: str, caption: str, asks: Sequence[Ask]) -> str:
    """What is wrong with a wide prompt, in words for whoever wrote it; empty for nothing.

    Args:
        text: without space at its ends.
        caption: P_o.
        asks: the effects that it has to ask for.
    """
    words = len(text.split())
    if not words:
        return "it is empty"
    if len(text.splitlines()) > 1:
        return "it is more than one paragraph"
    if words >= WORD_LIMIT or len(text) > MOST_CHARACTERS:
        return f"it has {words} words ({len(text)} characters) and must stay under {WORD_LIMIT} ({MOST_CHARACTERS})"
    subject = _content_words(caption)
    places = {word: _place(word, text) for word in subject}
    missing = [word for word, place in places.items() if place is None]
    if missing:
        return f"it lacks these words of the subject: {', '.join(missing)}"
    return _unasked(text, caption, asks) or _order(text, places, asks)


def _order(text: str, places: dict[str, int | None], asks: Sequence[Ask]) -> str:
    """What is wrong with the order. A word of the subject that is an effect's too says nothing of where it begins."""
    worded = {stem for ask in asks for stem in _stems_of(ask.effect)}
    own = [place for word, place in places.items() if place is not None and not _named({stem(word)}, worded)]
    begins = min(own, default=0)
    before = {stem(word) for word in WORD.findall(text[:begins].lower())} if begins else set(_stems(text))
    absent = [ask.effect for ask in asks if not _named(cues(ask.effect), before)]
    if not absent:
        return ""
    titles = ", ".join(effect(name).title.lower() for name in absent)
    return f"these effects are not named before the subject begins: {titles}"


def _unasked(text: str, caption: str, asks: Sequence[Ask]) -> str:
    asked, said, given = {ask.effect for ask in asks}, _plain(text), _plain(caption)
    for each in EFFECTS.values():
        for sign in _signs(each.name):
            if each.name not in asked and f" {sign} " in said and f" {sign} " not in given:
                return f"it asks for an effect that is not in the list: “{sign}”"
    return ""


@cache
def _signs(name: str) -> tuple[str, ...]:
    """The wordings of an effect, and its name where that can't be mistaken, as `_plain` gives them."""
    each = effect(name)
    titles = [each.title] if len(each.title.split()) > 1 else []
    return tuple(_plain(sign).strip() for sign in (*(phrase for grade in each.phrases for phrase in grade), *titles))


@cache
def cues(name: str) -> frozenset[str]:
    """Stems that tell an effect: of its wordings and its names, except those that too many effects share."""
    return frozenset(each for each in _stems_of(name) if _shared()[each] <= SHARED)


@cache
def _shared() -> Counter[str]:
    """Stem -> how many effects have it."""
    return Counter(each for name in EFFECTS for each in _stems_of(name))


@cache
def _stems_of(name: str) -> frozenset[str]:
    each = effect(name)
    texts = [each.title, dimension(each.dimension).title, *(phrase for grade in each.phrases for phrase in grade)]
    return frozenset(found for text in texts for found in _stems(text))


def _named(signs: Collection[str], stems: Collection[str]) -> bool:
    return any(said == sign or (len(sign) > SHORTEST and said.startswith(sign)) for said in stems for sign in signs)


def _content_words(text: str) -> list[str]:
    """The words that carry meaning, each once, in their order."""
    words = WORD.findall(text.lower())
    return list(dict.fromkeys(word for word in words if _has_content(word)))


def _has_content(word: str) -> bool:
    return word not in EMPTY_WORDS and (len(word) >= SHORTEST or not word.isascii())


def _stems(text: str) -> Iterator[str]:
    return map(stem, _content_words(text))


def _place(word: str, text: str) -> int | None:
    """Where a word, in some form, stands in a text. Scripts without spaces are looked through as they are."""
    if not word.isascii():
        found = text.lower().find(word)
        if found >= 0:
            return found
    wanted = stem(word)
    for match in WORD.finditer(text.lower()):
        said = stem(match.group())
        if said == wanted or (
            len(wanted) > SHORTEST and said.startswith(wanted) and len(said) <= len(wanted) + LONGEST_ENDING
        ):
            return match.start()
    return None


def stem(word: str) -> str:
    """A word without its ending, roughly: forms of one English word mostly have one stem."""
    word = re.sub(r"['’]\w*$", "", word)
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            word = word[: -len(ending)]
            break
    word = word[:-1] if word.endswith("e") and len(word) > SHORTEST else word
    word = f"{word[:-1]}i" if word.endswith("y") and len(word) > SHORTEST else word
    return word[:-1] if len(word) > SHORTEST and word[-1] == word[-2] else word


def _plain(text: str) -> str:
    """Words alone, in small letters, each with a blank on both sides."""
    return f" {' '.join(WORD.findall(text.lower()))} "
