"""One app from nothing to its first frame: the child process of `screens.py`, which reads the clock.

    python tests/benchmarks/first_paint.py empty|pairs|table HOME

Each case imports only what it needs. Prints the time at which the frame was written, and ends there.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult

SIZE = (160, 50)
HEAVY = {"torch", "transformers", "sklearn", "scipy", "numpy", "sqlmodel"}
"""What the first paint must do without."""


def painted() -> None:
    """Tell when the frame was there, and end without closing anything; 1 if something heavy was imported."""
    print(time.time(), file=sys.__stdout__, flush=True)
    heavy = HEAVY & sys.modules.keys()
    print(*heavy, file=sys.__stderr__, flush=True)
    os._exit(bool(heavy))


def empty_list() -> App[None]:
    """The least that a Textual app with a list can be."""
    from textual.widgets import OptionList

    class EmptyList(App[None]):
        def compose(self) -> ComposeResult:
            yield OptionList()

        def on_mount(self) -> None:
            self.call_after_refresh(painted)

    return EmptyList()


def pairs_page(folder: Path) -> App[None]:
    """The instrument, until it has drawn its first rows."""
    from store import Home
    from tui.app import Widespectrum
    from tui.screens.pairs import Pairs

    class FirstPaint(Pairs):
        def on_pair_list_painted(self) -> None:
            painted()

    class Instrument(Widespectrum):
        MODES: ClassVar = {"pairs": FirstPaint}

    return Instrument(Home(folder), "benchmark")


def data_table(folder: Path) -> App[None]:
    """The rows of Pairs in Textual's own table."""
    from textual.widgets import DataTable

    from store import Home
    from store.queries import pairs
    from store.queries.pairs import PairFilter

    class Table(App[None]):
        def compose(self) -> ComposeResult:
            yield DataTable(cursor_type="row")

        def on_mount(self) -> None:
            with Home(folder) as home:
                reader = home.database.reader()
                ids = pairs.pair_ids(reader, PairFilter(scorer_id=1))
                table = self.query_one(DataTable)
                names = ("margin", "original_prompt", "dimensions", "source", "witnessed", "status", "stars", "id")
                table.add_columns(*names)
                for start in range(0, len(ids), 5000):
                    for row in pairs.pair_rows(reader, ids[start : start + 5000], 1):
                        table.add_row(*(str(row[name]) for name in names))
            self.call_after_refresh(painted)

    return Table()


if __name__ == "__main__":
    what, home = sys.argv[1], Path(sys.argv[2])
    app = empty_list() if what == "empty" else pairs_page(home) if what == "pairs" else data_table(home)
    asyncio.run(app.run_async(headless=True, size=SIZE))
