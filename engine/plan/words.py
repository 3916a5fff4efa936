"""The wide prompts that language models have written: what is there, and what is still to be written.

Every function takes a connection of the standard driver, as those of `engine.plan.missing` do.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from engine.plan.missing import failed_items


class Words(NamedTuple):
    """P_a in words that are kept.

    Args:
        id: of the written prompt; 0 for the template's, which are written again at any time.
        text: P_a; empty where it is not written.
        writer: who wrote it, with its version.
        facts: how it was made, as JSON.
    """

    id: int = 0
    text: str = ""
    writer: str = ""
    facts: str = "{}"

    @property
    def how(self) -> dict[str, Any]:
        """How it was made, for a provenance."""
        return {"writer": self.writer, **json.loads(self.facts)}


class WriterKey(NamedTuple):
    """One version of a writer as the plan knows it; id 0 for one that has written nothing here."""

    id: int
    name: str
    version: str

    @property
    def model(self) -> str:
        """How claims and failures name it."""
        return f"{self.name} {self.version}"


def writer_key(connection: sqlite3.Connection, name: str) -> WriterKey:
    """The newest version of a writer that has worked here."""
    row = connection.execute(
        "SELECT id, version FROM writer WHERE name = ? ORDER BY id DESC LIMIT 1", (name,)
    ).fetchone()
    return WriterKey(row[0], name, row[1]) if row else WriterKey(0, name, "")


def words_of(connection: sqlite3.Connection, writer: WriterKey) -> dict[str, Words]:
    """Key of a `Writing` -> its words, all that one version of a writer has written."""
    query = "SELECT w.key, w.id, p.text, w.facts FROM written_prompt w JOIN prompt p ON p.id = w.prompt_id"
    rows = connection.execute(f"{query} WHERE w.writer_id = ?", (writer.id,))
    return {row[0]: Words(row[1], row[2], writer.model, row[3]) for row in rows}


def unwritten(connection: sqlite3.Connection, writer_id: int, keys: Iterable[str]) -> list[str]:
    """Those of the keys under which the writer has written nothing."""
    query = """SELECT k.value FROM json_each(?) k WHERE NOT EXISTS
               (SELECT 1 FROM written_prompt w WHERE w.writer_id = ? AND w.key = k.value) ORDER BY k.key"""
    return [row[0] for row in connection.execute(query, (json.dumps(list(keys)), writer_id))]


def tally(
    connection: sqlite3.Connection, writer: WriterKey, keys: Iterable[str], words: Mapping[str, Words]
) -> tuple[set[str], set[str], set[str]]:
    """The keys of what is written, of what failed, and of what is left."""
    wanted = set(keys)
    done = wanted & words.keys()
    failed = (wanted & failed_items(connection, "write", writer.model)) - done
    return done, failed, wanted - done - failed
