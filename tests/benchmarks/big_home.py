"""A generated home of 100,000 pairs and a million scores, for benchmarks and for trying screens at that size.

    python tests/benchmarks/big_home.py FOLDER            # about a minute; kept and used again
    widespectrum --home FOLDER

Prompts, dimensions and the shape of the tables are those of real work: 2,500 captions × 4 wide prompts × 10
generators, 1–4 asked effects a prompt, originals shared by the pairs of a caption, three scorers that read prompts
and a prompt-blind one that is done with two generators. The numbers are drawn at random, and the images are a few of
the sample photographs, shared by all, so that previews work. Nothing here is a result.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, text
from sqlmodel import Session, SQLModel

import sample_data
from engine.prompts import draw_asks, write_wide_prompt
from engine.taxonomy import DIMENSIONS, with_related
from store import Home, curation, records, tables
from store.blobs import StoredBlob, keep_bytes

RECIPE = "3"
"""Raise it when the home comes out otherwise, so that kept ones are made again."""

SOURCES = (
    ("flux-dev", ""), ("flux-schnell", ""), ("flux-krea", "flux-dev"), ("danceflux", "flux-dev"),
    ("prefflux", "flux-dev"), ("sdxl", ""), ("playground", ""), ("sd3.5m", ""), ("sd3.5m-geneval", "sd3.5m"),
    ("sd3.5m-pickscore", "sd3.5m"),
)  # fmt: skip
SCORERS = (
    ("hpsv2.1", "reward model", True, 0.03), ("image_reward", "reward model", True, 0.8),
    ("clip_l", "base encoder", True, 0.04), ("polish", "control", False, 1.0),
)  # fmt: skip
PROBES = ("sharpness", "brightness", "contrast", "colourfulness")
SUBJECTS = (
    "an old man", "a bear and its cub", "two children", "a fishing boat", "a red bicycle", "a bowl of fruit", "a dog",
    "a street musician", "a lighthouse", "a wooden chair", "a market stall", "a train", "a bride", "a cat", "a horse",
    "a tall oak", "a glass vase", "a football team", "a baker", "a nurse", "a stone bridge", "a violin", "a cow",
    "a tent", "a kite",
)  # fmt: skip
SETTINGS = ("at noon", "in the rain", "after school", "by the sea", "on a hill", "in winter", "near a wall",
            "in a garden", "beside a road", "in a hall")  # fmt: skip
DOINGS = ("standing still", "seen from the side", "close to the camera", "in front of a window", "under a tree",
          "with a blue cloth", "next to a lamp", "behind a fence", "on a table", "among people")  # fmt: skip
BOARD_PROMPTS = "SELECT image_id, coalesce(nullif(wide_prompt_id, 0), caption_id) FROM photograph"
WIDE_PROMPTS = 4
"""Wide prompts for each caption."""
PHOTOGRAPH_DIMENSIONS = [each.name for each in DIMENSIONS.values() if each.taxonomy == "photograph"]


def big_home(folder: Path, captions: int = 2500) -> Path:
    """The home at `folder`, made now unless it is there: `captions` × 40 pairs, at most 2,500 captions.

    Raises:
        FileExistsError: the folder holds something else; it is left as it is.
    """
    recipe = {"recipe": RECIPE, "captions": captions}
    mark = folder / "big_home.json"
    if mark.exists() and json.loads(mark.read_text(encoding="utf-8")) == recipe:
        return folder
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise FileExistsError(f"{folder} holds something else; name an empty folder")
    building = folder.with_name(f"{folder.name}.building")
    for old in (folder, building):
        shutil.rmtree(old, ignore_errors=True)
    with Home(building) as home:
        _fill(home, captions)
    (building / "big_home.json").write_text(json.dumps(recipe), encoding="utf-8")
    return building.rename(folder)


def _fill(home: Home, captions: int) -> None:
    draw = np.random.default_rng(0)
    sample = sample_data.photographs()
    blobs = [keep_bytes(home, each.resource().read_bytes(), each.file) for each in sample]
    originals = [blob for blob, each in zip(blobs, sample, strict=True) if each.role == "conventional"]
    wides = [blob for blob, each in zip(blobs, sample, strict=True) if each.role == "candidate"]
    with home.database.write() as session:
        _photographs(session, blobs)
        prompts = _prompts(session, captions)
        layout = _Layout(session, prompts)
        _images(session, layout, originals, wides)
        _pairs(session, layout)
        _scores(session, layout, draw)
        _measures(session, layout, draw)
        records.rebuild_margins(session)
        _decisions(session, layout, draw)
    home.database.reader().execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Prompts:
    """Captions (P_o) with their wide prompts (P_a) and asks; ids are those of the table."""

    def __init__(self, first_id: int, captions: int):
        subjects = list(product(SUBJECTS, DOINGS, SETTINGS))[:captions]
        self.captions = [" ".join(words) for words in subjects]
        self.asks, self.wide = [], []
        for number, caption in enumerate(self.captions):
            for variant in range(WIDE_PROMPTS):
                seed = number * WIDE_PROMPTS + variant
                asks = draw_asks(PHOTOGRAPH_DIMENSIONS, 1 + seed % 4, seed)
                self.asks.append(asks)
                self.wide.append(write_wide_prompt(caption, asks, seed))
        self.first_caption = first_id
        self.first_wide = first_id + captions


class _Layout:
    """Which row has which id: everything is numbered by source, then caption, then wide prompt."""

    def __init__(self, session: Session, prompts: _Prompts):
        self.prompts = prompts
        self.captions, self.wides = len(prompts.captions), len(prompts.wide)
        self.sources = [
            records.source_id(session, name, "generated for benchmarks", "generator", base, "random numbers")
            for name, base in SOURCES
        ]
        self.first_image = 1 + session.execute(text("SELECT max(id) FROM image")).scalar_one()

    def original(self, source: int, caption: int) -> int:
        """The id of I_o."""
        return self.first_image + source * (self.captions + self.wides) + caption

    def wide(self, source: int, wide: int) -> int:
        """The id of I_a."""
        return self.first_image + source * (self.captions + self.wides) + self.captions + wide

    def pairs(self) -> Iterator[tuple[int, int, int, int]]:
        """(pair id, source, caption, wide prompt), each a number from 0 but the first."""
        for pair_id, (source, wide) in enumerate(product(range(len(SOURCES)), range(self.wides)), start=1):
            yield pair_id, source, wide // WIDE_PROMPTS, wide


def _insert(session: Session, table: type[SQLModel], columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    names, rows = columns.split(), iter(rows)
    while batch := [dict(zip(names, row, strict=True)) for row in islice(rows, 50_000)]:
        session.execute(insert(table), batch)


def _photographs(session: Session, blobs: list[StoredBlob]) -> None:
    for blob, each in zip(blobs, sample_data.photographs(), strict=True):
        facts = records.PhotographFacts(
            title=each.title, caption=each.caption, wide_prompt=each.wide_prompt or "", author=each.author,
            license=each.license, license_url=each.license_url, url=each.url, collection=each.collection,
            conventional=each.role == "conventional", dimensions=each.dimensions,
        )  # fmt: skip
        records.add_photograph(session, blob, each.kind, facts)


def _prompts(session: Session, captions: int) -> _Prompts:
    prompts = _Prompts(1 + session.execute(text("SELECT max(id) FROM prompt")).scalar_one(), captions)
    texts = [*prompts.captions, *prompts.wide]
    _insert(session, tables.Prompt, "id text", enumerate(texts, start=prompts.first_caption))
    return prompts


def _images(session: Session, layout: _Layout, originals: list[StoredBlob], wides: list[StoredBlob]) -> None:
    settings = json.dumps({"guidance": 3.5, "height": 1024, "steps": 32, "width": 1024})
    prompts, now = layout.prompts, time.time()

    def images() -> Iterator[tuple[int, int, int, StoredBlob]]:
        for source in range(len(SOURCES)):
            for caption in range(layout.captions):
                blob = originals[caption % len(originals)]
                yield layout.original(source, caption), source, prompts.first_caption + caption, blob
            for wide in range(layout.wides):
                yield layout.wide(source, wide), source, prompts.first_wide + wide, wides[wide % len(wides)]

    columns = "id key sha256 kind provenance created"
    rows = ((i, f"generated:{i}", blob.sha256, "generated", settings, now) for i, _, _, blob in images())
    _insert(session, tables.Image, columns, rows)
    columns = "source_id prompt_id input_image_id seed settings_hash settings image_id seconds created"
    made = ((layout.sources[s], prompt, 0, 7, "benchmark", settings, i, 2.5, now) for i, s, prompt, _ in images())
    _insert(session, tables.Generation, columns, made)


def _pairs(session: Session, layout: _Layout) -> None:
    prompts, now = layout.prompts, time.time()
    columns = "id key source_id original_prompt_id wide_prompt_id original_image_id wide_image_id seed writer created"
    rows = (
        (pair_id, f"benchmark:{pair_id}", layout.sources[source], prompts.first_caption + caption,
         prompts.first_wide + wide, layout.original(source, caption), layout.wide(source, wide), 7, "writer 1", now)
        for pair_id, source, caption, wide in layout.pairs()
    )  # fmt: skip
    _insert(session, tables.Pair, columns, rows)
    of_wide = [_dimensions(asks) for asks in prompts.asks]
    dimensions = sorted(
        (dimension, pair_id, *rest) for pair_id, _, _, wide in layout.pairs() for dimension, *rest in of_wide[wide]
    )
    _insert(session, tables.PairDimension, "dimension pair_id effect strength asked", dimensions)


def _dimensions(asks: Iterable[Any]) -> list[tuple[str, str, float, bool]]:
    asked = [(ask.dimension, ask.effect, ask.strength, True) for ask in asks]
    names = {dimension for dimension, *_ in asked}
    return [*asked, *((related, "", 0.0, False) for related in with_related(names) if related not in names)]


def _scores(session: Session, layout: _Layout, draw: np.random.Generator) -> None:
    """Each generator has a bias of its own under each scorer, and so has each caption."""
    prompts = layout.prompts
    columns = "scorer_id image_id prompt_id dimension value truncated"
    for name, role, reads_prompt, scale in SCORERS:
        facts = records.ScorerFacts(name, "random 1", role, "dual", reads_prompt, "Random numbers, no model.")
        scorer = records.scorer_id(session, facts)
        sources = range(len(SOURCES)) if reads_prompt else range(2)
        of_caption = draw.normal(0, 0.5, layout.captions)
        shift = draw.normal(0.2, 0.4, len(SOURCES))
        noise = iter(draw.normal(0, 1, len(SOURCES) * (layout.captions + 3 * layout.wides)).tolist())

        def value(caption: int, bias: float) -> float:
            return round(scale * (of_caption[caption] + bias + next(noise)), 6)  # noqa: B023 (used in this turn only)

        rows: list[tuple[Any, ...]] = []
        for source in sources:
            for caption in range(layout.captions):
                image = layout.original(source, caption)
                plain = prompts.first_caption + caption if reads_prompt else 0
                rows.append((scorer, image, plain, "", value(caption, 0.3), False))
                for wide in range(caption * WIDE_PROMPTS, (caption + 1) * WIDE_PROMPTS) if reads_prompt else ():
                    rows.append((scorer, image, prompts.first_wide + wide, "", value(caption, 0), wide % 50 == 0))
            for wide in range(layout.wides):
                image, caption = layout.wide(source, wide), wide // WIDE_PROMPTS
                if reads_prompt:
                    plain = prompts.first_caption + caption
                    rows.append((scorer, image, plain, "", value(caption, -0.3), False))
                prompt = prompts.first_wide + wide if reads_prompt else 0
                cut = reads_prompt and wide % 50 == 0
                rows.append((scorer, image, prompt, "", value(caption, shift[source]), cut))
        rows += [
            (scorer, image, prompt if reads_prompt else 0, "", float(scale * draw.normal(-1, 1)), False)
            for image, prompt in session.execute(text(BOARD_PROMPTS)).all()
        ]
        _insert(session, tables.Score, columns, rows)


def _measures(session: Session, layout: _Layout, draw: np.random.Generator) -> None:
    probes = [records.probe_id(session, name, "random 1") for name in PROBES]
    images = range(layout.first_image, layout.wide(len(SOURCES) - 1, layout.wides - 1) + 1)
    values = draw.normal(50, 10, (len(images), len(probes)))
    rows = (
        (i, p, v)
        for i, of_image in enumerate(values.tolist(), images.start)
        for p, v in zip(probes, of_image, strict=True)
    )
    _insert(session, tables.Measure, "image_id probe_id value", rows)
    witnessed = draw.random(len(SOURCES) * layout.wides * 4)
    effects = (
        (pair_id, ask, position)
        for pair_id, _, _, wide in layout.pairs()
        for position, ask in enumerate(sorted(layout.prompts.asks[wide]))
        if (pair_id + position) % 5  # one in five asks has no probe that could witness it
    )
    rows = (
        (
            pair_id,
            ask.dimension,
            ask.effect,
            probes[position],
            50.0,
            40.0,
            bool(witnessed[4 * pair_id - position - 1] < 0.8),
        )
        for pair_id, ask, position in effects
    )
    _insert(session, tables.Witness, "pair_id dimension effect probe_id original wide witnessed", rows)


def _decisions(session: Session, layout: _Layout, draw: np.random.Generator) -> None:
    pairs = draw.choice(len(SOURCES) * layout.wides, min(1000, layout.wides), replace=False) + 1
    for pair, accepted in zip(pairs.tolist(), (draw.random(len(pairs)) < 0.7).tolist(), strict=True):
        action = curation.Action.ACCEPT if accepted else curation.Action.REJECT
        curation.decide(session, "benchmark", curation.Subject.PAIR, pair, action)


if __name__ == "__main__":
    start = time.perf_counter()
    made = big_home(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2500)
    print(f"{made}: ready in {time.perf_counter() - start:.0f} s")
