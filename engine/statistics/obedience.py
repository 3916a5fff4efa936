"""Obedience, the generator's half: how often I_a shows what P_a asked for, as far as probes can say.

A probe can witness only some effects, and not beside every other one; what no probe could witness is neither
obeyed nor disobeyed. So each share stands beside its coverage: how many of the asked effects a probe could speak of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.statistics.clusters import Row, cluster_sums
from engine.statistics.estimate import NOTHING, Estimate
from engine.statistics.intervals import share_estimate

Share = Callable[[np.ndarray, np.ndarray], Estimate]
"""(n [G], hits [G]) by cluster -> their share: `share_estimate`, or a report's bootstrap."""


@dataclass(frozen=True, slots=True)
class Obedience:
    """What probes witnessed of the effects that some pairs ask for.

    Args:
        witnessed: share of the effects that a probe could witness and did; its n is how many could be.
        asked: how many effects were asked for.
        single: the same over pairs that ask for one effect alone, at no other's side.
        several: the same over pairs that ask for two or more.
    """

    witnessed: Estimate
    asked: int
    single: Estimate
    several: Estimate

    @property
    def could_witness(self) -> int:
        """How many of the asked effects a probe could witness."""
        return self.witnessed.n

    @property
    def coverage(self) -> float | None:
        """Their share among the asked effects; None where nothing was asked."""
        return self.could_witness / self.asked if self.asked else None


def obedience(witnesses: Sequence[Row], asked: Sequence[Row], share: Share = share_estimate) -> Obedience:
    """From rows of `store.queries.tallies.witnesses` and `asked`, chosen by source and dimension beforehand."""
    single = [row for row in witnesses if row["single"]]
    several = [row for row in witnesses if not row["single"]]
    return Obedience(
        witnessed=_share(witnesses, share),
        asked=sum(row["n"] for row in asked),
        single=_share(single, share),
        several=_share(several, share),
    )


def _share(rows: Sequence[Row], share: Share) -> Estimate:
    return share(*cluster_sums(rows, "n", "witnessed")) if rows else NOTHING
