"""What every figure of the program is: a value with its 95% interval and how much stands behind it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure.

    Args:
        value: None where nothing was observed; never NaN.
        low, high: the 95% interval; None where fewer than two clusters stand behind the value.
        n: how many pairs (or images) were observed, not how many clusters.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    def as_dict(self) -> dict[str, float | int | None]:
        """As reports print it."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}

    def map(self, rising: Callable[[float], float]) -> Estimate:
        """The same observation under a function that never falls, so that bounds stay bounds."""
        value, low, high = (None if x is None else rising(x) for x in (self.value, self.low, self.high))
        return Estimate(value, low, high, self.n)


NOTHING = Estimate(None, None, None, 0)
"""No observation at all."""


def estimate(value: float, low: float, high: float, n: float) -> Estimate:
    """Plain numbers from numpy's, with NaN as None."""
    return Estimate(_known(value), _known(low), _known(high), int(n))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
