"""How long the Grid, a board and the report take at 100,000 pairs, against the bare SQL that they need.

    python tests/benchmarks/figures.py FOLDER     # the home of big_home.py, made there if it isn't yet

Exits 1 when the Grid takes more than three times its SQL.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from big_home import big_home

from engine.boards import board
from engine.report import report
from engine.statistics import grid
from engine.statistics.generators import generator_grid
from engine.statistics.witnessed import witness_cells
from store import Home, records
from store.queries import photographs, tallies

MOST = 3.0
"""The Grid's time over that of its SQL."""


def best(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of the quickest of several runs."""

    def once() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return min(once() for _ in range(times))


def main(folder: Path) -> int:
    """Print the timings; the exit status."""
    with Home(big_home(folder)) as home:
        reader = home.database.reader()
        start = time.perf_counter()
        grid(reader)
        first = time.perf_counter() - start
        sql, whole = best(lambda: tallies.cells(reader)), best(lambda: grid(reader))
        plain = "SELECT m.scorer_id, d.dimension, m.cluster, count(*), sum(m.margin > 0), sum(m.margin) FROM margin m "
        plain += "JOIN pair_dimension d ON d.pair_id = m.pair_id GROUP BY 1, 2, 3"
        print(f"Grid, first read (with its imports)   {first:8.3f} s")
        print(f"Grid                                  {whole:8.3f} s = {whole / sql:.2f} × its SQL, at most {MOST:.0f}")
        print(f"  its SQL, over the tallies           {sql:8.3f} s")
        print(f"  the same without tallies            {best(lambda: reader.execute(plain).fetchall(), 1):8.3f} s")
        witnessed = best(lambda: witness_cells(tallies.witnesses_by_cluster(reader)), 2)
        print(f"the Grid's column of witnesses        {witnessed:8.3f} s")
        print(f"generators (the Grid's second table)  {best(lambda: generator_grid(reader), 2):8.3f} s")
        print(f"board                                 {best(lambda: board(reader, 1)):8.3f} s")
        print(f"  its SQL                             {best(lambda: board_rows(reader)):8.3f} s")
        print(f"margins and tallies of 32 pairs       {best(lambda: refresh(home)):8.3f} s")
        print(f"report                                {best(lambda: report(home), 1):8.1f} s")
    return int(whole > MOST * sql)


def board_rows(reader) -> None:  # type: ignore[no-untyped-def]
    """What a board reads."""
    photographs.board_sources(reader, 1)
    photographs.board_photographs(reader, 1)


def refresh(home: Home) -> None:
    """What a worker's batch costs beside its scores."""
    with home.database.write() as session:
        records.refresh_margins(session, range(1, 33), 1)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
