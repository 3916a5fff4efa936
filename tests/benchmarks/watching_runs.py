"""What it costs to watch a run on 100,000 pairs: a reading of the Runs page that counts, and one that needn't.

    python tests/benchmarks/watching_runs.py FOLDER     # FOLDER gets a big home, kept and used again

A worker is pretended that beats once a second. Before counts rested, each of its heartbeats made the page count anew.
Processor time of this process.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from statistics import median

from big_home import big_home

from engine import runs
from store import Home, work
from store.queries import work as queries
from store.tables import Worker
from tui.app import Widespectrum
from tui.screens.runs import Runs

ROUNDS = 15
WANTS = runs.Wants(scorers=("conse", "polish"), probes=True, photographs=True)


class RunsFirst(Widespectrum):
    """The program, open on Runs."""

    DEFAULT_MODE = "runs"


def pretend(home: Home) -> int:
    """A run in the hand of a worker that is none; returns the worker's id."""
    with home.database.write() as session:
        work.drop_dead_claims(session)
        for row in queries.runs(home.database.reader()):
            work.set_run_state(session, row["id"], "cancelled")
    run = runs.start_run(home, "watched", WANTS)
    with home.database.write() as session:
        now = time.time()
        worker = Worker(
            pid=1, host="elsewhere", device="cuda:0", started=now, heartbeat=now, run_id=run, doing="scoring"
        )
        session.add(worker)
        work.set_run_state(session, run, "running")
        session.flush()
        assert worker.id
        return worker.id


async def measure(folder: Path) -> tuple[float, float]:
    """Seconds of a reading that counts, and of one after a heartbeat alone."""
    with Home(folder) as home:
        worker = pretend(home)
        app = RunsFirst(home, "benchmark")
        async with app.run_test(size=(160, 50)) as pilot:
            page = app.screen
            assert isinstance(page, Runs)
            while not page.has_read:
                await pilot.pause()
            counting, resting = [], []
            for beat in range(ROUNDS):
                with home.database.write() as session:
                    work.heartbeat(session, worker, step=beat)
                began = time.process_time()
                page._read()
                resting.append(time.process_time() - began)
                page._counting._kept.clear()
                began = time.process_time()
                page._read()
                counting.append(time.process_time() - began)
        with home.database.write() as session:
            work.stop_worker(session, worker, "measured")
    return median(counting), median(resting)


def main() -> None:
    """Print both."""
    folder = Path(sys.argv[1])
    big_home(folder)
    counting, resting = asyncio.run(measure(folder))
    print(f"a reading that counts {counting * 1000:.0f} ms, after a heartbeat alone {resting * 1000:.1f} ms")


if __name__ == "__main__":
    main()
