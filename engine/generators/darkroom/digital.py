"""What files and phones do: hard compression, too few pixels, detail smoothed away."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy import ndimage

from engine.generators.darkroom.frame import Array, effect, mix, resize, shorter

REFERENCE_SIDE = 512
"""JPEG's blocks are 8 pixels wide whatever the frame; larger frames are saved at about this size and enlarged."""


@effect
def compression(rgb: Array, strength: float, _rng: np.random.Generator) -> Array:
    """Saved as JPEG at a quality that falls from 60 to 3, colour at half resolution.

    A frame whose shorter side is at least twice 512 is first reduced by a whole number, so that its blocks are as
    large to the eye as in a small one.
    """
    height, width = rgb.shape[:2]
    factor = max(1, shorter(rgb) // REFERENCE_SIDE)
    small = resize(rgb, -(-width // factor), -(-height // factor), Image.Resampling.BOX) if factor > 1 else rgb
    quality = round(60 * (3 / 60) ** strength)
    buffer = io.BytesIO()
    Image.fromarray(np.rint(small * 255).astype(np.uint8)).save(buffer, "JPEG", quality=quality, subsampling=2)
    saved = np.asarray(Image.open(buffer).convert("RGB"), dtype=np.float32) / 255
    saved = saved.repeat(factor, axis=0).repeat(factor, axis=1)[:height, :width]
    return mix(rgb, saved, min(1.0, 5 * strength))


@effect
def pixelation(rgb: Array, strength: float, _rng: np.random.Generator) -> Array:
    """Far too few pixels: flat squares of up to 4.5% of the shorter side."""
    height, width = rgb.shape[:2]
    block = max(1, round(0.045 * strength * shorter(rgb)))
    columns, rows = -(-width // block), -(-height // block)
    padded = np.pad(rgb, ((0, rows * block - height), (0, columns * block - width), (0, 0)), mode="edge")
    squares = padded.reshape(rows, block, columns, block, 3).mean(axis=(1, 3))
    return squares.repeat(block, axis=0).repeat(block, axis=1)[:height, :width]


@effect
def smeared_detail(rgb: Array, strength: float, _rng: np.random.Generator) -> Array:
    """Noise reduction gone too far: texture melts into waxy patches while outlines stay.

    Each pixel is a mean of the four windows that it is a corner of, the evenest counting most: Kuwahara's filter
    (1976) with the soft choice of Papari et al. (2007). Windows measure up to 2% of the shorter side.
    """
    size = 1 + max(1, round(0.02 * strength * shorter(rgb)))
    grey = rgb.mean(axis=2)
    mean = ndimage.uniform_filter(grey, size, mode="reflect")
    spread = ndimage.uniform_filter(grey * grey, size, mode="reflect") - mean * mean
    means = ndimage.uniform_filter(rgb, (size, size, 1), mode="reflect")
    steps = -((size - 1) // 2), size // 2  # from a pixel to the middles of the windows that end and begin at it
    rows, columns = ([np.clip(np.arange(n) + step, 0, n - 1) for step in steps] for n in grey.shape)
    windows = [(r, c) for r in rows for c in columns]
    total, weights = np.zeros_like(rgb), np.zeros_like(grey)
    for r, c in windows:
        weight = (np.maximum(spread[r][:, c], 0) + 1e-5) ** -3 * 1e-12
        weights += weight
        total += means[r][:, c] * weight[..., None]
    return mix(rgb, total / weights[..., None], min(1.0, 4 * strength))
