"""How fast a filter and the next pair are on Pairs, beside the bare SQL and beside one repaint, in one run.

    python tests/benchmarks/filters.py FOLDER      # FOLDER gets a big home, kept and used again

The instrument runs on a terminal of 160×50 (a pseudo-terminal, so that frames are composed, encoded and written as
they are for a person), and every time ends when a frame has been written. For each filter two times are taken from
the change on: until the frame that shows the first screenful of its pairs, and until the frame that shows how many
pairs there are, when the list can be scrolled to its end. Beside them stand what the program reads for these, without
the screen, and the SQL that answers the same two questions, written by hand, on a plain `sqlite3` connection: the rows
of the first screenful; and those and all ids.

Each time is the best of some rounds, in which the sides take turns: whatever else the machine does can only add to it.
Nothing is subtracted, and nothing is taken the maximum of. What the program cannot do without stands in lines of its
own: one repaint of the list, one of the whole screen, and closing a dialog. One repaint of the list alone is longer
than three times the SQL of most first screenfuls. So the exit status is 0 if reading takes at most three times its
SQL, if every frame comes within the seconds below, and if the next pair takes at most one more repaint.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import sqlite3
import struct
import subprocess
import sys
import termios
import threading
import time
from array import array
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from big_home import big_home
from textual.events import Key

from store import Home
from store.queries import pairs
from store.queries.pairs import PairFilter
from tui.app import Widespectrum
from tui.screens.pairs import FIRST, Pairs

COLUMNS, LINES = 160, 50
ROUNDS = 9
LIMIT = 3.0
"""Times its SQL that reading for a filter may take."""
FRAME_SECONDS = 0.2
"""Within which a filter's whole answer is on the screen."""
QUIET_SECONDS = 0.25
"""Without a frame or a thread at work, so that a measurement begins with nothing going on."""

ROWS = """
SELECT p.id, po.text, s.name, m.margin, m.truncated, c.status, c.stars,
       (SELECT group_concat(dimension) FROM pair_dimension WHERE pair_id = p.id AND asked),
       (SELECT sum(witnessed) FROM witness WHERE pair_id = p.id), (SELECT count(*) FROM witness WHERE pair_id = p.id)
FROM pair p JOIN prompt po ON po.id = p.original_prompt_id JOIN source s ON s.id = p.source_id
LEFT JOIN margin m ON m.pair_id = p.id AND m.scorer_id = {scorer}
LEFT JOIN curation c ON c.subject = 'pair' AND c.subject_id = p.id WHERE p.id IN ({ids})
"""


@dataclass(frozen=True)
class Case:
    """One filter, and the ids that it selects as SQL."""

    name: str
    wanted: PairFilter
    ids: str


WORDS = "SELECT rowid FROM prompt_search WHERE prompt_search MATCH"
CASES = (
    Case("scorer", PairFilter(scorer_id=2), "SELECT id FROM pair ORDER BY id"),
    Case(
        "dimension",
        PairFilter(scorer_id=1, dimension="clarity"),
        "SELECT pair_id FROM pair_dimension WHERE dimension = 'clarity' ORDER BY pair_id",
    ),
    Case("source", PairFilter(scorer_id=1, source_id=5), "SELECT id FROM pair WHERE source_id = 5 ORDER BY id"),
    Case(
        "verdict",
        PairFilter(scorer_id=1, verdict="original"),
        "SELECT pair_id FROM margin WHERE scorer_id = 1 AND +margin < 0 ORDER BY pair_id",
    ),
    Case(
        "text",
        PairFilter(scorer_id=1, text="lighthouse winter"),
        f"""SELECT id FROM pair WHERE original_prompt_id IN ({WORDS} '"lighthouse"* "winter"*')
        OR wide_prompt_id IN ({WORDS} '"lighthouse"* "winter"*') ORDER BY id""",
    ),
    Case(
        "text, one letter",
        PairFilter(scorer_id=1, text="l"),
        f"""SELECT id FROM pair WHERE original_prompt_id IN ({WORDS} '"l"*')
        OR wide_prompt_id IN ({WORDS} '"l"*') ORDER BY id""",
    ),
    Case(
        "witnessed",
        PairFilter(scorer_id=1, witnessed=True),
        "SELECT pair_id FROM witness GROUP BY pair_id HAVING min(witnessed) ORDER BY pair_id",
    ),
    Case(
        "order by margin",
        PairFilter(scorer_id=2, order="margin"),
        "SELECT pair_id FROM margin WHERE scorer_id = 2 ORDER BY margin, pair_id",
    ),
    Case(
        "dimension, verdict, by margin",
        PairFilter(scorer_id=1, dimension="clarity", verdict="original", order="margin"),
        """SELECT pair_id FROM margin JOIN pair_dimension USING (pair_id)
        WHERE scorer_id = 1 AND margin < 0 AND dimension = 'clarity' ORDER BY margin, pair_id""",
    ),
    Case(
        "dimension, source, verdict, text",
        PairFilter(scorer_id=1, dimension="clarity", source_id=5, verdict="original", text="dog"),
        f"""SELECT p.id FROM pair p JOIN margin m ON m.pair_id = p.id AND m.scorer_id = 1
        JOIN pair_dimension d ON d.pair_id = p.id AND d.dimension = 'clarity'
        WHERE p.source_id = 5 AND +m.margin < 0 AND (p.original_prompt_id IN ({WORDS} '"dog"*')
        OR p.wide_prompt_id IN ({WORDS} '"dog"*')) ORDER BY p.id""",
    ),
)
NAMES = {" ": "space", "/": "slash"}
NEUTRAL = PairFilter(scorer_id=1, source_id=3)
"""What is shown before each filter: pairs that none of them begins with."""


