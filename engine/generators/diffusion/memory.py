"""Whether a model fits on the card, and how: decided from the headers of its files, before anything is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from engine.generators.diffusion.families import ENCODERS

GIB = 2**30
WORKING = 3 * GIB
"""What computing one image of a megapixel needs beside the weights: a generous guess, decoding in tiles included."""
MOST_AT_ONCE = 4
"""Images denoised together on a card: more gain little, since a few fill it already. On a processor a batch gains
nothing, and could change the last bits, so there each image is made by itself."""


class CardTooSmall(MemoryError):
    """The card has too little memory free for the model; says how much is missing and what would fit."""


@dataclass(frozen=True)
class Placement:
    """How a model lies on its device.

    Args:
        in_turn: whether text encoders and denoiser take turns on the card, the others waiting in main memory.
        tiles: whether the image is decoded in tiles.
        batch_size: images denoised together.
    """

    in_turn: bool = False
    tiles: bool = False
    batch_size: int = 1

    def words(self) -> str:
        """As provenance names it."""
        return "encoders and denoiser in turn" if self.in_turn else "all on the device"


def placed(name: str, sizes: Mapping[str, int], free: int, smaller: Iterable[str] = ()) -> Placement:
    """The quickest way in which a model fits.

    Args:
        name: the generator, for the message.
        sizes: part of the pipeline -> bytes of its weights on the card.
        free: bytes of the card that are free.
        smaller: names of generators that would fit, for the message.

    Raises:
        CardTooSmall: no way.
    """
    encoders = sum(size for part, size in sizes.items() if part in ENCODERS)
    every = sum(sizes.values())
    if every + WORKING <= free:
        return Placement(batch_size=min(MOST_AT_ONCE, (free - every) // WORKING))
    rest = every - encoders
    largest = max(rest, encoders)
    if largest + WORKING <= free:
        return Placement(in_turn=True, tiles=True, batch_size=min(MOST_AT_ONCE, (free - largest) // WORKING))
    fitting = ", ".join(smaller)
    raise CardTooSmall(
        f"{name} needs about {(largest + WORKING) / GIB:.1f} GiB of the card's memory even with its parts in turn, and "
        f"{free / GIB:.1f} are free; " + (f"what would fit: {fitting}" if fitting else "nothing in the catalogue fits")
    )


def weights_of(folder: Path, bytes_a_number: int) -> dict[str, int]:
    """Part of the pipeline -> bytes that its weights take once loaded. Reads headers only."""
    parts = {}
    for part in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = list(part.glob("*.safetensors"))
        if files:
            parts[part.name] = bytes_a_number * sum(map(numbers_in, files))
    return parts


def numbers_in(path: Path) -> int:
    """How many numbers a safetensors file holds, from its header. Raises `ValueError` for anything else."""
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 0 < length < 100 * 2**20:
            raise ValueError(f"{path} is not a safetensors file")
        header = json.loads(stream.read(length))
    return sum(prod(tensor["shape"]) for key, tensor in header.items() if key != "__metadata__")
