"""Whether a model fits on the card, and how: decided from the headers of its files, before anything is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from engine.devices import Memory
from engine.generators.base import ANYHOW, Manner
from engine.generators.diffusion.families import ENCODERS

GIB = 2**30
WORKING = 3 * GIB
"""What computing one image of a megapixel needs beside the weights: a generous guess."""
MOST_AT_ONCE = 4
"""Images denoised together on a card: more gain little, since a few fill it already. On a processor a batch gains
nothing, and could change the last bits, so there each image is made by itself."""
EIGHT_BITS = 0.55
"""The denoiser's share that is left in 8 bits: half, and what stays in 16, norms and embeddings."""


class CardTooSmall(MemoryError):
    """The card has too little memory free for the model; says how much is missing and what would fit."""


@dataclass(frozen=True)
class Placement:
    """How a model lies on its device.

    Args:
        in_turn: whether text encoders and denoiser take turns on the card, the others waiting in main memory.
        tight: whether the denoiser's weights are kept in 8 bits, text encoders come to the card layer by layer, and
            images are decoded in tiles. The pixels are others than without.
        batch_size: images denoised together.
    """

    in_turn: bool = False
    tight: bool = False
    batch_size: int = 1

    def words(self) -> str:
        """As provenance names it."""
        if self.tight:
            return "denoiser in 8 bits, encoders layer by layer, decoded in tiles"
        return "encoders and denoiser in turn" if self.in_turn else "all on the device"


def placed(
    name: str,
    sizes: Mapping[str, int],
    denoiser: str,
    memory: Memory | None,
    manner: Manner = ANYHOW,
    smaller: Iterable[str] = (),
) -> Placement:
    """The quickest way in which a model fits, of those that were asked for.

    Left to choose, it turns to 8 bits only where the card is too small for anything else: what others hold of it at
    the moment has no say in what the pixels are.

    Args:
        name: the generator, for the message.
        sizes: part of the pipeline -> bytes of its weights on the card.
        denoiser: the part that is kept in 8 bits where memory is tight.
        memory: of the card; None for what is no card, where everything fits.
        smaller: names of generators that would fit, for the message.

    Raises:
        CardTooSmall: no way.
    """
    if memory is None:
        return _placement(manner.memory, manner.batch_size or 1)
    needs = _needs(sizes, denoiser)
    ways = (manner.memory,) if manner.memory != "auto" else ("full", "offload")
    if manner.memory == "auto" and needs["offload"] + WORKING > memory.total:
        ways = ("tight",)
    for way in ways:
        room = (memory.free - needs[way]) // WORKING
        if room >= 1:
            return _placement(way, manner.batch_size or min(MOST_AT_ONCE, room))
    least = min(needs[way] for way in ways) + WORKING
    others = [f"--memory {way}" for way, need in needs.items() if way not in ways and need + WORKING <= memory.free]
    fitting = ", ".join([*others, *smaller])
    raise CardTooSmall(
        f"{name} needs about {least / GIB:.1f} GiB of the card's memory ({_placement(ways[-1], 1).words()}), and "
        f"{memory.free / GIB:.1f} of its {memory.total / GIB:.1f} are free; "
        + (f"what would fit: {fitting}" if fitting else "nothing in the catalogue fits")
    )


def _needs(sizes: Mapping[str, int], denoiser: str) -> dict[str, int]:
    """Way -> bytes of weights that lie on the card at the same time."""
    every = sum(sizes.values())
    encoders = sum(size for part, size in sizes.items() if part in ENCODERS)
    rest = every - encoders
    saved = int((1 - EIGHT_BITS) * sizes.get(denoiser, 0))
    return {"full": every, "offload": max(rest, encoders), "tight": rest - saved}


def _placement(way: str, batch_size: int) -> Placement:
    return Placement(way == "offload", way == "tight", batch_size)


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
