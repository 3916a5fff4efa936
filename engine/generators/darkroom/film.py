"""Marks of film and paper: grain, dust, hairs and scratches."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from engine.generators.darkroom.frame import Array, effect, luma, mix, noise


@effect
def film_grain(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """Pushed film: clumps of grain, heaviest in the middle tones, almost without colour."""
    middle = 1 - 0.65 * (2 * luma(rgb) - 1) ** 2
    grain = noise(rgb, rng, 0.0016) + 0.3 * noise(rgb, rng, 0.0016, channels=3)
    return rgb + grain * middle * (0.15 * strength)


@effect
def dust_and_scratches(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """A negative badly kept: light specks, hairs, and scratches along the film, more and denser with strength."""
    marks = _marks(rgb.shape[1], rgb.shape[0], strength, rng)
    return mix(rgb, 0.96, marks[..., None] * (0.55 + 0.45 * strength))


def _marks(width: int, height: int, strength: float, rng: np.random.Generator) -> Array:
    """[height, width] coverage 0–1. All marks are drawn by lot first, so strength only adds to them."""
    fine = 2  # drawn twice as large and averaged, for soft edges
    canvas = Image.new("L", (width * fine, height * fine), 0)
    draw, unit = ImageDraw.Draw(canvas), fine * min(width, height)
    size = np.array([width, height]) * fine

    def line(points: Array, share: float, light: int) -> None:
        draw.line([tuple(p) for p in points], fill=light, width=max(1, round(share * unit)))

    specks, hairs, scratches = rng.random((260, 4)), rng.random((16, 7)), rng.random((14, 6))
    for x, y, large, light in specks[: round(260 * strength)]:
        radius = (0.0016 + 0.010 * large**5) * unit
        middle = np.array([x, y]) * size
        draw.ellipse([*(middle - radius), *(middle + radius)], fill=int(130 + 125 * light))
    for x, y, turn, length, bend, wide, light in hairs[: round(16 * strength)]:
        t = np.linspace(0, 1, 16)
        heading = 2 * np.pi * turn + (bend - 0.5) * 5 * t
        steps = np.stack([np.cos(heading), np.sin(heading)], axis=1) * (0.03 + 0.10 * length) * unit / 16
        line(np.array([x, y]) * size + np.cumsum(steps, axis=0), 0.0018 + 0.0022 * wide, int(150 + 105 * light))
    for x, start, length, lean, wide, light in scratches[: round(14 * strength)]:
        t = np.linspace(0, 1, 12)
        across = (x + (lean - 0.5) * 0.03 * t) * size[0] + np.sin(9 * t + 6 * wide) * 0.0015 * unit
        along = (start * 1.2 - 0.4 + (0.4 + 0.8 * length) * t) * size[1]
        line(np.stack([across, along], axis=1), 0.0010 + 0.003 * wide**2, int(110 + 145 * light))
    shrunk = canvas.resize((width, height), Image.Resampling.BOX)
    return np.asarray(shrunk, dtype=np.float32) / 255
