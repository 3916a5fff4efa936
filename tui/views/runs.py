"""Runs as lines and sentences: how far each has come, who works on it, what failed and why."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from textual.content import Content

from store.queries.work import ACTIVE
from tui.figures import bar, duration, gib, plural
from tui.keys import Named, key_name
from tui.text import MUTED, content, cut, fitted, plain
from tui.views.judges import cost_words
from tui.widgets.line_list import Part

if TYPE_CHECKING:
    from engine.runs import Progress, Stage, WorkerState

SIGNS = {"queued": "○", "running": "▶", "paused": "‖", "cancelled": "✗", "done": "✓"}
SILENT_SECONDS = 10.0
"""A worker that has not been heard of for so long is said to be silent."""
WIDE = 100
STAGES = {"write": "write", "generate": "make", "measure": "measure", "score": "score"}
BAR = 20
STRIP_BAR = 16


@dataclass(frozen=True)
class RunLine:
    """One run as it was read.

    Args:
        wants: what it asks for, in one line.
        progress: None where what it wants can't be read, or is not counted yet.
        generator: who makes its images; empty where it makes none.
        is_read: whether what it wants could be read.
    """

    id: int
    name: str
    state: str
    created: float
    finished: float
    wants: str
    progress: Progress | None = None
    generator: str = ""
    is_read: bool = True

    @property
    def is_active(self) -> bool:
        """Whether a worker has it, or should have it."""
        return self.state in ACTIVE

    @property
    def has_made(self) -> bool:
        """Whether an image can be its own: a run that waits has made none yet, nor has one that never began."""
        stages = self.progress.stages if self.progress else ()
        begun = any(stage.stage == "generate" and stage.done for stage in stages)
        return self.state == "running" or (self.state != "queued" and begun)


@dataclass(frozen=True)
class Seen:
    """A picture of a run's work: a blob, or the sketch of what is being made, with a word on it."""

    sha256: str = ""
    suffix: str = ""
    file: str = ""
    stamp: int = 0
    words: str = ""


@dataclass(frozen=True)
class RunsView:
    """What was read: the runs in the order of the queue, the live workers, and more of the one under the cursor."""

    runs: Sequence[RunLine] = ()
    workers: Sequence[WorkerState] = ()
    chosen: int = 0
    failures: Sequence[Mapping[str, Any]] = ()
    cost: Mapping[str, Any] | None = None
    log: str = ""
    seen: Seen | None = None
    now: float = field(default_factory=time.time)

    @property
    def is_active(self) -> bool:
        """Whether there is anything to watch."""
        return any(run.is_active for run in self.runs)


def strip_lines(workers: Sequence[WorkerState], width: int) -> Content:
    """A line a worker: its device, how full and how busy that is, and what it does."""
    return Content("\n").join(_strip_line(worker, width) for worker in workers)


