"""Runs as the terminal and the command line deal with them: start, steer, watch, and see that a worker is there.

Reads and writes the store alone. Imports no model and no mathematics; what a model must be loaded for is the
worker's business.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.devices import devices, may_work, require_here
from engine.generators import generators
from engine.models.here import require_ready
from engine.plan.forecast import Estimate, Expected, expected, forecast
from engine.plan.progress import Stage
from engine.plan.replay import require_source
from engine.plan.requests import chosen, starts
from engine.plan.wants import GenerateWants, Wants, gpus_of
from engine.prompts.emotions import template
from store import Home
from store.disk import refusal
from store.queries import work as queries
from store.queries.work import ACTIVE, ENDED

__all__ = [
    "Estimate",
    "Expected",
    "GenerateWants",
    "NothingToStartFrom",
    "Progress",
    "Stage",
    "Wants",
    "WorkerState",
    "anyone_working",
    "as_now",
    "cancel",
    "cancel_all",
    "ensure_worker",
    "estimate",
    "is_working",
    "latest_log",
    "live_workers",
    "move",
    "pause",
    "progress",
    "require_start",
    "resume",
    "retry",
    "sketch",
    "start_run",
]

RECENT_SECONDS = 30.0
"""How far back the rate of work looks."""


def start_run(home: Home, name: str, wants: Wants) -> int:
    """Queue a request and return its id. `ensure_worker` sees to it that it is done.

    Raises:
        UnknownName: no such generator, scorer, dimension or source.
        NotReady: a model lacks its weights, say.
        ValueError: nothing to start from, settings that the generator doesn't take, or cards that aren't here.
    """
    from store.work import add_run

    wants.require_known(home.folder)
    require_here(wants.gpus)
    require_start(home, wants)
    require_ready(wants.models, home.folder)
    with home.database.write() as session:
        return add_run(session, name, wants.to_json())


class NothingToStartFrom(ValueError):
    """No image of the selection has a caption, or one that can be used."""


def require_start(home: Home, wants: Wants) -> None:
    """Raises `ValueError` where originals of wanted pairs can't be used, and `NothingToStartFrom` without any."""
    if wants.generate:
        _require_originals(home, wants.generate)


def _require_originals(home: Home, wants: GenerateWants) -> None:
    reader = home.database.reader()
    if wants.source:
        require_source(reader, wants.source)
    generator = generators(home.folder).load(wants.generator)
    found = starts(reader, wants, generator)
    if wants.emotions and (wants.prompts or not isinstance(wants.originals, str)):
        for each in chosen(reader, wants):  # whoever names them one by one is told of each that can't be used
            template(each.caption)
    if not found:
        lacking = "a caption that says happy, or has a blank for the emotion" if wants.emotions else "a caption"
        others = starts(reader, replace(wants, originals="all"), generator) if wants.originals == "conventional" else []
        more = f"; “all” would start from {len(others)}" if others else ""
        raise NothingToStartFrom(f"no original to start from: no image of {_named(wants)} has {lacking}{more}")


def _named(wants: GenerateWants) -> str:
    return f"“{wants.originals}”" if isinstance(wants.originals, str) else f"ids {list(wants.originals)}"


def pause(home: Home, run_id: int) -> None:
    """Stop a run until it is resumed; the worker gives up the batch in hand within a second."""
    _set_state(home, run_id, "paused")


def resume(home: Home, run_id: int) -> None:
    """Queue a paused or cancelled run again, or look once more for what a finished one lacks."""
    _set_state(home, run_id, "queued")


def cancel(home: Home, run_id: int) -> None:
    """Stop a run for good. What it made stays."""
    _set_state(home, run_id, "cancelled")


def cancel_all(home: Home) -> int:
    """Stop every run that is not over, for good. What they made stays. Returns how many there were."""
    from store.work import set_run_state

    with home.database.write() as session:
        ids = [row["id"] for row in queries.runs(home.database.reader()) if row["state"] not in ENDED]
        for run_id in ids:
            set_run_state(session, run_id, "cancelled")
    return len(ids)


def _set_state(home: Home, run_id: int, state: str) -> None:
    from store.work import set_run_state

    with home.database.write() as session:
        set_run_state(session, run_id, state)


def retry(home: Home, run_id: int) -> int:
    """Forget what failed in a run and queue it again. Returns how many failures there were."""
    from store.work import retry_failed, set_run_state

    with home.database.write() as session:
        forgotten = retry_failed(session, [run_id])
        set_run_state(session, run_id, "queued")
    return forgotten


