"""Opening a scorer by name, wherever its weights lie; the one door that the worker uses."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from engine.devices import take
from engine.models.places import locate
from engine.scorers import SCORERS
from engine.scorers.base import Scorer


def open_scorer(name: str, home: Path, device: str | None = None, precision: str = "fp32") -> Scorer:
    """A scorer, its weights loaded and ready.

    A scorer whose constructor takes a `folder` gets the folder of its weights, the device and the precision; any
    other, a control say, is made without arguments.

    Args:
        name: a registered scorer; `clip:OWNER/NAME` or `clip:FOLDER` for any CLIP-like model.
        home: the home's folder, which knows where weights lie.
        device: as torch names it, such as `cpu` or `cuda:0`; by default the graphics card if there is one.
        precision: `fp32`, `bf16` or `publisher` (see `engine.scorers.precision`).

    Raises:
        UnknownName: no such scorer.
        MissingWeights: they are not here; the message says how to get them.
        UnreadableWeights: they are damaged, incomplete or not only tensors; nothing is half loaded.
    """
    make: type[Any] = SCORERS.load(name)
    if not takes_folder(make):
        plain: Scorer = make()
        return plain
    folder = locate(name, home)  # before torch is asked for a device: what is missing is told at once
    from engine.scorers.precision import best_device

    device = device or best_device()
    take(device)
    scorer: Scorer = make(folder=folder, device=device, precision=precision)
    scorer.name = name  # type: ignore[misc]  # `clip:OWNER/NAME` is another scorer than `clip`, in the store as on the screens
    return scorer


def takes_folder(make: type[Scorer]) -> bool:
    """Whether a scorer has weights to be fetched or pointed to."""
    return "folder" in inspect.signature(make).parameters
