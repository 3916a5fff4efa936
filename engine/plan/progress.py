"""How far the work that a run wants has come, counted from the store. Loads no model."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from engine.generators import generators
from engine.generators.base import Generator
from engine.judges import is_judge
from engine.plan.missing import (
    MEASURE_MODEL,
    ScorerKey,
    Tally,
    count_cells,
    count_images,
    done_keys,
    failed_items,
    newest_probes,
    pair_ids,
    scorer_key,
)
from engine.plan.questions import count_questions
from engine.plan.requests import Original, PairRequest, Settings, pair_requests, starts
from engine.plan.wants import GenerateWants, Wants, settings_of
from engine.scorers import CONTROLS, PROMPT_BLIND

NO_PROBE = 0
"""No image was measured by it: it stands for the probes as long as none has worked here."""
QUESTIONS_OF_A_PAIR = 2
"""A judge is asked in both orders, or of both images."""
PUBLISHED = "publisher"
"""The precision of judges, whatever is asked of scorers."""
ALL = "*"
"""The item of a failure that stopped a whole model in one run."""


class Stage(NamedTuple):
    """One kind of work of a run: pairs to generate, images to measure, or cells to score."""

    stage: str
    model: str
    done: int
    failed: int
    left: int


class _Pairs(NamedTuple):
    """The pairs of a run: those that are there, and the requests that may still become some."""

    ids: Collection[int] | None
    coming: list[PairRequest]
    edits: bool


def stages(connection: sqlite3.Connection, wants: Wants, run_id: int = 0, home: Path | None = None) -> Iterator[Stage]:
    """Every stage of a run in the order of the work, with what its missing pairs will add to the later ones.

    Args:
        run_id: the run whose given-up models count as failed; 0 for a run that hasn't begun.
        home: the home's folder, whose own catalogue may have the generator.
    """
    pairs = _Pairs(None, [], True)
    if wants.generate:
        stage, pairs = _generate(connection, wants.generate, run_id, home)
        yield stage
    photographs: list[int] | None = None if wants.photographs else []
    if wants.probes:
        probes = newest_probes(connection) or [NO_PROBE]
        tally = count_images(connection, pairs.ids, photographs, probes)
        yield _stage("measure", MEASURE_MODEL, tally, _coming_images(connection, pairs, wants.photographs))
    for name in wants.scorers:
        if is_judge(name):
            scorer = scorer_key(connection, name, precision=PUBLISHED)
            tally = count_questions(connection, pairs.ids, scorer)
            yield _given_up(connection, run_id, _stage("score", name, tally, QUESTIONS_OF_A_PAIR * len(pairs.coming)))
            continue
        precision = "fp32" if name in CONTROLS else wants.precision  # which have no choice
        scorer = scorer_key(connection, name, PROMPT_BLIND, precision)
        tally = count_cells(connection, pairs.ids, photographs, scorer)
        coming = _coming_cells(connection, pairs, scorer, wants.photographs)
        yield _given_up(connection, run_id, _stage("score", name, tally, coming))


def _stage(stage: str, model: str, tally: Tally, coming: int) -> Stage:
    return Stage(stage, model, tally.done, tally.failed, tally.left + coming)


def _given_up(connection: sqlite3.Connection, run_id: int, stage: Stage) -> Stage:
    """The stage, with all that is left counted as failed where the run has given its model up."""
    query = "SELECT 1 FROM failure WHERE (run_id, stage, model, item) = (?, ?, ?, ?)"
    if connection.execute(query, (run_id, stage.stage, stage.model, ALL)).fetchone() is None:
        return stage
    return stage._replace(failed=stage.failed + stage.left, left=0)


def _generate(
    connection: sqlite3.Connection, wants: GenerateWants, run_id: int, home: Path | None
) -> tuple[Stage, _Pairs]:
    kind = generators(home).load(wants.generator)
    found = tuple(starts(connection, wants, kind))
    rows = connection.execute(
        "SELECT version FROM source WHERE name = ? AND kind = 'generator' ORDER BY id DESC", (wants.generator,)
    )
    version = next((row[0] for row in rows if _may_be(kind, row[0], wants.memory)), "")
    requests = _requests(wants, found, version, tuple(sorted(settings_of(wants, home).items())), home)
    made = done_keys(connection, requests) if version else set()
    failed = (failed_items(connection, "generate", f"{wants.generator} {version}") & requests.keys()) - made
    coming = [request for key, request in requests.items() if key not in made and key not in failed]
    stage = Stage("generate", wants.generator, len(made), len(failed), len(coming))
    stage = _given_up(connection, run_id, stage)
    return stage, _Pairs(pair_ids(connection, made), coming if stage.left else [], kind.edits)


def _may_be(kind: type[Generator], version: str, memory: str) -> bool:
    """Whether a version of a generator is what comes of this `Manner.memory`; left to choose, any is."""
    made = kind.memory_of(version)
    return memory == "auto" or made is None or (made == "tight") == (memory == "tight")


@lru_cache(maxsize=8)
def _requests(
    wants: GenerateWants, found: tuple[Original, ...], version: str, settings: Settings, home: Path | None
) -> dict[str, PairRequest]:
    """Key -> request. Kept, since whoever watches a run asks twice a second."""
    kind = generators(home).load(wants.generator)
    requests = pair_requests(wants, found, kind.renders, settings, from_text=not kind.edits)
    return {request.key(wants.generator, version): request for request in requests}


def _coming_images(connection: sqlite3.Connection, pairs: _Pairs, photographs: bool) -> int:
    """The images that pairs still to be made add: each I_a, and each I_o that is new."""
    if not pairs.edits:
        return len(pairs.coming) + len(_new_captions(connection, pairs))
    return len(pairs.coming) + (0 if photographs else len(_new_originals(connection, pairs)))


def _coming_cells(connection: sqlite3.Connection, pairs: _Pairs, scorer: ScorerKey, photographs: bool) -> int:
    """The cells that pairs still to be made add."""
    if not scorer.reads_prompt:
        return _coming_images(connection, pairs, photographs)
    if not pairs.edits:
        return 3 * len(pairs.coming) + len(_new_captions(connection, pairs))
    plain = _new_originals(connection, pairs)
    if photographs:  # a photograph without a written P_a is scored under its caption already
        query = "SELECT image_id FROM photograph WHERE wide_prompt_id = 0"
        plain -= {row[0] for row in connection.execute(query)}
    return 3 * len(pairs.coming) + len(plain)


def _new_originals(connection: sqlite3.Connection, pairs: _Pairs) -> set[int]:
    """The photographs that are I_o of pairs still to come, and of none that is there."""
    coming = {request.original.image_id for request in pairs.coming}
    ids = ",".join(map(str, pairs.ids or [0]))
    return coming - {row[0] for row in connection.execute(f"SELECT original_image_id FROM pair WHERE id IN ({ids})")}


def _new_captions(connection: sqlite3.Connection, pairs: _Pairs) -> set[str]:
    """The original prompts of pairs still to come whose I_o is not there yet: one I_o serves all pairs of a prompt."""
    coming = {request.original.caption for request in pairs.coming}
    ids = ",".join(map(str, pairs.ids or [0]))
    query = f"SELECT DISTINCT o.text FROM pair p JOIN prompt o ON o.id = p.original_prompt_id WHERE p.id IN ({ids})"
    return coming - {row[0] for row in connection.execute(query)}
