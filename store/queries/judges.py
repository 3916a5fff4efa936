"""What judges, the models that are asked in words, said: verdicts on pairs, ratings of images, and what it all cost."""

from __future__ import annotations

import sqlite3

MAIN_CONCEPTS, REQUESTED_EFFECTS = "main_concepts", "requested_effects"
"""Under these, in the place of a dimension, a judge's two ratings of 0–100 stand in `score`."""

JUDGED = """
SELECT scorer_id, pair_id, iif(min(choice) = max(choice), min(choice), 'tie') AS choice,
       min(choice) = max(choice) AS agreed
FROM verdict WHERE scorer_id > 0 GROUP BY scorer_id, pair_id HAVING count(*) = 2
"""
"""A judge's verdict on each pair that it saw in both orders: what it said twice, or else a tie."""


def judges(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Every judge's version that has worked here or is known: rows of `scorer`."""
    return reader.execute("SELECT * FROM scorer WHERE kind = 'judge' ORDER BY id").fetchall()


def verdicts(reader: sqlite3.Connection, pair_id: int) -> list[sqlite3.Row]:
    """What judges said of one pair, once in each order: rows of `verdict`, and the judge's `version`."""
    return reader.execute(
        "SELECT v.*, s.version FROM verdict v JOIN scorer s ON s.id = v.scorer_id "
        "WHERE v.pair_id = ? ORDER BY v.scorer_id, v.order_shown",
        (pair_id,),
    ).fetchall()


def answers(reader: sqlite3.Connection, pair_id: int) -> list[sqlite3.Row]:
    """What judges answered about one pair, word for word, where it could be used: judge, about, text.

    `about` is an order, `original` or `wide`.
    """
    return reader.execute(
        """SELECT s.name AS judge, v.order_shown AS about, a.text FROM verdict v JOIN scorer s ON s.id = v.scorer_id
             JOIN answer a ON a.scorer_id = s.id AND a.usable AND a.item = v.pair_id || '/' || v.order_shown
           WHERE v.pair_id = :pair
           UNION ALL
           SELECT s.name, i.value, a.text FROM pair p JOIN json_each('["original", "wide"]') i
             JOIN scorer s ON s.kind = 'judge'
             JOIN answer a ON a.scorer_id = s.id AND a.usable AND a.item =
               iif(i.value = 'wide', p.wide_image_id, p.original_image_id) || '/' || p.wide_prompt_id
           WHERE p.id = :pair ORDER BY 1, 2""",
        {"pair": pair_id},
    ).fetchall()


def ratings(reader: sqlite3.Connection, pair_id: int) -> list[sqlite3.Row]:
    """What judges rated in the images of one pair under its P_a: scorer_id, judge, version, dimension, and the values
    of the original and the wide image, NULL where one wasn't rated."""
    return reader.execute(
        f"""SELECT s.id AS scorer_id, s.name AS judge, s.version, v.dimension,
                  max(iif(v.image_id = p.original_image_id, v.value, NULL)) AS original,
                  max(iif(v.image_id = p.wide_image_id, v.value, NULL)) AS wide
           FROM pair p JOIN score v ON v.prompt_id = p.wide_prompt_id
             AND v.image_id IN (p.original_image_id, p.wide_image_id) AND v.dimension != ''
           JOIN scorer s ON s.id = v.scorer_id AND s.kind = 'judge'
           WHERE p.id = ? GROUP BY s.id, v.dimension
           ORDER BY s.id, v.dimension != '{MAIN_CONCEPTS}', v.dimension != '{REQUESTED_EFFECTS}', v.dimension""",
        (pair_id,),
    ).fetchall()


def choices(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Each judge's verdicts (`JUDGED`) summed by cluster: scorer_id, cluster, n, agreed, wide, original, ties."""
    return reader.execute(
        f"""SELECT j.scorer_id, p.original_prompt_id AS cluster, count(*) AS n, sum(j.agreed) AS agreed,
                   sum(j.choice = 'wide') AS wide, sum(j.choice = 'original') AS original, sum(j.choice = 'tie') AS ties
            FROM ({JUDGED}) j JOIN pair p ON p.id = j.pair_id GROUP BY 1, 2"""
    ).fetchall()


def costs(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """What each judge's answers came to: scorer_id, answers, unusable, tokens, cost; the last two NULL where nobody
    said."""
    return reader.execute(
        "SELECT scorer_id, count(*) AS answers, CAST(total(NOT usable) AS INTEGER) AS unusable, sum(tokens) AS tokens, "
        "sum(cost) AS cost FROM answer GROUP BY scorer_id ORDER BY scorer_id"
    ).fetchall()


def cost_of_run(reader: sqlite3.Connection, run_id: int) -> sqlite3.Row:
    """What one run's answers came to: answers, unusable, tokens, cost, as in `costs`."""
    row: sqlite3.Row = reader.execute(
        "SELECT count(*) AS answers, CAST(total(NOT usable) AS INTEGER) AS unusable, sum(tokens) AS tokens, "
        "sum(cost) AS cost FROM answer WHERE run_id = ?",
        (run_id,),
    ).fetchone()
    return row
