"""The pairs that edits of wide prompts ask for: the same start, seed, effects and settings, in a person's words."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.generators.base import Ask
from engine.plan.words import Words
from store.queries.edits import HAND


@dataclass(frozen=True)
class Edited:
    """One pair to make.

    Args:
        start: image id, digest and suffix of the image that the generator edits; 0 and empty where it works from text.
        seed: as the pair had it whose prompt was edited, and so asks, settings and instruction.
    """

    words: Words
    caption: str
    start: tuple[int, str, str]
    asks: tuple[Ask, ...]
    seed: int
    settings: tuple[tuple[str, Any], ...]
    instruction: str


def edited(connection: sqlite3.Connection, ids: Sequence[int]) -> list[Edited]:
    """What these written prompts ask for, by their ids, in order."""
    rows = connection.execute(
        """
        SELECT w.id, a.text, w.facts, o.text AS caption, w.asks, p.seed, g.settings, g.input_image_id,
               coalesce(i.sha256, '') AS sha256, coalesce(b.suffix, '') AS suffix,
               iif(g.prompt_id = p.wide_prompt_id, '', t.text) AS instruction
        FROM written_prompt w JOIN pair p ON p.id = w.pair_id
        JOIN prompt a ON a.id = w.prompt_id JOIN prompt o ON o.id = w.original_prompt_id
        JOIN generation g ON g.image_id = p.wide_image_id AND g.source_id = p.source_id
        JOIN prompt t ON t.id = g.prompt_id LEFT JOIN image i ON i.id = g.input_image_id LEFT JOIN blob b USING (sha256)
        WHERE w.id IN (SELECT value FROM json_each(?)) GROUP BY w.id ORDER BY w.id
        """,
        (json.dumps(list(ids)),),
    )
    return [_edited(row) for row in rows]


def _edited(row: sqlite3.Row) -> Edited:
    settings = {name: value for name, value in json.loads(row["settings"]).items() if name != "asks"}
    return Edited(
        words=Words(row["id"], row["text"], HAND, row["facts"]),
        caption=row["caption"],
        start=(row["input_image_id"], row["sha256"], row["suffix"]),
        asks=tuple(Ask(*ask) for ask in json.loads(row["asks"])),
        seed=row["seed"],
        settings=tuple(sorted(settings.items())),
        instruction=row["instruction"],
    )
