"""Real images: the rows that triage steps through, and what one scorer says of them."""

from __future__ import annotations

import sqlite3
from typing import Any

COLUMNS = """
    f.image_id, i.kind, i.sha256, b.suffix, b.width, b.height, f.title, f.author, f.license, f.license_url, f.url,
    f.collection, f.conventional, pc.text AS caption, pw.text AS wide_prompt,
    coalesce(c.status, 'candidate') AS status, coalesce(c.stars, 0) AS stars, coalesce(c.note, '') AS note,
    coalesce(c.curator, '') AS curator,
    (SELECT group_concat(dimension) FROM (
        SELECT dimension FROM photograph_dimension WHERE image_id = f.image_id
        UNION SELECT dimension FROM curation_tag WHERE subject = 'image' AND subject_id = f.image_id AND present
        EXCEPT SELECT dimension FROM curation_tag WHERE subject = 'image' AND subject_id = f.image_id AND NOT present
    )) AS dimensions
"""
TABLES = """
    photograph f JOIN image i ON i.id = f.image_id JOIN blob b USING (sha256)
    JOIN prompt pc ON pc.id = f.caption_id JOIN prompt pw ON pw.id = f.wide_prompt_id
    LEFT JOIN curation c ON c.subject = 'image' AND c.subject_id = f.image_id
"""


def photographs(
    reader: sqlite3.Connection,
    dimension: str | None = None,
    status: str | None = None,
    collection: str | None = None,
    conventional: bool | None = None,
) -> list[sqlite3.Row]:
    """Photographs and artworks with their facts, curation and dimensions (proposed or tagged, comma-separated)."""
    conditions: list[str] = ["1"]
    parameters: dict[str, Any] = {"dimension": dimension, "status": status, "collection": collection}
    if dimension:
        conditions.append("instr(',' || dimensions || ',', ',' || :dimension || ',')")
    if status:
        conditions.append("status = :status")
    if collection is not None:
        conditions.append("collection = :collection")
    if conventional is not None:
        conditions.append("conventional" if conventional else "NOT conventional")
    query = f"SELECT * FROM (SELECT {COLUMNS} FROM {TABLES}) WHERE {' AND '.join(conditions)} ORDER BY image_id"
    return reader.execute(query, parameters).fetchall()


def photograph(reader: sqlite3.Connection, image_id: int) -> sqlite3.Row | None:
    """One photograph or artwork, as in `photographs`."""
    return reader.execute(f"SELECT {COLUMNS} FROM {TABLES} WHERE f.image_id = ?", (image_id,)).fetchone()


def board_photographs(reader: sqlite3.Connection, scorer_id: int) -> list[sqlite3.Row]:
    """Every photograph and artwork that this scorer scored under its board prompt, best first.

    The board prompt is the written P_a, or the caption of a photograph that has none. Columns: image_id, title,
    caption, kind, collection, conventional, captioned (whether the scorer saw the caption), status, score, truncated,
    cluster.
    """
    return reader.execute(
        """
        SELECT f.image_id, f.title, pc.text AS caption, i.kind, f.collection, f.conventional,
               s.reads_prompt AND NOT f.wide_prompt_id AS captioned,
               coalesce(c.status, 'candidate') AS status, v.value AS score, v.truncated, f.image_id AS cluster
        FROM photograph f JOIN image i ON i.id = f.image_id JOIN prompt pc ON pc.id = f.caption_id
        JOIN scorer s ON s.id = :scorer
        CROSS JOIN score v ON v.scorer_id = s.id AND v.image_id = f.image_id AND v.dimension = ''
          AND v.prompt_id = iif(s.reads_prompt, coalesce(nullif(f.wide_prompt_id, 0), f.caption_id), 0)
        LEFT JOIN curation c ON c.subject = 'image' AND c.subject_id = f.image_id
        ORDER BY v.value DESC, f.image_id
        """,
        {"scorer": scorer_id},
    ).fetchall()


def board_sources(reader: sqlite3.Connection, scorer_id: int) -> list[sqlite3.Row]:
    """Sums by source and cluster of the wide images under P_a: (source_id, name, version, kind, cluster, n, total)."""
    return reader.execute(
        "SELECT s.id AS source_id, s.name, s.version, s.kind, m.cluster, count(*) AS n, sum(m.didp) AS total "
        "FROM margin m JOIN source s ON s.id = m.source_id WHERE m.scorer_id = ? GROUP BY 1, 5",
        (scorer_id,),
    ).fetchall()
