"""What statistics need: margins summed by cluster, or as columns, for one slice of the store.

A cluster is an original prompt: one P_o feeds many pairs, so pairs are not independent and clusters are.
"""

from __future__ import annotations

import sqlite3

from store.queries.edits import HAND

TALLY = """count(*) AS n, sum(m.margin > 0) AS wins, sum(m.margin = 0) AS ties,
           sum(m.margin) AS margins, sum(m.truncated) AS truncated"""


def cells(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """What the Grid needs: for each scorer and dimension ("" for all pairs) the sums over clusters, and of squares.

    Columns: scorer_id, dimension, clusters, n, wins, ties, margins, truncated; and, summed over clusters, n_n,
    wins_wins, wins_n, margins_margins, margins_n: the products of their sums.
    """
    return reader.execute(
        """
        SELECT scorer_id, dimension, count(*) AS clusters, sum(n) AS n, sum(wins) AS wins, sum(ties) AS ties,
               sum(margins) AS margins, sum(truncated) AS truncated, sum(n * n) AS n_n, sum(wins * wins) AS wins_wins,
               sum(wins * n) AS wins_n, sum(margins * margins) AS margins_margins, sum(margins * n) AS margins_n
        FROM tally GROUP BY 1, 2
        """
    ).fetchall()


def by_scorer(reader: sqlite3.Connection, leave_truncated_out: bool = False) -> list[sqlite3.Row]:
    """Rows (scorer_id, cluster, n, wins, ties, margins, truncated) over all pairs."""
    if not leave_truncated_out:
        return reader.execute("SELECT * FROM tally WHERE dimension = ''").fetchall()
    return reader.execute(
        f"SELECT m.scorer_id, m.cluster, {TALLY} FROM margin m WHERE NOT m.truncated GROUP BY 1, 2"
    ).fetchall()


def by_dimension(reader: sqlite3.Connection, leave_truncated_out: bool = False) -> list[sqlite3.Row]:
    """Rows (scorer_id, dimension, cluster, n, …) as `by_scorer`; a pair counts in each of its dimensions."""
    if not leave_truncated_out:
        return reader.execute("SELECT * FROM tally WHERE dimension != ''").fetchall()
    return reader.execute(
        f"SELECT m.scorer_id, d.dimension, m.cluster, {TALLY} "
        "FROM margin m JOIN pair_dimension d ON d.pair_id = m.pair_id WHERE NOT m.truncated GROUP BY 1, 2, 3"
    ).fetchall()


def by_effect(reader: sqlite3.Connection, dimension: str, leave_truncated_out: bool = False) -> list[sqlite3.Row]:
    """Rows (scorer_id, source_id, effect, cluster, n, …) as `by_scorer`, of pairs that ask for the dimension.

    Here a cluster is an original image, as all may share one caption. An effect that is called as its dimension stands
    for all of it, and is left out; so are edits by hand, whose words may ask for anything.
    """
    kept = "AND NOT m.truncated" if leave_truncated_out else ""
    return reader.execute(
        f"SELECT m.scorer_id, m.source_id, d.effect, p.original_image_id AS cluster, {TALLY} FROM margin m "
        "JOIN pair p ON p.id = m.pair_id AND p.writer != ? "
        "JOIN pair_dimension d ON d.pair_id = m.pair_id AND d.dimension = ? AND d.asked "
        f"AND d.effect NOT IN ('', d.dimension) {kept} GROUP BY 1, 2, 3, 4",
        (HAND, dimension),
    ).fetchall()


def by_source(reader: sqlite3.Connection, leave_truncated_out: bool = False) -> list[sqlite3.Row]:
    """Rows (scorer_id, source_id, cluster, n, wins, ties, margins, truncated)."""
    kept = "WHERE NOT m.truncated" if leave_truncated_out else ""
    return reader.execute(
        f"SELECT m.scorer_id, m.source_id, m.cluster, {TALLY} FROM margin m {kept} GROUP BY 1, 2, 3"
    ).fetchall()


def margins(reader: sqlite3.Connection, scorer_id: int) -> list[tuple[float, ...]]:
    """Rows (pair_id, cluster, source_id, oiop, oidp, diop, didp, margin, truncated) of one scorer, by pair."""
    rows = reader.execute(
        "SELECT pair_id, cluster, source_id, oiop, oidp, diop, didp, margin, truncated "
        "FROM margin WHERE scorer_id = ? ORDER BY pair_id",
        (scorer_id,),
    )
    return [tuple(row) for row in rows]


def witnesses(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Rows (source_id, dimension, single, cluster, n, witnessed): `single` says the effect was asked alone."""
    return reader.execute(
        """
        SELECT p.source_id, w.dimension, a.asked = 1 AS single, p.original_prompt_id AS cluster,
               count(*) AS n, sum(w.witnessed) AS witnessed
        FROM (SELECT pair_id, sum(asked) AS asked FROM pair_dimension GROUP BY pair_id) a
        JOIN pair p ON p.id = a.pair_id JOIN witness w ON w.pair_id = a.pair_id GROUP BY 1, 2, 3, 4
        """
    ).fetchall()


def witnesses_by_cluster(reader: sqlite3.Connection, by_source: bool = False) -> list[tuple[int, str, int, int, int]]:
    """What the Grid needs of the witnesses: plain tuples (source_id, dimension, cluster, n, witnessed).

    Without `by_source` the source is 0 for all, which takes a third of the time: pairs lie in the order of clusters.
    """
    rows = reader.cursor()
    rows.row_factory = None
    source, grouped = ("p.source_id", "3, 2, 1") if by_source else ("0", "3, 2")
    return rows.execute(
        f"SELECT {source}, w.dimension, p.original_prompt_id, count(*), sum(w.witnessed) "
        f"FROM pair p CROSS JOIN witness w ON w.pair_id = p.id GROUP BY {grouped}"
    ).fetchall()


def asked(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Rows (source_id, dimension, n): how many pairs ask for effects of each dimension, witnessed or not."""
    return reader.execute(
        "SELECT p.source_id, d.dimension, count(*) AS n "
        "FROM pair_dimension d JOIN pair p ON p.id = d.pair_id WHERE d.asked GROUP BY 1, 2"
    ).fetchall()


def asked_by_dimension(reader: sqlite3.Connection) -> dict[str, int]:
    """Dimension of the effect → how many pairs ask for one."""
    return dict(reader.execute("SELECT dimension, count(*) FROM pair_dimension WHERE asked GROUP BY 1").fetchall())


def failures(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Rows (stage, model, n): how much work failed."""
    return reader.execute("SELECT stage, model, count(*) AS n FROM failure GROUP BY 1, 2").fetchall()
