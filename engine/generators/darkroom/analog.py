"""Video tape."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from engine.generators.darkroom.frame import Array, effect, mix, noise, position, shorter, smoothstep

_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], dtype=np.float32)
_TO_RGB = np.linalg.inv(_TO_YIQ).astype(np.float32)


@effect
def vhs(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """A worn VHS tape: soft luma, smeared and late colour, noise in streaks, lines that wander, torn at the foot.

    The tape keeps about 240 lines of luma and 40 of colour across the picture, hence the two widths of smear.
    """
    height, width = rgb.shape[:2]
    wander, phase = _wander(height, rng), rng.uniform(0, 2 * np.pi)
    signal = rgb @ _TO_YIQ.T + noise(rgb, rng, channels=3) * (0.16 * strength)
    luma_width, colour_width = strength * width / 240, strength * width / 34
    signal[..., 0] = ndimage.gaussian_filter1d(signal[..., 0], luma_width, axis=1, mode="nearest", truncate=3)
    for channel in (1, 2):
        smear = ndimage.uniform_filter1d(signal[..., channel], max(1, round(colour_width)), axis=1, mode="nearest")
        signal[..., channel] = ndimage.uniform_filter1d(smear, max(1, round(colour_width / 2)), axis=1, mode="nearest")

    y, _ = position(rgb)
    foot = smoothstep((y[:, 0] - 0.955) / 0.03)
    shift = strength * shorter(rgb) * (0.006 * wander + 0.004 * np.sin(14 * y[:, 0] + phase) + 0.10 * foot)
    late = strength * 0.012 * shorter(rgb)
    luma = _shift(signal[..., :1], shift)
    colour = _shift(signal[..., 1:], shift - late) * (1 - 0.25 * strength)
    lines = 1 - 0.16 * strength * (0.5 + 0.5 * np.sin(2 * np.pi * y * 180))[..., None]
    luma = mix(luma, luma * lines * 0.92 + 0.05, strength)
    return np.concatenate([luma, colour], axis=2) @ _TO_RGB.T


def _wander(height: int, rng: np.random.Generator) -> Array:
    """[height] how far each line is off: about 240 independent lines whatever the height, with a slow drift."""
    jitter = rng.standard_normal(240) + 1.5 * ndimage.gaussian_filter1d(rng.standard_normal(240), 6) * 4
    return np.interp(np.linspace(0, 239, height), np.arange(240), jitter)


def _shift(planes: Array, shift: Array) -> Array:
    """Each line moved right by its own, whole or broken, number of pixels; the line's end is held."""
    height, width = planes.shape[:2]
    at = np.clip(np.arange(width)[None, :] - shift[:, None], 0, width - 1)
    left = np.floor(at).astype(np.intp)
    part = (at - left)[..., None].astype(np.float32)
    rows, right = np.arange(height)[:, None], np.minimum(left + 1, width - 1)
    return mix(planes[rows, left], planes[rows, right], part)
