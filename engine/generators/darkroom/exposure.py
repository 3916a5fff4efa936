"""Too little light, too much, or two exposures on one frame. All in linear light."""

from __future__ import annotations

import numpy as np

from engine.generators.darkroom.frame import Array, effect, noise, to_encoded, to_linear, transform


@effect
def under_exposed(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """Up to 5 stops too little light; the sensor's read noise and shot noise stay and show."""
    light = to_linear(rgb) * 2 ** (-5 * strength)
    deviation = np.sqrt((0.0022 * strength) ** 2 + 0.00006 * strength * light)
    return to_encoded(light + noise(rgb, rng, channels=3) * deviation)


@effect
def over_exposed(rgb: Array, strength: float, _rng: np.random.Generator) -> Array:
    """Up to 3.2 stops too much light: whatever passes white is blown and gone."""
    return to_encoded(to_linear(rgb) * 2 ** (3.2 * strength))


@effect
def double_exposure(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """A second exposure of the same frame, mirrored, shifted and closer, screened over the first.

    At strength 1 both are equally strong. A real one may hold another scene; there is only this one to expose.
    """
    across, down = rng.uniform(-1, 1, 2)
    closer = 0.72
    height, width = rgb.shape[:2]
    room = (1 - closer) / 2 * across * width, (1 - closer) / 2 * down * height
    first, second = to_linear(rgb), to_linear(transform(rgb, (-closer, 0, 0, closer), room))
    return to_encoded(1 - (1 - first * (1 - 0.25 * strength)) * (1 - second * 0.75 * strength))
