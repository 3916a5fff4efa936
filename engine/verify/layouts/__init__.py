"""Small models with random weights, in exactly the folders and files in which the real ones are published.

`LAYOUTS` writes the folder of a scorer by its name; each writer also takes sizes, for benchmarks at full size.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path


def _later(module: str, **arguments: object) -> Callable[[Path], Path]:
    """A writer whose module, and with it torch, is imported when it is used."""

    def write(folder: Path) -> Path:
        return import_module(f"engine.verify.layouts.{module}").write(folder, **arguments)

    return write


LAYOUTS: dict[str, Callable[[Path], Path]] = {
    "hpsv2": _later("hpsv2", checkpoint="HPS_v2_compressed.pt"),
    "hpsv2.1": _later("hpsv2", checkpoint="HPS_v2.1_compressed.pt", seed=1),
    "pickscore": _later("clip", seed=2),
    "clip": _later("clip", seed=3),
    "imagereward": _later("imagereward", seed=4),
    "hpsv3": _later("hpsv3", seed=5),
    "blip-itm": _later("blip", seed=6),
    "blip-itc": _later("blip", seed=6),
}
