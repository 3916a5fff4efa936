"""Sweeps of strength: what scorers and probes say of pairs in which nothing but the strength of the effects rises.

A swept set is what one source made of one original image for one P_o from one seed, with the same effects in the words
of one writer from one seed, at two strengths at least. Pairs whose effects differ in strength among themselves belong
to none, nor do edits by hand, whose words may ask for anything.
"""

from __future__ import annotations

import sqlite3

from store.queries.edits import HAND

_SET = "source_id, original_image_id, cluster, seed, effects, writer, words_seed"
_SWEPT = f"""
WITH dose AS MATERIALIZED (
  SELECT p.id AS pair_id, p.original_prompt_id AS cluster, a.strength,
         p.source_id, p.original_image_id, p.seed, a.effects, p.writer, p.words_seed
  FROM (
    SELECT pair_id, max(strength) AS strength, group_concat(dimension || ' ' || effect) AS effects
    FROM (SELECT pair_id, dimension, effect, strength FROM pair_dimension WHERE asked ORDER BY pair_id, dimension)
    GROUP BY pair_id HAVING min(strength) = max(strength)) a
  JOIN pair p ON p.id = a.pair_id WHERE p.writer != '{HAND}'),
swept AS MATERIALIZED (
  SELECT *, dense_rank() OVER (ORDER BY {_SET}) AS number FROM dose
  JOIN (SELECT {_SET} FROM dose GROUP BY {_SET} HAVING count(DISTINCT strength) > 1) USING ({_SET}))
"""

AT_STRENGTH = f"{_SWEPT} SELECT pair_id FROM swept WHERE strength = :strength"
"""The swept pairs of one strength."""


def sets(reader: sqlite3.Connection) -> int:
    """How many swept sets there are."""
    return int(reader.execute(f"{_SWEPT} SELECT count(DISTINCT number) FROM swept").fetchone()[0])


def margins(reader: sqlite3.Connection, leave_truncated_out: bool = False) -> list[sqlite3.Row]:
    """Rows (scorer_id, dimension, strength, cluster, n, total) of the margins of swept pairs.

    Under dimension "" each pair counts once, and once in each of its dimensions.
    """
    kept = "WHERE NOT m.truncated" if leave_truncated_out else ""
    figures = "s.strength, m.cluster, count(*) AS n, sum(m.margin) AS total FROM swept s JOIN margin m USING (pair_id)"
    return reader.execute(
        f"{_SWEPT} SELECT m.scorer_id, '' AS dimension, {figures} {kept} GROUP BY 1, 2, 3, 4 UNION ALL "
        f"SELECT m.scorer_id, d.dimension, {figures} JOIN pair_dimension d USING (pair_id) {kept} GROUP BY 1, 2, 3, 4"
    ).fetchall()


def witnesses(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Rows (dimension, strength, cluster, n, total): of the effects of swept pairs that a probe could witness, by the
    dimension of the effect, how many it did."""
    return reader.execute(
        f"{_SWEPT} SELECT w.dimension, s.strength, s.cluster, count(*) AS n, sum(w.witnessed) AS total "
        "FROM swept s JOIN witness w USING (pair_id) GROUP BY 1, 2, 3"
    ).fetchall()
