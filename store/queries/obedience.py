"""Who says what of the generators' obedience: probes, people and judges, added up by original prompt.

Each of `READINGS` is one table of what was said of single pairs, all in the same form, so that all are added up and set
beside a base model in the same way:

- `probes`: one row for each effect that a probe could witness; `total` says whether it did.
- `people`: of each person the latest verdict on a pair that was not taken back; `n` is 1 where it decided between the
  images and `total` where it said wide. Ties and neither are counted beside.
- `judges`: the same of each judge, `who` being its scorer's id.
- `ratings`: what a judge rated in the wide image under P_a (`after`), and how much more that is than in the original
  (`total`).
"""

from __future__ import annotations

import sqlite3
from typing import Literal

from store.queries.judges import JUDGED

By = Literal["probes", "people", "judges", "ratings"]

_PAIR = "p.source_id, p.original_prompt_id AS cluster, p.wide_prompt_id, p.seed"
_PEOPLE = """
SELECT 0 AS who, pair_id, choice FROM verdict WHERE id IN (
  SELECT max(id) FROM verdict WHERE scorer_id = 0 AND id NOT IN (SELECT verdict_id FROM withdrawal)
  GROUP BY pair_id, judge)"""


def _verdicts(chosen: str) -> str:
    """A verdict on a pair counts once in all (dimension ""), and in each of the pair's dimensions."""
    facts = (
        "choice IN ('wide', 'original') AS n, choice = 'wide' AS total, choice = 'tie' AS ties, "
        "choice = 'neither' AS neither, v.pair_id"
    )
    of_pair = f"FROM ({chosen}) v JOIN pair p ON p.id = v.pair_id"
    return (
        f"SELECT who, '' AS dimension, {_PAIR}, {facts} {of_pair} UNION ALL "
        f"SELECT who, d.dimension, {_PAIR}, {facts} {of_pair} JOIN pair_dimension d ON d.pair_id = p.id"
    )


READINGS: dict[By, str] = {
    "probes": f"SELECT 0 AS who, w.dimension, {_PAIR}, 1 AS n, w.witnessed AS total "
    "FROM witness w JOIN pair p ON p.id = w.pair_id",
    "people": _verdicts(_PEOPLE),
    "judges": _verdicts(f"SELECT scorer_id AS who, pair_id, choice FROM ({JUDGED})"),
    "ratings": f"""
SELECT s.id AS who, wide.dimension, {_PAIR}, 1 AS n, wide.value - original.value AS total, wide.value AS after
FROM scorer s CROSS JOIN score wide ON wide.scorer_id = s.id AND wide.dimension != ''
CROSS JOIN pair p ON p.wide_image_id = wide.image_id AND p.wide_prompt_id = wide.prompt_id
CROSS JOIN score original ON original.scorer_id = s.id AND original.image_id = p.original_image_id
  AND original.prompt_id = p.wide_prompt_id AND original.dimension = wide.dimension
WHERE s.kind = 'judge'""",
}
_BESIDE: dict[By, str] = {
    "people": ", sum(ties) AS ties, sum(neither) AS neither, count(DISTINCT pair_id) AS pairs",
    "judges": ", sum(ties) AS ties, sum(neither) AS neither, count(DISTINCT pair_id) AS pairs",
    "ratings": ", sum(after) AS after",
}
"""What some readings have beside n and total."""


def readings(reader: sqlite3.Connection, by: By) -> list[sqlite3.Row]:
    """Rows (source_id, who, dimension, cluster, n, total), and for verdicts ties, neither and pairs, for ratings after.

    A probe's rows bear the dimension of the effect alone.
    """
    return reader.execute(
        f"SELECT source_id, who, dimension, cluster, sum(n) AS n, sum(total) AS total{_BESIDE.get(by, '')} "
        f"FROM ({READINGS[by]}) GROUP BY 1, 2, 3, 4"
    ).fetchall()


def couples(reader: sqlite3.Connection, by: By, own: int, base: int) -> list[sqlite3.Row]:
    """What was said of the pairs that two sources made for the same P_o and P_a from the same seed.

    Rows (who, dimension, cluster, couples, own_n, own_total, base_n, base_total): `couples` counts the requests of
    which something was said on both sides.
    """
    return reader.execute(
        f"""
        WITH said AS MATERIALIZED (
          SELECT source_id, who, dimension, cluster, wide_prompt_id, seed, sum(n) AS n, sum(total) AS total
          FROM ({READINGS[by]}) WHERE source_id IN (:own, :base) GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) > 0)
        SELECT who, dimension, cluster, count(*) AS couples, sum(o.n) AS own_n, sum(o.total) AS own_total,
               sum(b.n) AS base_n, sum(b.total) AS base_total
        FROM said o JOIN said b USING (who, dimension, cluster, wide_prompt_id, seed)
        WHERE o.source_id = :own AND b.source_id = :base GROUP BY 1, 2, 3
        """,
        {"own": own, "base": base},
    ).fetchall()


def bases(reader: sqlite3.Connection) -> dict[int, int]:
    """source id → the source of its base model that made pairs for the most of its requests, the newest of equals.

    A source whose base made none of them is left out.
    """
    requests = "SELECT original_prompt_id, wide_prompt_id, seed FROM pair WHERE source_id ="
    rows = reader.execute(
        f"""
        SELECT own.id, base.id, (SELECT count(*) FROM ({requests} own.id INTERSECT {requests} base.id)) AS common
        FROM source own JOIN source base ON base.name = own.base AND base.id != own.id
        WHERE own.base != '' AND common ORDER BY common, base.id
        """
    )
    return {own: base for own, base, _ in rows}


def pairs_by_dimension(reader: sqlite3.Connection) -> dict[tuple[int, str], int]:
    """(source id, dimension; "" for all) → how many pairs."""
    rows = reader.execute(
        "SELECT source_id, '', count(*) FROM pair GROUP BY 1 UNION ALL SELECT p.source_id, d.dimension, count(*) "
        "FROM pair_dimension d JOIN pair p ON p.id = d.pair_id GROUP BY 1, 2"
    )
    return {(source, dimension): n for source, dimension, n in rows}
