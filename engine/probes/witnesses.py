"""Which probe can witness which effect, declared beforehand, and what was witnessed in a pair.

An effect is witnessed when its probe moved, from I_o to I_a, in the direction that obeying means. No threshold is
fitted: the direction follows from what the effect is. A witness is not called where another effect of the same pair
moves that probe too, so that it could be moved without obedience (faked) or held still in spite of it (masked): it
is then drowned, and the next one is asked. Small side effects don't count: moving the probe in its direction by
less than about a tenth of what the effect does, or against it by less than a quarter. An effect whose witnesses are
all drowned, or that has none, is counted as one that no probe can speak for, never as disobeyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from engine.generators.base import Ask
from engine.generators.darkroom.declared import DECLARED, REFUSED
from engine.registry import UnknownName


@dataclass(frozen=True)
class Witness:
    """One probe that can speak for one effect.

    Args:
        probe: its name.
        direction: where it moves when the effect is there.
        drowned_by: other effects beside which it can't be trusted.
    """

    probe: str
    direction: Literal["up", "down"]
    drowned_by: frozenset[str]

    def saw(self, original: float, wide: float) -> bool:
        """Whether the probe moved strictly in its direction; a NaN has moved nowhere."""
        return wide > original if self.direction == "up" else wide < original


class Testimony(NamedTuple):
    """What one probe said of one ask of a pair: its values on I_o and I_a, and whether the effect was witnessed."""

    ask: Ask
    probe: str
    original: float
    wide: float
    witnessed: bool


_BLURS = {"defocus", "motion_blur", "zoom_blur"}
_REFRAMED = {"tiny_subject", "snapshot_crop", "tilt", "obstruction"}
"""Effects that change what is in the frame, and with it every measure of content."""
_SOFTENED = _BLURS | _REFRAMED | {"fringing", "smeared_detail", "vhs", "pixelation"}
"""Effects that take fine detail away, be it only by resampling or covering."""
_ROUGHENED = {"film_grain", "dust_and_scratches", "under_exposed", "compression"}
"""Effects that add fine structure: grain, marks, read noise, the edges of blocks."""
_VEILED = {"bad_flash", "light_leak", "double_exposure"}
"""Effects that lay light over detail."""
_LEVELLED = {"flat_light", "faded", "oppressive_contrast", "under_exposed", "tiny_subject"}
"""Effects that draw all tones together."""
_STAINED = {"sickly_cast", "clashing_color", "mixed_white_balance"}
_MOVES_RANGE = _LEVELLED | _BLURS | _REFRAMED | _VEILED | _STAINED | {
    "over_exposed", "film_grain", "vhs", "pixelation"
}  # fmt: skip
_MOVES_COLOUR = _LEVELLED | _STAINED | _REFRAMED | {"over_exposed", "light_leak"}
_MOVES_BRIGHTNESS = _LEVELLED | {
    "over_exposed", "double_exposure", "light_leak", "obstruction", "snapshot_crop", "clashing_color"
}  # fmt: skip

_Declared: TypeAlias = tuple[str, Literal["up", "down"], set[str]]

_TABLE: dict[str, list[_Declared]] = {
    "defocus": [("blur", "up", _SOFTENED | _ROUGHENED)],
    "motion_blur": [("blur", "up", _SOFTENED | _ROUGHENED)],
    "zoom_blur": [("blur", "up", _SOFTENED | _ROUGHENED)],
    # Outlines stay, texture between them goes: a smaller blur than a lens's, so a veil of light is enough to fake it.
    "smeared_detail": [("blur", "up", _SOFTENED | _ROUGHENED | _VEILED)],
    # What comes before grain can't undo it; what is after it, or looks like it, can.
    "film_grain": [("noise", "up", _ROUGHENED | {"over_exposed", "vhs", "pixelation"})],
    # A few marks are a small part of a frame's detail, and any other effect moves that by more.
    "dust_and_scratches": [("detail", "up", set(DECLARED))],
    # Lines that wander and colour smeared along them: the picture changes more from line to line.
    "vhs": [("line_structure", "up", _BLURS | {"dust_and_scratches", "pixelation"})],
    "compression": [("blockiness", "up", {"pixelation"})],
    "pixelation": [
        ("repetition", "up", _BLURS | _LEVELLED | _REFRAMED | {"compression", "over_exposed", "smeared_detail",
                                                               "light_leak"}),
    ],
    "clashing_color": [("colourfulness", "up", _MOVES_COLOUR | {"fringing", "film_grain"})],
    "fringing": [("misregistration", "up", {"vhs", "pixelation", "compression"})],
    "faded": [
        ("colourfulness", "down", _MOVES_COLOUR | _BLURS | {"fringing", "film_grain", "vhs", "double_exposure",
                                                            "pixelation"}),
        ("tonal_range", "down", _MOVES_RANGE),
    ],
    "sickly_cast": [
        ("green_cast", "up", {"clashing_color", "mixed_white_balance", "light_leak"} | _LEVELLED),
        ("warmth", "up", {"clashing_color", "light_leak"} | _LEVELLED),
    ],
    "mixed_white_balance": [("cast_spread", "up", _MOVES_COLOUR | {"vhs"})],
    "under_exposed": [("brightness", "down", _MOVES_BRIGHTNESS)],
    "over_exposed": [
        ("brightness", "up", _MOVES_BRIGHTNESS),
        ("clipped_highlights", "up", _LEVELLED | {"bad_flash", "film_grain", "sickly_cast", "clashing_color", "vhs",
                                                  "pixelation", "compression"}),
    ],
    # Where a leak enters can't be told: a bright sky at the edge outshines it. That its light is warm can.
    "light_leak": [
        ("warmth", "up", _MOVES_COLOUR | {"vhs"}),
        ("brightness", "up", _MOVES_BRIGHTNESS | _REFRAMED | _BLURS | {"bad_flash"}),
    ],
    "flat_light": [("contrast", "down", _MOVES_RANGE)],
    "bad_flash": [("edge_light", "down", _REFRAMED | _LEVELLED | {"light_leak"})],
    "oppressive_contrast": [("tonal_range", "down", _MOVES_RANGE), ("brightness", "down", _MOVES_BRIGHTNESS)],
}  # fmt: skip

WITNESSES: Mapping[str, tuple[Witness, ...]] = {
    effect: tuple(Witness(probe, way, frozenset(drowned - {effect})) for probe, way, drowned in _TABLE.get(effect, []))
    for effect in (*DECLARED, *REFUSED)
}
"""Effect -> its witnesses, the one asked first in front. Empty: no probe witnesses this.

