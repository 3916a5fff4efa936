"""Probes of light and dark: level, range, clipping, where the light lies, and how rich the tones are."""

from __future__ import annotations

import numpy as np

from engine.probes.base import Probe, View


def _brightness(view: View) -> float:
    return float(view.lab[..., 0].mean())


def _clipped_highlights(view: View) -> float:
    return 100 * float((view.grey >= 250).mean())


def _clipped_shadows(view: View) -> float:
    return 100 * float((view.grey <= 8).mean())


def _contrast(view: View) -> float:
    return float(view.grey.std(dtype=np.float64)) / 255


def _tonal_range(view: View) -> float:
    shares = _histogram(view).cumsum()
    low, high = np.searchsorted(shares, (0.05, 0.95))
    return float(high - low) / 255


def _richness(view: View) -> float:
    shares = _histogram(view)
    shares = shares[shares > 0]
    return float(abs((shares * np.log2(shares)).sum()))


def _edge_light(view: View) -> float:
    lightness = view.lab[..., 0]
    height, width = lightness.shape
    top, left = round(height / 8), round(width / 8)
    if not top or not left:
        return float("nan")
    middle = lightness[top:-top, left:-left]
    edge = (lightness.sum() - middle.sum()) / (lightness.size - middle.size)
    return float(edge - middle.mean())


def _histogram(view: View) -> np.ndarray:
    """[256] shares of the luma levels."""
    return np.bincount(view.grey.astype(np.uint8).ravel(), minlength=256) / view.grey.size


BRIGHTNESS = Probe(
    name="brightness",
    version="1",
    unit="L* 0–100",
    about="Mean CIE lightness. Can't tell a badly exposed picture from a picture of snow or of night.",
    measure=_brightness,
)

CLIPPED_HIGHLIGHTS = Probe(
    name="clipped_highlights",
    version="1",
    unit="% of pixels",
    about="Share of pixels whose luma is 250 or more: white with nothing left in it. White paper counts too.",
    measure=_clipped_highlights,
)

CLIPPED_SHADOWS = Probe(
    name="clipped_shadows",
    version="1",
    unit="% of pixels",
    about="Share of pixels whose luma is 8 or less: black with nothing left in it. A black cloth counts too.",
    measure=_clipped_shadows,
)

CONTRAST = Probe(
    name="contrast",
    version="1",
    unit="0–0.5",
    about="RMS contrast: the standard deviation of luma as a share of full scale (Peli, 1990). Says nothing of where "
    "in the frame the contrast lies.",
    measure=_contrast,
)

TONAL_RANGE = Probe(
    name="tonal_range",
    version="1",
    unit="0–1",
    about="From the 5th to the 95th percentile of luma, as a share of full scale: the tones in use, without the few "
    "darkest and lightest pixels. A small dark thing on white doesn't count.",
    measure=_tonal_range,
)

RICHNESS = Probe(
    name="richness",
    version="1",
    unit="bits 0–8",
    about="Shannon entropy of the luma histogram: how many tones are in use, and how evenly (Shannon, 1948). Blind to "
    "what they depict: noise makes it rise.",
    measure=_richness,
)

EDGE_LIGHT = Probe(
    name="edge_light",
    version="1",
    unit="L*",
    about="Mean lightness of the outer eighth of the frame on each side minus that of the rest: below 0 where light "
    "falls off from the middle, above 0 where it comes in at the edges. A bright sky or a dark subject does the same, "
    "so only the change speaks. Undefined below 5 pixels.",
    measure=_edge_light,
)