def move(home: Home, run_id: int, by: int) -> None:
    """Put a run that many places later in the queue, or earlier for a negative number."""
    from store.work import move_run

    rows = queries.runs(home.database.reader())
    order = [row["id"] for row in rows if row["id"] != run_id]
    at = [row["id"] for row in rows].index(run_id)
    order.insert(max(0, min(len(order), at + by)), run_id)
    with home.database.write() as session:
        for position, each in enumerate(order, start=1):
            move_run(session, each, position)


def estimate(home: Home, wants: Wants) -> Estimate:
    """What is missing for a request, and roughly how long it takes. Raises `UnknownName`."""
    return forecast(home.database.reader(), wants.require_known(home.folder), home.folder)


@dataclass(frozen=True)
class WorkerState:
    """A worker process, what it does at this moment, and how its process, machine and card fare (see `Vitals`)."""

    id: int
    pid: int
    host: str
    device: str
    run_id: int
    doing: str
    done: int
    step: int
    steps: int
    started: float
    heartbeat: float
    resident: int = 0
    load: float = 0.0
    processors: int = 0
    memory_used: int = 0
    memory_total: int = 0
    busy: int = -1


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Args:
        state: queued, running, paused, cancelled or done.
        stages: each kind of work, in its order.
        rate: pieces a second of late, by all workers; None where nobody has worked long enough to tell.
        workers: those that have the run in hand.
        reason: why the last worker on this run ended, where none has it now and it isn't finished.
        rest: what is left of each stage, and how long such work has taken here.
    """

    run_id: int
    name: str
    state: str
    stages: list[Stage]
    rate: float | None
    workers: tuple[WorkerState, ...]
    reason: str
    rest: tuple[Expected, ...] = ()

    @property
    def done(self) -> int:
        """Pieces done."""
        return sum(stage.done for stage in self.stages)

    @property
    def failed(self) -> int:
        """Pieces that failed and wait for a retry."""
        return sum(stage.failed for stage in self.stages)

    @property
    def left(self) -> int:
        """Pieces left to do."""
        return sum(stage.left for stage in self.stages)

    @property
    def total(self) -> int:
        """Pieces in all."""
        return self.done + self.failed + self.left

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes, shared among the workers, as far as such work was timed; None if none of it was.

        Pieces a second would not tell: one image of a generator takes as long as thousands of cells.
        """
        timed = [each.seconds for each in self.rest if each.pieces and each.seconds is not None]
        return sum(timed) / max(len(self.workers), 1) if timed else None

    @property
    def is_timed(self) -> bool:
        """Whether every kind of work that is left was timed here, so that `seconds_left` tells of all of it."""
        return not any(each.is_unknown for each in self.rest)

    @property
    def doing(self) -> str:
        """What the workers do at this moment; of several, with the devices on which they do it."""
        if len(self.workers) == 1:
            return self.workers[0].doing
        where: dict[str, list[str]] = {}
        for worker in self.workers:
            where.setdefault(worker.doing or "waiting", []).append(worker.device)
        return ", ".join(f"{doing} ({', '.join(on)})" for doing, on in where.items())


def progress(home: Home, run_id: int) -> Progress:
    """How far a run has come. Counts in the store: ask it from a thread. Raises ValueError: no such run."""
    reader = home.database.reader()
    run = queries.run(reader, run_id)
    if run is None:
        raise ValueError(f"there is no run {run_id}")
    found = list(expected(reader, Wants.from_json(json.loads(run["wants"])), run_id, home.folder))
    counted = [stage for stage, _ in found]
    workers = _on(run_id, run["state"], live_workers(home))
    done = sum(stage.done for stage in counted)
    return Progress(
        run_id=run_id,
        name=run["name"],
        state=run["state"],
        stages=counted,
        rate=_rate(home, run_id, done, workers),
        workers=workers,
        reason="" if workers or run["state"] == "done" else _last_reason(home, run_id),
        rest=tuple(each for _, each in found),
    )


def as_now(counted: Progress, workers: Sequence[WorkerState]) -> Progress:
    """What was counted a while ago, with the workers of this moment: cheap, as nothing is counted."""
    return replace(counted, workers=_on(counted.run_id, counted.state, workers))


def _on(run_id: int, state: str, workers: Sequence[WorkerState]) -> tuple[WorkerState, ...]:
    """Those of the workers that have a run in hand."""
    return tuple(each for each in workers if each.run_id == run_id and state in ACTIVE)


def sketch(home: Home, worker_id: int) -> tuple[Path, int] | None:
    """The small picture of what a worker is making just now, and a number that changes with it; None if there is none.

    Its text chunk `about` says what kind of sketch it is.
    """
    path = home.sketch(worker_id)
    try:
        return path, path.stat().st_mtime_ns
    except OSError:
        return None


