"""Probes of sharpness: how blurred the frame is, and how much fine detail it holds.

Both read pixels as they are stored, so values compare only between images of the same size.
"""

from __future__ import annotations

import numpy as np

from engine.probes.base import Probe, View


def _blur(view: View) -> float:
    from skimage.measure import blur_effect

    grey = view.grey
    if min(grey.shape) < 5 or np.ptp(grey) == 0:
        return float("nan")
    return float(blur_effect(grey / 255))


def _detail(view: View) -> float:
    grey = view.grey
    if min(grey.shape) < 3:
        return float("nan")
    middle = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle
    return float(np.log1p(laplacian.var(dtype=np.float64)))


BLUR = Probe(
    name="blur",
    version="1",
    unit="0 sharp – 1 blurred",
    about="How little a further blur would change the edges, along the worse of the two axes (Crété et al., 2007; "
    "scikit-image). Can't tell missed focus from movement, nor either from a subject that is smooth by nature. "
    "Undefined for an image of one colour.",
    measure=_blur,
)

DETAIL = Probe(
    name="detail",
    version="1",
    unit="log(1 + variance)",
    about="Fine structure: the logarithm of the variance of the Laplacian of luma (Pech-Pacheco et al., 2000). "
    "Counts noise and scratches as detail, and knows nothing of whether detail is wanted.",
    measure=_detail,
)
