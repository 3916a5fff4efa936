"""Probes of the traces that film, tape and files leave in the fine structure.

They read pixels as they are stored, so values compare only between images of the same size.
"""

from __future__ import annotations

import numpy as np

from engine.probes.base import Probe, View


def _noise(view: View) -> float:
    grey = view.grey
    if min(grey.shape) < 3:
        return float("nan")
    residue = np.diff(np.diff(grey, 2, axis=0), 2, axis=1)
    return float(np.sqrt(np.pi / 2) / 6 * np.abs(residue).mean(dtype=np.float64))


def _blockiness(view: View) -> float:
    ratios = [_grid_ratio(np.abs(np.diff(view.grey, axis=axis)).mean(axis=1 - axis)) for axis in (0, 1)]
    return float(np.mean(ratios))


def _grid_ratio(steps: np.ndarray) -> float:
    """Steps [n − 1] across grid lines over steps elsewhere, for the grid that stands out most."""
    ratios = []
    for period in (8, 16, 24, 32):
        on = steps[period - 1 :: period]
        if len(on) < 2:
            break
        off = np.delete(steps, np.s_[period - 1 :: period])
        ratios.append((on.mean() + 0.01) / (off.mean() + 0.01))
    return max(ratios, default=float("nan"))


def _repetition(view: View) -> float:
    grey = view.grey
    pairs = sum(max(0, n - 1) * m for n, m in (grey.shape, grey.shape[::-1]))
    same = sum(int((np.diff(grey, axis=axis) == 0).sum()) for axis in (0, 1))
    return 100 * same / pairs if pairs else float("nan")


def _line_structure(view: View) -> float:
    grey = view.grey
    if min(grey.shape) < 2:
        return float("nan")
    between, along = (np.square(np.diff(grey, axis=axis)).mean(dtype=np.float64) for axis in (0, 1))
    return float(np.log((between + 0.01) / (along + 0.01)))


NOISE = Probe(
    name="noise",
    version="1",
    unit="levels of 255",
    about="Standard deviation of pixel noise in luma, by a filter that straight edges don't answer to (Immerkær, "
    "1996). Fine texture such as grass or fur is counted as noise, so only the change between two versions of one "
    "picture means something.",
    measure=_noise,
)

BLOCKINESS = Probe(
    name="blockiness",
    version="1",
    unit="ratio",
    about="Steps in luma across an 8-pixel grid (or 16, 24, 32, where an image was enlarged), anchored at the top "
    "left, over steps elsewhere (in the manner of Wang, Sheikh & Bovik, 2002). 1 = no grid. Blind to a compressed "
    "image that was cropped or resized later by other factors. Undefined below 17 pixels.",
    measure=_blockiness,
)

REPETITION = Probe(
    name="repetition",
    version="1",
    unit="% of neighbours",
    about="Share of neighbouring pixels of exactly the same luma: high where squares of one colour, blown or black "
    "areas, or hard compression have taken the small differences away. Can't tell which of them did.",
    measure=_repetition,
)

LINE_STRUCTURE = Probe(
    name="line_structure",
    version="1",
    unit="log ratio",
    about="How much more the picture changes from line to line than along the lines: 0 = alike, above 0 = video "
    "lines, or anything with many horizontal edges. Only the change between two versions of one picture speaks.",
    measure=_line_structure,
)
