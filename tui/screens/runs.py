"""Runs: the queue, how far each has come, and the keys that start and steer them. The work is the worker's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from store import StoreError
from store.queries import judges
from store.queries import work as queries
from tui.figures import plural
from tui.keys import bindings
from tui.reading import Reading
from tui.screens.choose import Choice, Choose
from tui.screens.page import Page
from tui.text import content, plain
from tui.views.run_form import RunForm
from tui.views.runs import RunLine, RunsView, details, head, line, log_lines
from tui.widgets.line_list import LineList, Part

if TYPE_CHECKING:
    from engine.runs import Progress

EMPTY = """No runs yet.

Press n to make wide pairs of your photographs and score them.
No photographs yet? `widespectrum demo` brings some, `widespectrum add FOLDER` brings yours."""
TICK_SECONDS = 1.0
LOG_BYTES = 16_384
"""The end of a log that is shown."""
FAILURES_SHOWN = 50
LOG_LINES = 12
"""Lines of the log under the details, where there is room."""
MOST_LINES = (7, 14)
"""Runs seen at once in the narrow and in the wide layout."""
ENDED = ("done", "cancelled")


class Runs(Page):
    """What runs made is counted in the store, so any number of terminals see the same."""

    page = "runs"
    BINDINGS = bindings("runs")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 (an instance variable in Textual)
    DEFAULT_CSS = """
    Runs #caption { height: 1; padding: 0 1; color: $foreground-muted; }
    Runs #runs-body { height: 1fr; layout: vertical; }
    Runs #about { height: 1fr; padding: 0 1; background: $surface; scrollbar-size-vertical: 1; }
    Runs #details { height: auto; }
    Runs #empty {
        height: 1fr; content-align: center middle; text-align: center; color: $foreground-muted; display: none;
    }
    Runs.-empty #runs-body { display: none; }
    Runs.-empty #empty { display: block; }
    Runs.-wide #about { padding: 1 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.view = RunsView()
        self.has_read = False
        self.shows_log = False
        self._ended: dict[tuple[int, str, float, int], Progress] = {}
        self._chosen = 0
        self._tick: Timer | None = None
        self._form: RunForm | None = None
        self._reading = Reading(self, self._read, self._show)

    def compose_page(self) -> ComposeResult:
        """Caption, the queue, and all that is known of the run under the cursor."""
        yield Static(id="caption")
        with Container(id="runs-body"):
            yield LineList(self._line, head)
            with VerticalScroll(id="about", can_focus=False):
                yield Static(id="details")
        yield Static(EMPTY, id="empty", markup=False)

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

        found = [self._run(row) for row in queries.runs(self.reader)]
        ids = [run.id for run in found]
        chosen = self._chosen if self._chosen in ids else next(iter(ids), 0)
        log = runs.latest_log(self.home)
        return RunsView(
            runs=found,
            workers=runs.live_workers(self.home),
            chosen=chosen,
            failures=[dict(row) for row in queries.failures(self.reader, chosen)[:FAILURES_SHOWN]],
            cost=dict(judges.cost_of_run(self.reader, chosen)),
            log=tail(log) if log else "",
        )

    def _run(self, row: sqlite3.Row) -> RunLine:
        from engine.plan.wants import Wants
        from tui.views.run_form import wants_words

        try:
            wants = wants_words(Wants.from_json(json.loads(row["wants"])))
            progress = self._progress(row)
        except (ValueError, TypeError) as error:  # another version's run, or another package's scorer
            wants, progress = f"can't be read: {error}", None
        return RunLine(row["id"], row["name"], row["state"], row["created"], row["finished"], wants, progress)

    def _progress(self, row: sqlite3.Row) -> Progress:
        """Counted anew for a run that is not over; a run that is stays as it was counted."""
        from engine import runs

        if row["state"] not in ENDED:
            return runs.progress(self.home, row["id"])
        key = (row["id"], row["state"], row["finished"], row["failed"])
        if key not in self._ended:
            self._ended[key] = runs.progress(self.home, row["id"])
        return self._ended[key]

    def _show(self, view: RunsView) -> None:
        self.view, self.has_read = view, True
        self.set_class(not view.runs, "-empty")
        self.query_one("#caption", Static).update(self._caption(view))
        listed = self.query_one(LineList)
        listed.styles.height = min(len(view.runs), MOST_LINES[self.has_class("-wide")]) + 1
        listed.show_rows([run.id for run in view.runs])
        if self._tick is not None:
            (self._tick.resume if view.is_active else self._tick.pause)()
        self._describe()

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
        said = details(view, run, self.size.width - 6)
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
        self._describe()
        self.query_one("#about").scroll_home(animate=False)
        self._reading.ask()

    def action_new(self) -> None:
        """Ask what the run wants, then start it and see that a worker is there."""
        if self._may_change():
            from tui.screens.new_run import NewRun

            self.app.push_screen(NewRun(self.home, self._form), self._start)

    def _start(self, form: RunForm | None) -> None:
        if form is None:
            return
        self._form = form

        def start() -> str:
            from engine import runs

            run_id = runs.start_run(self.home, form.title(), form.wants())
            return f"run {run_id} is queued; worker {runs.ensure_worker(self.home)} does it"

        self._do(start)

    def action_pause(self) -> None:
        """Pause the run, or let it go on."""
        run = self.run
        if run is None:
            return
        if run.state == "done":
            self.notify("this run is done; R tries again what failed", markup=False)
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
