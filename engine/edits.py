"""Wide prompts edited by hand: each is kept beside the original, and is a new pair to make. The old pair stays."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from engine.generators import generators
from engine.models.here import NotReady, lacking, require_ready
from engine.plan.missing import precision_of
from engine.plan.wants import EDITED, MOST_CHARACTERS, GenerateWants, Wants
from engine.prompts.writer import clean_caption
from engine.runs import start_run
from engine.scorers import SCORERS
from store import Home
from store.queries.edits import HAND

if TYPE_CHECKING:
    from sqlmodel import Session

_PAIR = """
    SELECT p.id, p.key, p.original_prompt_id, p.wide_prompt_id, p.seed, a.text, s.name, s.kind,
           (SELECT g.settings FROM generation g
            WHERE g.image_id = p.wide_image_id AND g.source_id = p.source_id) AS made
    FROM pair p JOIN source s ON s.id = p.source_id JOIN prompt a ON a.id = p.wide_prompt_id WHERE p.id = ?
"""
_SCORERS = """
    SELECT DISTINCT s.name, s.version FROM margin m JOIN scorer s ON s.id = m.scorer_id
    WHERE s.origin = 'here' AND m.pair_id IN (SELECT value FROM json_each(?)) ORDER BY s.id
"""
_OF = """
    SELECT s.name, w.id, w.pair_id FROM written_prompt w JOIN pair p ON p.id = w.pair_id
    JOIN source s ON s.id = p.source_id WHERE w.id IN (SELECT value FROM json_each(?)) ORDER BY w.id
"""


class CannotEdit(ValueError):
    """A wide prompt can't be edited so: names the pair and the reason."""


def edit_prompts(home: Home, texts: Mapping[int, str], author: str) -> list[int]:
    """Keep other words for the P_a of these pairs, all of them or none. Returns the ids of the written prompts.

    The same words for the same pair are kept once. `start_edited` has the pairs made.

    Args:
        texts: pair id -> the edited P_a.
        author: who edited.

    Raises:
        CannotEdit: no such pair, one that no generator of this home made, or a text that is empty, too long, or what
            stands there already.
    """
    from store import records

    reader = home.database.reader()
    edits = [_checked(reader, home, pair_id, text) for pair_id, text in texts.items()]
    with home.database.write() as session:
        writer = records.writer_id(session, HAND, "")
        return [_keep(session, writer, pair, text, author) for pair, text in edits]


def _checked(reader: sqlite3.Connection, home: Home, pair_id: int, text: str) -> tuple[sqlite3.Row, str]:
    pair = reader.execute(_PAIR, (str(pair_id),)).fetchone()  # as text: no number is too large to look for
    if pair is None:
        raise CannotEdit(f"there is no pair {pair_id}")
    if pair["kind"] != "generator" or pair["made"] is None or pair["name"] not in generators(home.folder).names():
        raise CannotEdit(
            f"pair {pair_id} is from {pair['name']}, which is no generator here: nobody could make another"
        )
    try:
        require_ready([pair["name"]], home.folder)
    except NotReady as error:
        raise CannotEdit(f"pair {pair_id}: {error}") from error
    try:
        words = clean_caption(text)
    except ValueError:
        raise CannotEdit(f"pair {pair_id}: the edited prompt is empty") from None
    if len(words) > MOST_CHARACTERS:
        raise CannotEdit(f"pair {pair_id}: at most {MOST_CHARACTERS:,} characters, not {len(words):,}")
    if words == pair["text"]:
        raise CannotEdit(f"pair {pair_id}: these are the words that it has already")
    return pair, words


def _keep(session: Session, writer: int, pair: sqlite3.Row, text: str, author: str) -> int:
    from store import records

    new = records.NewWritten(
        writer_id=writer,
        key=sha256(f"{pair['key']}\x1f{text}".encode()).hexdigest(),
        original_prompt_id=pair["original_prompt_id"],
        prompt_id=records.prompt_id(session, text),
        asks=json.dumps(json.loads(pair["made"])["asks"]),
        seed=pair["seed"],
        facts={
            "edited": f"by hand from prompt {pair['wide_prompt_id']}",
            "by": author,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        author=author,
        edited_from=pair["wide_prompt_id"],
        pair_id=pair["id"],
    )
    return records.add_written(session, new)


def start_edited(home: Home, written: Sequence[int]) -> list[int]:
    """Queue a run for each generator whose pairs were edited: the new pairs, measured, and scored as the old ones are.

    Where these were scored at several precisions, each has a run. Scorers that can't be used any more are left out.

    Args:
        written: ids as `edit_prompts` gave them.
    """
    reader = home.database.reader()
    rows = reader.execute(_OF, (json.dumps(list(written)),)).fetchall()
    runs = []
    for generator in dict.fromkeys(row["name"] for row in rows):
        mine = [row for row in rows if row["name"] == generator]
        pairs = GenerateWants(generator, EDITED, edited=tuple(row["id"] for row in mine))
        for precision, scorers in _scorers(reader, home, [row["pair_id"] for row in mine]).items():
            wants = Wants(pairs, scorers=tuple(scorers), probes=True, precision=precision)
            runs.append(start_run(home, "edited prompts", wants))
    return runs


def _scorers(reader: sqlite3.Connection, home: Home, pair_ids: Sequence[int]) -> dict[str, list[str]]:
    """Precision -> the scorers that these pairs were scored by at it; one without scorers where there are none."""
    found: dict[str, list[str]] = {}
    for name, version in reader.execute(_SCORERS, (json.dumps(list(pair_ids)),)):
        if _is_here(name, home.folder):
            found.setdefault(precision_of(version), []).append(name)
    return found or {Wants.precision: []}


def _is_here(scorer: str, folder: Path) -> bool:
    return scorer.partition(":")[0] in SCORERS.names() and not lacking(scorer, folder)