class Instrument(Widespectrum):
    """The app, telling when a frame was written."""

    CSS_PATH = None
    frames = 0

    def post_display_hook(self) -> None:
        """Note the time of the frame, and end the waits that it fulfils."""
        self.frames += 1
        self.last_frame = time.perf_counter()
        for ready, shown in list(self.waits):
            if not shown.done() and ready():
                shown.set_result(self.last_frame)

    def __init__(self, home: Home):
        super().__init__(home, "benchmark")
        self.waits: list[tuple[Callable[[], bool], asyncio.Future[float]]] = []
        self.last_frame = 0.0

    async def frame(self, ready: Callable[[], bool]) -> float:
        """The time of the next frame at which something is so."""
        wait = (ready, asyncio.get_running_loop().create_future())
        self.waits.append(wait)
        async with asyncio.timeout(60):
            at = await wait[1]
        self.waits.remove(wait)
        return at

    @property
    def working(self) -> bool:
        """Whether a thread has not answered yet."""
        return any(not worker.is_finished for worker in self.workers)

    async def quiet(self) -> None:
        """Wait until nothing goes on."""
        began = time.perf_counter()
        while time.perf_counter() - max(began, self.last_frame) < QUIET_SECONDS or self.working:
            await asyncio.sleep(0.02)


def bare(connection: sqlite3.Connection, case: Case, lines: int) -> tuple[float, float, list[int]]:
    """Seconds of the SQL for the first screenful, for that and all ids, and the ids."""
    scorer = case.wanted.scorer_id
    start = time.perf_counter()
    first = [row[0] for row in connection.execute(f"{case.ids} LIMIT {lines}").fetchall()]
    connection.execute(ROWS.format(scorer=scorer, ids=",".join(map(str, first)))).fetchall()
    middle = time.perf_counter()
    ids = connection.execute(case.ids).fetchall()
    return middle - start, time.perf_counter() - start, [row[0] for row in ids]


def read(reader: sqlite3.Connection, wanted: PairFilter) -> tuple[float, float]:
    """Seconds in which the program reads the first screenful, and that and all ids."""
    start = time.perf_counter()
    first = pairs.pair_ids(reader, wanted, FIRST)
    pairs.pair_rows(reader, first, wanted.scorer_id)
    middle = time.perf_counter()
    if len(first) == FIRST:
        pairs.pair_ids(reader, wanted)
    return middle - start, time.perf_counter() - start


async def ask(app: Instrument, page: Pairs, wanted: PairFilter, ids: list[int], act: Callable[[], Any]) -> list[float]:
    """Seconds from an act until the first screenful is painted, and until the whole answer is."""
    lines, whole = page.listed.size.height, array("q", ids)
    first = whole[:lines]

    def painted() -> bool:
        listed = page.listed
        return (
            app.screen is page
            and page.wanted == wanted
            and listed.ids[:lines] == first
            and all(listed._current.get(i) == listed._edition for i in first)
        )

    def known() -> bool:
        chips = str(page.query_one("#chips").render())
        return (
            painted() and page.listed.ids == whole and chips.startswith((f" {len(ids):,} of ", f" {len(ids):,} pair"))
        )

    both = asyncio.gather(app.frame(painted), app.frame(known))
    await asyncio.sleep(0)
    start = time.perf_counter()
    act()
    return [at - start for at in await both]


