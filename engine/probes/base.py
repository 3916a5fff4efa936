"""The probe contract: a measure of one image alone.

A probe has no prompt and no preference. It is a witness of whether a requested effect is there: measured on I_o
and on I_a, did it move the way that obeying means?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image


class View:
    """One image in the forms that probes read, each computed at most once.

    Args:
        image: RGB, any size.
    """

    def __init__(self, image: Image.Image):
        self.image = image.convert("RGB")

    @cached_property
    def rgb(self) -> np.ndarray:
        """[h, w, 3] uint8."""
        return np.asarray(self.image)

    @cached_property
    def grey(self) -> np.ndarray:
        """[h, w] float32 in 0–255, ITU-R 601 luma."""
        return np.asarray(self.image.convert("L"), dtype=np.float32)

    @cached_property
    def lab(self) -> np.ndarray:
        """[h, w, 3] CIE L*a*b* (L* 0–100), D65."""
        from skimage.color import rgb2lab

        return rgb2lab(self.rgb)


@dataclass(frozen=True)
class Probe:
    """One measure.

    Args:
        name: how it is stored and shown.
        version: changes whenever a value could change.
        unit: of the value, for the screens.
        about: what it measures and what it can't tell, with the source of the method.
        measure: View -> value; NaN where the measure is undefined for that image.
    """

    name: str
    version: str
    unit: str
    about: str
    measure: Callable[[View], float]
