"""Runs: the queue, how far each has come, and the keys that start and steer them. The work is the worker's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from store import StoreError
from store.queries import judges
from store.queries import work as queries
from store.queries.work import ACTIVE, ENDED
from tui.counting import Counting
from tui.figures import plural
from tui.keys import bindings
from tui.reading import Reading
from tui.screens.choose import Choice, Choose
from tui.screens.page import Page
from tui.text import content, cut, plain
from tui.views.run_form import RunForm
from tui.views.runs import RunLine, RunsView, Seen, details, head, line, log_lines, strip_lines
from tui.widgets.line_list import LineList, Part
from tui.widgets.preview import Preview

if TYPE_CHECKING:
    from engine.runs import Progress, WorkerState

EMPTY = """No runs yet.

Press {new} to make wide pairs of your photographs and score them.
No photographs yet? `widespectrum demo` brings some, `widespectrum add FOLDER` brings yours."""
"""With the key still to be named."""
TICK_SECONDS = 1.0
COUNTING_SECONDS = 0.3
"""In a reading no count begins later than this: of many runs on a large store, the rest come with the next ones."""
LOG_BYTES = 16_384
"""The end of a log that is shown."""
FAILURES_SHOWN = 50
LOG_LINES = 12
"""Lines of the log under the details, where there is room."""
MOST_LINES = (7, 14)
"""Runs seen at once in the narrow and in the wide layout."""
SEEN_WIDTH = (30, 64)
"""Columns of the picture in the narrow and in the wide layout, as in the styles below."""


class _Due(NamedTuple):
    """When a run is counted again, as `Counting.of` takes it: where `mark` differs; where `ages`, once it is old."""

    mark: tuple[int, ...] | None
    ages: bool


def _due(rows: list[sqlite3.Row], chosen: int, mark: tuple[int, ...], workers: list[WorkerState]) -> dict[int, _Due]:
    """By run, when it is counted again.

    One that is over and not under the cursor waits until no run is worked on any more: in a large store every batch
    would else have all old ones counted.
    """
    active = {row["id"] for row in rows if row["state"] in ACTIVE}
    resting = None if any(worker.run_id in active for worker in workers) else mark
    aside = {row["id"] for row in rows if row["state"] in ENDED} - {chosen}
    return {row["id"]: _Due(resting, False) if row["id"] in aside else _Due(mark, True) for row in rows}


class Runs(Page):
    """What runs made is counted in the store, so any number of terminals see the same."""

    page = "runs"
    BINDINGS = bindings("runs")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 (an instance variable in Textual)
    DEFAULT_CSS = """
    Runs #caption { height: 1; padding: 0 1; color: $foreground-muted; }
    Runs #runs-body { height: 1fr; layout: vertical; }
    Runs #strip { height: auto; max-height: 4; padding: 0 1; display: none; }
    Runs.-working #strip { display: block; }
    Runs #below { height: 1fr; layout: horizontal; }
    Runs #about { width: 1fr; padding: 0 1; background: $surface; scrollbar-size-vertical: 1; }
    Runs #seen { width: 30; display: none; background: $surface; padding: 0 1 0 0; }
    Runs.-seen #seen { display: block; }
    Runs #seen-what { height: auto; max-height: 4; color: $foreground-muted; }
    Runs #details { height: auto; }
    Runs #empty {
        height: 1fr; content-align: center middle; text-align: center; color: $foreground-muted; display: none;
    }
    Runs.-empty #runs-body { display: none; }
    Runs.-empty #empty { display: block; }
    Runs.-wide #about { padding: 1 2; }
    Runs.-wide #seen { width: 64; padding: 1 2 1 0; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.view = RunsView()
        self.has_read = False
        self.shows_log = False
        self._counting: Counting[Progress] = Counting(self._count)
        self._chosen = self._started = 0
        self._tick: Timer | None = None
        self._form: RunForm | None = None
        self._reading = Reading(self, self._read, self._show)

    def compose_page(self) -> ComposeResult:
        """Caption, workers, the queue, and all that is known of the run under the cursor, with what it makes."""
        yield Static(id="caption")
        yield Static(id="strip")
        with Container(id="runs-body"):
            yield LineList(self._line, head)
            with Container(id="below"):
                with VerticalScroll(id="about", can_focus=False):
                    yield Static(id="details")
                with Vertical(id="seen"):
                    yield Preview(id="picture")
                    yield Static(id="seen-what")
        yield Static(EMPTY.format(new=self.key_name("runs.new")), id="empty", markup=False)

    def on_mount(self) -> None:
        """Read for the first time."""
        self._tick = self.set_interval(TICK_SECONDS, self._look_again, pause=True)
        self._reading.ask()

    def on_screen_resume(self) -> None:
        """The store may have changed while another page was open."""
        self._reading.news()

    def store_changed(self) -> None:
        """Read again, soon."""
        self._reading.news()

    def _look_again(self) -> None:
        """While a run is active, time alone changes what is shown: the age of a heartbeat, the rate."""
        if self.is_current:
            self._reading.news()

    def _read(self) -> RunsView:
        from engine import runs

        mark, workers = queries.work_mark(self.reader), runs.live_workers(self.home)
        rows = queries.runs(self.reader)
        ids = [row["id"] for row in rows]
        chosen = self._chosen if self._chosen in ids else next(iter(ids), 0)
        self._counting.begin(COUNTING_SECONDS)
        pressing = sorted(rows, key=lambda row: (row["id"] != chosen, row["state"] in ENDED))
        due = _due(rows, chosen, mark, workers)
        read = {row["id"]: self._run(row, due[row["id"]], workers) for row in pressing}
        found = [read[run_id] for run_id in ids]
        log = runs.latest_log(self.home)
        return RunsView(
            runs=found,
            workers=workers,
            chosen=chosen,
            failures=[dict(row) for row in queries.failure_reasons(self.reader, chosen, FAILURES_SHOWN)],
            cost=dict(judges.cost_of_run(self.reader, chosen)),
            log=tail(log) if log else "",
            seen=next((self._seen(run) for run in found if run.id == chosen), None),
        )

    def _run(self, row: sqlite3.Row, due: _Due, workers: list[WorkerState]) -> RunLine:
        from engine.plan.wants import Wants
        from tui.views.run_form import wants_words

        generator, progress, is_read = "", None, True
        try:
            asked = Wants.from_json(json.loads(row["wants"]))
            wants, generator = wants_words(asked), asked.generate.generator if asked.generate else ""
            progress = self._progress(row, due, workers)
        except (ValueError, TypeError) as error:  # another version's run, or another package's scorer
            wants, is_read = f"can't be read: {error}", False
        return RunLine(
            id=row["id"],
            name=row["name"],
            state=row["state"],
            created=row["created"],
            finished=row["finished"],
            wants=wants,
            progress=progress,
            generator=generator,
            is_read=is_read,
        )

    def _progress(self, row: sqlite3.Row, due: _Due, workers: list[WorkerState]) -> Progress | None:
        """Counted where that may bring news; what a worker does is always that of this moment."""
        from engine import runs

        who = [worker.id for worker in workers if worker.run_id == row["id"]]
        state = (row["state"], row["finished"], row["failed"], tuple(who))
        counted = self._counting.of(row["id"], state, *due)
        return runs.as_now(counted, workers) if counted else None

    def _count(self, run_id: int) -> Progress:
        from engine import runs

        return runs.progress(self.home, run_id)

    def _seen(self, run: RunLine) -> Seen | None:
        """What a run is making just now, if a worker of it shows that, or else what it made last."""
        from engine import runs

        workers = run.progress.workers if run.progress else ()
        if sketch := next(filter(None, (runs.sketch(self.home, worker.id) for worker in workers)), None):
            return Seen(file=str(sketch[0]), stamp=sketch[1], words="being made")
        until = run.finished or float("inf")
        row = queries.last_made(self.reader, run.generator, run.created, until) if run.has_made else None
        return Seen(row["sha256"], row["suffix"], words=f"made last: {row['prompt']}") if row else None

    def _show(self, view: RunsView) -> None:
        first = bool(view.runs) and not self.view.runs
        self.view, self.has_read = view, True
        self.set_class(not view.runs, "-empty")
        self.query_one("#caption", Static).update(self._caption(view))
        listed = self.query_one(LineList)
        listed.styles.height = min(len(view.runs), MOST_LINES[self.has_class("-wide")]) + 1
        listed.show_rows([run.id for run in view.runs])
        if self._started in listed.keys:
            listed.go(listed.keys.index(self._started))
            self._started = 0
        elif first:
            listed.go(next((number for number, run in enumerate(view.runs) if run.is_active), 0))
        if self._tick is not None:
            (self._tick.resume if view.is_active or self._counting.behind else self._tick.pause)()
        self._show_workers(view)
        self._show_seen(view.seen)
        self._describe()

    def _show_workers(self, view: RunsView) -> None:
        self.set_class(bool(view.workers), "-working")
        self.query_one("#strip", Static).update(strip_lines(view.workers, self.size.width - 2))

    def _show_seen(self, seen: Seen | None) -> None:
        """The picture, if there is one; in the narrow layout a log has the whole width."""
        crowded = self.shows_log and not self.has_class("-wide")
        self.set_class(seen is not None and not crowded, "-seen")
        if seen is None:
            return
        picture = self.query_one(Preview)
        if seen.file:
            picture.show_file(seen.file, seen.stamp)
        else:
            picture.show(seen.sha256, seen.suffix)
        self.query_one("#seen-what", Static).update(content(cut(seen.words, 240)))

    def redraw(self) -> None:
        """The terminal may have lost the picture."""
        self.query_one(Preview).redraw()
        super().redraw()

    def _caption(self, view: RunsView) -> Content:
        active = sum(run.is_active for run in view.runs)
        said = f"{plural(len(view.runs), 'run')} · {active} active · {plural(len(view.workers), 'worker')}"
        return content(f"{said} · closing this terminal stops nothing")

    def _line(self, index: int, width: int) -> list[Part]:
        return line(self.view.runs[index], width)

    @property
    def run(self) -> RunLine | None:
        """The run under the cursor."""
        key = self.query_one(LineList).key
        return next((run for run in self.view.runs if run.id == key), None)

    @on(LineList.Moved)
    def _moved(self) -> None:
        """Another run's failures must be read."""
        run = self.run
        if run is not None and run.id != self._chosen:
            self._chosen = run.id
            self._describe()
            self._reading.ask()

    def _describe(self) -> None:
        run = self.run
        if run is None:
            return
        view = self.view if self.view.chosen == run.id else RunsView(self.view.runs, self.view.workers, run.id)
        seen = SEEN_WIDTH[self.has_class("-wide")] if self.has_class("-seen") else 0
        said = details(view, run, self.size.width - seen - 6, self.key_name)
        if self.shows_log:
            said = log_lines(self.view.log)
        elif self.has_class("-wide"):
            last = "\n".join(self.view.log.splitlines()[-LOG_LINES:])
            said = Content("\n").join([said, Content(""), log_lines(last)])
        self.query_one("#details", Static).update(said)
        if self.shows_log:
            self.query_one("#about").scroll_end(animate=False)

    def action_go(self, where: str) -> None:
        """Move the cursor."""
        listed = self.query_one(LineList)
        every = len(listed.keys)
        listed.move({"up": -1, "down": 1, "top": -every, "bottom": every}[where])

    def action_scroll(self, where: str) -> None:
        """Scroll the details."""
        about = self.query_one("#about")
        (about.scroll_page_up if where == "up" else about.scroll_page_down)(animate=False)

    def action_log(self) -> None:
        """Show the log, or the details again."""
        self.shows_log = not self.shows_log
        self._show_seen(self.view.seen)
        self._describe()
        self.query_one("#about").scroll_home(animate=False)
        self._reading.ask()

    def action_new(self) -> None:
        """Ask what the run wants, then start it and see that a worker is there."""
        if not self._may_change():
            return
        from engine.models.catalogue import known
        from engine.models.places import places
        from tui.screens.new_run import NewRun

        try:  # the form reads both with every change: it is no place to find out that they can't be read
            known(self.home.folder)
            places(self.home.folder)
        except ValueError as error:
            self._done(str(error), "error")
        else:
            self.app.push_screen(NewRun(self.home, self._form), self._start)

    def _start(self, form: RunForm | None) -> None:
        if form is None:
            return
        self._form = form

        def start() -> str:
            from engine import runs

            run_id = self._started = runs.start_run(self.home, form.title(), form.wants())
            return f"run {run_id} is queued; worker {runs.ensure_worker(self.home)} does it"

        self._do(start)

    def action_pause(self) -> None:
        """Pause the run, or let it go on."""
        run = self.run
        if run is None:
            return
        if run.state == "done" and not (run.progress and run.progress.left):
            self.notify(f"this run is done; {self.key_name('runs.retry')} tries again what failed", markup=False)
        else:
            self._steer(self._pause if run.is_active else self._resume, run.id)

    def _pause(self, run_id: int) -> str:
        from engine import runs

        runs.pause(self.home, run_id)
        return f"run {run_id} is paused"

    def _resume(self, run_id: int) -> str:
        from engine import runs

        runs.resume(self.home, run_id)
        return f"run {run_id} goes on; worker {runs.ensure_worker(self.home)} does it"

    def action_cancel(self) -> None:
        """Cancel the run, if the person says so twice."""
        run = self.run
        if run is None or not self._may_change():
            return
        if run.state in ENDED:
            self.notify(f"run {run.id} is {run.state} already", markup=False)
            return
        options = [Choice("no", "no, let it be"), Choice("yes", "yes, cancel it", "what it made stays")]

        def cancel(answer: str | None) -> None:
            if answer == "yes":
                self._steer(self._cancel, run.id)

        self.app.push_screen(Choose(f"Cancel run {run.id}, {run.name}?", options), cancel)

    def _cancel(self, run_id: int) -> str:
        from engine import runs

        runs.cancel(self.home, run_id)
        return f"run {run_id} is cancelled; what it made stays"

    def action_cancel_all(self) -> None:
        """Cancel every run that is not over, if the person says so twice."""
        waiting = sum(run.state not in ENDED for run in self.view.runs)
        if not self._may_change():
            return
        if not waiting:
            self.notify("every run is over already", markup=False)
            return
        options = [Choice("no", "no, let them be"), Choice("yes", "yes, cancel them", "what they made stays")]

        def cancel(answer: str | None) -> None:
            if answer == "yes":
                self._steer(lambda _: self._cancel_all(), 0)

        self.app.push_screen(Choose(f"Cancel {plural(waiting, 'run')}, all that are not over?", options), cancel)

    def _cancel_all(self) -> str:
        from engine import runs

        return f"{plural(runs.cancel_all(self.home), 'run')} cancelled; what they made stays"

    def action_retry(self) -> None:
        """Try again what failed in the run."""
        if self.run is not None:
            self._steer(self._retry, self.run.id)

    def _retry(self, run_id: int) -> str:
        from engine import runs

        if not queries.failures(self.reader, run_id):
            return f"nothing failed in run {run_id}"
        forgotten = runs.retry(self.home, run_id)
        return f"{plural(forgotten, 'failure')} tried again; worker {runs.ensure_worker(self.home)} does it"

    def action_worker(self) -> None:
        """See that a worker is there for the runs that wait."""
        self._steer(lambda _: self._worker(), 0)

    def _worker(self) -> str:
        from engine import runs

        pid = runs.ensure_worker(self.home)
        return f"worker {pid} is there" if pid else "no run waits for a worker"

    def action_shift(self, where: str) -> None:
        """Move the run in the queue."""
        by = -1 if where == "earlier" else 1
        if self.run is not None:
            self._steer(lambda run_id: self._move(run_id, by), self.run.id)

    def _move(self, run_id: int, by: int) -> str:
        from engine import runs

        runs.move(self.home, run_id, by)
        return ""

    def _steer(self, act: Callable[[int], str], run_id: int) -> None:
        if self._may_change():
            self._do(lambda: act(run_id))

    def _may_change(self) -> bool:
        if self.instrument.read_only:
            self.notify("read-only: nothing is started or changed from here", severity="warning", markup=False)
        return not self.instrument.read_only

    def _do(self, act: Callable[[], str]) -> None:
        """Write in a thread, and say what came of it."""

        def work() -> None:
            try:
                said, severity = act(), "information"
            except (ValueError, StoreError, OSError) as error:
                said, severity = str(error), "error"
            self.app.call_from_thread(self._done, said, severity)

        self.run_worker(work, thread=True, group="steer")

    def _done(self, said: str, severity: str) -> None:
        if said:
            self.notify(plain(said), severity=severity, markup=False)  # type: ignore[arg-type]
        self._reading.ask()


def tail(path: Path) -> str:
    """The last lines of a log; "" if it is gone."""
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - LOG_BYTES, 0))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
