"""Blur made by the lens and by movement: the picture is soft because the camera saw it so."""

from __future__ import annotations

import numpy as np

from engine.generators.darkroom.frame import Array, convolve, effect, mix, shorter, to_encoded, to_linear, transform


@effect
def defocus(rgb: Array, strength: float, _rng: np.random.Generator) -> Array:
    """Focus missed: each point becomes an even disc of up to 4% of the shorter side in radius, in linear light."""
    return to_encoded(convolve(to_linear(rgb), _disc(0.04 * strength * shorter(rgb))))


@effect
def motion_blur(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """The camera moved while the shutter was open: one slightly bent stroke of up to 14% of the shorter side."""
    angle, bend = rng.uniform(0, np.pi), rng.uniform(-0.25, 0.25)
    return to_encoded(convolve(to_linear(rgb), _stroke(0.14 * strength * shorter(rgb), angle, bend)))


@effect
def zoom_blur(rgb: Array, strength: float, _rng: np.random.Generator) -> Array:
    """Zoomed during the exposure: everything streaks outward from the middle, the corners by up to 22%."""
    light, reach = to_linear(rgb), 1 + 0.22 * strength
    steps = 5  # halving the way each time: 32 exposures for five resamplings
    for step in range(steps):
        inward = reach ** (-(0.5 ** (step + 1)))
        light = mix(light, transform(light, (inward, 0, 0, inward)), 0.5)
    return to_encoded(light)


def _disc(radius: float) -> Array:
    """A disc of any radius in pixels, its rim shaded by coverage so that it grows without jumps; sums to 1."""
    reach = int(np.ceil(radius + 0.5))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(y, x), 0, 1)
    return disc / disc.sum()


def _stroke(length: float, angle: float, bend: float) -> Array:
    """The path of a point over `length` pixels, drawn with shared-out weights; sums to 1."""
    along = np.linspace(-0.5, 0.5, max(3, int(4 * length)))
    across = bend * (along**2 - 1 / 12)  # keeps the stroke's middle where it was
    x = length * (along * np.cos(angle) - across * np.sin(angle))
    y = length * (along * np.sin(angle) + across * np.cos(angle))
    reach = int(np.ceil(max(np.abs(x).max(), np.abs(y).max()))) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    for down in (0, 1):
        for right in (0, 1):
            weight = np.abs(1 - down - (y - top)) * np.abs(1 - right - (x - left))
            np.add.at(kernel, (top + down + reach, left + right + reach), weight)
    return kernel / kernel.sum()
