"""What judges said of a pair, one line for each judge, and what their answers cost, with no widget and no query."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from store.queries.judges import MAIN_CONCEPTS, REQUESTED_EFFECTS
from tui.figures import NONE, plural

Row: TypeAlias = sqlite3.Row | Mapping[str, Any]
ORDERS = {"original-wide": "I_o first", "wide-original": "I_a first"}
ABOUT = {**ORDERS, "original": "I_o", "wide": "I_a"}
"""What a question was about, in words."""
RATED = {MAIN_CONCEPTS: "concepts", REQUESTED_EFFECTS: "effects"}


class Said(NamedTuple):
    """One judge on one pair.

    Args:
        choice: wide, original or tie; "missing" where one order has no answer, or where it rates and doesn't choose.
    """

    choice: str
    judge: str
    words: str
    version: str


def verdicts(rows: Iterable[Row]) -> list[Said]:
    """From rows of `store.queries.judges.verdicts`: what each judge said in both orders, and the verdict of the two."""
    return [_verdict(list(of)) for _, of in groupby(rows, lambda row: row["scorer_id"])]


def ratings(rows: Iterable[Row], title: Mapping[str, str]) -> list[Said]:
    """From rows of `store.queries.judges.ratings`: what each judge rated, from I_o to I_a.

    Args:
        title: of each dimension.
    """
    found = []
    for _, of in groupby(rows, lambda row: row["scorer_id"]):
        every = list(of)
        parts = [f"{_rated(row, title)} {_whole(row['original'])} → {_whole(row['wide'])}" for row in every]
        found.append(Said("missing", every[0]["judge"], " · ".join(parts), every[0]["version"]))
    return found


def cost_words(cost: Row) -> str:
    """What judges' answers came to, as far as anybody counted: a row of `store.queries.judges.cost_of_run`."""
    parts = [f"judges: {plural(cost['answers'], 'answer')}"]
    if cost["unusable"]:
        parts.append(f"{cost['unusable']:,} of no use")
    if cost["tokens"] is not None:
        parts.append(plural(cost["tokens"], "token"))
    if cost["cost"] is not None:
        parts.append(f"cost {cost['cost']:.4g}")
    return ", ".join(parts)


def _verdict(rows: list[Row]) -> Said:
    said = {row["order_shown"]: row["choice"] for row in rows}
    by_order = ", ".join(f"{said[order]} with {words}" for order, words in ORDERS.items() if order in said)
    if len(said) < len(ORDERS):
        lacking = next(words for order, words in ORDERS.items() if order not in said)
        return Said("missing", rows[0]["judge"], f"{by_order}; no answer with {lacking}", rows[0]["version"])
    first, second = said.values()
    if first == second:
        return Said(first, rows[0]["judge"], f"{first}, in both orders", rows[0]["version"])
    return Said("tie", rows[0]["judge"], f"tie: {by_order}", rows[0]["version"])


def _rated(row: Row, title: Mapping[str, str]) -> str:
    name = row["dimension"]
    return RATED.get(name) or title.get(name, name)


def _whole(value: float | None) -> str:
    return NONE if value is None else f"{value:.0f}"
