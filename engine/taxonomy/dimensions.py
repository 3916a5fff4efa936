"""The 39 dimensions: what each looks like when a wide prompt asks for it, and how the two taxonomies relate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from engine.registry import UnknownName

Taxonomy = Literal["visionreward", "photograph"]

TAXONOMIES: dict[Taxonomy, str] = {"visionreward": "VisionReward", "photograph": "photographic"}
"""Name -> what its dimensions are called."""

GROUPS: dict[str, str] = {
    "visionreward": "VisionReward",
    "clarity_and_focus": "Clarity and focus",
    "color_and_tone": "Colour and tone",
    "lighting_and_exposure": "Lighting and exposure",
    "composition_and_structure": "Composition and structure",
    "emotion_and_subject": "Emotion and subject",
}
"""Name -> title. The first holds the VisionReward dimensions, the other five divide the photographic ones."""


@dataclass(frozen=True)
class Dimension:
    """One aesthetic quality that a wide prompt asks for.

    Args:
        name: how it is stored.
        title: how it is shown.
        taxonomy: the one that it belongs to.
        group: a name in `GROUPS`.
        description: what an image looks like that shows the wide-spectrum side of it.
        related: for a photographic dimension, the VisionReward ones it falls under, at least one; else empty.
    """

    name: str
    title: str
    taxonomy: Taxonomy
    group: str
    description: str
    related: tuple[str, ...] = ()


def _visionreward(name: str, title: str, description: str) -> Dimension:
    return Dimension(name, title, "visionreward", "visionreward", description)


def _photograph(group: str, name: str, title: str, related: str, description: str) -> Dimension:
    return Dimension(name, title, "photograph", group, description, tuple(related.split()))


_ALL = (
    _visionreward(
        "object_pairing", "Object pairing", "Things share the frame that do not belong together and do not get along."
    ),
    _visionreward(
        "main_object", "Main object", "The subject does not stand out: it is tiny, cut off, blocked or off to one side."
    ),
    _visionreward("richness", "Richness", "There is little to look at: sparse, repetitive, or empty over most of it."),
    _visionreward("background", "Background", "What lies behind the subject is messy, drab or at odds with it."),
    _visionreward("clarity", "Clarity", "The image is not sharp: edges are soft, doubled, noisy or broken up."),
    _visionreward("color_brightness", "Colour brightness", "Colours are not bright: dim, drained, or bleached away."),
    _visionreward("color_aesthetic", "Colour aesthetic", "Colours do not please: they clash, sicken or drift."),
    _visionreward(
        "lighting_distinction",
        "Lighting distinction",
        "Light and shadow fail to model the scene: no difference between them, or so much that forms are lost.",
    ),
    _visionreward("emotion", "Emotion", "The image leaves one uneasy, sad, afraid or repelled rather than glad."),
    _visionreward("detail_refinement", "Detail refinement", "Fine detail is coarse, unfinished, smeared or missing."),
    _visionreward("detail_realism", "Detail realism", "Details do not look real: false, impossible or man-made marks."),
    _photograph(
        "clarity_and_focus",
        "intentional_blur",
        "Intentional blur",
        "clarity detail_refinement",
        "Blur as a choice: the lens out of focus, the camera moved or zoomed while the shutter was open.",
    ),
    _photograph(
        "clarity_and_focus",
        "double_exposure",
        "Double exposure",
        "clarity detail_realism",
        "Two exposures on one frame, each showing through the other like a ghost.",
    ),
    _photograph(
        "clarity_and_focus",
        "film_artifacts",
        "Film artefacts",
        "clarity",
        "The marks of film itself: coarse grain, dust, hairs, scratches.",
    ),
    _photograph(
        "clarity_and_focus",
        "analog_degradation",
        "Analogue degradation",
        "clarity detail_refinement",
        "A worn tape or a weak signal: scan lines, tracking errors, colour that bleeds sideways.",
    ),
    _photograph(
        "clarity_and_focus",
        "digital_artifacts",
        "Digital artefacts",
        "clarity detail_refinement detail_realism",
        "Damage by digits: compression blocks, ringing at edges, visible square pixels.",
    ),
    _photograph(
        "clarity_and_focus",
        "bad_or_no_details",
        "Bad or no details",
        "clarity detail_refinement",
        "Texture is rubbed out or painted over, so surfaces are blank where detail should be.",
    ),
    _photograph(
        "color_and_tone",
        "clashing_disharmony",
        "Clashing disharmony",
        "color_aesthetic",
        "Loud colours fight one another, with no palette that holds them together.",
    ),
    _photograph(
        "color_and_tone",
        "chromatic_aberration",
        "Chromatic aberration",
        "color_aesthetic clarity",
        "Coloured fringes along edges where the channels do not meet.",
    ),
    _photograph(
        "color_and_tone",
        "muted_faded",
        "Muted, faded",
        "color_brightness color_aesthetic",
        "Colour has drained away, as in an old print left in the sun: pale, milky, without real blacks.",
    ),
    _photograph(
        "color_and_tone",
        "sickly_cast",
        "Sickly cast",
        "color_aesthetic",
        "One unhealthy tint, green or jaundiced, lies over everything, skin included.",
    ),
    _photograph(
        "color_and_tone",
        "color_inconsistency",
        "Colour inconsistency",
        "color_aesthetic",
        "White balance differs from one part of the image to the next, so one thing has two colours.",
    ),
    _photograph(
        "lighting_and_exposure",
        "exposure_extremes",
        "Exposure extremes",
        "color_brightness lighting_distinction",
        "Far too dark or far too bright: shadows or highlights swallow the scene.",
    ),
    _photograph(
        "lighting_and_exposure",
        "light_leak",
        "Light leak",
        "lighting_distinction",
        "Stray light has reached the film: glowing streaks and patches that come from no lamp in the scene.",
    ),
    _photograph(
        "lighting_and_exposure",
        "flat_lighting",
        "Flat lighting",
        "lighting_distinction",
        "Even light from everywhere: no shadows, no modelling, no depth.",
    ),
    _photograph(
        "lighting_and_exposure",
        "harsh_or_insufficient_flash",
        "Harsh or insufficient flash",
        "lighting_distinction background",
        "A flash on the camera burns what is near and does not reach what is behind it.",
    ),
    _photograph(
        "lighting_and_exposure",
        "low_contrast_oppressive",
        "Low contrast, oppressive",
        "lighting_distinction color_brightness",
        "Heavy grey murk in which near and far, lit and unlit, are almost the same tone.",
    ),
    _photograph(
        "composition_and_structure",
        "unconventional_framing",
        "Unconventional framing",
        "main_object",
        "The camera is held wrong by the book: tilted, off axis, the weight at the edge.",
    ),
    _photograph(
        "composition_and_structure",
        "obstructed_cropping",
        "Obstructed or cropped",
        "main_object",
        "Something stands in front of the subject, or the frame cuts through it.",
    ),
    _photograph(
        "composition_and_structure",
        "scale_inconsistency",
        "Scale inconsistency",
        "object_pairing detail_realism",
        "Things have the wrong size beside one another, so the space cannot be believed.",
    ),
    _photograph(
        "composition_and_structure",
        "unconventional_scale",
        "Unconventional scale",
        "main_object richness",
        "The subject has an unusual size in the frame, such as a speck in a great emptiness.",
    ),
    _photograph(
        "composition_and_structure",
        "amateur_snapshot_energy",
        "Amateur snapshot energy",
        "main_object",
        "A hurried, careless shot: heads and feet cut off, nothing placed with thought.",
    ),
    _photograph(
        "emotion_and_subject",
        "negative_personal_emotion",
        "Negative personal emotion",
        "emotion",
        "A person in grief, anger, fear or despair, plain in face and body.",
    ),
    _photograph(
        "emotion_and_subject",
        "atmospheric_distress",
        "Atmospheric distress",
        "emotion",
        "The place itself is full of dread, loneliness or threat, with or without people.",
    ),
    _photograph(
        "emotion_and_subject",
        "decay_and_degradation",
        "Decay and degradation",
        "emotion background",
        "Rot, rust, mould, ruin: things shown at the end of their life.",
    ),
    _photograph(
        "emotion_and_subject",
        "disgust_and_aversion",
        "Disgust and aversion",
        "emotion",
        "Filth, slime, vermin or flesh that makes one want to look away.",
    ),
    _photograph(
        "emotion_and_subject",
        "unfinished_raw",
        "Unfinished, raw",
        "detail_refinement richness",
        "Left off halfway: bare patches, rough marks, parts only hinted at.",
    ),
    _photograph(
        "emotion_and_subject",
        "abstract_photo",
        "Abstract photograph",
        "main_object detail_realism",
        "Shapes, tones and textures alone, the subject scarcely to be recognised.",
    ),
    _photograph(
        "emotion_and_subject",
        "surrealism",
        "Surrealism",
        "object_pairing detail_realism",
        "Things that cannot be, shown as though they were: dream logic, bodies and objects merged.",
    ),
)

DIMENSIONS: dict[str, Dimension] = {each.name: each for each in _ALL}
"""Name -> dimension, VisionReward first, then the photographic ones by group."""


def dimension(name: str) -> Dimension:
    """The dimension of that name; raises `UnknownName` with the nearest names."""
    if name not in DIMENSIONS:
        raise UnknownName("dimension", name, list(DIMENSIONS))
    return DIMENSIONS[name]


def in_group(group: str) -> list[Dimension]:
    """The dimensions of one group, in order; raises `UnknownName`."""
    if group not in GROUPS:
        raise UnknownName("group", group, list(GROUPS))
    return [each for each in DIMENSIONS.values() if each.group == group]


def with_photographic(name: str) -> tuple[str, ...]:
    """This dimension and the photographic ones that fall under it: those whose effects count as its own.

    The inverse of `with_related`. Raises `UnknownName`.
    """
    dimension(name)
    return name, *(each.name for each in DIMENSIONS.values() if name in each.related)


def with_related(names: Iterable[str]) -> list[str]:
    """These dimensions and the VisionReward ones they fall under, once each, in the order of `DIMENSIONS`.

    Only upwards: a double exposure is a lack of clarity, but a lack of clarity need not be a double exposure.
    """
    wanted = {found for name in names for found in (name, *dimension(name).related)}
    return [name for name in DIMENSIONS if name in wanted]
