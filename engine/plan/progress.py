"""How far the work that a run wants has come, counted from the store. Loads no model."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from engine.generators import generators
from engine.generators.base import Generator
from engine.judges import is_judge
from engine.plan.coming import Coming, coming
from engine.plan.missing import (
    MEASURE_MODEL,
    ScorerKey,
    Tally,
    count_cells,
    count_images,
    done_keys,
    failed_items,
    gave_up,
    newest_probes,
    pair_ids,
    scorer_key,
)
from engine.plan.questions import count_questions
from engine.plan.requests import (
    Original,
    PairRequest,
    Settings,
    edited_pairs,
    in_words,
    pace_settings,
    pair_requests,
    starts,
)
from engine.plan.wants import EDITED, GenerateWants, Wants, settings_of
from engine.plan.words import tally, words_of, writer_key
from engine.prompts.writers import TEMPLATE
from engine.scorers import CONTROLS

NO_PROBE = 0
"""No image was measured by it: it stands for the probes as long as none has worked here."""


class Stage(NamedTuple):
    """One kind of work of a run: wide prompts to write, pairs to generate, images to measure, or cells to score."""

    stage: str
    model: str
    done: int
    failed: int
    left: int


class Work(NamedTuple):
    """A stage with what takes its time.

    Args:
        stage: how far it has come.
        pieces: what is left, the pairs' coming pieces included; of a generator the images that the pairs left need.
        paced_as: the model, in its newest version, by which `store.work.note_pace` keeps how long a piece takes.
        settings: those of the generator, by which it keeps it too; "" for other work.
    """

    stage: Stage
    pieces: int
    paced_as: str
    settings: str = ""


class _Pairs(NamedTuple):
    """The pairs of a run: those that are there (None for every pair), and those that may still come to be."""

    ids: Collection[int] | None = None
    coming: Coming = Coming()


def work(connection: sqlite3.Connection, wants: Wants, run_id: int = 0, home: Path | None = None) -> Iterator[Work]:
    """Every stage of a run in the order of the work, with what its missing pairs will add to the later ones.

    Args:
        run_id: the run whose given-up models count as failed; 0 for a run that hasn't begun.
        home: the home's folder, whose own catalogue may have the generator.
    """
    pairs = _Pairs()
    if wants.generate:
        made, pairs = _made(connection, wants.generate, run_id, home)
        yield from made
    photographs: list[int] | None = None if wants.photographs else []
    if wants.probes:
        probes = newest_probes(connection) or [NO_PROBE]
        tally = count_images(connection, pairs.ids, photographs, probes, pairs.coming.originals)
        stage = _stage("measure", MEASURE_MODEL, tally, pairs.coming.images)
        yield Work(stage, stage.left, MEASURE_MODEL)
    for name in wants.scorers:
        scorer = key_of(connection, name, wants)
        if is_judge(name):
            there, others = pairs.coming.questions(name)
            tally = count_questions(connection, pairs.ids, scorer, there)
        else:
            there, others = pairs.coming.cells(scorer.reads_prompt)
            tally = count_cells(connection, pairs.ids, photographs, scorer, there)
        stage = _given_up(connection, run_id, _stage("score", name, tally, others))
        yield Work(stage, stage.left, scorer.model)


def key_of(connection: sqlite3.Connection, name: str, wants: Wants) -> ScorerKey:
    """The version of a scorer or judge that a run asks for. Controls and judges have one precision each."""
    has_choice = name not in CONTROLS and not is_judge(name)
    return scorer_key(connection, name, wants.precision if has_choice else "fp32")


def _made(
    connection: sqlite3.Connection, wants: GenerateWants, run_id: int, home: Path | None
) -> tuple[list[Work], _Pairs]:
    """The stages in which a run's pairs come to be, and those pairs."""
    asked, worded, before = _asked(connection, wants, home), None, []
    if wants.originals == EDITED:
        worded = edited_pairs(connection, wants.edited)
    elif wants.writer != TEMPLATE:
        writing, worded = _write(connection, asked, run_id)
        before = [writing]
    making, pairs = _generate(connection, asked, worded, run_id)
    return [*before, making], pairs


def _stage(stage: str, model: str, tally: Tally, others: int) -> Stage:
    return Stage(stage, model, tally.done, tally.failed, tally.left + others)


