"""What every darkroom effect stands on: the frame as an array, light, coordinates and resampling.

A frame is a float32 array [h, w, 3], sRGB-encoded, 0–1. Sizes inside effects are shares of the frame's shorter
side, so that an effect looks the same at any resolution. No effect lives here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeAlias

import numpy as np
from PIL import Image
from scipy import fft, ndimage

Array: TypeAlias = np.ndarray
EffectFunction: TypeAlias = Callable[[Array, float, np.random.Generator], Array]

LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""ITU-R 601 weights, for encoded values."""


FAINTEST = 0.001
"""A weaker effect would not show in eight bits, and its sizes would be too small to divide by."""


def effect(function: EffectFunction) -> EffectFunction:
    """Give an effect what all share: strength checked, the same frame at (next to) strength 0, float32 within 0–1."""

    @wraps(function)
    def apply(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
        if not 0 <= strength <= 1:
            raise ValueError(f"strength {strength} of {function.__name__} is not within 0–1")
        if strength < FAINTEST:
            return rgb.copy()
        return np.clip(function(rgb, float(strength), rng), 0, 1).astype(np.float32, copy=False)

    return apply


def shorter(rgb: Array) -> int:
    """The shorter side in pixels: the unit of every size."""
    return min(rgb.shape[:2])


def luma(rgb: Array) -> Array:
    """[h, w, 1] luma of an encoded frame."""
    return (rgb @ LUMA)[..., None]


def mix(a: Array | float, b: Array | float, share: Array | float) -> Array:
    """a where share is 0, b where it is 1."""
    return np.asarray(a + (b - a) * share)


def colour(red: float, green: float, blue: float) -> Array:
    """[3] float32, so that a frame multiplied by it stays float32."""
    return np.array([red, green, blue], dtype=np.float32)


def to_linear(rgb: Array) -> Array:
    """Encoded to linear light (IEC 61966-2-1)."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_encoded(light: Array) -> Array:
    """Linear light to encoded, clipped to 0–1 (IEC 61966-2-1)."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


def coordinates(rgb: Array) -> tuple[Array, Array]:
    """y [h, 1] and x [1, w] of the pixel centres from the frame's centre, in shorter sides."""
    height, width = rgb.shape[:2]
    y = (np.arange(height, dtype=np.float32) + 0.5 - height / 2) / shorter(rgb)
    x = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / shorter(rgb)
    return y[:, None], x[None, :]


def position(rgb: Array) -> tuple[Array, Array]:
    """y [h, 1] and x [1, w] of the pixel centres as shares of the height and the width, 0–1."""
    height, width = rgb.shape[:2]
    y = (np.arange(height, dtype=np.float32) + 0.5) / height
    x = (np.arange(width, dtype=np.float32) + 0.5) / width
    return y[:, None], x[None, :]


def smoothstep(x: Array | float) -> Array:
    """0 below 0, 1 above 1, without a corner between."""
    t = np.asarray(np.clip(x, 0, 1))
    return t * t * (3 - 2 * t)


def soften(rgb: Array, size: float) -> Array:
    """Gaussian blur whose sigma is a share of the shorter side. Broad blurs are worked out on a reduced frame."""
    sigma = size * shorter(rgb)
    height, width = rgb.shape[:2]
    factor = max(1, int(sigma / 4))
    small = resize(rgb, -(-width // factor), -(-height // factor), Image.Resampling.BOX) if factor > 1 else rgb
    soft = ndimage.gaussian_filter(small, (sigma / factor, sigma / factor, 0), mode="reflect", truncate=3)
    return resize(soft, width, height) if factor > 1 else soft


def resize(rgb: Array, width: int, height: int, how: Image.Resampling = Image.Resampling.BILINEAR) -> Array:
    """Resample to [height, width, channels] in floating point; reducing averages over what is left out."""
    planes = [Image.fromarray(np.ascontiguousarray(rgb[..., c])) for c in range(rgb.shape[2])]
    return np.stack([np.asarray(plane.resize((width, height), how)) for plane in planes], axis=2)


def transform(rgb: Array, matrix: tuple[float, float, float, float], centre: tuple[float, float] = (0, 0)) -> Array:
    """Look up each pixel p, counted from the frame's centre, at matrix·p + centre.

    The caller keeps the looked-up points inside the frame: outside it lies black.

    Args:
        matrix: (xx, xy, yx, yy).
        centre: (x, y) in pixels from the frame's centre.
    """
    height, width = rgb.shape[:2]
    xx, xy, yx, yy = matrix
    left = width / 2 + centre[0] - xx * width / 2 - xy * height / 2
    top = height / 2 + centre[1] - yx * width / 2 - yy * height / 2
    data = (xx, xy, left, yx, yy, top)
    planes = (Image.fromarray(np.ascontiguousarray(rgb[..., c])) for c in range(rgb.shape[2]))
    moved = [p.transform((width, height), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR) for p in planes]
    return np.stack([np.asarray(plane) for plane in moved], axis=2)


def convolve(rgb: Array, kernel: Array) -> Array:
    """Each channel convolved with one odd-sized kernel [k, l]; the frame is mirrored beyond its edges."""
    down, across = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(rgb, ((down, down), (across, across), (0, 0)), mode="symmetric")
    size = [fft.next_fast_len(n, real=True) for n in padded.shape[:2]]
    spectrum = fft.rfft2(kernel.astype(np.float32), size)[..., None]
    full = fft.irfft2(fft.rfft2(padded, size, axes=(0, 1)) * spectrum, size, axes=(0, 1))
    height, width = rgb.shape[:2]
    return full[2 * down : 2 * down + height, 2 * across : 2 * across + width]


def noise(rgb: Array, rng: np.random.Generator, size: float = 0.0, channels: int = 1) -> Array:
    """[h, w, channels] Gaussian noise of deviation 1, its grain `size` of the shorter side wide.

    Grain finer than a pixel stays at a pixel.
    """
    white = rng.standard_normal((*rgb.shape[:2], channels), dtype=np.float32)
    sigma = size * shorter(rgb)
    if sigma < 0.3:
        return white
    grain = ndimage.gaussian_filter(white, (sigma, sigma, 0), mode="wrap", truncate=3)
    return grain * np.float32(max(1.0, 2 * np.sqrt(np.pi) * sigma))  # restores the deviation that smoothing took
