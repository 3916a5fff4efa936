"""What each scorer is held against, and how closely it must agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.registry import UnknownName


@dataclass(frozen=True)
class Standard:
    """What a scorer's values are compared with.

    Args:
        tolerance: the largest difference in fp32; for values above 1 it is relative, since 32 bits hold 7 digits.
        yardstick: the environment with the publisher's code, or None for transformers' own models in this process.
    """

    tolerance: float
    yardstick: str | None = None

    def allowed(self, value: float, computed: str) -> float:
        """The largest difference from a publisher's value; `computed` is `fp32`, `fp16` or `bf16`."""
        if computed == "fp32":
            return self.tolerance * max(1.0, abs(value))
        return unit_in_last_place(value, FRACTION_BITS[computed])


FRACTION_BITS = {"fp16": 10, "bf16": 7}
SMALLEST_EXPONENT = -14  # of a normal fp16; below it units shrink no further

STANDARDS = {
    "hpsv2": Standard(1e-5, "hpsv2"),
    "hpsv2.1": Standard(1e-5, "hpsv2"),
    "imagereward": Standard(1e-4, "image_reward"),
    "hpsv3": Standard(1e-3, "hpsv3"),
    "pickscore": Standard(1e-5),
    "clip": Standard(1e-5),
    "blip-itm": Standard(1e-5),
    "blip-itc": Standard(1e-5),
}


def standard(name: str) -> Standard:
    """The standard of a scorer; that of `clip` for `clip:OWNER/NAME`. Raises `UnknownName`."""
    base = name.partition(":")[0]
    if base not in STANDARDS:
        raise UnknownName("scorer with a publisher's code to compare with", name, list(STANDARDS))
    return STANDARDS[base]


def unit_in_last_place(value: float, fraction_bits: int) -> float:
    """The distance to the next number of a format with so many bits behind the point."""
    exponent = math.frexp(value)[1] - 1 if value else SMALLEST_EXPONENT
    return 2.0 ** (max(exponent, SMALLEST_EXPONENT) - fraction_bits)
