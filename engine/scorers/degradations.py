"""Ways to spoil a photograph, from which `polish` learns what clean means. Used only to fit it.

They are made apart from the darkroom's effects, so that the control isn't fitted on the very edits it will be
shown. Each is a function of pixel values 0–1 [height, width, 3], a strength 0–1 and a random generator.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image
from scipy import ndimage

Degradation = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]

STRENGTHS = (1 / 3, 2 / 3, 1.0)


def degrade(image: Image.Image, name: str, strength: float, random: np.random.Generator) -> Image.Image:
    """The image spoilt in one way of `DEGRADATIONS`, at its own size."""
    pixels = np.asarray(image, dtype=np.float64) / 255
    spoilt = DEGRADATIONS[name](pixels, strength, random)
    return Image.fromarray(np.round(spoilt.clip(0, 1) * 255).astype(np.uint8))


def _blur(pixels: np.ndarray, strength: float, _: np.random.Generator) -> np.ndarray:
    return ndimage.gaussian_filter(pixels, (4 * strength, 4 * strength, 0))


def _shake(pixels: np.ndarray, strength: float, random: np.random.Generator) -> np.ndarray:
    return ndimage.uniform_filter1d(pixels, size=round(24 * strength) + 1, axis=int(random.integers(2)))


def _noise(pixels: np.ndarray, strength: float, random: np.random.Generator) -> np.ndarray:
    return pixels + random.normal(0, 0.15 * strength, pixels.shape)


def _grey_noise(pixels: np.ndarray, strength: float, random: np.random.Generator) -> np.ndarray:
    return pixels + random.normal(0, 0.15 * strength, (*pixels.shape[:2], 1))


def _jpeg(pixels: np.ndarray, strength: float, _: np.random.Generator) -> np.ndarray:
    stream = io.BytesIO()
    quality = round(40 - 36 * strength)
    Image.fromarray(np.round(pixels * 255).astype(np.uint8)).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream), dtype=np.float64) / 255


def _coarse(pixels: np.ndarray, strength: float, _: np.random.Generator) -> np.ndarray:
    step = 1 + round(7 * strength)
    height, width = pixels.shape[:2]
    return np.kron(pixels[::step, ::step], np.ones((step, step, 1)))[:height, :width]


def _under_exposed(pixels: np.ndarray, strength: float, _: np.random.Generator) -> np.ndarray:
    return pixels * 2 ** (-1.6 * strength)


def _over_exposed(pixels: np.ndarray, strength: float, _: np.random.Generator) -> np.ndarray:
    return pixels * 2 ** (1.4 * strength)


def _flat(pixels: np.ndarray, strength: float, _: np.random.Generator) -> np.ndarray:
    return pixels.mean() + (pixels - pixels.mean()) * (1 - 0.8 * strength)


def _drained(pixels: np.ndarray, strength: float, _: np.random.Generator) -> np.ndarray:
    return pixels + (pixels.mean(axis=2, keepdims=True) - pixels) * strength


def _cast(pixels: np.ndarray, strength: float, random: np.random.Generator) -> np.ndarray:
    gains = np.array([1, 1 - 0.25 * strength, 1 - 0.5 * strength])
    return pixels * random.permutation(gains)


DEGRADATIONS: dict[str, Degradation] = {
    "blur": _blur,
    "shake": _shake,
    "colour noise": _noise,
    "grey noise": _grey_noise,
    "compression": _jpeg,
    "coarse pixels": _coarse,
    "under-exposed": _under_exposed,
    "over-exposed": _over_exposed,
    "flat": _flat,
    "drained of colour": _drained,
    "colour cast": _cast,
}
