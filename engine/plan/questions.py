"""What judges have not been asked yet: for each pair the two orders, or for each image of a pair its P_a.

Takes connections as `engine.plan.missing` does. Photographs alone are not asked about: judges speak of pairs.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from typing import Any, NamedTuple

from engine.judges import EFFECTS, PAIRWISE, asked_of
from engine.judges.pairwise import ORDERS
from engine.plan.missing import AND_OTHERS, Cell, Scope, ScorerKey, Tally, as_json, in_scope, tally
from store.queries.judges import REQUESTED_EFFECTS


class Asked(NamedTuple):
    """One question to a judge: of a pair in one order, or of an image under one wide prompt.

    Args:
        of: the pair's id, or the image's.
        under: the order, or the prompt's id.
    """

    of: int
    under: str | int

    @property
    def item(self) -> str:
        """How claims, failures and answers name it."""
        return f"{self.of}/{self.under}"


class _Kind(NamedTuple):
    """SQL of one kind of question: those that there are of the pairs `p`, and what is missing of `wanted`."""

    wanted: str
    missing: str


_KINDS = {
    PAIRWISE: _Kind(
        f"SELECT p.id AS of, o.value AS under FROM pair p JOIN json_each('{json.dumps(ORDERS)}') o WHERE {{scope}}",
        "NOT EXISTS (SELECT 1 FROM verdict v WHERE v.scorer_id = :scorer AND v.scorer_id > 0 "
        "AND v.pair_id = wanted.of AND v.order_shown = wanted.under)",
    ),
    EFFECTS: _Kind(
        "SELECT p.original_image_id AS of, p.wide_prompt_id AS under FROM pair p WHERE {scope} "
        "UNION SELECT p.wide_image_id, p.wide_prompt_id FROM pair p WHERE {scope}",
        "NOT EXISTS (SELECT 1 FROM score v WHERE v.scorer_id = :scorer AND v.image_id = wanted.of "
        f"AND v.prompt_id = wanted.under AND v.dimension = '{REQUESTED_EFFECTS}')",
    ),
}
_FAILED = "f.stage = 'score' AND f.model = :model AND f.item = wanted.of || '/' || wanted.under"


def missing_questions(connection: sqlite3.Connection, scope: Scope, judge: ScorerKey) -> list[Asked]:
    """What one version of a judge has not answered yet of these pairs; not what failed."""
    kind = _kind(judge)
    query = f"""
        WITH wanted AS ({kind.wanted.format(scope=in_scope("p.id", scope))})
        SELECT of, under FROM wanted WHERE {kind.missing}
          AND NOT EXISTS (SELECT 1 FROM failure f WHERE {_FAILED}) ORDER BY of, under"""
    return [Asked(*row) for row in connection.execute(query, _parameters(scope, judge))]


def count_questions(
    connection: sqlite3.Connection, scope: Scope, judge: ScorerKey, others: Collection[Cell] = ()
) -> Tally:
    """How many questions on these pairs, and on others of images under P_a, one version of a judge has answered."""
    kind = _kind(judge)
    wanted = kind.wanted.format(scope=in_scope("p.id", scope)) + (AND_OTHERS if others else "")
    parameters = {**_parameters(scope, judge), "others": json.dumps(list(others))}
    return tally(connection, wanted, kind.missing, _FAILED, parameters)


def unasked_pairs(
    connection: sqlite3.Connection, scope: Scope, judges: Collection[ScorerKey], after: int, limit: int
) -> list[int]:
    """The next pairs, by id, on which a judge has not answered everything, failed or not."""
    found: set[int] = set()
    for judge in judges:
        kind = _kind(judge)
        of_pair = kind.wanted.format(scope="p.id = pair.id")
        query = f"""
            SELECT id FROM pair WHERE id > :after AND {in_scope("pair.id", scope)}
              AND EXISTS (SELECT 1 FROM ({of_pair}) wanted WHERE {kind.missing}) ORDER BY id LIMIT :limit"""
        parameters = {"scope": as_json(scope), "scorer": judge.id, "after": after, "limit": limit}
        found |= {row[0] for row in connection.execute(query, parameters)}
    return sorted(found)[:limit]


def _kind(judge: ScorerKey) -> _Kind:
    return _KINDS[asked_of(judge.model)]


def _parameters(scope: Scope, judge: ScorerKey) -> dict[str, Any]:
    return {"scope": as_json(scope), "scorer": judge.id, "model": judge.model}
