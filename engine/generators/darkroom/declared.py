"""What the darkroom can show and what it refuses, declared beforehand. Imports no effect until one is applied.

A newcomer who adds an effect writes a function of its own name in the file of its family, adds a line to
`DECLARED` at the place where it happens between scene and file, says in `engine/probes/witnesses.py` what can
witness it, and raises `CODE_VERSION`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.generators.darkroom.frame import EffectFunction

CODE_VERSION = "1"
"""Part of the key of every stored image: raise it whenever any pixel of any effect could change."""


@dataclass(frozen=True)
class Declared:
    """One effect.

    Args:
        name: of the effect, and of its function.
        stage: where it happens: scene, lens, light, exposure, colour, medium.
        family: the file of this package that holds the function.
        strengths: those that runs use.
    """

    name: str
    stage: str
    family: str
    strengths: tuple[float, ...] = (0.6, 0.9)

    @property
    def function(self) -> EffectFunction:
        """(rgb float32 [h, w, 3] in 0–1, strength 0–1, random generator) -> the same shape; imported now."""
        return getattr(import_module(f"engine.generators.darkroom.{self.family}"), self.name)


DECLARED: Mapping[str, Declared] = {
    declared.name: declared
    for declared in (
        Declared("tiny_subject", "scene", "composition"),
        Declared("snapshot_crop", "scene", "composition"),
        Declared("tilt", "scene", "composition"),
        Declared("obstruction", "scene", "composition"),
        Declared("defocus", "lens", "blur"),
        Declared("motion_blur", "lens", "blur"),
        Declared("zoom_blur", "lens", "blur"),
        Declared("fringing", "lens", "lens"),
        Declared("flat_light", "light", "light"),
        Declared("bad_flash", "light", "light"),
        Declared("double_exposure", "exposure", "exposure"),
        Declared("under_exposed", "exposure", "exposure"),
        Declared("over_exposed", "exposure", "exposure"),
        Declared("light_leak", "exposure", "light"),
        Declared("mixed_white_balance", "colour", "colour"),
        Declared("sickly_cast", "colour", "colour"),
        Declared("clashing_color", "colour", "colour"),
        Declared("faded", "colour", "colour"),
        Declared("oppressive_contrast", "colour", "light"),
        Declared("smeared_detail", "medium", "digital"),
        Declared("film_grain", "medium", "film"),
        Declared("dust_and_scratches", "medium", "film"),
        Declared("vhs", "medium", "analog"),
        Declared("pixelation", "medium", "digital"),
        Declared("compression", "medium", "digital"),
    )
}
"""Every effect that the darkroom renders, in the order in which it applies them: from the scene to the file."""


REFUSED: Mapping[str, str] = {
    "poor_background": "which part of a photograph is background can't be told from its pixels alone, so nothing "
    "can be made worse there without touching the subject",
    "scale_inconsistency": "things at impossible sizes side by side need the objects cut out and set anew; an edit "
    "of the whole frame doesn't know them",
    "negative_personal_emotion": "grief, fear or anger in a person can't be edited into a photograph of someone who "
    "didn't show it",
    "atmospheric_distress": "dread in a scene comes from what happens in it, which darkroom work can't add",
    "decay_and_degradation": "rot, rust and ruin belong to the things photographed; ageing the print would show "
    "another dimension",
    "disgust_and_aversion": "what repels must be there before the camera; an edit can't put it there",
    "unfinished_raw": "an unfinished work is one that its maker left so; a finished photograph can't be made into one",
    "abstract_photo": "abstraction is a choice of what to photograph; a distorted photograph of things isn't it",
    "surrealism": "an impossible scene has to be imagined; an edit of the whole frame adds nothing to what is there",
    "emotion": "what a photograph makes one feel lies in its subject; no edit of the frame renders another feeling "
    "honestly",
    "object_pairing": "which objects stand together was settled when the photograph was taken; the darkroom adds and "
    "removes none",
}
"""Every effect that an edit of a whole frame can't honestly render, with the reason given to whoever asks."""
