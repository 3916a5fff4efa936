"""How far runs have come, counted in the store only where there may be something new, and no more than is worth it."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Count = TypeVar("Count")

REST_FACTOR = 10
"""How many times its own length a count rests: in a large store counting takes a tenth of the time at most."""
OLDEST_SECONDS = 30.0
"""A count older than this is made again, whatever the mark says: a store can change in ways that leave none."""


@dataclass(frozen=True)
class _Counted(Generic[Count]):
    count: Count
    state: Hashable
    mark: Hashable
    at: float
    took: float


class Counting(Generic[Count]):
    """The latest count of each of some things.

    Args:
        count: counts one of them anew.
        clock: seconds that run on.

    Attributes:
        behind: those whose latest count is missing or may be outdated, since it is too early for another.
    """

    def __init__(self, count: Callable[[int], Count], clock: Callable[[], float] = time.monotonic):
        self._count, self._clock = count, clock
        self._kept: dict[int, _Counted[Count]] = {}
        self._until = float("inf")
        self.behind: set[int] = set()

    def begin(self, seconds: float) -> None:
        """From now on no count is begun after so many seconds: who asks has waited long enough."""
        self._until = self._clock() + seconds

    def of(self, key: int, state: Hashable, mark: Hashable = None, ages: bool = True) -> Count | None:
        """The count of one of them: a new one where it may differ and is due, or else the latest; None without any.

        Args:
            state: where it differs from before, the count is made again at once.
            mark: where it differs, the count is made again once it is due. None for what needs no other count for now.
            ages: whether it is made again where it is old, too.
        """
        now = self._clock()
        last = self._kept.get(key)
        self.behind.discard(key)
        if last is not None and last.state == state:
            age = now - last.at
            if mark is None or (last.mark == mark and (age <= OLDEST_SECONDS or not ages)):
                return last.count
            if age < REST_FACTOR * last.took:
                self.behind.add(key)
                return last.count
        if now > self._until:
            self.behind.add(key)
            return last.count if last else None
        count = self._count(key)
        self._kept[key] = _Counted(count, state, mark, now, self._clock() - now)
        return count