async def repaint(app: Instrument, *widgets: Any) -> float:
    """Seconds of one repaint of these widgets."""
    start = time.perf_counter()
    for widget in widgets:
        widget.refresh()
    return await app.frame(lambda: True) - start


async def step(app: Instrument, page: Pairs) -> list[float]:
    """Seconds from the key to the frame with the pair's line and facts, and to that with both its pictures."""
    wanted = page.listed.ids[page.listed.cursor + 1]
    view = page.view

    def told() -> bool:
        return page.listed.pair_id == wanted and view.pair is not None and view.pair.id == wanted

    def seen() -> bool:
        if not told() or view.pair is None:
            return False
        shown = [view.query_one(f"#{side}-picture").shown for side in ("left", "right")]  # type: ignore[attr-defined]
        return shown == list(view.looks(view.pair))

    both = asyncio.gather(app.frame(told), app.frame(seen))
    await asyncio.sleep(0)
    start = time.perf_counter()
    press(app, "j")
    return [at - start for at in await both]


def press(app: Instrument, *keys: str) -> None:
    """Keys as the driver would post them."""
    for key in keys:
        app.post_message(Key(NAMES.get(key, key), key if len(key) == 1 else None))


async def typed(app: Instrument, page: Pairs, case: Case, ids: list[int]) -> list[float]:
    """As `ask`, from the last letter of a text."""
    for keys in ("x", "/", case.wanted.text[:-1]):  # each where the one before has put the focus
        press(app, *keys)
        await app.quiet()
    times = await ask(app, page, case.wanted, ids, lambda: press(app, case.wanted.text[-1]))
    press(app, "enter")
    return times


async def chosen(app: Instrument, page: Pairs, case: Case, ids: list[int]) -> list[float]:
    """As `ask`, from Enter in a dialog."""
    page.ask(replace(NEUTRAL, source_id=None))
    await app.quiet()
    for keys in ("d", "clarity"):
        press(app, *keys)
        await app.quiet()
    return await ask(app, page, case.wanted, ids, lambda: press(app, "enter"))


async def closed(app: Instrument, page: Pairs) -> float:
    """Seconds from Escape in a dialog to the frame without it."""
    press(app, "d")
    await app.quiet()
    start = time.perf_counter()
    press(app, "escape")
    return await app.frame(lambda: app.screen is page) - start


async def measure(app: Instrument) -> dict[str, Any]:
    """All times, in seconds: the best of some rounds."""
    while not isinstance(app.screen, Pairs) or app.screen.total is None:
        await asyncio.sleep(0.05)
    page: Pairs = app.screen
    connection = sqlite3.connect(app.home.database.path)
    connection.execute("PRAGMA cache_size = -65536")  # as the program has it: 64 MB
    lines = page.listed.size.height

    async def rounds(once: Callable[[], Awaitable[list[float]]], before: PairFilter = NEUTRAL) -> list[float]:
        taken = []
        for _ in range(ROUNDS):
            page.ask(before)
            await app.quiet()
            taken.append(await once())
        return [min(each) for each in zip(*taken, strict=True)]

    figures: dict[str, Any] = {"filters": {}}
    answers = {case.name: bare(connection, case, lines)[2] for case in CASES}
    for case in CASES:

        async def once(case: Case = case) -> list[float]:
            first, whole, ids = bare(connection, case, lines)
            reads = read(app.home.database.reader(), case.wanted)
            return [first, whole, *reads, *await ask(app, page, case.wanted, ids, lambda: page.ask(case.wanted))]

        figures["filters"][case.name] = (len(answers[case.name]), *await rounds(once))
    by_name = {case.name: case for case in CASES}
    text, dimension = by_name["text"], by_name["dimension"]
    figures["from the last letter typed"] = await rounds(
        lambda: typed(app, page, text, answers["text"]), replace(NEUTRAL, source_id=None)
    )
    figures["from Enter in a dialog"] = await rounds(lambda: chosen(app, page, dimension, answers["dimension"]))

    async def frames() -> list[float]:
        whole = [app.screen, *app.screen.query("*")]
        times = [await repaint(app, page.listed)]
        await app.quiet()
        times.append(await repaint(app, *whole))
        await app.quiet()
        return [*times, await closed(app, page)]

    figures["repaints"] = await rounds(frames)
    page.ask(replace(NEUTRAL, source_id=None))
    await app.quiet()
    steps = []
    for _ in range(ROUNDS):
        steps.append(await step(app, page))
        await app.quiet()  # as a person looks: the neighbours' pictures are made meanwhile
    figures["next pair"] = [min(each) for each in zip(*steps, strict=True)]
    return figures