Tilt, obstruction, a tiny subject, a careless crop and a second exposure change what is in the frame and where, which
no measure of one whole image can tell from another picture; and nothing measures grief or decay.
"""


def witnesses_for(effect: str, others: Iterable[str]) -> Witness | None:
    """The first witness of an effect that none of the other effects asked for drowns; None if no probe can speak.

    Raises `UnknownName` for an effect that isn't declared.
    """
    if effect not in WITNESSES:
        raise UnknownName("effect", effect, list(WITNESSES))
    beside = set(others) - {effect}
    return next((witness for witness in WITNESSES[effect] if not witness.drowned_by & beside), None)


def witnessed(asks: Iterable[Ask], original: Mapping[str, float], wide: Mapping[str, float]) -> list[Testimony]:
    """What the probes say of each ask of a pair, in the order of the asks.

    Args:
        asks: every effect that P_a asks for.
        original: probe -> value on I_o.
        wide: probe -> value on I_a.

    Returns:
        One testimony for each ask that a probe can speak for; the others are left out. A witness whose value is
        undefined (NaN) on either image doesn't speak, and no other takes its place.
    """
    asks = list(asks)
    effects = [ask.effect for ask in asks]
    said = []
    for ask in asks:
        witness = witnesses_for(ask.effect, effects)
        if witness is None:
            continue
        before, after = original[witness.probe], wide[witness.probe]
        if before == before and after == after:  # neither is NaN
            said.append(Testimony(ask, witness.probe, before, after, witness.saw(before, after)))
    return said
