"""Probes: measures of one image alone, and what they can witness. Not scorers: no prompt, no preference.

Importing this package loads numpy and no heavier library; scipy and scikit-image are imported by the measures.
"""

from __future__ import annotations

from collections.abc import Mapping

from PIL import Image

from engine.probes import colour, sharpness, texture, tone
from engine.probes.base import Probe, View

PROBES: Mapping[str, Probe] = {
    probe.name: probe
    for probe in (
        sharpness.BLUR,
        sharpness.DETAIL,
        texture.NOISE,
        texture.BLOCKINESS,
        texture.REPETITION,
        texture.LINE_STRUCTURE,
        tone.BRIGHTNESS,
        tone.CLIPPED_HIGHLIGHTS,
        tone.CLIPPED_SHADOWS,
        tone.CONTRAST,
        tone.TONAL_RANGE,
        tone.RICHNESS,
        tone.EDGE_LIGHT,
        colour.COLOURFULNESS,
        colour.WARMTH,
        colour.GREEN_CAST,
        colour.CAST_SPREAD,
        colour.MISREGISTRATION,
    )
}
"""Every probe by name, in the order in which screens list them."""


def measure_all(image: Image.Image) -> dict[str, float]:
    """The value of every probe on one image, RGB or convertible; NaN where a measure is undefined for it."""
    view = View(image)
    return {name: probe.measure(view) for name, probe in PROBES.items()}
