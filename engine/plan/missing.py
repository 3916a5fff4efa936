"""What is missing in the store: anti-joins between what a run asks for and what is there.

Every function takes a connection of the standard driver, so that a screen asks it of its reader and the worker
inside the transaction in which it claims. `scope` names pairs by id; None means every pair.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from engine.scorers import PRECISIONS, is_prompt_blind
from store.queries.work import ALL

MEASURE_MODEL = "probes"
"""The model under which claims and failures of measures stand: an image is measured by all probes at once."""

Scope = Collection[int] | None


class Tally(NamedTuple):
    """How much of one kind of work is done, failed and left."""

    done: int
    failed: int
    left: int


class Cell(NamedTuple):
    """One (image, prompt) to score; prompt 0 for a prompt-blind scorer."""

    image_id: int
    prompt_id: int

    @property
    def item(self) -> str:
        """How claims and failures name it."""
        return f"{self.image_id}/{self.prompt_id}"


def done_keys(connection: sqlite3.Connection, keys: Iterable[str]) -> set[str]:
    """Those of the keys under which a pair is there."""
    query = "SELECT key FROM pair WHERE key IN (SELECT value FROM json_each(?))"
    return {row[0] for row in connection.execute(query, (json.dumps(list(keys)),))}


def failed_items(connection: sqlite3.Connection, stage: str, model: str) -> set[str]:
    """The pieces of one kind of work that failed, whichever run asked."""
    return {
        row[0] for row in connection.execute("SELECT item FROM failure WHERE (stage, model) = (?, ?)", (stage, model))
    }


def gave_up(connection: sqlite3.Connection, run_id: int, stage: str, model: str) -> bool:
    """Whether a run has given up all that was left of a model."""
    query = "SELECT 1 FROM failure WHERE (run_id, stage, model, item) = (?, ?, ?, ?)"
    return connection.execute(query, (run_id, stage, model, ALL)).fetchone() is not None


def pair_ids(connection: sqlite3.Connection, keys: Iterable[str]) -> list[int]:
    """The ids of the pairs that are there under these keys."""
    query = "SELECT id FROM pair WHERE key IN (SELECT value FROM json_each(?)) ORDER BY id"
    return [row[0] for row in connection.execute(query, (json.dumps(list(keys)),))]


def photograph_ids(connection: sqlite3.Connection) -> list[int]:
    """Every photograph and artwork."""
    return [row[0] for row in connection.execute("SELECT image_id FROM photograph ORDER BY image_id")]


def incomplete_pairs(
    connection: sqlite3.Connection,
    scope: Scope,
    scorer_ids: Collection[int],
    probe_ids: Collection[int],
    after: int,
    limit: int,
) -> list[int]:
    """The next pairs, by id, that lack a margin with all its cells under a scorer, or a measure of an image."""
    query = f"""
        SELECT p.id FROM pair p WHERE p.id > :after AND {in_scope("p.id", scope)} AND (
          EXISTS (SELECT 1 FROM json_each(:scorers) s WHERE {_LACKS_MARGIN.format(scorer="s.value")})
          OR EXISTS (SELECT 1 FROM json_each(:probes) b WHERE {_lacks_measure("p.original_image_id", "b.value")}
                                                           OR {_lacks_measure("p.wide_image_id", "b.value")}))
        ORDER BY p.id LIMIT :limit"""
    parameters = {"scorers": json.dumps(list(scorer_ids)), "probes": json.dumps(list(probe_ids))}
    rows = connection.execute(query, {**parameters, "after": after, "limit": limit, "scope": as_json(scope)})
    return [row[0] for row in rows]


def missing_images(
    connection: sqlite3.Connection, scope: Scope, photographs: Scope, probe_ids: Collection[int]
) -> list[int]:
    """The images of pairs, and photographs, that a probe has not measured; those that failed are left out."""
    parameters = {"scope": as_json(scope), "photographs": as_json(photographs), "probes": json.dumps(list(probe_ids))}
    query = f"""
        WITH wanted(image_id) AS ({_images(scope, photographs)})
        SELECT image_id FROM wanted WHERE {_UNMEASURED}
          AND NOT EXISTS (SELECT 1 FROM failure f WHERE {_MEASURE_FAILED}) ORDER BY image_id"""
    return [row[0] for row in connection.execute(query, parameters)]


def count_images(
    connection: sqlite3.Connection,
    scope: Scope,
    photographs: Scope,
    probe_ids: Collection[int],
    others: Collection[int] = (),
) -> Tally:
    """How many of the images of pairs, of the photographs, and of others every probe has measured."""
    parameters = {"scope": as_json(scope), "photographs": as_json(photographs), "probes": json.dumps(list(probe_ids))}
    wanted = _images(scope, photographs) + (" UNION SELECT value FROM json_each(:others)" if others else "")
    return tally(connection, wanted, _UNMEASURED, _MEASURE_FAILED, {**parameters, "others": as_json(others)})


def tally(connection: sqlite3.Connection, wanted: str, missing: str, failed: str, parameters: dict[str, Any]) -> Tally:
    """How much of what a query, called `wanted`, lists is done; `missing` and `failed` are conditions on its rows."""
    query = f"SELECT count(*), total({missing}) FROM ({wanted}) wanted"
    every, left = map(int, connection.execute(query, parameters).fetchone())
    lost = 0
    if connection.execute("SELECT EXISTS (SELECT 1 FROM failure)").fetchone()[0]:
        query = f"SELECT count(*) FROM ({wanted}) wanted WHERE EXISTS (SELECT 1 FROM failure f WHERE {failed})"
        lost = connection.execute(f"{query} AND {missing}", parameters).fetchone()[0]
    return Tally(every - left, lost, left - lost)


class ScorerKey(NamedTuple):
    """One version of a scorer as the plan knows it; id 0 for one that has scored nothing yet."""

    id: int
    reads_prompt: bool
    model: str


def missing_cells(connection: sqlite3.Connection, scope: Scope, photographs: Scope, scorer: ScorerKey) -> list[Cell]:
    """The cells of pairs, and of photographs under their board prompt, without a score; not those that failed."""
    query = f"""
        WITH wanted(image_id, prompt_id) AS ({_cells(scope, photographs, scorer.reads_prompt)})
        SELECT image_id, prompt_id FROM wanted WHERE {_UNSCORED}
          AND NOT EXISTS (SELECT 1 FROM failure f WHERE {_SCORE_FAILED}) ORDER BY image_id, prompt_id"""
    return [Cell(*row) for row in connection.execute(query, _scorer_parameters(scope, photographs, scorer))]


def count_cells(
    connection: sqlite3.Connection,
    scope: Scope,
    photographs: Scope,
    scorer: ScorerKey,
    others: Collection[Cell] = (),
) -> Tally:
    """How many cells of pairs and photographs, and of others, one version of a scorer has scored."""
    parameters = {**_scorer_parameters(scope, photographs, scorer), "others": json.dumps(list(others))}
    wanted = _cells(scope, photographs, scorer.reads_prompt) + (AND_OTHERS if others else "")
    return tally(connection, wanted, _UNSCORED, _SCORE_FAILED, parameters)


AND_OTHERS = " UNION SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:others)"
"""Couples of ids that are wanted beside what is there; left out where there are none, since a union costs a sort."""
_LACKS_MARGIN = """NOT EXISTS (SELECT 1 FROM margin m WHERE m.scorer_id = {scorer} AND m.pair_id = p.id
    AND m.oiop IS NOT NULL AND m.diop IS NOT NULL)"""
_UNSCORED = """NOT EXISTS (SELECT 1 FROM score v WHERE v.scorer_id = :scorer AND v.image_id = wanted.image_id
    AND v.prompt_id = wanted.prompt_id AND v.dimension = '')"""
_UNMEASURED = """EXISTS (SELECT 1 FROM json_each(:probes) b WHERE NOT EXISTS
    (SELECT 1 FROM measure m WHERE m.image_id = wanted.image_id AND m.probe_id = b.value))"""

_SCORE_FAILED = """f.stage = 'score' AND f.model = :model
    AND f.item = wanted.image_id || '/' || wanted.prompt_id"""
_MEASURE_FAILED = f"f.stage = 'measure' AND f.model = '{MEASURE_MODEL}' AND f.item = CAST(wanted.image_id AS TEXT)"


def _lacks_measure(image: str, probe: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM measure m WHERE m.image_id = {image} AND m.probe_id = {probe})"


def as_json(ids: Scope) -> str | None:
    """Ids as the parameter of an `in_scope`."""
    return None if ids is None else json.dumps(list(ids))


def in_scope(column: str, scope: Scope, parameter: str = "scope") -> str:
    """The condition that a column is among some ids, which `parameter` names; true where all are meant."""
    return "1" if scope is None else f"{column} IN (SELECT value FROM json_each(:{parameter}))"


def _images(scope: Scope, photographs: Scope) -> str:
    pairs = f"FROM pair p WHERE {in_scope('p.id', scope)}"
    return (
        f"SELECT original_image_id AS image_id {pairs} UNION SELECT wide_image_id {pairs} UNION "
        f"SELECT image_id FROM photograph WHERE {in_scope('image_id', photographs, 'photographs')}"
    )


def _cells(scope: Scope, photographs: Scope, reads_prompt: bool) -> str:
    if not reads_prompt:
        return f"SELECT image_id, 0 AS prompt_id FROM ({_images(scope, photographs)})"
    pairs = f"FROM pair p WHERE {in_scope('p.id', scope)}"
    board = "coalesce(nullif(wide_prompt_id, 0), caption_id)"
    return " UNION ".join(
        [
            *(
                f"SELECT {image}_image_id AS image_id, {prompt}_prompt_id AS prompt_id {pairs}"
                for image in ("original", "wide")
                for prompt in ("original", "wide")
            ),
            f"SELECT image_id, {board} FROM photograph WHERE {board} != 0 "
            f"AND {in_scope('image_id', photographs, 'photographs')}",
        ]
    )


def _scorer_parameters(scope: Scope, photographs: Scope, scorer: ScorerKey) -> dict[str, Any]:
    return {
        "scope": as_json(scope),
        "photographs": as_json(photographs),
        "scorer": scorer.id,
        "model": scorer.model,
    }


def scorer_key(connection: sqlite3.Connection, name: str, precision: str = "fp32") -> ScorerKey:
    """The newest version of a scorer that has worked here at this precision, or what is known of one that never has."""
    rows = connection.execute(
        "SELECT id, reads_prompt, version FROM scorer WHERE name = ? AND origin = 'here' ORDER BY id DESC", (name,)
    ).fetchall()
    fitting = [(rank, row) for row in rows if (rank := _rank(row[2], precision)) is not None]
    if not fitting:
        return ScorerKey(0, bool(rows[0][1]) if rows else not is_prompt_blind(name), name)
    row = min(fitting, key=lambda each: each[0])[1]
    return ScorerKey(row[0], bool(row[1]), f"{name} {row[2]}")


def _rank(version: str, precision: str) -> int | None:
    """How surely a version is what this precision asks for, 0 the surest; None where it isn't.

    A version ends with the precision's name, if its scorer has a choice. The publisher's own may be one of the others.
    """
    said = version.rpartition(" · ")[2]
    if said.startswith("publisher"):
        return 0 if precision == "publisher" else None
    if said in PRECISIONS and precision != "publisher":
        return 0 if said == precision else None
    return 1


def precision_of(version: str) -> str:
    """What a version of a scorer computed with; fp32 where it says nothing, as of one that has no choice."""
    said = version.rpartition(" · ")[2]
    return next((precision for precision in PRECISIONS if said.startswith(precision)), "fp32")


def newest_probes(connection: sqlite3.Connection, names: Sequence[str] = ()) -> list[int]:
    """The newest version of each probe that has measured here."""
    rows = connection.execute("SELECT name, max(id) FROM probe GROUP BY name").fetchall()
    return sorted(row[1] for row in rows if not names or row[0] in names)
