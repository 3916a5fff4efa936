"""How closely a scorer's values and its publisher's agree, value by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Compared:
    """One cell's two values, and the largest difference that is allowed between them."""

    image: str
    prompt: str
    ours: float
    theirs: float
    allowed: float

    @property
    def difference(self) -> float:
        return abs(self.ours - self.theirs)

    @property
    def agrees(self) -> bool:
        """Whether both are numbers, and close enough."""
        return self.difference <= self.allowed


@dataclass(frozen=True)
class Agreement:
    """One scorer against its publisher's code.

    Args:
        name: the scorer.
        weights: which, in words; `random` says that they are not the real ones.
        precision: what both computed with: `fp32` or `publisher`.
        tolerance: the standard's, of fp32.
        versions: package -> version of what computed the publisher's values.
    """

    name: str
    weights: str
    random: bool
    device: str
    precision: str
    tolerance: float
    cells: tuple[Compared, ...]
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def largest(self) -> float:
        """The largest difference; not a number where a value is none."""
        differences = [cell.difference for cell in self.cells]
        return max(differences, key=lambda each: (each != each, each))

    @property
    def passed(self) -> bool:
        """Whether every value agrees."""
        return all(cell.agrees for cell in self.cells)


@dataclass(frozen=True)
class VerifyReport:
    """What `verify` found for every scorer that it was asked for."""

    agreements: tuple[Agreement, ...]

    @property
    def passed(self) -> bool:
        """Whether every scorer agrees with its publisher's code."""
        return all(agreement.passed for agreement in self.agreements)
