"""The effects: concrete ways of showing a dimension, each with the phrases that ask for it.

Effects that no edit of a photograph can honestly render bear the name of their dimension: prompts can ask for them
all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.registry import UnknownName
from engine.taxonomy.dimensions import dimension, with_photographic
from engine.taxonomy.phrases import PHRASES, Grades, Wordings


@dataclass(frozen=True)
class Effect:
    """One concrete way of showing a dimension.

    Args:
        name: how it is stored.
        title: how it is shown.
        dimension: the one that it shows first of all; it shows those related to that as well.
        phrases: wordings for each grade of strength, at least two each: below one third, below two thirds, and above.
    """

    name: str
    title: str
    dimension: str
    phrases: Grades

    def wordings(self, strength: float) -> Wordings:
        """The interchangeable phrases for a strength above 0 and up to 1; raises ValueError outside of it."""
        if not 0 < strength <= 1:
            raise ValueError(f"strength of {self.name} must be above 0 and at most 1, not {strength}")
        return self.phrases[0 if strength < 1 / 3 else 1 if strength < 2 / 3 else 2]


_TITLES_AND_DIMENSIONS = {
    "defocus": ("Defocus", "intentional_blur"),
    "motion_blur": ("Motion blur", "intentional_blur"),
    "zoom_blur": ("Zoom blur", "intentional_blur"),
    "double_exposure": ("Double exposure", "double_exposure"),
    "film_grain": ("Film grain", "film_artifacts"),
    "dust_and_scratches": ("Dust and scratches", "film_artifacts"),
    "vhs": ("VHS", "analog_degradation"),
    "compression": ("Compression", "digital_artifacts"),
    "pixelation": ("Pixelation", "digital_artifacts"),
    "smeared_detail": ("Smeared detail", "bad_or_no_details"),
    "clashing_color": ("Clashing colour", "clashing_disharmony"),
    "fringing": ("Fringing", "chromatic_aberration"),
    "faded": ("Faded", "muted_faded"),
    "sickly_cast": ("Sickly cast", "sickly_cast"),
    "mixed_white_balance": ("Mixed white balance", "color_inconsistency"),
    "under_exposed": ("Under-exposed", "exposure_extremes"),
    "over_exposed": ("Over-exposed", "exposure_extremes"),
    "light_leak": ("Light leak", "light_leak"),
    "flat_light": ("Flat light", "flat_lighting"),
    "bad_flash": ("Bad flash", "harsh_or_insufficient_flash"),
    "oppressive_contrast": ("Oppressive low contrast", "low_contrast_oppressive"),
    "tilt": ("Tilt", "unconventional_framing"),
    "obstruction": ("Obstruction", "obstructed_cropping"),
    "tiny_subject": ("Tiny subject", "unconventional_scale"),
    "snapshot_crop": ("Snapshot crop", "amateur_snapshot_energy"),
    "poor_background": ("Poor background", "background"),
    **{
        name: (dimension(name).title, name)
        for name in (
            "scale_inconsistency",
            "negative_personal_emotion",
            "atmospheric_distress",
            "decay_and_degradation",
            "disgust_and_aversion",
            "unfinished_raw",
            "abstract_photo",
            "surrealism",
            "emotion",
            "object_pairing",
        )
    },
}

EFFECTS: dict[str, Effect] = {
    name: Effect(name, title, shown, PHRASES[name]) for name, (title, shown) in _TITLES_AND_DIMENSIONS.items()
}
"""Name -> effect."""


def effect(name: str) -> Effect:
    """The effect of that name; raises `UnknownName` with the nearest names."""
    if name not in EFFECTS:
        raise UnknownName("effect", name, list(EFFECTS))
    return EFFECTS[name]


def effects_of(name: str) -> tuple[Effect, ...]:
    """The effects that show a dimension: its own, then those of the photographic dimensions that fall under it.

    Never empty. Raises `UnknownName`.
    """
    return tuple(each for shown in with_photographic(name) for each in EFFECTS.values() if each.dimension == shown)
