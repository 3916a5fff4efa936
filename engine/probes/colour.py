"""Probes of colour: how much, which cast, whether the cast is the same everywhere, and whether channels register."""

from __future__ import annotations

import numpy as np

from engine.probes.base import Probe, View


def _colourfulness(view: View) -> float:
    red, green, blue = np.moveaxis(view.rgb.astype(np.float32), 2, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(dtype=np.float64), yellow_blue.std(dtype=np.float64))
    return float(spread + 0.3 * np.hypot(red_green.mean(dtype=np.float64), yellow_blue.mean(dtype=np.float64)))


def _warmth(view: View) -> float:
    return float(view.lab[..., 2].mean())


def _green_cast(view: View) -> float:
    return float(-view.lab[..., 1].mean())


def _cast_spread(view: View) -> float:
    cells = [
        cell.mean(axis=(0, 1))
        for band in np.array_split(view.lab[..., 1:], 4, axis=0)
        for cell in np.array_split(band, 4, axis=1)
        if cell.size
    ]
    return float(np.sqrt(np.var(cells, axis=0).sum()))


def _misregistration(view: View) -> float:
    from scipy.ndimage import gaussian_filter

    height, width = view.grey.shape
    side = min(height, width)
    if side < 8:
        return float("nan")
    red, blue = (_edges(view.rgb[..., channel], side) for channel in (0, 2))
    if not red.any() or not blue.any():
        return float("nan")
    apart, shared = (gaussian_filter(plane, 0.004 * side, truncate=2) for plane in (red - blue, (red + blue) / 2))
    down, across = np.gradient(shared)
    y = np.arange(height, dtype=np.float32)[:, None] - (height - 1) / 2
    x = np.arange(width, dtype=np.float32)[None, :] - (width - 1) / 2
    outward = y * down + x * across  # how the picture changes when it is enlarged a little
    weight = float((outward * outward).sum())
    return 100 * abs(float((apart * outward).sum())) / weight if weight else float("nan")


def _edges(channel: np.ndarray, side: int) -> np.ndarray:
    """A channel [h, w] without its broad tones, scaled to deviation 1; zeros where it has no edges."""
    from scipy.ndimage import uniform_filter

    plane = channel.astype(np.float32)
    edges = plane - uniform_filter(plane, max(3, side // 24), mode="nearest")
    deviation = edges.std()
    return edges / deviation if deviation > 1e-3 else np.zeros_like(edges)


COLOURFULNESS = Probe(
    name="colourfulness",
    version="1",
    unit="0 grey – about 110 extreme",
    about="Spread and mean of the opponent colours, fitted to what people called colourful (Hasler & Süsstrunk, 2003). "
    "Can't tell harmony from clash. A strong cast over a grey picture counts as colour.",
    measure=_colourfulness,
)

WARMTH = Probe(
    name="warmth",
    version="1",
    unit="b*",
    about="Mean CIE b*: above 0 yellow, below 0 blue. A cast and a yellow subject look the same to it.",
    measure=_warmth,
)

GREEN_CAST = Probe(
    name="green_cast",
    version="1",
    unit="−a*",
    about="Mean CIE a*, turned round: above 0 green, below 0 magenta. A cast and a meadow look the same to it.",
    measure=_green_cast,
)

CAST_SPREAD = Probe(
    name="cast_spread",
    version="1",
    unit="a*b* distance",
    about="How far the mean colours of 4 × 4 parts of the frame lie from each other in CIE a*b* (root mean square). "
    "Light of two colours raises it, and so do large things of different colours.",
    measure=_cast_spread,
)

MISREGISTRATION = Probe(
    name="misregistration",
    version="1",
    unit="% of enlargement",
    about="By how much red seems imaged larger or smaller than blue, by least squares on the edges that both share. "
    "Sees lateral fringing only, and reads it smaller than it is where it is broad. Coloured edges disturb it. "
    "Undefined where red or blue has no edges.",
    measure=_misregistration,
)
