"""Models with random weights, in exactly the folders and files in which the real ones are published.

`LAYOUTS` writes the folder of a scorer by its name, small, in a moment; `FULL_LAYOUTS` one of full size. Numbers depend
on names, shapes and a seed alone, so they are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

Writer = Callable[..., Path]


def _later(module: str, sizes: str | None, arguments: Mapping[str, object]) -> Writer:
    """A writer whose module, and with it torch, is imported when it is used.

    Args:
        sizes: the module's name for the sizes of a full model; None for a small one.
        arguments: for the module's `write`, as what is given later.
    """

    def write(folder: Path, **more: object) -> Path:
        writer = import_module(f"engine.verify.layouts.{module}")
        full = getattr(writer, sizes) if sizes else {}
        written: Path = writer.write(folder, **{**full, **arguments, **more})
        return written

    return write


_PUBLISHED: Mapping[str, tuple[str, str, Mapping[str, object]]] = {
    "hpsv2": ("hpsv2", "FULL", {"checkpoint": "HPS_v2_compressed.pt"}),
    "hpsv2.1": ("hpsv2", "FULL", {"checkpoint": "HPS_v2.1_compressed.pt", "seed": 1}),
    "pickscore": ("clip", "FULL_HUGE", {"seed": 2}),
    "clip": ("clip", "FULL_LARGE", {"seed": 3}),
    "imagereward": ("imagereward", "FULL", {"seed": 4}),
    "hpsv3": ("hpsv3", "FULL", {"seed": 5}),
    "blip-itm": ("blip", "FULL", {"seed": 6}),
    "blip-itc": ("blip", "FULL", {"seed": 6}),
}
"""Scorer -> the module that writes its folder, what that calls the sizes of a full model, and its own arguments."""

LAYOUTS = {name: _later(module, None, own) for name, (module, _, own) in _PUBLISHED.items()}
FULL_LAYOUTS = {name: _later(module, sizes, own) for name, (module, sizes, own) in _PUBLISHED.items()}
