"""The wide prompts of pairs that are there, to ask for again: of another generator, or of one that edits their I_o."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from engine.generators.base import Ask
from engine.plan.words import Words
from engine.registry import UnknownName


class Written(NamedTuple):
    """A wide prompt that nobody has to write any more.

    Args:
        words: P_a, and how it was written.
        asks: the effects that it asks for.
        instruction: what an editor is told in place of P_a, which describes; empty for P_a itself.
        words_seed: of the draws for the words.
    """

    words: Words
    asks: tuple[Ask, ...]
    instruction: str = ""
    words_seed: int = 0


class Replayed(NamedTuple):
    """One I_o of a source's pairs, its prompt, and what was asked for beside it."""

    image_id: int
    sha256: str
    suffix: str
    caption: str
    written: tuple[Written, ...]


def replayed(connection: sqlite3.Connection, source: str, dimensions: Sequence[str] | None) -> list[Replayed]:
    """Every I_o of a source, whichever its version, in the order in which they came.

    Args:
        dimensions: only pairs that ask for one of these; None for all.
    """
    rows = connection.execute(
        """
        SELECT p.original_image_id, i.sha256, b.suffix, o.text, w.text, p.writer, p.written_id, p.words_seed,
               (SELECT json_group_array(json_array(d.dimension, d.effect, d.strength))
                FROM pair_dimension d WHERE d.pair_id = p.id AND d.asked), coalesce(h.facts, '{}')
        FROM pair p JOIN source s ON s.id = p.source_id JOIN image i ON i.id = p.original_image_id
        JOIN blob b USING (sha256) JOIN prompt o ON o.id = p.original_prompt_id JOIN prompt w ON w.id = p.wide_prompt_id
        LEFT JOIN written_prompt h ON h.id = p.written_id
        WHERE s.name = :source AND o.text != '' AND w.text != '' AND (:dimensions IS NULL OR EXISTS
          (SELECT 1 FROM pair_dimension d JOIN json_each(:dimensions) j ON j.value = d.dimension
           WHERE d.pair_id = p.id AND d.asked))
        ORDER BY p.original_image_id, p.id
        """,
        {"source": source, "dimensions": json.dumps(list(dimensions)) if dimensions else None},
    )
    found = []
    for (image_id, sha256, suffix, caption), of in groupby(rows, key=lambda row: tuple(row[:4])):
        written = [_written(*row[4:]) for row in of]
        found.append(Replayed(image_id, sha256, suffix, caption, tuple(dict.fromkeys(written))))
    return found


def _written(text: str, writer: str, written_id: int, words_seed: int, asks: str, facts: str) -> Written:
    asked = tuple(Ask(*each) for each in sorted(json.loads(asks)))
    return Written(Words(written_id, text, writer, facts), asked, words_seed=words_seed)


def require_source(connection: sqlite3.Connection, name: str) -> None:
    """Raises `UnknownName` where no pair is from there."""
    query = "SELECT DISTINCT name FROM source s WHERE EXISTS (SELECT 1 FROM pair p WHERE p.source_id = s.id) ORDER BY 1"
    known = [row[0] for row in connection.execute(query)]
    if name not in known:
        raise UnknownName("source of pairs", name, known)
