"""What statistics need: margins summed by cluster, or as columns, for one slice of the store.

A cluster is an original prompt: one P_o feeds many pairs, so pairs are not independent and clusters are.
"""

from __future__ import annotations

import sqlite3

TALLY = """count(*) AS n, sum(m.margin > 0) AS wins, sum(m.margin = 0) AS ties,
           sum(m.margin) AS margins, sum(m.truncated) AS truncated"""


def by_scorer(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Rows (scorer_id, cluster, n, wins, ties, margins, truncated) over all pairs."""
    return reader.execute(f"SELECT m.scorer_id, m.cluster, {TALLY} FROM margin m GROUP BY 1, 2").fetchall()


def by_dimension(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Rows (scorer_id, dimension, cluster, n, …) as `by_scorer`; a pair counts in each of its dimensions."""
    return reader.execute(
        f"SELECT m.scorer_id, d.dimension, m.cluster, {TALLY} "
        "FROM margin m JOIN pair_dimension d ON d.pair_id = m.pair_id GROUP BY 1, 2, 3"
    ).fetchall()


def by_source(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Rows (scorer_id, source_id, cluster, n, wins, ties, margins, truncated)."""
    return reader.execute(
        f"SELECT m.scorer_id, m.source_id, m.cluster, {TALLY} FROM margin m GROUP BY 1, 2, 3"
    ).fetchall()


def margins(reader: sqlite3.Connection, scorer_id: int, dimension: str | None = None) -> list[tuple[float, ...]]:
    """Rows (pair_id, cluster, source_id, oiop, oidp, diop, didp, margin, truncated) of one scorer, by pair."""
    join = "JOIN pair_dimension d ON d.pair_id = m.pair_id AND d.dimension = :dimension" if dimension else ""
    rows = reader.execute(
        "SELECT m.pair_id, m.cluster, m.source_id, m.oiop, m.oidp, m.diop, m.didp, m.margin, m.truncated "
        f"FROM margin m {join} WHERE m.scorer_id = :scorer ORDER BY m.pair_id",
        {"scorer": scorer_id, "dimension": dimension},
    )
    return [tuple(row) for row in rows]


def witnesses(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Rows (source_id, dimension, effect, cluster, n, witnessed, single): `single` says the effect was asked alone."""
    return reader.execute(
        """
        SELECT p.source_id, w.dimension, w.effect, p.original_prompt_id AS cluster,
               (SELECT count(*) FROM pair_dimension d WHERE d.pair_id = p.id AND d.asked) = 1 AS single,
               count(*) AS n, sum(w.witnessed) AS witnessed
        FROM witness w JOIN pair p ON p.id = w.pair_id GROUP BY 1, 2, 3, 4, 5
        """
    ).fetchall()


def asked(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Rows (source_id, dimension, effect, n): how many pairs ask for each effect, witnessed or not."""
    return reader.execute(
        "SELECT p.source_id, d.dimension, d.effect, count(*) AS n "
        "FROM pair_dimension d JOIN pair p ON p.id = d.pair_id WHERE d.asked GROUP BY 1, 2, 3"
    ).fetchall()


def failures(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Rows (stage, model, n): how much work failed."""
    return reader.execute("SELECT stage, model, count(*) AS n FROM failure GROUP BY 1, 2").fetchall()
