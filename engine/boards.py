"""Boards: who stands where under one scorer.

Means (of generators, of collections, of published rows) are ranked among one another. A single image has the rank
that it would take among those means, and a percentile among the single images. Every board says under which prompts
its scores were given, since a mean over other prompts is another quantity.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.naming import version_keys
from engine.statistics.clusters import cluster_sums
from engine.statistics.estimate import Estimate
from engine.statistics.intervals import mean_estimate
from sample_data import Published, published
from store.queries import pairs, photographs

RowKind = Literal["generator", "collection", "photograph", "artwork", "published"]
Status = Literal["candidate", "curated"]

PUBLISHED_SCORER = "hpsv3"
"""The scorer whose leaderboard and exhibits were published; its own scores join their board."""
LOCAL_PROMPTS = (
    "generators: wide images under their wide prompts (P_a); photographs and artworks: under their written P_a, else "
    "under their captions"
)
BLIND_PROMPTS = "no prompt at all: this scorer looks at the image alone; generators: their wide images"

Mean = Callable[[np.ndarray, np.ndarray], Estimate]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One place on a board.

    Args:
        rank: among the means, from 1, equals sharing a place; for a single image, the place that it would take there.
        status: what people decided of a photograph or artwork; None for means and conventional originals.
        score: a mean, or the one score of an image.
        low, high: the 95% interval of a mean; None for single images and below two clusters.
        n: how many images stand behind the score; None where that was not published.
        percentile: of a single image among the single images that are stored, 0–100, equals counting half.
        image_id: of a stored single image.
        source_id: of a generator or another source of pairs.
        captioned: whether the scorer saw captions, of real images for which no P_a is written.
        note: what else must be known, such as a cut prompt or where a row was published.
    """

    rank: int
    name: str
    kind: RowKind
    status: Status | None
    score: float
    low: float | None
    high: float | None
    n: int | None
    percentile: float | None = None
    image_id: int | None = None
    source_id: int | None = None
    captioned: bool = False
    note: str = ""

    @property
    def is_single(self) -> bool:
        """Whether it is one image: a stored one, or a published one. It takes no place from the means."""
        return self.percentile is not None or (self.kind == "published" and self.n == 1)

    @property
    def is_estimate(self) -> bool:
        """Whether it is a mean over what is stored, which has an interval from two clusters on."""
        return not self.is_single and self.kind != "published"


@dataclass(frozen=True)
class Board:
    """A ranking, best first.

    Args:
        scorer: name of the scorer; `scorer_id` and `version` are None if no local scores stand on it.
        prompt_set: under which prompts the scores were given.
        rejected: how many photographs and artworks were left out because people rejected them.
    """

    scorer: str
    version: str | None
    scorer_id: int | None
    prompt_set: str
    rows: list[BoardRow]
    rejected: int = 0


def boards(reader: sqlite3.Connection) -> list[tuple[str, int | None]]:
    """(key, scorer id) of every board: one for each scorer version, and the published one even without scores."""
    keys = version_keys(pairs.scorers(reader))
    found: list[tuple[str, int | None]] = [(key, scorer_id) for scorer_id, key in sorted(keys.items())]
    return found if PUBLISHED_SCORER in keys.values() else [*found, (PUBLISHED_SCORER, None)]


def board(reader: sqlite3.Connection, scorer_id: int | None, mean: Mean = mean_estimate) -> Board:
    """The board of one scorer version, or (None) the published HPSv3 rows alone.

    Args:
        mean: (n [G], totals [G]) by cluster -> a mean with its interval; reports give a bootstrap's.

    Raises:
        KeyError: there is no such scorer.
    """
    if scorer_id is None:
        return Board(PUBLISHED_SCORER, None, None, _published_prompts(published()), _ranked(_published_rows(), []))
    scorer = next((row for row in pairs.scorers(reader) if row["id"] == scorer_id), None)
    if scorer is None:
        raise KeyError(f"no scorer has the id {scorer_id}")
    stored = photographs.board_photographs(reader, scorer_id)
    kept = [row for row in stored if row["status"] != "rejected"]
    rows = [*_source_means(reader, scorer_id, mean), *_collection_means(kept, mean)]
    prompts = LOCAL_PROMPTS if scorer["reads_prompt"] else BLIND_PROMPTS
    if scorer["name"] == PUBLISHED_SCORER:
        rows += _published_rows()
        prompts = f"{prompts}; {_published_prompts(published())}"
    return Board(
        scorer=scorer["name"],
        version=scorer["version"],
        scorer_id=scorer_id,
        prompt_set=prompts,
        rows=_ranked(rows, [_single(row) for row in kept]),
        rejected=len(stored) - len(kept),
    )