def _last_reason(home: Home, run_id: int) -> str:
    query = "SELECT pid, host, stopped, reason FROM worker WHERE run_id = ? ORDER BY id DESC LIMIT 1"
    row = home.database.reader().execute(query, (run_id,)).fetchone()
    if row is None or row["stopped"]:
        return row["reason"] if row else ""
    if not queries.is_gone(row):
        return ""
    why = refusal(home.folder)  # a worker that meets a full disk can't even note that it ended
    return f"the process is gone; {home.folder} can't be written: {why}" if why else "the process is gone"


_seen: dict[tuple[Path, int], deque[tuple[float, int]]] = {}


def _rate(home: Home, run_id: int, done: int, workers: Sequence[WorkerState]) -> float | None:
    """Pieces a second: of the last seconds, as far as this process watched; else since the workers started."""
    if not workers:
        _seen.pop((home.folder, run_id), None)
        return None
    now = time.monotonic()
    seen = _seen.setdefault((home.folder, run_id), deque())
    seen.append((now, done))
    while seen[0][0] < now - RECENT_SECONDS:
        seen.popleft()
    seconds, pieces = now - seen[0][0], done - seen[0][1]
    if seconds >= 5 and pieces > 0:
        return pieces / seconds
    since = [(worker.done, worker.heartbeat - worker.started) for worker in workers]
    return sum(pieces / seconds for pieces, seconds in since if seconds > 0) or None


def live_workers(home: Home) -> list[WorkerState]:
    """The workers that have been heard of lately."""
    rows = queries.live_workers(home.database.reader())
    fields = WorkerState.__dataclass_fields__
    return [WorkerState(**{name: row[name] for name in fields if row[name] is not None}) for row in rows]


_Spawned = tuple[subprocess.Popen[bytes], float]
_spawned: dict[tuple[Path, str], _Spawned] = {}
"""By home and device: the worker that this process started last, and when."""


def ensure_worker(home: Home) -> int | None:
    """See that workers are there for the runs that wait: one on each device here that a run may use.

    They outlive this process and its terminal.

    Returns:
        The process id of the first that is there or was started; None if no run waits for one that can be here.
    """
    from store.work import drop_dead_claims

    waiting = [gpus_of(row["wants"]) for row in queries.runs(home.database.reader()) if row["state"] in ACTIVE]
    if not waiting:
        return None
    with home.database.write() as session:
        drop_dead_claims(session)
    here = {worker.device: worker.pid for worker in live_workers(home) if worker.host == socket.gethostname()}
    wanted = [device for device in devices() if any(may_work(device, gpus) for gpus in waiting)]
    for device in wanted:
        if device not in here:
            here[device] = _on_its_way(home, device) or _spawn(home, device).pid
    return next((here[device] for device in wanted), None)


def _on_its_way(home: Home, device: str) -> int | None:
    """A worker of ours that has not told the store of itself yet."""
    process, _ = _spawned.get((home.folder, device), (None, 0.0))
    return process.pid if process is not None and is_working(home, process.pid) else None


def anyone_working(home: Home) -> bool:
    """Whether a worker of this machine is there and has not signed off."""
    ours = {process.pid for (folder, _), (process, _) in _spawned.items() if folder == home.folder}
    there = {worker.pid for worker in live_workers(home) if worker.host == socket.gethostname()}
    return any(is_working(home, pid) for pid in ours | there)


def is_working(home: Home, pid: int) -> bool:
    """Whether a worker process of this machine is there and has not signed off."""
    ours = [each for (folder, _), each in _spawned.items() if folder == home.folder and each[0].pid == pid]
    if not ours:
        return any(worker.pid == pid for worker in live_workers(home))
    process, since = ours[0]
    query = "SELECT 1 FROM worker WHERE pid = ? AND started >= ? AND stopped > 0"
    signed_off = home.database.reader().execute(query, (pid, since)).fetchone() is not None
    return process.poll() is None and not signed_off


def _spawn(home: Home, device: str) -> subprocess.Popen[bytes]:
    """A detached worker: a session of its own, nothing of our terminal, and its words in a log of the home."""
    path = home.logs / f"worker-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}.log"
    command = [sys.executable, "-P", "-m", "engine.worker", "--home", str(home.folder), "--device", device]
    environment = {"OMP_NUM_THREADS": str(_threads()), **os.environ} if len(devices()) > 1 else None
    since = time.time()
    with path.open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )
    _spawned[home.folder, device] = process, since
    # A child that has ended stays as a process until its parent has asked for its status.
    threading.Thread(target=process.wait, name="reaper", daemon=True).start()
    return process


def _threads() -> int:
    """A worker's share of the processor, where there are several."""
    return max(1, (os.cpu_count() or 1) // len(devices()))


def latest_log(home: Home) -> Path | None:
    """The log of the worker that was started last, if any."""
    return max(home.logs.glob("worker-*.log"), key=lambda path: path.stat().st_mtime, default=None)
