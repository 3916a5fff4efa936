"""How many pairs each further filter would leave, which scorer a list begins with, and how far margins reach."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

from store.queries.pairs import VERDICTS, PairFilter, count_pairs, selection

STATUSES = ("candidate", "curated", "rejected")
MIDDLE = 0.95
"""The share of a scorer's margins that its scale spans; a few far ones would flatten all others."""


def first_scorer(reader: sqlite3.Connection) -> int | None:
    """The scorer that a list begins with: one that has scored pairs, a reward model before others."""
    row = reader.execute(
        "SELECT id FROM scorer s WHERE EXISTS (SELECT 1 FROM margin m WHERE m.scorer_id = s.id) "
        "ORDER BY role = 'reward model' DESC, reads_prompt DESC, id LIMIT 1"
    ).fetchone()
    return row["id"] if row else None


def source_name(reader: sqlite3.Connection, source_id: int) -> str:
    """The name of a source, or "" if there is no such source."""
    row = reader.execute("SELECT name FROM source WHERE id = ?", (source_id,)).fetchone()
    return row["name"] if row else ""


def scorer_counts(reader: sqlite3.Connection) -> dict[int, int]:
    """How many pairs each scorer has scored."""
    return dict(reader.execute("SELECT scorer_id, count(*) FROM margin GROUP BY scorer_id").fetchall())


def dimension_counts(reader: sqlite3.Connection, wanted: PairFilter) -> dict[str, int]:
    """How many pairs each dimension would leave of what the rest of the filter selects."""
    return _by(reader, replace(wanted, dimension=None), "pair_dimension", "pair_id", "dimension")


def source_counts(reader: sqlite3.Connection, wanted: PairFilter) -> dict[int, int]:
    """How many pairs each source would leave."""
    return _by(reader, replace(wanted, source_id=None), "pair", "id", "source_id")


def verdict_counts(reader: sqlite3.Connection, wanted: PairFilter) -> dict[str, int]:
    """How many pairs each verdict of the filter's scorer would leave."""
    return _each(reader, wanted, "verdict", (*VERDICTS, "missing"))


def witnessed_counts(
    reader: sqlite3.Connection, wanted: PairFilter, could: tuple[str, ...]
) -> dict[bool | tuple[str, ...], int]:
    """How many pairs are left where every probe witnessed its effect, where one did not, and where one could.

    Args:
        could: the dimensions of whose effects a probe could see one; none for any effect.
    """
    return _each(reader, wanted, "witnessed", (True, False, could))


def status_counts(reader: sqlite3.Connection, wanted: PairFilter) -> dict[str, int]:
    """How many pairs each status of curation would leave."""
    return _each(reader, wanted, "status", STATUSES)


def _each(reader: sqlite3.Connection, wanted: PairFilter, field: str, values: tuple[Any, ...]) -> dict[Any, int]:
    return {value: count_pairs(reader, replace(wanted, **{field: value})) for value in values}


def _by(reader: sqlite3.Connection, wanted: PairFilter, table: str, pair: str, column: str) -> dict[Any, int]:
    """How many pairs of a filter have each value of a column of a table with their ids."""
    found = selection(wanted)
    chosen = f"SELECT {found.pair} AS chosen {found.chosen}"
    query = f"SELECT x.{column}, count(*) FROM ({chosen}) JOIN {table} x ON x.{pair} = chosen GROUP BY 1"
    return dict(reader.execute(query, found.parameters).fetchall())


def margin_scales(reader: sqlite3.Connection) -> dict[int, float]:
    """For each scorer the |margin| that the middle 95% of its margins stay within: the end of its bars."""
    scales = {}
    for scorer_id, n in scorer_counts(reader).items():
        cut = int(n * (1 - MIDDLE) / 2)
        ends = [
            reader.execute(
                f"SELECT margin FROM margin WHERE scorer_id = ? ORDER BY margin {direction} LIMIT 1 OFFSET ?",
                (scorer_id, cut),
            ).fetchone()[0]
            for direction in ("", "DESC")
        ]
        scales[scorer_id] = max(abs(end) for end in ends)
    return scales
