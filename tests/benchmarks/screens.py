"""How fast the Pairs page is, as ratios within one run.

    python tests/benchmarks/screens.py FOLDER      # FOLDER gets a big home, kept and used again

First paint is measured in fresh processes, from the start of the interpreter to the frame that shows rows: of a
Textual app with one empty list, of Pairs on a small home and on 100,000 pairs, and of a `DataTable` with those rows.
Filters and steps are measured in one app: a filter beside the bare SQL that it needs, the next pair beside one
repaint of the same screen. A filter shows its first rows before it knows all ids. Exits with 1 if a limit is passed.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import product
from pathlib import Path
from statistics import median

from big_home import big_home
from textual.app import App
from textual.pilot import Pilot

from store import Home
from store.queries import pairs
from store.queries.pairs import PairFilter
from tui.app import Widespectrum

SIZE = (160, 50)
SMALL_CAPTIONS = 6
"""240 pairs, as many as the demo."""
ROUNDS = 7
FIRST_PAINT = Path(__file__).with_name("first_paint.py")


async def rows_shown(app: Widespectrum, pilot: Pilot[None]) -> None:
    """Wait until the list has drawn rows."""
    while not getattr(app.screen, "listed", None) or not app.screen.listed._lines:  # type: ignore[attr-defined]
        await asyncio.sleep(0)
    drawn = asyncio.Event()
    app.call_after_refresh(drawn.set)
    await drawn.wait()


def measure_first_paints(cases: dict[str, tuple[str, Path]], rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds from the start of an interpreter to the first frame: the best of some rounds, in turn."""
    best: dict[str, float] = {}
    for _, (name, (what, folder)) in product(range(rounds), cases.items()):
        start = time.time()
        command = [sys.executable, str(FIRST_PAINT), what, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
        best[name] = min(best.get(name, 1e9), float(done.stdout.split()[-1]) - start)
    return best


async def idle(app: App[None]) -> None:
    """Wait until every thread has answered."""
    while any(not worker.is_finished for worker in app.workers):
        await asyncio.sleep(0.005)


def bare_sql(home: Home, wanted: PairFilter) -> float:
    """Seconds that the database needs for what a filter shows: all ids, and the first rows."""
    reader = home.database.reader()
    start = time.perf_counter()
    ids = pairs.pair_ids(reader, wanted)
    pairs.pair_rows(reader, ids[:50], wanted.scorer_id)
    return time.perf_counter() - start


async def measure_steps(folder: Path) -> dict[str, float]:
    """Seconds of filters, steps and repaints on a running page."""
    filters = {
        "dimension": PairFilter(scorer_id=1, dimension="clarity"),
        "verdict": PairFilter(scorer_id=1, verdict="original"),
        "text": PairFilter(scorer_id=1, text="lighthouse winter"),
        "margin": PairFilter(scorer_id=2, order="margin"),
    }
    figures: dict[str, float] = {}
    with Home(folder) as home:
        app = Widespectrum(home, "benchmark")
        async with app.run_test(size=SIZE) as pilot:
            await rows_shown(app, pilot)
            await idle(app)
            page = app.screen
            for name, wanted in filters.items():
                sql, shown = [], []
                for _ in range(ROUNDS):
                    sql.append(bare_sql(home, wanted))
                    page.ask(PairFilter(scorer_id=1, source_id=3))  # type: ignore[attr-defined]
                    await idle(app)
                    await pilot.pause()
                    first = pairs.pair_ids(home.database.reader(), wanted, 1)
                    start = time.perf_counter()
                    page.ask(wanted)  # type: ignore[attr-defined]
                    while page.listed.ids[:1] != first:  # type: ignore[attr-defined]
                        await asyncio.sleep(0)
                    await repainted(app)
                    shown.append(time.perf_counter() - start)
                    await idle(app)
                figures[f"filter {name}, bare SQL"], figures[f"filter {name}"] = median(sql), median(shown)
            figures["repaint"] = median([await timed(lambda: repaint(app)) for _ in range(20)])
            steps = []
            for _ in range(20):
                await pilot.pause(0.25)  # as a person looks: the neighbours' pictures are made meanwhile
                await idle(app)
                steps.append(await timed(lambda: step(app, pilot)))
            figures["next pair"] = median(steps)
    return figures


async def timed(action: Callable[[], Awaitable[None]]) -> float:
    """Seconds of an action."""
    start = time.perf_counter()
    await action()
    return time.perf_counter() - start


async def repainted(app: App[None]) -> None:
    """The next frame."""
    drawn = asyncio.Event()
    app.call_after_refresh(drawn.set)
    await drawn.wait()


async def repaint(app: App[None]) -> None:
    """Draw the whole screen again."""
    app.screen.refresh()
    for widget in app.screen.query("*"):
        widget.refresh()
    await repainted(app)


async def step(app: App[None], pilot: Pilot[None]) -> None:
    """One key, until the next pair's facts and both its pictures are drawn."""
    page = app.screen
    wanted = page.listed.ids[page.listed.cursor + 1]  # type: ignore[attr-defined]
    await page.run_action("step('next')")
    view = page.view  # type: ignore[attr-defined]
    while view.pair is None or view.pair.id != wanted:
        await asyncio.sleep(0)
    looks = view.looks(view.pair)
    while [view.query_one(f"#{side}-picture").shown for side in ("left", "right")] != list(looks):
        await asyncio.sleep(0)
    await repainted(app)


def report(figures: dict[str, float]) -> bool:
    """Print the figures and the ratios with their limits; whether all hold."""
    for name, seconds in figures.items():
        print(f"{name:<32}{seconds * 1000:>9.1f} ms")
    limits = [
        ("first paint, small / empty list", figures["first paint, small"] / figures["first paint, empty list"], 1.5),
        ("first paint, big / small", figures["first paint, big"] / figures["first paint, small"], 1.5),
        ("next pair / repaint", figures["next pair"] / figures["repaint"], 2.0),
    ]
    for name in figures:
        if f"{name}, bare SQL" in figures:
            sql = figures[f"{name}, bare SQL"]
            limits.append((f"{name} / bare SQL, or a frame", figures[name] / max(sql, figures["repaint"] / 3), 3.0))
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
    folder = Path(sys.argv[1])
    big = big_home(folder)
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
    figures |= asyncio.run(measure_steps(big))
    sys.exit(0 if report(figures) else 1)


if __name__ == "__main__":
    main()
