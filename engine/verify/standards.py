"""What each scorer is held against, and how closely it must agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.scorers import SCORERS
from engine.verify.errors import NoPublisher

PRECISIONS = ("fp32", "publisher")


@dataclass(frozen=True)
class Standard:
    """What a scorer's values are compared with.

    Args:
        tolerance: the largest difference in fp32.
        yardstick: the environment with the publisher's code, or None for transformers' own models in this process.
        relative: the tolerance is of the value, where that is above 1: a cosine times 100 has lost two of the seven
            digits that 32 bits hold.
        publisher_on_card: the format that the publisher's own code rounds in on a CUDA device.
        own_precision: whether that code can do nothing else there.
    """

    tolerance: float
    yardstick: str | None = None
    relative: bool = False
    publisher_on_card: str = "fp16"
    own_precision: bool = True

    def precision(self, device: str) -> str:
        """The precision to compare in on a device, unless another is asked for."""
        return "publisher" if self.own_precision and device.startswith("cuda") else "fp32"

    def allowed(self, value: float, precision: str, device: str) -> float:
        """The largest difference from a publisher's value; in its own precision on a card, a unit in the last place."""
        if precision == "publisher" and device.startswith("cuda"):
            return unit_in_last_place(value, FRACTION_BITS[self.publisher_on_card])
        return self.tolerance * (max(1.0, abs(value)) if self.relative else 1.0)


FRACTION_BITS = {"fp16": 10, "bf16": 7}
SMALLEST_EXPONENT = -14  # of a normal fp16; below it units shrink no further

STANDARDS = {
    "hpsv2": Standard(1e-5, "hpsv2"),
    "hpsv2.1": Standard(1e-5, "hpsv2"),
    "imagereward": Standard(1e-4, "image_reward"),
    "hpsv3": Standard(1e-3, "hpsv3", publisher_on_card="bf16", own_precision=False),
    "pickscore": Standard(1e-5, relative=True),
    "clip": Standard(1e-5),
    "blip-itm": Standard(1e-5),
    "blip-itc": Standard(1e-5),
}


def standard(name: str) -> Standard:
    """The standard of a scorer; that of `clip` for `clip:OWNER/NAME`.

    Raises:
        UnknownName: no such scorer.
        NoPublisher: it has no published code to compare with.
    """
    base = SCORERS.require(name).partition(":")[0]
    if base not in STANDARDS:
        raise NoPublisher(name, STANDARDS)
    return STANDARDS[base]


def unit_in_last_place(value: float, fraction_bits: int) -> float:
    """The distance to the next number of a format with so many bits behind the point."""
    exponent = math.frexp(value)[1] - 1 if value else SMALLEST_EXPONENT
    return 2.0 ** (max(exponent, SMALLEST_EXPONENT) - fraction_bits)
