"""F1 as the paper counts it: every I_a is the truth, so precision is 1 and recall is the preference."""

from __future__ import annotations

from engine.statistics.estimate import Estimate


def f1(preference: Estimate) -> Estimate:
    """2a/(1+a) of the preference a, its bounds included, since it rises with a."""
    return preference.map(lambda a: 2 * a / (1 + a))
