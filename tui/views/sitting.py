"""One sitting of triage: the queue as it was when it was opened, where the person stands in it, and how fast it goes.

The queue never reshuffles: what is decided stays in its place, and what an undo brings back is put where one stands.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from store.queries.triage import Entry

RECENT = 20
"""How many of the latest decisions the rate is taken from."""


@dataclass
class Sitting:
    """The queue and what was decided in it.

    Attributes:
        position: index of the entry shown; equal to the length once the queue is passed.
        decided: what was decided of each entry in this sitting, the latest last.
    """

    entries: list[Entry]
    position: int = 0
    decided: dict[Entry, list[str]] = field(default_factory=dict)
    _times: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))

    @property
    def current(self) -> Entry | None:
        """The entry shown, or None past the end."""
        return self.entries[self.position] if self.position < len(self.entries) else None

    def around(self, before: int, after: int) -> list[Entry]:
        """The entry shown first, then those that may be shown next."""
        here = self.position
        return [*self.entries[here : here + after + 1], *self.entries[max(here - before, 0) : here]]

    def move(self, steps: int) -> None:
        """Go on or back, at most to one past the end."""
        self.position = min(max(self.position + steps, 0), len(self.entries))

    def jump(self, entry: Entry) -> None:
        """Go to an entry; one that is not in the queue comes in where one stands."""
        if entry not in self.entries:
            self.entries.insert(self.position, entry)
        self.position = self.entries.index(entry)

    def decide(self, entry: Entry, action: str, now: float) -> None:
        """Count a decision.

        Args:
            now: seconds of any steady clock.
        """
        self.decided.setdefault(entry, []).append(action)
        self._times.append(now)

    def take_back(self, entry: Entry, action: str) -> None:
        """No longer count the latest such decision on an entry, if it was made in this sitting."""
        actions = self.decided.get(entry, [])
        if action in actions:
            del actions[len(actions) - 1 - actions[::-1].index(action)]
            if not actions:
                del self.decided[entry]

    @property
    def left(self) -> int:
        """How many entries nobody has decided on in this sitting."""
        return len(self.entries) - len(self.decided)

    @property
    def seconds_each(self) -> float | None:
        """The median time between recent decisions, so that a pause does not count; None before two of them."""
        gaps = [later - earlier for earlier, later in pairwise(self._times)]
        return median(gaps) if gaps else None

    def tally(self, actions: Iterable[str]) -> dict[str, int]:
        """How many entries were last decided in each of these ways."""
        latest = [done[-1] for done in self.decided.values()]
        return {action: latest.count(action) for action in actions}
