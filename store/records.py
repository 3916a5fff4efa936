"""Writing what was made and measured. Every function takes an open session of `Database.write()`.

Nothing is made twice: a row whose key is there already is left as it is, and its id is returned. What is derived
(`margin`) is brought up to date in the same transaction as what it derives from.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import text
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, SQLModel, col, select

from store.blobs import StoredBlob
from store.queries.tallies import TALLY
from store.tables import (
    BY_RULE,
    NO_IMAGE,
    NO_PAIR,
    NO_PROMPT,
    Answer,
    Blob,
    Generation,
    Image,
    Measure,
    Pair,
    PairDimension,
    Photograph,
    PhotographDimension,
    Probe,
    Prompt,
    Score,
    Scorer,
    Source,
    Witness,
    Writer,
    WrittenPrompt,
)

Table = TypeVar("Table", bound=SQLModel)


def _id_of(session: Session, table: type[Table], key: Mapping[str, Any], **rest: Any) -> int:
    """The id of the row with this key, added now if it is not there."""
    found = session.exec(select(table).filter_by(**key)).first()
    if found is None:
        found = table(**key, **rest)
        session.add(found)
        session.flush()
    return found.id  # type: ignore[attr-defined]


def _add_missing(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Pass over the keys that are there, and only those: OR IGNORE would also drop a row with a forbidden NULL."""
    if rows:
        session.execute(insert(table).on_conflict_do_nothing(), list(rows))


def prompt_id(session: Session, prompt: str) -> int:
    """The id of a text; the empty text is `NO_PROMPT`."""
    return _id_of(session, Prompt, {"text": prompt}) if prompt else NO_PROMPT


def add_image(session: Session, blob: StoredBlob, key: str, kind: str, provenance: Mapping[str, Any]) -> int:
    """One origin of a stored blob. `kind` is photograph, artwork, generated or edit; `key` names the origin."""
    _add_missing(session, Blob, [blob._asdict()])
    facts = json.dumps(provenance, ensure_ascii=False, sort_keys=True)
    return _id_of(session, Image, {"key": key}, sha256=blob.sha256, kind=kind, provenance=facts, created=time.time())


@dataclass(frozen=True)
class PhotographFacts:
    """What comes with a real image. Dimensions are proposals: nothing is accepted by the program."""

    title: str = ""
    caption: str = ""
    wide_prompt: str = ""
    author: str = ""
    license: str = ""
    license_url: str = ""
    url: str = ""
    collection: str = ""
    conventional: bool = False
    dimensions: tuple[str, ...] = ()


def add_photograph(session: Session, blob: StoredBlob, kind: str, facts: PhotographFacts) -> tuple[int, bool]:
    """A photograph or artwork by its bytes: (image id, whether it is new). One that is there keeps its facts."""
    image_id = add_image(session, blob, f"{kind}:{blob.sha256}", kind, {})
    if session.get(Photograph, image_id):
        return image_id, False
    values = asdict(facts)
    dimensions = values.pop("dimensions")
    caption_id = prompt_id(session, values.pop("caption"))
    wide_prompt_id = prompt_id(session, values.pop("wide_prompt"))
    session.add(Photograph(image_id=image_id, caption_id=caption_id, wide_prompt_id=wide_prompt_id, **values))
    session.flush()
    rows = [{"image_id": image_id, "dimension": dimension} for dimension in dimensions]
    _add_missing(session, PhotographDimension, rows)
    return image_id, True


def source_id(session: Session, name: str, version: str, kind: str, base: str = "", about: str = "") -> int:
    """One version of a generator, an import or a collection."""
    return _id_of(session, Source, {"name": name, "version": version}, kind=kind, base=base, about=about)


@dataclass(frozen=True)
class NewGeneration:
    """One image made by a generator. (source, prompt, input image, seed, settings hash) is the request's key."""

    source_id: int
    prompt_id: int
    seed: int
    settings_hash: str
    settings: str
    image_id: int
    seconds: float
    input_image_id: int = NO_IMAGE


def add_generation(session: Session, new: NewGeneration) -> None:
    """Record how an image was made."""
    _add_missing(session, Generation, [{**asdict(new), "created": time.time()}])


def writer_id(session: Session, name: str, version: str) -> int:
    """One version of a writer of wide prompts."""
    return _id_of(session, Writer, {"name": name, "version": version})


@dataclass(frozen=True)
class NewWritten:
    """A wide prompt as it was written. (writer, key) is what was asked for.

    Args:
        asks: the effects it asks for, as JSON: a list of [dimension, effect, strength].
        facts: how it was made, as plain values.
        author: the person who edited it; empty for a model's.
        edited_from: the prompt that was edited.
        pair_id: the pair whose prompt was edited.
    """

    writer_id: int
    key: str
    original_prompt_id: int
    prompt_id: int
    asks: str
    seed: int
    facts: Mapping[str, Any]
    author: str = ""
    edited_from: int = NO_PROMPT
    pair_id: int = NO_PAIR


