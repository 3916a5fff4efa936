"""How long the demo's own work takes, and how much of it is not edits, measures and forward passes.

    python tests/benchmarks/demo_overhead.py            # a real demo in a home of its own, about a minute

The bounds: at most three minutes, and at most 15% outside, on a machine with two free cores.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

from engine.demo import build_demo
from engine.runs import latest_log
from store import Home

MOST_SECONDS, MOST_OUTSIDE = 180, 0.15


def main() -> int:
    """Prints seconds and share; 1 if either is over its bound."""
    with tempfile.TemporaryDirectory() as folder, Home(Path(folder) / "home") as home:
        began = time.perf_counter()
        *_, last = build_demo(home)
        seconds = time.perf_counter() - began
        log = latest_log(home)
        assert log is not None
        summary = log.read_text("utf-8").splitlines()[-1]
    found = re.search(r"outside edits, measures and forward passes (\d+\.\d)%", summary)
    assert found, summary
    share = float(found[1]) / 100
    print(
        f"{last.done} pieces, {last.failed} failed, in {seconds:.1f} s from call to end ({last.done / seconds:.0f}/s)"
    )
    print(summary.split("; ", 1)[1])
    return int(seconds > MOST_SECONDS or share > MOST_OUTSIDE or last.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
