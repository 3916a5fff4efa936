"""Which effects a wide prompt asks for: distinct dimensions, one effect of each, and how strong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from engine.generators.base import Ask
from engine.prompts.chance import shuffled
from engine.taxonomy import DIMENSIONS, dimension, effect, effects_of

MOST_ASKS = 4

STRENGTHS = (0.25, 0.5, 0.9)
"""Drawn by default: one strength in each grade of the phrases."""

EXCLUDES: frozenset[frozenset[str]] = frozenset(
    frozenset(pair)
    for pair in (
        ("under_exposed", "over_exposed"),
        ("under_exposed", "bad_flash"),
        ("under_exposed", "faded"),
        ("over_exposed", "oppressive_contrast"),
        ("flat_light", "bad_flash"),
        ("clashing_color", "faded"),
        ("clashing_color", "sickly_cast"),
        ("clashing_color", "oppressive_contrast"),
        ("mixed_white_balance", "sickly_cast"),
        ("motion_blur", "zoom_blur"),
        ("tiny_subject", "snapshot_crop"),
        ("tiny_subject", "negative_personal_emotion"),
        ("abstract_photo", "negative_personal_emotion"),
    )
)
"""Pairs of effects that contradict each other in one image, so that no generator could obey both."""


def draw_asks(
    dimensions: Iterable[str],
    count: int,
    seed: int,
    strengths: Sequence[float] | Mapping[str, Sequence[float]] = STRENGTHS,
) -> tuple[Ask, ...]:
    """Draws `count` dimensions, one effect of each and its strength: the same in every process and Python.

    No effect comes twice, and none beside one that it excludes.

    Args:
        dimensions: names to draw from; order and repeats do not matter.
        count: 1–4.
        seed: vary it from prompt to prompt, or all ask for the same.
        strengths: above 0 and up to 1, to draw from; or effect -> strengths, and then only effects named there are
            drawn, which is how a generator limits the draw to what it can render.

    Raises:
        UnknownName: no such dimension or effect.
        ValueError: a count or strength out of range, or no `count` of these dimensions have effects that go together.
    """
    wanted = {dimension(name).name for name in dimensions}
    if not 1 <= count <= MOST_ASKS:
        raise ValueError(f"a wide prompt asks for 1 to {MOST_ASKS} effects, not {count}")
    by_effect = _strengths_by_effect(strengths, wanted)
    choices = [
        (name, shuffled((each.name for each in effects_of(name) if each.name in by_effect), seed, "effect", name))
        for name in shuffled((name for name in DIMENSIONS if name in wanted), seed, "dimension")
    ]
    drawn = _extend((), choices, count)
    if drawn is None:
        raise ValueError(f"no {count} of {', '.join(sorted(wanted)) or 'no dimensions'} have effects that go together")
    return tuple(
        Ask(name, chosen, float(shuffled(map(repr, map(float, by_effect[chosen])), seed, "strength", name)[0]))
        for name, chosen in drawn
    )


def _strengths_by_effect(
    strengths: Sequence[float] | Mapping[str, Sequence[float]], wanted: Collection[str]
) -> dict[str, Sequence[float]]:
    """Effect -> strengths to draw from, each checked."""
    if isinstance(strengths, Mapping):
        by_effect = {effect(name).name: values for name, values in strengths.items()}
    else:
        by_effect = {each.name: strengths for name in wanted for each in effects_of(name)}
    for name, values in by_effect.items():
        if not values or not all(0 < value <= 1 for value in values):
            raise ValueError(f"strengths of {name} must be above 0 and at most 1, at least one, not {values!r}")
    return by_effect


_Drawn = tuple[tuple[str, str], ...]


def _extend(drawn: _Drawn, choices: Sequence[tuple[str, Sequence[str]]], count: int) -> _Drawn | None:
    """The first way, in the order of `choices`, to come to `count` (dimension, effect) pairs that go together."""
    if len(drawn) == count:
        return drawn
    for at, (name, effects) in enumerate(choices):
        for chosen in effects:
            if all(chosen != other and frozenset((chosen, other)) not in EXCLUDES for _, other in drawn):
                found = _extend((*drawn, (name, chosen)), choices[at + 1 :], count)
                if found is not None:
                    return found
    return None
