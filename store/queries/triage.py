"""Triage: which photographs or pairs wait for a decision, and what a person sees of each while deciding.

A dimension *shows* in a subject if it was proposed (with the photograph, or by the pair's P_a) or a person tagged it,
unless a person said that it is not there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from store.queries.photographs import board_photographs

SubjectName = Literal["image", "pair"]
SCOPES = ("shown", "open", "every")
STATUSES = ("candidate", "curated", "rejected")


class Entry(NamedTuple):
    """One thing to decide on."""

    subject: SubjectName
    id: int


@dataclass(frozen=True)
class Order:
    """By which number a queue is sorted. Subjects without one come last.

    Args:
        kind: `probe`: the measure of the image (of a pair: of the wide one). `scorer`: the board's score of a
            photograph; of a pair, its margin.
        id: of the probe or scorer.
        name: for people.
        falling: the largest first.
    """

    kind: Literal["probe", "scorer"]
    id: int
    name: str
    falling: bool = False


@dataclass(frozen=True)
class TriageFilter:
    """What a queue is made of.

    Args:
        dimension: the one that is asked about; None for any.
        status: one of `STATUSES`, or None for all. A conventional photograph is an original to edit, not a candidate.
        scope: with a dimension: `shown` in the subject, `open` as nobody has said yes or no, or `every` subject.
        order: None for the order in which they were added.
    """

    subject: SubjectName = "image"
    dimension: str | None = None
    status: str | None = "candidate"
    scope: str = "shown"
    order: Order | None = None


@dataclass(frozen=True)
class _Source:
    """How one kind of subject lies in the tables."""

    table: str
    id: str
    proposed: str
    proposed_id: str
    status: str
    image: str


_SOURCES: Mapping[SubjectName, _Source] = {
    "image": _Source(
        "photograph",
        "s.image_id",
        "photograph_dimension",
        "image_id",
        "CASE WHEN c.status IS NOT NULL AND c.status != 'candidate' THEN c.status "
        "WHEN s.conventional THEN 'conventional' ELSE 'candidate' END",
        "s.image_id",
    ),
    "pair": _Source("pair", "s.id", "pair_dimension", "pair_id", "coalesce(c.status, 'candidate')", "s.wide_image_id"),
}
_ORDERS = {
    ("image", "probe"): "SELECT value FROM measure WHERE image_id = s.image_id AND probe_id = :key",
    ("pair", "probe"): "SELECT value FROM measure WHERE image_id = s.wide_image_id AND probe_id = :key",
    ("pair", "scorer"): "SELECT margin FROM margin WHERE pair_id = s.id AND scorer_id = :key",
    ("image", "scorer"): """
        SELECT v.value FROM score v JOIN scorer r ON r.id = v.scorer_id
        WHERE v.scorer_id = :key AND v.image_id = s.image_id AND v.dimension = ''
          AND v.prompt_id = iif(r.reads_prompt, coalesce(nullif(s.wide_prompt_id, 0), s.caption_id), 0)""",
}


def _tables(source: _Source) -> str:
    return f"{source.table} s LEFT JOIN curation c ON c.subject = :subject AND c.subject_id = {source.id}"


def triage_ids(reader: sqlite3.Connection, wanted: TriageFilter) -> list[int]:
    """The ids of the images or pairs that a filter selects, in its order."""
    source = _SOURCES[wanted.subject]
    conditions = ["1"]
    if wanted.status:
        conditions.append(f"{source.status} = :status")
    tagged = "SELECT subject_id FROM curation_tag WHERE subject = :subject AND dimension = :dimension"
    if wanted.dimension and wanted.scope == "shown":
        proposed = f"SELECT {source.proposed_id} FROM {source.proposed} WHERE dimension = :dimension"
        conditions.append(f"{source.id} IN ({proposed} UNION {tagged} AND present EXCEPT {tagged} AND NOT present)")
    if wanted.dimension and wanted.scope == "open":
        conditions.append(f"{source.id} NOT IN ({tagged})")
    order = ""
    if wanted.order:
        value = f"({_ORDERS[wanted.subject, wanted.order.kind]})"
        order = f"{value} IS NULL, {value} {'DESC' if wanted.order.falling else 'ASC'}, "
    query = f"SELECT {source.id} FROM {_tables(source)} WHERE {' AND '.join(conditions)} ORDER BY {order}{source.id}"
    parameters = {
        "subject": wanted.subject,
        "status": wanted.status,
        "dimension": wanted.dimension,
        "key": wanted.order.id if wanted.order else 0,
    }
    return [row[0] for row in reader.execute(query, parameters)]


def dimension_counts(reader: sqlite3.Connection, subject: SubjectName, status: str | None) -> dict[str, int]:
    """In how many subjects of a status (None: of all) each dimension shows."""
    source = _SOURCES[subject]
    # Most are candidates: to look each subject up among those that are not is six times as fast.
    inside, unlike = ("NOT IN", "!=") if status == "candidate" else ("IN", "=")
    among = "1"
    if status:
        among = f"id {inside} (SELECT {source.id} FROM {_tables(source)} WHERE {source.status} {unlike} :status)"
    # What people said of a dimension stands in place of what was proposed. Each half is counted in the order of its
    # index: to sort both together takes ten times as long.
    said = "SELECT subject_id AS id, dimension, present FROM curation_tag WHERE subject = :subject"
    proposed = f"SELECT {source.proposed_id} AS id, dimension FROM {source.proposed}"
    query = f"""
        SELECT dimension, sum(n) FROM (
            SELECT dimension, count(*) AS n FROM ({proposed})
            WHERE {among} AND (id, dimension) NOT IN (SELECT id, dimension FROM ({said})) GROUP BY 1
            UNION ALL SELECT dimension, count(*) FROM ({said}) WHERE {among} AND present GROUP BY 1
        ) GROUP BY 1"""
    return dict(reader.execute(query, {"subject": subject, "status": status}).fetchall())


def status_counts(reader: sqlite3.Connection, subject: SubjectName) -> dict[str, int]:
    """How many subjects stand where: those of `STATUSES`, and `conventional` photographs nobody has decided on."""
    source = _SOURCES[subject]
    query = f"SELECT {source.status}, count(*) FROM {_tables(source)} GROUP BY 1"
    return dict(reader.execute(query, {"subject": subject}).fetchall())


def orders(reader: sqlite3.Connection, subject: SubjectName) -> list[Order]:
    """Every number that at least one subject can be sorted by, rising."""
    source = _SOURCES[subject]
    measured = (
        f"SELECT 1 FROM {source.table} s CROSS JOIN measure m ON m.image_id = {source.image} WHERE m.probe_id = p.id"
    )
    scored = (
        f"SELECT 1 FROM {source.table} s CROSS JOIN score v ON v.image_id = {source.image} "
        "WHERE v.scorer_id = p.id AND v.dimension = ''"
    )
    found = [
        Order("probe", *row)
        for row in reader.execute(f"SELECT id, name FROM probe p WHERE EXISTS ({measured}) ORDER BY id")
    ]
    return found + [
        Order("scorer", *row)
        for row in reader.execute(f"SELECT id, name FROM scorer p WHERE EXISTS ({scored}) ORDER BY id")
    ]


@dataclass(frozen=True)
class TriageItem:
    """What a person sees of one subject. `caption` is P_o and `wide_prompt` P_a.

    Args:
        images: (sha256, suffix) of the image, or of a pair's original and wide image.
        kind: photograph, artwork or pair.
        origin: the collection, or a pair's source.
        proposed: dimensions that came with it.
        tags: dimension → whether a person said that it is there.
    """

    entry: Entry
    images: tuple[tuple[str, str], ...]
    kind: str
    origin: str
    caption: str
    wide_prompt: str
    title: str = ""
    author: str = ""
    license: str = ""
    conventional: bool = False
    status: str = "candidate"
    stars: int = 0
    note: str = ""
    proposed: tuple[str, ...] = ()
    tags: Mapping[str, bool] = field(default_factory=dict)


def triage_items(reader: sqlite3.Connection, entries: Iterable[Entry]) -> dict[Entry, TriageItem]:
    """What is known of these, without those that do not exist."""
    found = {}
    for entry in entries:
        item = _photograph(reader, entry) if entry.subject == "image" else _pair(reader, entry)
        if item:
            found[entry] = item
    return found


_PHOTOGRAPH = """
    SELECT i.kind, i.sha256, b.suffix, s.title, s.author, s.license, s.collection, s.conventional,
           po.text AS caption, pa.text AS wide_prompt
    FROM photograph s JOIN image i ON i.id = s.image_id JOIN blob b USING (sha256)
    JOIN prompt po ON po.id = s.caption_id JOIN prompt pa ON pa.id = s.wide_prompt_id WHERE s.image_id = ?"""
_PAIR = """
    SELECT io.sha256 AS original, bo.suffix AS original_suffix, ia.sha256, ba.suffix,
           po.text AS caption, pa.text AS wide_prompt, r.name AS source
    FROM pair s JOIN image io ON io.id = s.original_image_id JOIN blob bo ON bo.sha256 = io.sha256
    JOIN image ia ON ia.id = s.wide_image_id JOIN blob ba ON ba.sha256 = ia.sha256
    JOIN prompt po ON po.id = s.original_prompt_id JOIN prompt pa ON pa.id = s.wide_prompt_id
    JOIN source r ON r.id = s.source_id WHERE s.id = ?"""


def _photograph(reader: sqlite3.Connection, entry: Entry) -> TriageItem | None:
    row = reader.execute(_PHOTOGRAPH, (entry.id,)).fetchone()
    if row is None:
        return None
    proposed = "SELECT dimension FROM photograph_dimension WHERE image_id = ? ORDER BY dimension"
    return TriageItem(
        entry,
        ((row["sha256"], row["suffix"]),),
        row["kind"],
        row["collection"],
        row["caption"],
        row["wide_prompt"],
        title=row["title"],
        author=row["author"],
        license=row["license"],
        conventional=bool(row["conventional"]),
        **_curation(reader, entry, proposed),
    )


def _pair(reader: sqlite3.Connection, entry: Entry) -> TriageItem | None:
    row = reader.execute(_PAIR, (entry.id,)).fetchone()
    if row is None:
        return None
    proposed = "SELECT dimension FROM pair_dimension WHERE pair_id = ? ORDER BY asked DESC, dimension"
    return TriageItem(
        entry,
        ((row["original"], row["original_suffix"]), (row["sha256"], row["suffix"])),
        "pair",
        row["source"],
        row["caption"],
        row["wide_prompt"],
        **_curation(reader, entry, proposed),
    )


def _curation(reader: sqlite3.Connection, entry: Entry, proposed: str) -> dict[str, Any]:
    state = reader.execute(
        "SELECT status, stars, note FROM curation WHERE subject = ? AND subject_id = ?", entry
    ).fetchone()
    tags = reader.execute("SELECT dimension, present FROM curation_tag WHERE subject = ? AND subject_id = ?", entry)
    return {
        "proposed": tuple(row[0] for row in reader.execute(proposed, (entry.id,))),
        "tags": {row["dimension"]: bool(row["present"]) for row in tags},
        **(dict(state) if state else {}),
    }


class Standing(NamedTuple):
    """What one scorer says of one subject: a photograph's score with its rank among all, or a pair's margin."""

    scorer: str
    role: str
    value: float
    rank: int = 0
    of: int = 0


def standings(reader: sqlite3.Connection, entry: Entry) -> list[Standing]:
    """Of each scorer that has scored it. Rank 1 is the highest among photographs under their board prompts."""
    if entry.subject == "pair":
        query = "SELECT s.name, s.role, m.margin FROM margin m JOIN scorer s ON s.id = m.scorer_id WHERE m.pair_id = ?"
        return [Standing(*row) for row in reader.execute(query + " ORDER BY s.id", (entry.id,))]
    found = []
    for scorer in reader.execute("SELECT id, name, role FROM scorer ORDER BY id").fetchall():
        scores = {row["image_id"]: row["score"] for row in board_photographs(reader, scorer["id"])}
        if (value := scores.get(entry.id)) is not None:
            rank = 1 + sum(other > value for other in scores.values())
            found.append(Standing(scorer["name"], scorer["role"], value, rank, len(scores)))
    return found
