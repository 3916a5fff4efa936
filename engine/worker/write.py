"""Writing wide prompts: what a run lacks of them is asked of a language model, and kept answer by answer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence

from sqlmodel import Session

from engine.plan.missing import failed_items
from engine.plan.words import WriterKey, unwritten
from engine.prompts.asking import write as ask
from engine.prompts.base import Answer, Writer, Writing
from engine.service import Declined, Unusable
from engine.worker.batches import reason_of
from engine.worker.bench import Bench, GaveUp
from store import records
from store.records import NewWritten


def register(bench: Bench, writer: Writer) -> WriterKey:
    """The writer's version, known to the store from now on."""
    with bench.home.database.write() as session:
        return WriterKey(records.writer_id(session, writer.name, writer.version), writer.name, writer.version)


def missing(connection: sqlite3.Connection, writer: WriterKey, keys: Collection[str]) -> list[str]:
    """Those of the keys under which nothing is written, and nothing failed."""
    failed = failed_items(connection, "write", writer.model)
    return [key for key in unwritten(connection, writer.id, keys) if key not in failed]


def write(bench: Bench, writer: Writer, key: WriterKey, writings: Sequence[Writing]) -> None:
    """Have those of the wide prompts written that are missing.

    Answers cost time or money, so no more are asked for at once than the writer answers together, and all of these
    are kept in one transaction. Raises `GaveUp`, and `Interrupted` with nothing half stored.
    """
    wanted = {each.key: each for each in writings}
    items = list(wanted)
    for start in range(0, len(items), writer.batch_size):
        some = items[start : start + writer.batch_size]
        _write(bench, writer, key, {item: wanted[item] for item in some})


def _write(bench: Bench, writer: Writer, key: WriterKey, wanted: Mapping[str, Writing]) -> None:
    taken = bench.take("write", key.model, lambda connection: missing(connection, key, wanted), str)
    if not taken:
        return
    bench.pulse.doing(f"writing {len(taken)} prompts with {writer.name}", len(taken))
    with bench.timers.spent("writing"):
        answers = dict(zip(taken, ask(writer, [wanted[item] for item in taken], bench.pulse.on_step), strict=True))
    written = {item: answer for item, answer in answers.items() if isinstance(answer, Answer)}
    failures = [(item, _reason(answer)) for item, answer in answers.items() if isinstance(answer, Exception)]
    reason = bench.note(key.model, [_fault(answer) for answer in answers.values()])
    with bench.home.database.write() as session:
        for item, answer in written.items():
            _store(session, key, wanted[item], answer)
        bench.finish(session, "write", key.model, len(written), failures)
    if reason:
        raise GaveUp(reason)


def _fault(answer: Answer | Unusable | ValueError) -> Exception | None:
    """The error that speaks against the writer: neither a refusal nor a caption without words does."""
    return answer if isinstance(answer, Unusable) and not isinstance(answer, Declined) else None


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Unusable | ValueError) else reason_of(error)


def _store(session: Session, key: WriterKey, writing: Writing, answer: Answer) -> None:
    new = NewWritten(
        writer_id=key.id,
        key=writing.key,
        original_prompt_id=records.prompt_id(session, writing.caption),
        prompt_id=records.prompt_id(session, answer.text),
        asks=json.dumps([list(ask) for ask in writing.asks]),
        seed=writing.seed,
        facts=answer.facts,
    )
    records.add_written(session, new)
