"""What a home holds, by natural keys: all but ids, times and durations. For tests and benchmarks that compare homes."""

from __future__ import annotations

from typing import Any

from store import Home

QUERIES = {
    "prompts": "SELECT text FROM prompt ORDER BY text",
    "images": "SELECT key, sha256, kind, provenance FROM image ORDER BY key",
    "blobs": "SELECT * FROM blob ORDER BY sha256",
    "generations": "SELECT s.name, s.version, p.text, i.key, o.key, g.seed, g.settings_hash, g.settings "
    "FROM generation g JOIN source s ON s.id = g.source_id JOIN prompt p ON p.id = g.prompt_id "
    "JOIN image i ON i.id = g.image_id LEFT JOIN image o ON o.id = g.input_image_id ORDER BY i.key",
    "pairs": "SELECT p.key, s.name, s.version, po.text, pa.text, io.key, ia.key, p.seed, p.writer FROM pair p "
    "JOIN source s ON s.id = p.source_id JOIN prompt po ON po.id = p.original_prompt_id "
    "JOIN prompt pa ON pa.id = p.wide_prompt_id JOIN image io ON io.id = p.original_image_id "
    "JOIN image ia ON ia.id = p.wide_image_id ORDER BY p.key",
    "written": "SELECT r.name, r.version, w.key, o.text, p.text, w.asks, w.seed, w.author, e.text "
    "FROM written_prompt w JOIN writer r ON r.id = w.writer_id JOIN prompt o ON o.id = w.original_prompt_id "
    "JOIN prompt p ON p.id = w.prompt_id JOIN prompt e ON e.id = w.edited_from ORDER BY 1, 2, 3",
    "dimensions": "SELECT p.key, d.dimension, d.effect, d.strength, d.asked FROM pair_dimension d "
    "JOIN pair p ON p.id = d.pair_id ORDER BY 1, 2",
    "scores": "SELECT s.name, s.version, i.key, p.text, v.dimension, v.value, v.truncated FROM score v "
    "JOIN scorer s ON s.id = v.scorer_id JOIN image i ON i.id = v.image_id JOIN prompt p ON p.id = v.prompt_id "
    "ORDER BY 1, 2, 3, 4, 5",
    "margins": "SELECT s.name, p.key, m.oiop, m.oidp, m.diop, m.didp, m.margin, m.truncated FROM margin m "
    "JOIN scorer s ON s.id = m.scorer_id JOIN pair p ON p.id = m.pair_id ORDER BY 1, 2",
    "measures": "SELECT b.name, b.version, i.key, m.value FROM measure m JOIN probe b ON b.id = m.probe_id "
    "JOIN image i ON i.id = m.image_id ORDER BY 1, 2, 3",
    "witnesses": "SELECT p.key, w.dimension, w.effect, b.name, w.original, w.wide, w.witnessed FROM witness w "
    "JOIN pair p ON p.id = w.pair_id JOIN probe b ON b.id = w.probe_id ORDER BY 1, 2",
    "runs": "SELECT name, wants, state FROM run ORDER BY id",
    "failures": "SELECT stage, model, item, reason FROM failure ORDER BY 1, 2, 3",
    "claims": "SELECT stage, model, item FROM claim",
}


def contents(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """Table by table, every row; two homes in which the same work was done compare equal."""
    reader = home.database.reader()
    return {name: [tuple(row) for row in reader.execute(query)] for name, query in QUERIES.items()}
