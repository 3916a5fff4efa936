"""A demo whose worker is killed with SIGKILL at ten random moments, beside one whose worker never is.

    python tests/benchmarks/kill_ten_times.py [SEED]    # about three minutes

Both homes must come out alike, cell by cell; times and durations aside.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path

from contents import contents

from engine import runs
from engine.demo import DEMO_WANTS, NAME, build_demo, load_sample
from store import Home

KILLS = 10


def main() -> int:
    """Prints each kill, and every table in which the homes differ; 1 if any does."""
    moments = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    with tempfile.TemporaryDirectory() as folder:
        with Home(Path(folder) / "killed") as home:
            load_sample(home)
            run = runs.start_run(home, NAME, DEMO_WANTS)
            # A tenth of what is left, and a moment more, so that a kill falls anywhere within the work.
            goals = sorted(moments.sample(range(runs.progress(home, run).total), KILLS))
            for number, goal in enumerate(goals, start=1):
                _kill_at(home, run, goal, moments.uniform(0, 0.5), number)
            *_, last = build_demo(home)
            killed = contents(home)
        with Home(Path(folder) / "undisturbed") as home:
            *_, _ = build_demo(home)
            undisturbed = contents(home)
    different = [table for table, rows in killed.items() if rows != undisturbed[table]]
    for table in different:
        only = set(killed[table]) ^ set(undisturbed[table])
        print(f"{table}: {len(only)} rows differ, such as {next(iter(only), 'in order')}")
    print(f"{last.done} pieces; {'different' if different else 'alike, cell by cell'}")
    return int(bool(different))


def _kill_at(home: Home, run: int, goal: int, moment: float, number: int) -> None:
    """Kill the worker a moment after so many pieces are done."""
    pid = runs.ensure_worker(home)
    while (seen := runs.progress(home, run)).done < goal and seen.state in runs.ACTIVE:
        time.sleep(0.02)
    time.sleep(moment)
    assert pid is not None
    os.kill(pid, 9)
    while runs.is_working(home, pid):
        time.sleep(0.02)
    print(f"kill {number}: at {runs.progress(home, run).done} of {seen.total} pieces, while {seen.doing or 'starting'}")


if __name__ == "__main__":
    sys.exit(main())