def _strip_line(worker: WorkerState, width: int) -> Content:
    if worker.memory_total:
        share = worker.memory_used / worker.memory_total
        facts = [f"{gib(worker.memory_used)} of {gib(worker.memory_total)}"]
        facts += [f"{worker.busy}% busy"] if worker.busy >= 0 else []
    elif worker.processors:
        share = worker.load / worker.processors
        facts = [f"load {worker.load:.1f} of {worker.processors}"]
        facts += [f"process {gib(worker.resident)}"] if worker.resident else []
    else:
        share, facts = 0.0, ["not heard of yet"]
    heavy, light = bar(share, STRIP_BAR if width >= WIDE else STRIP_BAR // 2)
    known = f" {' · '.join(facts)} · "
    doing = plain(_doing(worker))
    device = f"{plain(worker.device)} "
    room = max(width - len(device) - len(heavy + light) - len(known), 0)
    return Content.assemble(device, (heavy, "$primary"), (light, MUTED), (known, MUTED), cut(doing, room))


def _doing(worker: WorkerState) -> str:
    step = f", step {worker.step} of {worker.steps}" if worker.steps else ""
    return f"{worker.doing or 'waiting'}{step}"


def state_words(run: RunLine) -> str:
    """The state with its sign; one that was begun and is in nobody's hands waits, as one before its turn does."""
    if run.state == "running" and run.progress is not None and not run.progress.workers:
        return f"{SIGNS['queued']} waiting"
    return f"{SIGNS.get(run.state, '?')} {plain(run.state)}"


def _columns(width: int) -> dict[str, int]:
    wide = width >= WIDE
    widths = {
        "name": 0,
        "state": 12,
        "bar": 20 if wide else 8,
        "share": 6,
        "count": 16 if wide else 15,
        "failed": 9 if wide else 7,
    }
    widths["left"] = 16 if wide else 12
    widths["name"] = max(width - sum(widths.values()) - 1, 8)
    return widths


def head(width: int) -> list[Part]:
    """The titles of the columns."""
    widths = _columns(width)
    titles = {"name": " run", "state": "state", "bar": "progress", "share": "", "count": "done of all"}
    titles |= {"failed": "failed", "left": "time left"}
    return [(titles[name][:cells].ljust(cells), "") for name, cells in widths.items()]


def line(run: RunLine, width: int) -> list[Part]:
    """One run of the list."""
    widths, found = _columns(width), run.progress
    name: Part = (f" {fitted(run.name, widths['name'] - 2)} ", "" if run.is_active else "quiet")
    state: Part = (fitted(state_words(run), widths["state"]), "bold" if run.is_active else "quiet")
    if found is None:
        return [name, state, ("counting …", "quiet") if run.is_read else ("what it wants can't be read", "low")]
    share = found.done / found.total if found.total else 1.0
    heavy, light = bar(share, widths["bar"])
    counted = f"{found.done:,} of {found.total:,}"
    failed = f"{found.failed} ✗" if found.failed else ""
    return [
        name,
        state,
        (heavy, "high"),
        (light, "quiet"),
        (f"{_percent(found.done, found.total)} ".ljust(widths["share"]), ""),
        (fitted(counted, widths["count"]), "quiet"),
        (fitted(failed, widths["failed"]), "low"),
        (fitted(time_left(run), widths["left"]), "quiet"),
    ]


def time_left(run: RunLine) -> str:
    """How long the rest takes, as far as anyone can tell."""
    if not run.is_active or run.progress is None:
        return ""
    if not run.progress.workers:
        return "waiting"
    return rest_words(run.progress) or "…"


def rest_words(found: Progress) -> str:
    """How long the rest takes; with ≥ where some of it was never timed here, and nothing where none of it was."""
    if found.seconds_left is None:
        return ""
    return f"{'' if found.is_timed else '≥ '}{duration(found.seconds_left)}"


def details(view: RunsView, run: RunLine, width: int, key: Named = key_name) -> Content:
    """Everything on one run: what it wants, how far each stage is, who works, and what failed."""
    found = run.progress
    lines = [content(f"{run.id}  {run.name}", "bold"), content(run.wants, MUTED), Content("")]
    if found is not None:
        lines += [content(_where_it_stands(run, found, key)), Content("")]
    if view.failures:
        failed = plural(view.failures[0]["total"], "failure")
        lines += [content(f"{failed} · {key('runs.retry')} tries again", "bold")]
        lines += [*(_failure_line(row) for row in view.failures), Content("")]
    if found is not None:
        lines += [_stage_line(stage, width) for stage in found.stages]
        if view.cost and view.cost["answers"]:
            lines.append(content(cost_words(view.cost), MUTED))
        lines += [Content(""), *_worker_lines(view, run, found, key)]
    return Content("\n").join(lines)


def log_lines(log: str) -> Content:
    """A log under its title."""
    lines = [content(line, MUTED) for line in log.splitlines()] or [content("no log yet", MUTED)]
    return Content("\n").join([Content.styled("The log of the worker that was started last", "bold"), *lines])


def _where_it_stands(run: RunLine, found: Progress, key: Named) -> str:
    parts = [f"{state_words(run)}: {found.done:,} of {found.total:,} done"]
    if found.failed:
        parts.append(f"{found.failed:,} failed")
    if found.left:
        since = f"have come since ({key('runs.pause')} does them)"
        parts.append(f"{found.left:,} {since if run.state == 'done' else 'left'}")
    if run.is_active and found.rate:
        parts.append(f"{found.rate:.1f} a second")
    if run.is_active and found.workers and (rest := rest_words(found)):
        parts.append(f"{rest} to go")
    if run.finished:
        parts.append(f"ended {time.strftime('%Y-%m-%d %H:%M', time.localtime(run.finished))}")
    return ", ".join(parts)


def _percent(done: int, total: int) -> str:
    """Whole percent done, rounded down: 100% is all of it."""
    return f"{100 * done // total if total else 100:4}%"


def _stage_line(stage: Stage, width: int) -> Content:
    total = stage.done + stage.failed + stage.left
    share = stage.done / total if total else 1.0
    failed = f"  {stage.failed:,} ✗" if stage.failed else ""
    counted = f" {_percent(stage.done, total)}  {stage.done:,} of {total:,}"
    room = width - len(counted + failed) - 1
    name = fitted(f"{STAGES.get(stage.stage, stage.stage)} {stage.model}", min(room, 18))
    heavy, light = bar(share, min(room - len(name), BAR))
    return Content.assemble(f"{name} ", (heavy, "$primary"), (light, MUTED), counted, (failed, "$text-warning"))


def _worker_lines(view: RunsView, run: RunLine, found: Progress, key: Named) -> Iterator[Content]:
    for worker in found.workers:
        where = f"worker {worker.pid} on {worker.device} of {worker.host}"
        yield content(f"{where}: {_doing(worker)}")
        yield content(_heard(view.now - worker.heartbeat), MUTED)
    if found.workers:
        return
    others = [each for each in view.workers if each.run_id != run.id]
    if run.is_active and others:
        yield content(
            f"waits for worker {others[0].pid} on {others[0].device}, which does run {others[0].run_id}", MUTED
        )
    elif run.is_active:
        yield content(f"no worker has signed on; {key('runs.worker')} starts one if none comes", "$text-warning")
    if found.reason:
        yield content(f"its last worker ended: {found.reason}", MUTED)


def _heard(age: float) -> str:
    if age < 2:
        return "heard of just now"
    return f"{'silent: ' if age > SILENT_SECONDS else ''}last heard of {duration(age)} ago"


def _failure_line(row: Mapping[str, Any]) -> Content:
    """What failed for one reason: which piece, or how many."""
    which = row["item"] if row["n"] == 1 else f"× {row['n']:,}"
    where = plain(f"{STAGES.get(row['stage'], row['stage'])} {row['model']} {which}")
    return Content.assemble(("✗ ", "$text-warning"), where, content(f": {row['reason']}", MUTED))