def add_written(session: Session, new: NewWritten) -> int:
    """Keep a wide prompt that was written. Returns its id, or that of the one which is there under its key."""
    values = asdict(new)
    key = {name: values.pop(name) for name in ("writer_id", "key")}
    values["facts"] = json.dumps(values["facts"], ensure_ascii=False, sort_keys=True)
    return _id_of(session, WrittenPrompt, key, **values, created=time.time())


class AskedDimension(NamedTuple):
    """A dimension of a pair: asked by its P_a through an effect, or only related to one that is."""

    dimension: str
    effect: str = ""
    strength: float = 0.0
    asked: bool = True


@dataclass(frozen=True)
class NewPair:
    """I_o and I_a with their prompts. `key` names the request, so that a pair is there once.

    `written_id` says how P_a was written, where the template didn't write it; `words_seed` by which draws.
    """

    key: str
    source_id: int
    original_prompt_id: int
    wide_prompt_id: int
    original_image_id: int
    wide_image_id: int
    seed: int
    writer: str
    dimensions: tuple[AskedDimension, ...] = field(default=())
    written_id: int = BY_RULE
    words_seed: int = 0


def add_pair(session: Session, new: NewPair) -> int:
    """A pair with its dimensions, and its margins where its cells are scored already. Returns its id."""
    found = session.exec(select(Pair.id).where(col(Pair.key) == new.key)).first()
    if found is not None:
        return found
    values = asdict(new)
    del values["dimensions"]
    pair_id = _id_of(session, Pair, {"key": values.pop("key")}, **values, created=time.time())
    _add_missing(session, PairDimension, [{"pair_id": pair_id, **item._asdict()} for item in new.dimensions])
    refresh_margins(session, [pair_id])
    return pair_id


@dataclass(frozen=True)
class ScorerFacts:
    """What a scorer says of itself; (name, version, origin) is its identity."""

    name: str
    version: str
    role: str
    kind: str
    reads_prompt: bool
    about: str = ""
    origin: str = "here"


def scorer_id(session: Session, facts: ScorerFacts) -> int:
    """One version of a scorer."""
    values = asdict(facts)
    key = {name: values.pop(name) for name in ("name", "version", "origin")}
    return _id_of(session, Scorer, key, **values)


class NewScore(NamedTuple):
    """The value of a cell, a finite number. `prompt_id` is `NO_PROMPT` for a prompt-blind scorer."""

    image_id: int
    prompt_id: int
    value: float
    truncated: bool = False
    dimension: str = ""


def add_scores(session: Session, scorer: int, scores: Iterable[NewScore]) -> None:
    """Scores of one scorer, and the margins that they complete.

    Raises:
        ValueError: a value is not a finite number, or a prompt-blind scorer's value stands under a prompt.
    """
    rows = [{"scorer_id": scorer, **score._asdict()} for score in scores]
    reads_prompt = session.get_one(Scorer, scorer).reads_prompt
    for row in rows:
        if not math.isfinite(row["value"]):
            raise ValueError(f"the score of image {row['image_id']} under prompt {row['prompt_id']} is {row['value']}")
        if not reads_prompt and row["prompt_id"] != NO_PROMPT:
            raise ValueError(f"scorer {scorer} reads no prompt: its score is stored under prompt {NO_PROMPT}")
    _add_missing(session, Score, rows)
    refresh_margins(session, pairs_with_images(session, {row["image_id"] for row in rows}), scorer)


class NewAnswer(NamedTuple):
    """What a judge said of one item, as claims and failures name it; None where nobody said what it cost."""

    item: str
    usable: bool
    text: str
    tokens: int | None = None
    cost: float | None = None
    facts: Mapping[str, Any] = {}


def add_answer(session: Session, run_id: int, scorer: int, new: NewAnswer) -> None:
    """One answer of a judge, whether or not it could be used."""
    values = {**new._asdict(), "facts": json.dumps(new.facts, ensure_ascii=False, sort_keys=True)}
    session.add(Answer(at=time.time(), run_id=run_id, scorer_id=scorer, **values))


def probe_id(session: Session, name: str, version: str) -> int:
    """One version of a probe."""
    return _id_of(session, Probe, {"name": name, "version": version})


class NewMeasure(NamedTuple):
    """A probe's value of one image; None (or NaN, which SQLite keeps as NULL) where it is undefined for the image."""

    image_id: int
    probe_id: int
    value: float | None


def add_measures(session: Session, measures: Iterable[NewMeasure]) -> None:
    """Measures of images."""
    _add_missing(session, Measure, [measure._asdict() for measure in measures])


