"""The parts of a pair filter that one key each sets: their options, and how many pairs every option would leave."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.taxonomy import DIMENSIONS, GROUPS
from store.queries import facets, pairs
from store.queries.pairs import ORDERS, PairFilter
from tui.figures import NONE
from tui.screens.choose import Choice
from tui.views.pairs import SIGNS, STATUS_SIGNS, VERDICT_WORDS, effects_counted, orders, witnessed_words

Counts = Mapping[Any, int]
Options = list[Choice[tuple[Any]]]
"""Each value in a tuple of its own, so that "any" (None) is not "went back" (None)."""


@dataclass(frozen=True)
class Facet:
    """One part of a filter.

    Args:
        field: of `PairFilter`.
        heading: of the dialog.
        names: (value, label, group) of every option, in the order shown; quick, called when the dialog opens.
        counts: how many pairs each value would leave; called in a thread.
        whole: the label of no restriction, or "" where there is none.
    """

    field: str
    heading: str
    names: Callable[[sqlite3.Connection, PairFilter], list[tuple[Any, str, str]]]
    counts: Callable[[sqlite3.Connection, PairFilter], Counts] | None
    whole: str

    def options(self, reader: sqlite3.Connection, wanted: PairFilter, counts: Counts | None = None) -> Options:
        """What the dialog lists; without `counts` they are still to come."""
        listed: Options = [Choice((None,), self.whole)] if self.whole else []
        for value, label, group in self.names(reader, wanted):
            many = "" if self.counts is None else "…" if counts is None else f"{counts.get(value, 0):,}"
            listed.append(Choice((value,), label, " · ".join(filter(None, (many, group)))))
        return listed


def _scorers(reader: sqlite3.Connection, _: PairFilter) -> list[tuple[Any, str, str]]:
    rows = pairs.scorers(reader)
    names = [row["name"] for row in rows]
    return [
        (row["id"], row["name"], f"{row['role']} · {row['version']}" if names.count(row["name"]) > 1 else row["role"])
        for row in rows
    ]


def _sources(reader: sqlite3.Connection, _: PairFilter) -> list[tuple[Any, str, str]]:
    return [(row["id"], f"{row['name']}", row["version"]) for row in pairs.sources(reader)]


def _dimensions(_: sqlite3.Connection, __: PairFilter) -> list[tuple[Any, str, str]]:
    ordered = sorted(DIMENSIONS.values(), key=lambda each: list(GROUPS).index(each.group))
    return [(each.name, each.title, GROUPS[each.group]) for each in ordered]


def _verdicts(_: sqlite3.Connection, wanted: PairFilter) -> list[tuple[Any, str, str]]:
    if wanted.scorer_id is None:
        return []
    return [(name, f"{SIGNS[name]} {words}", "") for name, words in VERDICT_WORDS.items()]


def _could(wanted: PairFilter) -> tuple[str, ...]:
    """The dimensions of whose effects a probe could see one: those of the filter, or else of the one that is chosen."""
    return wanted.witnessed if isinstance(wanted.witnessed, tuple) else effects_counted(wanted.dimension)


def _witnessed(_: sqlite3.Connection, wanted: PairFilter) -> list[tuple[Any, str, str]]:
    could = _could(wanted)
    return [
        (True, "✓ every asked effect that can be was witnessed", ""),
        (False, "✗ one was not witnessed", ""),
        (could, f"{witnessed_words(could)}, whether it did or not", ""),
    ]


def _witnessed_counts(reader: sqlite3.Connection, wanted: PairFilter) -> Counts:
    return facets.witnessed_counts(reader, wanted, _could(wanted))


def _statuses(_: sqlite3.Connection, __: PairFilter) -> list[tuple[Any, str, str]]:
    return [(name, f"{STATUS_SIGNS[name].strip() or NONE} {name}", "") for name in facets.STATUSES]


def _orders(_: sqlite3.Connection, wanted: PairFilter) -> list[tuple[Any, str, str]]:
    explained = {"margin": "▼ original first on top", "margin, falling": "▲ wide first on top"}
    return [(name, name, explained.get(name, "")) for name in orders(wanted.scorer_id is not None, list(ORDERS))]


FACETS = {
    "scorer": Facet("scorer_id", "Whose margins?", _scorers, lambda reader, wanted: facets.scorer_counts(reader), ""),
    "dimension": Facet("dimension", "Which dimension?", _dimensions, facets.dimension_counts, "any dimension"),
    "source": Facet("source_id", "From which source?", _sources, facets.source_counts, "any source"),
    "verdict": Facet("verdict", "What did the scorer do?", _verdicts, facets.verdict_counts, "any verdict"),
    "witnessed": Facet("witnessed", "What did the probes see?", _witnessed, _witnessed_counts, "anything, or nothing"),
    "status": Facet("status", "What did people decide?", _statuses, facets.status_counts, "any status"),
    "order": Facet("order", "In which order?", _orders, None, ""),
}
