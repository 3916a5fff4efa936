"""What a poor lens does to colour."""

from __future__ import annotations

import numpy as np

from engine.generators.darkroom.frame import Array, effect, transform


@effect
def fringing(rgb: Array, strength: float, _rng: np.random.Generator) -> Array:
    """Lateral chromatic aberration: red is imaged up to 3% larger than blue, green in between."""
    channels = []
    for channel, share in zip(range(3), (1.0, 0.5, 0.0), strict=True):
        inward = 1 / (1 + 0.03 * strength * share)
        channels.append(transform(rgb[..., channel : channel + 1], (inward, 0, 0, inward)))
    return np.concatenate(channels, axis=2)
