"""How fast the Grid is at 100,000 pairs, beside the bare SQL that it needs, as ratios within one run.

    python tests/benchmarks/grid.py FOLDER      # FOLDER gets a big home, kept and used again

Measured in one app at 160×50, from the wish to read again until the new figures are drawn: the cells of all scorers,
and the column of what the probes witnessed. Exits with 1 if either takes more than three times its SQL.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from big_home import big_home

from store import Home
from store.queries import tallies
from tui.app import Widespectrum
from tui.reading import Reading
from tui.screens.grid import GridPage
from tui.views.grid import GridView

ROUNDS = 5
MOST = 3.0


class OnGrid(Widespectrum):
    """The app, opened on the Grid."""

    DEFAULT_MODE = "grid"
    CSS_PATH = None


def seconds(act: Callable[[], Any]) -> float:
    """The median time of an act, after one that warms it."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return median(times[1:])


async def until_drawn(page: GridPage, reading: Reading[Any]) -> float:
    """The median time from asking until the answer is on the screen, after one that warms it."""
    times, show = [], reading.show
    for _ in range(ROUNDS + 1):
        shown = asyncio.Event()

        def drawn(answer: Any, shown: asyncio.Event = shown) -> None:
            show(answer)
            page.call_after_refresh(shown.set)

        reading.show = drawn
        start = time.perf_counter()
        reading.ask()
        await shown.wait()
        times.append(time.perf_counter() - start)
    return median(times[1:])


async def measure(folder: Path) -> bool:
    """Print both ratios; whether both keep the limit."""
    with Home(folder) as home:
        app = OnGrid(home, "benchmark")
        async with app.run_test(size=(160, 50)) as pilot:
            page = app.screen
            assert isinstance(page, GridPage)
            while not (isinstance(page.view, GridView) and page.view.witnessed.cells):
                await pilot.pause(0.1)
            reader = home.database.reader()
            kept = True
            for name, reading, sql in (
                ("the cells", page._grid_reading, lambda: tallies.cells(reader)),
                ("what probes witnessed", page._witness_reading, lambda: tallies.witnesses_by_cluster(reader)),
            ):
                bare, drawn = seconds(sql), await until_drawn(page, reading)
                print(f"{name}: bare SQL {bare:.3f} s, until drawn {drawn:.3f} s: {drawn / bare:.1f} ×")
                kept = kept and drawn <= MOST * bare
            return kept


if __name__ == "__main__":
    sys.exit(not asyncio.run(measure(big_home(Path(sys.argv[1])))))
