"""Making a stored image again from its provenance, and saying how far the pixels agree.

Reads the store and writes nothing to it. The generator is loaded in this process.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engine.generators import generators
from engine.generators.base import Ask, Manner, Request, StepCallback
from engine.generators.loading import open_generator
from store import Home
from store.blobs import open_blob

LEAST_PREFIX = 6
"""Digits of a digest that are enough to name a file, if no other begins with them."""
LONGEST_ID = 18
"""Digits of an image's id: SQLite's numbers end within the next one."""


class CannotReproduce(ValueError):
    """There is no such image, or not all that it was made from is here: says which."""


@dataclass(frozen=True)
class Reproduction:
    """An image made again, beside the one that is stored.

    Args:
        image_id: the stored image.
        generator: who made it, and made it again.
        version_then, version_now: of the generator.
        changed: library -> (its version then, its version now), where they differ.
        batch_then: how many images were made together then; 0 where that doesn't matter or isn't known.
        same: whether every pixel agrees.
        differing: share of the pixels that don't, within 0–1; 1 where even the sizes differ.
        largest: the largest difference of one channel, within 0–255.
        image: the new one.
    """

    image_id: int
    generator: str
    version_then: str
    version_now: str
    changed: Mapping[str, tuple[str, str]]
    batch_then: int
    same: bool
    differing: float
    largest: int
    image: Image.Image


def find_image(home: Home, named: str) -> int:
    """The id of an image by its id, by the beginning of its file's digest, or by a file with such a name.

    Raises:
        CannotReproduce: there is none, or several generated ones.
    """
    reader = home.database.reader()
    text = Path(named).stem if "/" in named or "." in named else named
    if (
        text.isdecimal()
        and len(text) <= LONGEST_ID
        and reader.execute("SELECT 1 FROM image WHERE id = ?", (int(text),)).fetchone()
    ):
        return int(text)
    prefix = text.lower()
    if len(prefix) < LEAST_PREFIX or not set(prefix) <= set("0123456789abcdef"):
        raise CannotReproduce(f"no image {named!r}: give an id, or {LEAST_PREFIX} or more digits of a file's name")
    query = (
        "SELECT id, sha256 FROM image WHERE sha256 >= ? AND sha256 < ? ORDER BY kind IN ('photograph', 'artwork'), id"
    )
    rows = reader.execute(query, (prefix, prefix + "g")).fetchall()
    if not rows:
        raise CannotReproduce(f"no image file begins with {named!r}")
    if len({row[1] for row in rows}) > 1:
        raise CannotReproduce(f"{len(rows)} image files begin with {named!r}: give more digits")
    return int(rows[0][0])


def reproduce(
    home: Home, image_id: int, device: str | None = None, on_step: StepCallback | None = None
) -> Reproduction:
    """Make an image again and compare.

    Raises:
        CannotReproduce: it wasn't made by a generator, or what it was made from is gone.
        Refused, Failed: the generator would not or could not this time.
        UnknownName, MissingWeights, UnreadableWeights, …: the generator can't be opened.
    """
    reader = home.database.reader()
    row = reader.execute(
        "SELECT i.sha256, b.suffix, i.provenance FROM image i JOIN blob b USING (sha256) WHERE i.id = ?", (image_id,)
    ).fetchone()
    if row is None:
        raise CannotReproduce(f"there is no image {image_id}")
    made = json.loads(row[2])
    if "generator" not in made:
        raise CannotReproduce(f"image {image_id} was made by no generator of ours: it was added or imported")
    kind = generators(home.folder).load(made["generator"])
    manner = Manner(kind.memory_of(made["version"]) or "auto")
    generator = open_generator(made["generator"], home.folder, device, manner)
    request = _request(home, reader, made)
    again = next(iter(generator.generate([request], on_step)))
    if isinstance(again, Exception):
        raise again
    before = np.asarray(open_blob(home, row[0], row[1]), dtype=np.int16)
    after = np.asarray(again, dtype=np.int16)
    apart = np.abs(before - after) if before.shape == after.shape else np.full((1, 1, 3), 255)
    return Reproduction(
        image_id=image_id,
        generator=generator.name,
        version_then=made["version"],
        version_now=generator.version,
        changed=_changed(made.get("libraries", {})),
        batch_then=int(made.get("made", {}).get("batch", 0)),
        same=not apart.any(),
        differing=float(apart.any(axis=2).mean()),
        largest=int(apart.max()),
        image=again,
    )


def _request(home: Home, reader: sqlite3.Connection, made: Mapping[str, Any]) -> Request:
    settings = dict(made["settings"])
    asks = tuple(Ask(*each) for each in settings.pop("asks", ()))
    photograph = None
    if made.get("input"):
        row = reader.execute("SELECT suffix FROM blob WHERE sha256 = ?", (made["input"],)).fetchone()
        if row is None:
            raise CannotReproduce(f"the image that it was made from, {made['input'][:12]}…, is not in this home")
        photograph = open_blob(home, made["input"], row[0])
    return Request(made["prompt"], made["seed"], asks, photograph, settings)


def _changed(then: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    now = {name: _installed(name) for name in then if name != "python"}
    return {name: (then[name], version) for name, version in now.items() if version != then[name]}


def _installed(name: str) -> str:
    try:
        return installed(name)
    except PackageNotFoundError:
        return "not installed"
