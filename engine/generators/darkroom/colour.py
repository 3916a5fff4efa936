"""Colour gone wrong: clashing, faded, ill, or lit by two lamps at once."""

from __future__ import annotations

import numpy as np

from engine.generators.darkroom.frame import (
    Array,
    colour,
    coordinates,
    effect,
    luma,
    mix,
    smoothstep,
    to_encoded,
    to_linear,
)


@effect
def clashing_color(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """Garish colours that fight: every hue is driven toward one of two that clash, shadows against highlights.

    Luma is kept, so that only the colour is at fault.
    """
    pairs = np.array(
        [
            [[0.95, 0.05, 0.75], [0.45, 0.95, 0.05]],  # magenta against acid green
            [[0.95, 0.25, 0.02], [0.05, 0.75, 0.95]],  # orange against cyan
            [[0.50, 0.08, 0.95], [0.98, 0.85, 0.02]],  # violet against yellow
        ],
        dtype=np.float32,
    )
    first, second = pairs[rng.integers(3)]
    if rng.random() < 0.5:
        first, second = second, first
    grey = luma(rgb)
    chroma = rgb - grey
    leaning = chroma @ (first - second)  # which of the two this colour is nearer to already
    which = smoothstep(0.5 + (grey - grey.mean()) * 2.2 - leaning[..., None] * 1.5)
    tint = mix(first, second, which)
    tint = tint - luma(tint)
    room = np.sqrt(np.clip(grey * (1 - grey) * 4, 0, 1))
    return grey + mix(chroma, chroma * 1.2 + tint * 0.85 * room, strength)


@effect
def faded(rgb: Array, strength: float, _rng: np.random.Generator) -> Array:
    """A print left in the sun: colour goes, black turns to grey, white dulls."""
    grey = mix(rgb, luma(rgb), 0.8 * strength)
    return mix(grey, 0.48 + (grey - 0.48) * 0.35 + 0.08, strength)


@effect
def sickly_cast(rgb: Array, strength: float, _rng: np.random.Generator) -> Array:
    """Green-yellow light as of an old fluorescent tube: it lies over everything, whites included."""
    grey = luma(rgb)
    bile = grey * colour(0.86, 1.02, 0.42) + colour(0.02, 0.05, -0.02)
    return mix(rgb, mix(bile, rgb * colour(0.86, 1.04, 0.45), 0.45), strength)


@effect
def mixed_white_balance(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """Two lamps that disagree: tungsten orange from one side, blue-cyan from the other, meeting across the frame."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = coordinates(rgb)
    across = smoothstep(0.5 + (x * np.cos(angle) + y * np.sin(angle)) * 1.5)[..., None]
    lamps = mix(colour(1.9, 0.85, 0.25), colour(0.35, 0.95, 2.1), across)
    light = to_linear(rgb)
    lit = light * lamps**strength
    weights = colour(0.2126, 0.7152, 0.0722)  # luminance is kept: the lamps differ in colour, not in power
    keep = ((light @ weights) / np.maximum(lit @ weights, 1e-6))[..., None]
    return to_encoded(lit * keep)
