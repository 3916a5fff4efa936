"""Light that is wrong in the scene or leaks into the camera."""

from __future__ import annotations

import numpy as np

from engine.generators.darkroom.frame import (
    Array,
    colour,
    coordinates,
    effect,
    luma,
    mix,
    position,
    smoothstep,
    soften,
    to_encoded,
    to_linear,
)


@effect
def flat_light(rgb: Array, strength: float, _rng: np.random.Generator) -> Array:
    """Overcast light from everywhere: broad shading is evened out and what contrast is left shrinks by up to 60%."""
    shading = soften(luma(rgb), 0.12)
    level = 0.3 + 0.45 * float(luma(rgb).mean())
    evened = rgb - (shading - level) * (0.75 * strength)
    grey = mix(evened, luma(evened), 0.2 * strength)
    return level + (grey - level) * (1 - 0.6 * strength)


@effect
def bad_flash(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """On-camera flash: the middle bleached and hard, the rest falling off into the dark (linear light)."""
    y, x = coordinates(rgb)
    y, x = y - rng.uniform(-0.06, 0.06), x - rng.uniform(-0.06, 0.06)
    beam = np.exp(-(y**2 + x**2) / (2 * 0.24**2))[..., None]
    lit = mix(1 - 0.93 * strength, 1 + 5 * strength, beam)
    cold = colour(0.97, 1.0, 1.06) ** strength
    light = to_linear(rgb) * lit * cold + 0.06 * strength * beam
    return to_encoded(mix(light, np.minimum(light * 1.25, 1) ** 1.15, strength))


@effect
def light_leak(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """Stray light through a gap in the camera: an orange-red flare over one edge, white where it is densest."""
    side, along = rng.integers(4), rng.uniform(0.2, 0.8)
    width, reach = rng.uniform(0.25, 0.4), rng.uniform(0.22, 0.3)
    y, x = position(rgb)
    depth, run = [(x, y), (1 - x, y), (y, x), (1 - y, x)][side]
    flare = np.exp(-((depth / reach) ** 2)) * (0.35 + 0.65 * np.exp(-(((run - along) / width) ** 2)))
    exposure = (7.0 * strength * flare)[..., None] * colour(1.0, 0.26, 0.05)
    return to_encoded(1 - (1 - to_linear(rgb)) * np.exp(-exposure))


@effect
def oppressive_contrast(rgb: Array, strength: float, _rng: np.random.Generator) -> Array:
    """Murk: everything sinks into a narrow band of dark brown-green, up to 80% of the contrast gone."""
    grey = mix(rgb, luma(rgb), 0.6 * strength)
    gloom = colour(0.16, 0.15, 0.12)
    return mix(grey, gloom + (grey - 0.3) * 0.12, smoothstep(strength) * 0.35 + 0.65 * strength)
