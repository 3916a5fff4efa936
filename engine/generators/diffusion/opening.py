"""Finding a diffusers generator's weights, and deciding how they fit on the device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from engine import devices
from engine.generators.base import Manner
from engine.generators.diffusion.memory import GIB, WORKING, Placement, placed, weights_of
from engine.generators.diffusion.pipeline import LORA, REPLACEMENT, family_of
from engine.models.catalogue import entry, known
from engine.models.places import locate
from engine.scorers.checkpoint import remedy
from engine.scorers.precision import best_device
from engine.scorers.weights import UnreadableWeights, weights_name

HALF = 2
"""Bytes of a number in bfloat16."""


def open_diffusion(kind: type[Any], name: str, home: Path, device: str | None, manner: Manner) -> Any:
    """A generator of class `kind`. Raises `MissingWeights`, `UnreadableWeights` and `CardTooSmall`."""
    known_as = entry(name, home)
    folder = locate(name, home)
    on = torch.device(device or best_device())
    devices.take(str(on))
    placement = _placement(kind, name, folder, on, manner, home)
    weights = weights_name(name, folder, home)
    return kind(name, folder, str(on), weights, known_as.base or None, placement)


def _placement(kind: type[Any], name: str, folder: Path, device: torch.device, manner: Manner, home: Path) -> Placement:
    memory = devices.memory(device)
    smaller = _fitting(memory.free, home) if memory else []
    denoiser = family_of(folder, name, kind.families).denoiser
    return placed(name, _sizes(kind, name, folder), denoiser, memory, manner, smaller)


def _sizes(kind: type[Any], name: str, folder: Path) -> dict[str, int]:
    """Part -> bytes on the card, with what replaces the denoiser in its place; a LoRA is merged and adds nothing."""
    try:
        sizes = weights_of(folder, HALF)
        replaced = weights_of(folder / REPLACEMENT, HALF) if (folder / REPLACEMENT).is_dir() else {}
    except (OSError, ValueError) as error:
        raise UnreadableWeights(folder, error, remedy(name)) from error
    sizes.pop(LORA, None)
    sizes.pop(REPLACEMENT, None)
    if replaced:
        sizes[family_of(folder, name, kind.families).denoiser] = max(replaced.values())
    return sizes


def _fitting(free: int, home: Path) -> list[str]:
    """The catalogue's generators that are small enough for certain, by what there is to fetch of them."""
    room = (free - WORKING) / GIB
    return [each.name for each in known(home).values() if each.kind == "generator" and 0 < each.gigabytes <= room]