def _given_up(connection: sqlite3.Connection, run_id: int, stage: Stage) -> Stage:
    """The stage, with all that is left counted as failed where the run has given its model up."""
    if gave_up(connection, run_id, stage.stage, stage.model):
        return stage._replace(failed=stage.failed + stage.left, left=0)
    return stage


class _Asked(NamedTuple):
    """What a run starts from and how it makes pairs, by which its requests are kept."""

    wants: GenerateWants
    found: tuple[Original, ...]
    settings: Settings
    home: Path | None
    edits: bool


def _asked(connection: sqlite3.Connection, wants: GenerateWants, home: Path | None) -> _Asked:
    kind = generators(home).load(wants.generator)
    found = tuple(starts(connection, wants, kind))
    return _Asked(wants, found, tuple(sorted(settings_of(wants, home).items())), home, kind.edits)


def _newest_version(connection: sqlite3.Connection, wants: GenerateWants, home: Path | None) -> str:
    """The newest version of a generator that has worked here in the way that is wanted; "" if none has."""
    kind = generators(home).load(wants.generator)
    rows = connection.execute(
        "SELECT version FROM source WHERE name = ? AND kind = 'generator' ORDER BY id DESC", (wants.generator,)
    )
    return next((row[0] for row in rows if _may_be(kind, row[0], wants.memory)), "")


def _may_be(kind: type[Generator], version: str, memory: str) -> bool:
    """Whether a version of a generator is what comes of this `Manner.memory`; left to choose, any is."""
    made = kind.memory_of(version)
    return memory == "auto" or made is None or (made == "tight") == (memory == "tight")


@lru_cache(maxsize=8)
def _requests(asked: _Asked) -> tuple[PairRequest, ...]:
    """The pairs that are asked for, without the words of a language model.

    Kept, since whoever watches a run asks twice a second.
    """
    renders = generators(asked.home).load(asked.wants.generator).renders
    return tuple(pair_requests(asked.wants, asked.found, renders, asked.settings, from_text=not asked.edits))


@lru_cache(maxsize=8)
def _by_key(asked: _Asked, version: str) -> dict[str, PairRequest]:
    """Key -> request, where the template is the writer; kept as `_requests` are."""
    return {request.key(asked.wants.generator, version): request for request in _requests(asked)}


def _write(connection: sqlite3.Connection, asked: _Asked, run_id: int) -> tuple[Work, list[PairRequest]]:
    """The stage of a language model, and the pairs with their words; those whose words will not come are left out."""
    writer = writer_key(connection, asked.wants.writer)
    words, requests = words_of(connection, writer), _requests(asked)
    keys = (request.writing.key for request in requests if request.is_unwritten)
    done, failed, left = tally(connection, writer, keys, words)
    stage = _given_up(connection, run_id, Stage("write", writer.name, len(done), len(failed), len(left)))
    awaited = left if stage.left else set()
    worded = [each for each in in_words(requests, words) if not each.is_unwritten or each.writing.key in awaited]
    return Work(stage, stage.left, writer.model), worded


def _generate(
    connection: sqlite3.Connection, asked: _Asked, worded: Sequence[PairRequest] | None, run_id: int
) -> tuple[Work, _Pairs]:
    """The stage of the generator, and its pairs.

    Args:
        worded: the pairs, where the template doesn't write them; one that is still to be written is certainly missing.
    """
    name = asked.wants.generator
    version = _newest_version(connection, asked.wants, asked.home)
    model = f"{name} {version}"
    if worded is None:
        requests = _by_key(asked, version)
    else:
        requests = {each.key(name, version): each for each in worded if not each.is_unwritten}
    made = done_keys(connection, requests) if version else set()
    failed = (failed_items(connection, "generate", model) & requests.keys()) - made
    left = [request for key, request in requests.items() if key not in made and key not in failed]
    left += [each for each in worded or () if each.is_unwritten]
    stage = _given_up(connection, run_id, Stage("generate", name, len(made), len(failed), len(left)))
    to_come = coming(connection, left if stage.left else [], name, version, asked.edits)
    making = Work(stage, to_come.images, model, pace_settings(dict(asked.settings)))
    return making, _Pairs(pair_ids(connection, made), to_come)