def _ranked(means: Sequence[BoardRow], stored: Sequence[BoardRow]) -> list[BoardRow]:
    """All rows, best first, with ranks; percentiles are among the stored single images alone.

    Args:
        means: with published single images among them.
    """
    places = np.sort([row.score for row in means if not row.is_single])
    scores = np.sort([row.score for row in stored])

    def rank(score: float) -> int:
        return 1 + len(places) - int(np.searchsorted(places, score, "right"))

    def percentile(score: float) -> float:
        below, not_above = (int(np.searchsorted(scores, score, side)) for side in ("left", "right"))
        return 50 * (below + not_above) / len(scores)

    rows = [replace(row, rank=rank(row.score)) for row in means]
    rows += [replace(row, rank=rank(row.score), percentile=percentile(row.score)) for row in stored]
    return sorted(rows, key=lambda row: (-row.score, row.kind, row.name, row.image_id or 0))


def _source_means(reader: sqlite3.Connection, scorer_id: int, mean: Mean) -> list[BoardRow]:
    """The wide images of each source under P_a; clusters are original prompts."""
    keys = version_keys(pairs.sources(reader))
    by_source: dict[int, list[sqlite3.Row]] = {}
    for row in photographs.board_sources(reader, scorer_id):
        by_source.setdefault(row["source_id"], []).append(row)
    return [
        _mean_row(
            keys[source],
            "collection" if rows[0]["kind"] == "collection" else "generator",
            mean(*cluster_sums(rows, "n", "total")),
            source_id=source,
        )
        for source, rows in by_source.items()
    ]


def _collection_means(kept: Sequence[sqlite3.Row], mean: Mean) -> list[BoardRow]:
    """Each collection's images; conventional originals apart, and those apart that were scored under their captions."""
    groups: dict[tuple[str, bool, bool], list[sqlite3.Row]] = {}
    for row in sorted(kept, key=lambda row: int(row["image_id"])):
        key = (row["collection"] or "no collection", bool(row["conventional"]), bool(row["captioned"]))
        groups.setdefault(key, []).append(row)
    rows = []
    for (collection, conventional, captioned), members in groups.items():
        found = mean(np.ones(len(members)), np.array([row["score"] for row in members]))
        notes = [*([] if conventional else [_decided(members)]), *(["under their captions"] if captioned else [])]
        name = f"{collection}, originals" if conventional else collection
        rows.append(_mean_row(name, "collection", found, note=", ".join(notes), captioned=captioned))
    return rows


def _decided(members: Sequence[sqlite3.Row]) -> str:
    """How many of a collection's images are curated, and how many only candidates."""
    curated = sum(row["status"] == "curated" for row in members)
    others = len(members) - curated
    return f"{curated} curated, {others} candidate{'' if others == 1 else 's'}"


def _mean_row(
    name: str,
    kind: RowKind,
    found: Estimate,
    source_id: int | None = None,
    note: str = "",
    captioned: bool = False,
) -> BoardRow:
    assert found.value is not None  # a mean of at least one row
    return BoardRow(
        rank=0,
        name=name,
        kind=kind,
        status=None,
        score=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        source_id=source_id,
        captioned=captioned,
        note=note,
    )


def _single(row: sqlite3.Row) -> BoardRow:
    notes = [
        *(["conventional original"] if row["conventional"] else []),
        *(["under its caption"] if row["captioned"] else []),
        *(["prompt cut"] if row["truncated"] else []),
    ]
    return BoardRow(
        rank=0,
        name=row["title"] or row["caption"] or f"image {row['image_id']}",
        kind=row["kind"],
        status=None if row["conventional"] else row["status"],
        score=row["score"],
        low=None,
        high=None,
        n=1,
        image_id=row["image_id"],
        captioned=bool(row["captioned"]),
        note=", ".join(notes),
    )


def _published_rows() -> list[BoardRow]:
    """The leaderboard's generators and the paper's exhibits, in the scorer's own unit."""
    figures = published()
    leaderboard, exhibits = figures.hpsv3_leaderboard, figures.hpsv3_exhibits
    rows = [
        BoardRow(0, each.generator, "published", None, each.hpsv3, None, None, None, note=leaderboard.source.short)
        for each in leaderboard.rows
    ]
    for each in exhibits.rows:
        name = ", ".join(str(part) for part in (each.title, each.artist, each.year) if part)
        note = f"{each.kind}, {exhibits.source.short}"
        rows.append(BoardRow(0, name, "published", None, each.hpsv3, None, None, each.n, note=note))
    return rows


def _published_prompts(figures: Published) -> str:
    return (
        f"published generators: the benchmark's own prompts ({figures.hpsv3_leaderboard.source.short}); "
        f"published art: each under its own caption ({figures.hpsv3_exhibits.source.short})"
    )