def instrument(folder: Path) -> None:
    """The child process: run the app on the terminal of its input and its errors, and print the figures."""
    with Home(folder) as home:
        app = Instrument(home)

        async def run() -> None:
            running = asyncio.ensure_future(app.run_async())
            measuring = asyncio.ensure_future(measure(app))
            await asyncio.wait([running, measuring], return_when=asyncio.FIRST_COMPLETED)
            if measuring.done():
                print(json.dumps(measuring.result()), file=sys.__stdout__, flush=True)
                app.exit()
            await running

        asyncio.run(run())


def on_terminal(command: list[str]) -> str:
    """What a command prints that has a terminal, which swallows everything, as its input and for its errors."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environment |= {"COLUMNS": str(COLUMNS), "LINES": str(LINES)}
    done = subprocess.Popen(command, stdin=slave, stderr=slave, stdout=subprocess.PIPE, text=True, env=environment)
    os.close(slave)
    tail = bytearray()

    def swallow() -> None:
        try:
            while data := os.read(master, 65536):
                tail[:] = (tail + data)[-4000:]
        except OSError:  # how the end of a pseudo-terminal is read
            return

    thread = threading.Thread(target=swallow)
    thread.start()
    printed = done.communicate()[0]
    thread.join()
    os.close(master)
    if done.returncode or not printed:
        sys.exit(tail.decode(errors="replace"))
    return printed


def report(figures: dict[str, Any]) -> bool:
    """Print the times and the ratios to the SQL as they are; whether all keep the limits."""
    head = "".join(f"{each:>9}{'its SQL':>9}{'read':>8}{'frame':>8}" for each in ("first", "whole"))
    print(f"{'milliseconds':<34}{'pairs':>8}{head}")
    kept = True
    for name, (count, first_sql, whole_sql, first_read, whole_read, first, whole) in figures["filters"].items():
        times = [(first, first_sql, first_read), (whole, whole_sql, whole_read)]
        kept = kept and all(reading <= LIMIT * sql and seen <= FRAME_SECONDS for seen, sql, reading in times)
        cells = "".join(
            f"{seen * 1000:>9.1f}{sql * 1000:>9.2f}{reading / sql:>7.1f}×{seen / sql:>7.1f}×"
            for seen, sql, reading in times
        )
        print(f"{name:<34}{count:>8,}{cells}")
    print()
    for name, key in (("text", "from the last letter typed"), ("dimension", "from Enter in a dialog")):
        first, whole = figures[key]
        print(f"{f'{name}, {key}':<42}{first * 1000:>9.1f}{'':17}{whole * 1000:>9.1f}")
    listed, screen, dialog = figures["repaints"]
    told, seen = figures["next pair"]
    print(f"{'one repaint of the list':<42}{listed * 1000:>9.1f}")
    print(f"{'one repaint of the screen':<42}{screen * 1000:>9.1f}")
    print(f"{'closing a dialog, nothing chosen':<42}{dialog * 1000:>9.1f}")
    print(f"{'next pair: its facts':<42}{told * 1000:>9.1f}")
    print(f"{'next pair: both its pictures':<42}{seen * 1000:>9.1f}   {seen - screen:+.3f} s beside one repaint")
    print(json.dumps(figures))
    return kept and seen <= 2 * screen


def main() -> None:
    """Measure in a child process that has a terminal of its own."""
    if len(sys.argv) > 2:
        instrument(Path(sys.argv[1]))
    else:
        folder = big_home(Path(sys.argv[1]))
        printed = on_terminal([sys.executable, __file__, str(folder), "child"])
        sys.exit(0 if report(json.loads(printed)) else 1)


if __name__ == "__main__":
    main()
