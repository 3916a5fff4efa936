"""What it costs to show images while they are made: a sketch drawn and written, and the line that gives it its colours.

    python tests/benchmarks/sketches.py

Latents are those of 1024² images, random. A worker draws one sketch in 0.4 seconds or a hundred times its own length,
whichever is longer, so the share of the time that sketches take follows from the length of one. Processor time, since
sketches wait for nobody.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch

from engine.generators.diffusion.sketch import Sketcher
from engine.worker.sketches import LEAST_REST, REST_FACTOR, Sketches
from store import Home

ROUNDS = 21
SHAPES = {
    "sdxl, one image": (1, 4, 128, 128),
    "sd3.5-medium or flux, one image": (1, 16, 128, 128),
    "sd3.5-medium or flux, batch of four": (4, 16, 128, 128),
}


def seconds(work: Callable[[], object]) -> float:
    """The median processor time of some rounds, the first aside."""
    work()
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return median(found)


def main() -> None:
    """Print a line for each shape of latents."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder, Home(Path(folder) / "home") as home:
        for name, shape in SHAPES.items():
            latents, images = torch.randn(shape), torch.rand(shape[0], 3, 1024, 1024)
            sketcher, sketches = Sketcher(), Sketches(home, 1)
            sketcher.learn(latents, images)

            def shown(sketcher: Sketcher = sketcher, sketches: Sketches = sketches, latents=latents) -> None:  # type: ignore[no-untyped-def]
                sketches._next = 0.0
                sketches.offer(lambda: sketcher.draw(latents))

            def learn(latents=latents, images=images) -> None:  # type: ignore[no-untyped-def]
                Sketcher().learn(latents, images)

            one, learned = seconds(shown), seconds(learn)
            share = one / (one + max(LEAST_REST, REST_FACTOR * one))
            print(
                f"{name:<36} a sketch {one * 1000:5.1f} ms, {share:.2%} of the time at most; "
                f"a line learned {learned * 1000:5.1f} ms an image batch"
            )


if __name__ == "__main__":
    main()
