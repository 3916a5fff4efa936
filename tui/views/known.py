"""What Triage knows of the entries around the one shown, ahead of the store by the decisions that still wait there.

An answer of the store is kept only if it was asked for after the latest decision on that entry: an older one would
take a decision off the screen until the next reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from store.queries.triage import Entry, TriageItem
from tui.widgets.triage_facts import after

MOST_KEPT = 512


class Known:
    """Facts by entry.

    Attributes:
        moment: counts the decisions; a reading remembers at which moment it was asked for.
    """

    def __init__(self) -> None:
        self.moment = 0
        self._items: dict[Entry, TriageItem | None] = {}
        self._decided: dict[Entry, int] = {}

    def item(self, entry: Entry | None) -> TriageItem | None:
        """What is known; None if nothing is, or there is no such entry any more."""
        return self._items.get(entry) if entry else None

    def is_gone(self, entry: Entry | None) -> bool:
        """Whether the store was asked and has no such entry."""
        return entry in self._items and self._items[entry] is None

    def missing(self, entries: Iterable[Entry]) -> list[Entry]:
        """Those of which nothing is known."""
        return [entry for entry in entries if entry not in self._items]

    def decide(self, entry: Entry, action: str, value: str) -> None:
        """Know already what a decision leaves."""
        self._outdate(entry)
        if item := self._items.get(entry):
            self._items[entry] = after(item, action, value)

    def forget(self, entry: Entry) -> None:
        """Know nothing more of an entry, whatever was asked until now."""
        self._outdate(entry)
        self._items.pop(entry, None)

    def clear(self) -> None:
        """Know nothing more of any."""
        self._items.clear()

    def keep(self, moment: int, entries: Iterable[Entry], found: Mapping[Entry, TriageItem]) -> None:
        """Take what was asked for at a moment; an entry that was not found is gone."""
        if len(self._items) > MOST_KEPT:
            self._items.clear()
        for entry in entries:
            if self._decided.get(entry, 0) <= moment:
                self._items[entry] = found.get(entry)

    def _outdate(self, entry: Entry) -> None:
        self.moment += 1
        self._decided[entry] = self.moment