class NewWitness(NamedTuple):
    """What the declared probe saw of one asked effect in a pair."""

    pair_id: int
    dimension: str
    effect: str
    probe_id: int
    original: float
    wide: float
    witnessed: bool


def set_witnesses(session: Session, pair_ids: Collection[int], witnesses: Iterable[NewWitness]) -> None:
    """Replace the witnesses of these pairs, which derive from measures."""
    session.execute(text("DELETE FROM witness WHERE pair_id IN (SELECT value FROM json_each(:ids))"), _ids(pair_ids))
    _add_missing(session, Witness, [witness._asdict() for witness in witnesses])


def pairs_with_images(session: Session, image_ids: Collection[int]) -> list[int]:
    """The ids of pairs in which any of these images stands."""
    query = text(
        "SELECT id FROM pair WHERE original_image_id IN (SELECT value FROM json_each(:ids)) "
        "UNION SELECT id FROM pair WHERE wide_image_id IN (SELECT value FROM json_each(:ids))"
    )
    return list(session.execute(query, _ids(image_ids)).scalars())


MARGINS = """
INSERT OR REPLACE INTO margin
  (scorer_id, pair_id, source_id, cluster, oiop, oidp, diop, didp, margin, truncated)
SELECT s.id, p.id, p.source_id, p.original_prompt_id,
       oiop.value, oidp.value, diop.value, didp.value, didp.value - oidp.value, oidp.truncated OR didp.truncated
FROM pair p CROSS JOIN scorer s
JOIN score oidp ON oidp.scorer_id = s.id AND oidp.image_id = p.original_image_id
  AND oidp.prompt_id = iif(s.reads_prompt, p.wide_prompt_id, 0) AND oidp.dimension = ''
JOIN score didp ON didp.scorer_id = s.id AND didp.image_id = p.wide_image_id
  AND didp.prompt_id = iif(s.reads_prompt, p.wide_prompt_id, 0) AND didp.dimension = ''
LEFT JOIN score oiop ON oiop.scorer_id = s.id AND oiop.image_id = p.original_image_id
  AND oiop.prompt_id = iif(s.reads_prompt, p.original_prompt_id, 0) AND oiop.dimension = ''
LEFT JOIN score diop ON diop.scorer_id = s.id AND diop.image_id = p.wide_image_id
  AND diop.prompt_id = iif(s.reads_prompt, p.original_prompt_id, 0) AND diop.dimension = ''
WHERE (:scorer = 0 OR s.id = :scorer)
"""

TALLIES = f"""
INSERT OR REPLACE INTO tally (scorer_id, dimension, cluster, n, wins, ties, margins, truncated)
SELECT m.scorer_id, '' AS dimension, m.cluster, {TALLY}
FROM pair p JOIN margin m ON m.pair_id = p.id
WHERE (:scorer = 0 OR m.scorer_id = :scorer)
"""
TALLIES_BY_DIMENSION = f"""
INSERT OR REPLACE INTO tally (scorer_id, dimension, cluster, n, wins, ties, margins, truncated)
SELECT m.scorer_id, d.dimension, m.cluster, {TALLY}
FROM pair p JOIN margin m ON m.pair_id = p.id JOIN pair_dimension d ON d.pair_id = p.id
WHERE (:scorer = 0 OR m.scorer_id = :scorer)
"""
GROUPED = "GROUP BY 1, 2, 3"


def refresh_margins(session: Session, pair_ids: Collection[int], scorer: int = 0) -> None:
    """Derive the margins of these pairs again, under one scorer or (0) all, and the tallies that they enter."""
    if not pair_ids:
        return
    parameters = {**_ids(pair_ids), "scorer": scorer}
    query = f"{MARGINS} AND p.id IN (SELECT value FROM json_each(:ids))"
    if session.execute(text(query), parameters).rowcount:  # type: ignore[attr-defined]
        clusters = "SELECT original_prompt_id FROM pair WHERE id IN (SELECT value FROM json_each(:ids))"
        for tallies in (TALLIES, TALLIES_BY_DIMENSION):
            query = f"{tallies} AND p.original_prompt_id IN ({clusters}) {GROUPED}"
            session.execute(text(query), parameters)


def rebuild_margins(session: Session) -> None:
    """Derive every margin and tally again from the scores."""
    session.execute(text("DELETE FROM margin"))
    session.execute(text("DELETE FROM tally"))
    session.execute(text(MARGINS), {"scorer": 0})
    for tallies in (TALLIES, TALLIES_BY_DIMENSION):
        session.execute(text(f"{tallies} {GROUPED}"), {"scorer": 0})


def _ids(ids: Collection[int]) -> dict[str, str]:
    return {"ids": json.dumps(list(ids))}
