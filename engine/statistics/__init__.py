"""Estimates with 95% intervals that know that pairs of one original prompt go together.

Screens use analytic intervals (`intervals`), which need numpy alone and at first use `scipy.special`; reports use
a seeded bootstrap (`bootstrap`). Nothing here holds SQL or words: those are left to `store.queries`, and to
`engine.report` and the screens. See docs/statistics.md.
"""

from engine.statistics.estimate import NOTHING, Estimate
from engine.statistics.grid import Grid, GridCell, GridScorer, grid

__all__ = ["NOTHING", "Estimate", "Grid", "GridCell", "GridScorer", "grid"]
