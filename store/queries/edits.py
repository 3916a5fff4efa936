"""What became of the wide prompts that people edited by hand."""

from __future__ import annotations

import sqlite3

HAND = "hand"
"""The writer of edits, as the store and a pair name it."""


def edits(reader: sqlite3.Connection, pair_id: int) -> list[sqlite3.Row]:
    """The edits of a pair's P_a, oldest first. Rows: made, the pair of it or None; run_id, state of its latest run."""
    query = """
        SELECT p.id AS made, r.id AS run_id, r.state
        FROM writer h JOIN written_prompt w ON w.writer_id = h.id
        LEFT JOIN pair p ON p.wide_prompt_id = w.prompt_id AND p.written_id = w.id
        LEFT JOIN run r ON r.id = (
          SELECT max(o.id) FROM run o, json_each(o.wants, '$.generate.edited') e WHERE e.value = w.id)
        WHERE h.name = ? AND w.pair_id = ? ORDER BY w.id
    """
    return reader.execute(query, (HAND, pair_id)).fetchall()
