"""How soon the first screen is there, as ratios within one run. Filters and steps are in `filters.py`.

    python tests/benchmarks/screens.py FOLDER      # FOLDER gets a big home, kept and used again

Measured in fresh processes, from the start of the interpreter to the frame that shows rows: of a Textual app with one
empty list, of Pairs on a small home and on 100,000 pairs, and of a `DataTable` with those rows. Exits with 1 if a
limit is passed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

from big_home import big_home

SMALL_CAPTIONS = 6
"""240 pairs, as many as the demo."""
ROUNDS = 7
FIRST_PAINT = Path(__file__).with_name("first_paint.py")


def measure_first_paints(cases: dict[str, tuple[str, Path]], rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds from the start of an interpreter to the first frame: the best of some rounds, in turn."""
    best: dict[str, float] = {}
    for _, (name, (what, folder)) in product(range(rounds), cases.items()):
        start = time.time()
        command = [sys.executable, str(FIRST_PAINT), what, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
        best[name] = min(best.get(name, 1e9), float(done.stdout.split()[-1]) - start)
    return best


def report(figures: dict[str, float]) -> bool:
    """Print the figures and the ratios with their limits; whether all hold."""
    for name, seconds in figures.items():
        print(f"{name:<32}{seconds * 1000:>9.1f} ms")
    limits = [
        ("first paint, small / empty list", figures["first paint, small"] / figures["first paint, empty list"], 1.5),
        ("first paint, big / small", figures["first paint, big"] / figures["first paint, small"], 1.5),
    ]
    print()
    for name, ratio, limit in limits:
        print(f"{'✓' if ratio <= limit else '✗'} {name:<40}{ratio:>6.2f}  at most {limit}")
    beside = figures["first paint, DataTable"] / figures["first paint, big"]
    print(f"  {'DataTable / Pairs, big':<40}{beside:>6.2f}")
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
    return all(ratio <= limit for _, ratio, limit in limits)


def main() -> None:
    """Measure everything."""
    os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # every start but the first finds modules compiled
    big = big_home(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as temporary:
        small = big_home(Path(temporary) / "small", SMALL_CAPTIONS)
        figures = measure_first_paints(
            {
                "first paint, empty list": ("empty", small),
                "first paint, small": ("pairs", small),
                "first paint, big": ("pairs", big),
            }
        )
    figures |= measure_first_paints({"first paint, DataTable": ("table", big)}, rounds=1)
    sys.exit(0 if report(figures) else 1)


if __name__ == "__main__":
    main()
