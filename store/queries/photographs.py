"""What one scorer says of real images and of the images of each source: the rows of its board."""

from __future__ import annotations

import sqlite3


def board_photographs(reader: sqlite3.Connection, scorer_id: int) -> list[sqlite3.Row]:
    """Every photograph and artwork that this scorer scored under its board prompt, best first.

    The board prompt is the written P_a, or the caption of a photograph that has none. Columns: image_id, title,
    caption, kind, collection, conventional, captioned (whether the scorer saw the caption), status, score, truncated.
    """
    return reader.execute(
        """
        SELECT f.image_id, f.title, pc.text AS caption, i.kind, f.collection, f.conventional,
               s.reads_prompt AND NOT f.wide_prompt_id AS captioned,
               coalesce(c.status, 'candidate') AS status, v.value AS score, v.truncated
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
