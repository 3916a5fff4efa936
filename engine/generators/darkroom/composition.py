"""Composition gone wrong: where the camera was held, and what stood in its way."""

from __future__ import annotations

import numpy as np

from engine.generators.darkroom.frame import (
    Array,
    colour,
    coordinates,
    effect,
    mix,
    noise,
    resize,
    shorter,
    smoothstep,
    soften,
    transform,
)


@effect
def tilt(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """The camera held askew by up to 24°; cropped so that no corner is empty."""
    angle = np.deg2rad(24 * strength) * rng.choice([-1, 1])
    return _turn(rgb, angle, 1.0, (0, 0))


@effect
def snapshot_crop(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """A careless snapshot: too close, aimed off to one side so that what matters is cut, and slightly askew.

    Up to half of each side is lost, and the camera is up to 5° askew.
    """
    across, down = rng.uniform(0.75, 1, 2) * rng.choice([-1, 1], 2)
    angle = np.deg2rad(5 * strength) * rng.choice([-1, 1])
    return _turn(rgb, angle, 1 - 0.5 * strength, (across, down))


def _turn(rgb: Array, angle: float, share: float, aim: tuple[float, float]) -> Array:
    """Rotate, keeping the largest window that is `share` of what fits, aimed −1 to 1 toward an edge."""
    height, width = rgb.shape[:2]
    sine, cosine = abs(np.sin(angle)), abs(np.cos(angle))
    reach_x, reach_y = width * cosine + height * sine, width * sine + height * cosine
    scale = share * min(width / reach_x, height / reach_y)
    room = (width - scale * reach_x) / 2, (height - scale * reach_y) / 2
    turned = (scale * np.cos(angle), -scale * np.sin(angle), scale * np.sin(angle), scale * np.cos(angle))
    return transform(rgb, turned, (aim[0] * room[0], aim[1] * room[1]))


@effect
def obstruction(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """Something dark and far too near, out of focus, reaches in from one side over up to 60% of the frame."""
    angle = rng.choice([0, 0.5, 1, 1.5]) * np.pi + rng.uniform(-0.35, 0.35)
    waves = rng.uniform(-1, 1, 3) * (0.10, 0.06, 0.03)
    phases = rng.uniform(0, 2 * np.pi, 3)
    tint = colour(0.115, 0.09, 0.075) * rng.uniform(0.8, 1.6)

    y, x = coordinates(rgb)
    toward = x * np.cos(angle) + y * np.sin(angle)
    along = y * np.cos(angle) - x * np.sin(angle)
    outline = sum(
        w * np.sin(2 * np.pi * (k + 1) * along + p) for k, (w, p) in enumerate(zip(waves, phases, strict=True))
    )
    far, near = toward.max() + 0.15, toward.min() + 0.4 * (toward.max() - toward.min())
    cover = smoothstep((toward + outline - mix(far, near, strength)) / 0.26 + 0.5)[..., None]
    sheen = 1 + 1.5 * smoothstep(1 - np.abs(cover - 0.6) * 2.5)  # light creeps round the blurred edge
    return mix(rgb, tint * sheen, cover)


@effect
def tiny_subject(rgb: Array, strength: float, rng: np.random.Generator) -> Array:
    """The photograph shrunk to as little as 15% of each side, lost in a wide field.

    The field goes on from the photograph's own edges, mirrored and dissolving with distance: nothing is invented.
    """
    height, width = rgb.shape[:2]
    share = 1 - 0.85 * strength
    small_width, small_height = max(1, round(share * width)), max(1, round(share * height))
    left = round((width - small_width) * rng.uniform(0.15, 0.85))
    top = round((height - small_height) * rng.uniform(0.3, 0.8))
    small = resize(rgb, small_width, small_height)
    sides = (top, height - small_height - top), (left, width - small_width - left)
    field = np.pad(small, (*sides, (0, 0)), mode="symmetric")
    outward = np.pad(small, (*sides, (0, 0)), mode="edge")

    y, x = np.arange(height)[:, None], np.arange(width)[None, :]
    away_y = np.maximum(np.maximum(top - y, y - top - small_height + 1), 0)
    away_x = np.maximum(np.maximum(left - x, x - left - small_width + 1), 0)
    away = (np.hypot(away_y, away_x) / shorter(rgb))[..., None].astype(np.float32)
    reach = 0.12 * share + 0.02
    field = mix(field, soften(field, 0.25 * reach), smoothstep(away / (0.5 * reach)))
    field = mix(field, soften(outward, 0.08), smoothstep(away / reach))
    field = mix(field, soften(field, 0.2), smoothstep((away - reach) / 0.3))
    return field + noise(rgb, rng) * 0.008 * smoothstep(away / reach)
