"""The list of pairs: which ones a filter selects, a page of them, and all that is known of one."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from store.queries import doses, edits, judges

VERDICTS = {
    "wide": "m.margin > 0",
    "original": "m.margin < 0",
    "tie": "m.margin = 0",
    "scored": "m.margin IS NOT NULL",
}
COULD: tuple[str, ...] = ()
"""Of `PairFilter.witnessed`: a probe could see some effect, of whatever dimension."""
ORDERS = {
    "newest": "{pair} DESC",
    "oldest": "{pair}",
    "margin": "m.margin, {pair}",
    "margin, falling": "m.margin DESC, {pair} DESC",
}


@dataclass(frozen=True)
class PairFilter:
    """What the list shows. None means no restriction.

    Args:
        scorer_id: whose margins are shown, sorted by and filtered by.
        dimension: a dimension that P_a asks for, or that is related to one.
        source_id: where the pairs come from.
        verdict: which image the scorer puts first under P_a: wide, original or tie; or "scored": any of these; or
            "missing": not scored yet. Without a scorer it restricts nothing.
        witnessed: whether every probe that could witness an asked effect did; or the dimensions of which one could, and
            did or didn't, witness an effect; `COULD` for all. Which ones count together is not for the store to know.
        strength: of swept pairs (see `store.queries.doses`), those of this one.
        status: candidate, curated or rejected, as people decided of the pair.
        text: words to find in either prompt, all of them, each as a beginning; signs without a word find nothing.
        order: a key of `ORDERS`. The margin orders need a scorer, leave out the pairs that it has not scored, and
            are the oldest first where there is no margin to order by.
    """

    scorer_id: int | None = None
    dimension: str | None = None
    source_id: int | None = None
    verdict: str | None = None
    witnessed: bool | tuple[str, ...] | None = None
    strength: float | None = None
    status: str | None = None
    text: str = ""
    order: str = "oldest"


def search_expression(text: str) -> str:
    """Words as an FTS5 expression in which nothing of the text is syntax; "" where there is no word."""
    return " ".join(f'"{word}"*' for word in re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text)))


@dataclass(frozen=True)
class Selection:
    """A filter as SQL.

    Attributes:
        pair: the column that holds the ids of the pairs.
        chosen: FROM and WHERE. `pair p` is among the tables only where something of the pair itself is asked for.
        parameters: what `chosen` names.
    """

    pair: str
    chosen: str
    parameters: dict[str, Any]


def _by_margin(wanted: PairFilter) -> bool:
    return wanted.order.startswith("margin") and wanted.scorer_id is not None and wanted.verdict != "missing"


def selection(wanted: PairFilter) -> Selection:
    """The pairs of a filter, from the fewest tables that can tell them."""
    verdict = wanted.verdict if wanted.scorer_id is not None else None
    search = search_expression(wanted.text)
    ids, tables, conditions = [], [], []
    if wanted.source_id is not None or search or not (_by_margin(wanted) or verdict in VERDICTS or wanted.dimension):
        ids.append("p.id")
        tables.append("pair p")
    if _by_margin(wanted) or verdict in VERDICTS:
        ids.append("m.pair_id")
        tables.append("margin m")
        conditions.append("m.scorer_id = :scorer_id")
    if wanted.dimension:
        ids.append("d.pair_id")
        tables.append("pair_dimension d")
        conditions.append("d.dimension = :dimension")
    pair = ids[0]
    conditions += [f"{other} = {pair}" for other in ids[1:]]
    if verdict in VERDICTS:
        # The plus keeps SQLite from looking margins up in their order and then sorting the pairs by another one.
        conditions.append(("" if _by_margin(wanted) else "+") + VERDICTS[verdict])
    if verdict == "missing":
        conditions.append(f"NOT EXISTS (SELECT 1 FROM margin n WHERE n.pair_id = {pair} AND n.scorer_id = :scorer_id)")
    if wanted.source_id is not None:
        conditions.append("p.source_id = :source_id")
    if wanted.witnessed is not None:
        conditions.append(_witnessed(wanted, pair))
    if wanted.strength is not None:
        conditions.append(f"{pair} IN ({doses.AT_STRENGTH})")
    if wanted.status:  # nothing was decided of most candidates, so they are all but the others
        negation, sign = ("NOT ", "!=") if wanted.status == "candidate" else ("", "=")
        decided = f"SELECT subject_id FROM curation WHERE subject = 'pair' AND status {sign} :status"
        conditions.append(f"{pair} {negation}IN ({decided})")
    if search:
        found = "SELECT rowid FROM prompt_search WHERE prompt_search MATCH :search"
        conditions.append(f"(p.original_prompt_id IN ({found}) OR p.wide_prompt_id IN ({found}))")
    elif wanted.text.strip():
        conditions.append("0")
    parameters = {
        "scorer_id": wanted.scorer_id,
        "dimension": wanted.dimension,
        "source_id": wanted.source_id,
        "could": json.dumps(wanted.witnessed),
        "strength": wanted.strength,
        "status": wanted.status,
        "search": search,
    }
    return Selection(pair, f"FROM {' CROSS JOIN '.join(tables)} WHERE {' AND '.join(conditions) or '1'}", parameters)


def _witnessed(wanted: PairFilter, pair: str) -> str:
    witness = f"SELECT 1 FROM witness w WHERE w.pair_id = {pair}"
    if wanted.witnessed == COULD:
        return f"EXISTS ({witness})"
    if isinstance(wanted.witnessed, tuple):
        return f"{pair} IN (SELECT pair_id FROM witness WHERE dimension IN (SELECT value FROM json_each(:could)))"
    missed = f"EXISTS ({witness} AND w.witnessed = 0)"
    return f"EXISTS ({witness}) AND NOT {missed}" if wanted.witnessed else missed


def pair_ids(reader: sqlite3.Connection, wanted: PairFilter, limit: int = -1) -> array[int]:
    """The ids of the pairs that a filter selects, in its order, or of the first `limit` of them: 8 bytes a pair.

    They come as one JSON array: a row each would take SQLite three times as long, and would ask for the
    interpreter's lock once a pair, for which it would wait while another thread draws.
    """
    found = selection(wanted)
    order = ORDERS["oldest" if wanted.order.startswith("margin") and not _by_margin(wanted) else wanted.order]
    ordered = f"SELECT {found.pair} AS pair {found.chosen} ORDER BY {order.format(pair=found.pair)} LIMIT :limit"
    query = f"SELECT json_group_array(pair) FROM ({ordered})"
    return array("q", json.loads(reader.execute(query, {**found.parameters, "limit": limit}).fetchone()[0]))


def pair_rows(reader: sqlite3.Connection, ids: Sequence[int], scorer_id: int | None) -> list[sqlite3.Row]:
    """The list's rows of these pairs, in the order given.

    Columns: id, original_prompt, wide_prompt, source, dimensions (asked, comma-separated), margin, oidp, didp,
    truncated, status, stars, witnessed (how many effects), could_witness.
    """
    query = f"""
        SELECT p.id, po.text AS original_prompt, pa.text AS wide_prompt, s.name AS source,
               (SELECT group_concat(dimension) FROM pair_dimension WHERE pair_id = p.id AND asked) AS dimensions,
               m.margin, m.oidp, m.didp, m.truncated,
               coalesce(c.status, 'candidate') AS status, coalesce(c.stars, 0) AS stars,
               (SELECT sum(witnessed) FROM witness WHERE pair_id = p.id) AS witnessed,
               (SELECT count(*) FROM witness WHERE pair_id = p.id) AS could_witness
        FROM pair p
        JOIN prompt po ON po.id = p.original_prompt_id JOIN prompt pa ON pa.id = p.wide_prompt_id
        JOIN source s ON s.id = p.source_id
        LEFT JOIN margin m ON m.pair_id = p.id AND m.scorer_id = :scorer_id
        LEFT JOIN curation c ON c.subject = 'pair' AND c.subject_id = p.id
        WHERE p.id IN ({",".join(str(int(i)) for i in ids)})
    """
    found = {row["id"]: row for row in reader.execute(query, {"scorer_id": scorer_id})}
    return [found[i] for i in ids if i in found]


@dataclass(frozen=True)
class PairImage:
    """One side of a pair: which image, and where its file is."""

    image_id: int
    sha256: str
    suffix: str
    width: int
    height: int
    kind: str
    provenance: str


@dataclass(frozen=True)
class PairDetail:
    """All that is known of one pair. The lists are rows of the tables that their names say.

    `written` is how P_a was written: facts (JSON), author, edited_from and the pair_id of that, created; None where the
    template wrote it.
    """

    id: int
    source: str
    source_version: str
    seed: int
    writer: str
    written: sqlite3.Row | None
    edits: list[sqlite3.Row]
    original_prompt: str
    wide_prompt: str
    original: PairImage
    wide: PairImage
    status: str
    stars: int
    note: str
    dimensions: list[sqlite3.Row]
    margins: list[sqlite3.Row]
    witnesses: list[sqlite3.Row]
    tags: list[sqlite3.Row]
    verdicts: list[sqlite3.Row]
    judged: list[sqlite3.Row]
    ratings: list[sqlite3.Row]
    answers: list[sqlite3.Row]


def pair_detail(reader: sqlite3.Connection, pair_id: int) -> PairDetail | None:
    """One pair, or None if there is no such pair.

    Rows of `margins`: scorer, version, origin, role, reads_prompt, about, oiop, oidp, diop, didp, margin, truncated.
    Rows of `witnesses`: dimension, effect, probe, original, wide, witnessed.
    Rows of `verdicts`: people's, those that were not taken back.
    Rows of `judged`, `ratings`, `answers`: those of `verdicts`, `ratings` and `answers` in `store.queries.judges`.
    Rows of `edits`: those of `store.queries.edits`.
    """
    head = reader.execute(
        """
        SELECT p.*, s.name AS source, s.version AS source_version, po.text AS original_prompt, pa.text AS wide_prompt,
               coalesce(c.status, 'candidate') AS status, coalesce(c.stars, 0) AS stars, coalesce(c.note, '') AS note
        FROM pair p JOIN source s ON s.id = p.source_id
        JOIN prompt po ON po.id = p.original_prompt_id JOIN prompt pa ON pa.id = p.wide_prompt_id
        LEFT JOIN curation c ON c.subject = 'pair' AND c.subject_id = p.id
        WHERE p.id = ?
        """,
        (pair_id,),
    ).fetchone()
    if head is None:
        return None

    def rows(query: str) -> list[sqlite3.Row]:
        return reader.execute(query, (pair_id,)).fetchall()

    return PairDetail(
        id=pair_id,
        source=head["source"],
        source_version=head["source_version"],
        seed=head["seed"],
        writer=head["writer"],
        written=reader.execute("SELECT * FROM written_prompt WHERE id = ?", (head["written_id"],)).fetchone(),
        edits=edits.edits(reader, pair_id),
        original_prompt=head["original_prompt"],
        wide_prompt=head["wide_prompt"],
        original=_pair_image(reader, head["original_image_id"]),
        wide=_pair_image(reader, head["wide_image_id"]),
        status=head["status"],
        stars=head["stars"],
        note=head["note"],
        dimensions=rows("SELECT * FROM pair_dimension WHERE pair_id = ? ORDER BY asked DESC, dimension"),
        margins=rows(
            "SELECT s.name AS scorer, s.version, s.origin, s.role, s.reads_prompt, s.about, m.* FROM margin m "
            "JOIN scorer s ON s.id = m.scorer_id WHERE m.pair_id = ? ORDER BY s.id"
        ),
        witnesses=rows(
            "SELECT w.*, b.name AS probe FROM witness w JOIN probe b ON b.id = w.probe_id "
            "WHERE w.pair_id = ? ORDER BY w.dimension"
        ),
        tags=rows("SELECT dimension, present FROM curation_tag WHERE subject = 'pair' AND subject_id = ?"),
        verdicts=rows(
            "SELECT * FROM verdict WHERE pair_id = ? AND scorer_id = 0 "
            "AND id NOT IN (SELECT verdict_id FROM withdrawal) ORDER BY id"
        ),
        judged=judges.verdicts(reader, pair_id),
        ratings=judges.ratings(reader, pair_id),
        answers=judges.answers(reader, pair_id),
    )


def _pair_image(reader: sqlite3.Connection, image_id: int) -> PairImage:
    row = reader.execute(
        "SELECT i.id, i.sha256, b.suffix, b.width, b.height, i.kind, i.provenance "
        "FROM image i JOIN blob b USING (sha256) WHERE i.id = ?",
        (image_id,),
    ).fetchone()
    return PairImage(*row)


def scorers(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Every scorer version that has scored something or is known: rows of `scorer`.

    A judge, which is asked in words, is among them only if it gave cells (see `store.queries.judges` for the others).
    """
    return reader.execute(
        "SELECT * FROM scorer s WHERE kind != 'judge' OR EXISTS (SELECT 1 FROM margin m WHERE m.scorer_id = s.id) "
        "ORDER BY id"
    ).fetchall()


def sources(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Every source: rows of `source`, with how many pairs each has."""
    return reader.execute(
        "SELECT s.*, (SELECT count(*) FROM pair p WHERE p.source_id = s.id) AS pairs FROM source s ORDER BY s.id"
    ).fetchall()


def count_pairs(reader: sqlite3.Connection, wanted: PairFilter | None = None) -> int:
    """How many pairs a filter selects."""
    found = selection(wanted or PairFilter())
    return int(reader.execute(f"SELECT count(*) {found.chosen}", found.parameters).fetchone()[0])


def image_files(reader: sqlite3.Connection, image_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """image id → (sha256, suffix) of its blob."""
    ids = ",".join(str(int(i)) for i in image_ids)
    rows = reader.execute(
        f"SELECT i.id, i.sha256, b.suffix FROM image i JOIN blob b USING (sha256) WHERE i.id IN ({ids})"
    )
    return {row[0]: (row[1], row[2]) for row in rows}
