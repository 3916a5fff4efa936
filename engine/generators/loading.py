"""Opening a generator by name, wherever its weights lie; the one door that the worker uses."""

from __future__ import annotations

from pathlib import Path

from engine.generators import generators
from engine.generators.base import ANYHOW, Generator, Manner


def open_generator(name: str, home: Path, device: str | None = None, manner: Manner = ANYHOW) -> Generator:
    """A generator, ready to generate.

    Args:
        name: a registered generator, or one of the home's own catalogue.
        home: the home's folder, which knows where weights lie.
        device: as torch names it, such as `cpu` or `cuda:0`; by default the graphics card if there is one.
        manner: how to run it there.

    Raises:
        UnknownName: no such generator.
        MissingWeights: they are not here; the message says how to get them.
        UnreadableWeights: they are damaged, incomplete, not safetensors, or a LoRA of another base.
        CardTooSmall: the card has too little memory free; said before anything is loaded.
        MissingKey: a service's key is not in the environment.
    """
    make: type[Generator] = generators(home).load(name)
    return make.open(name, home, device, manner)
