"""Photographs and artworks as they lie in the tables, for tests of what puts them there."""

from __future__ import annotations

import sqlite3

from store import Home


def photographs(home: Home) -> list[sqlite3.Row]:
    """Rows of `photograph` by id, with kind, status, both texts, and the proposed dimensions, comma-separated."""
    query = """
        SELECT f.*, i.kind, pc.text AS caption, pw.text AS wide_prompt, coalesce(c.status, 'candidate') AS status,
               (SELECT group_concat(dimension) FROM photograph_dimension d WHERE d.image_id = f.image_id) AS dimensions
        FROM photograph f JOIN image i ON i.id = f.image_id
        JOIN prompt pc ON pc.id = f.caption_id JOIN prompt pw ON pw.id = f.wide_prompt_id
        LEFT JOIN curation c ON c.subject = 'image' AND c.subject_id = f.image_id ORDER BY f.image_id
    """
    return home.database.reader().execute(query).fetchall()
