"""The worker's pulse: a thread that keeps its heartbeat in the store, and hears whether its work is still wanted."""

from __future__ import annotations

import logging
import threading
import time

from engine.worker.vitals import vitals
from store import Home, StoreError
from store.queries import work as work_queries
from store.work import heartbeat, note_vitals

log = logging.getLogger(__name__)

LISTEN_SECONDS = 0.25
BEAT_SECONDS = 1.0


class Interrupted(Exception):
    """The run was paused or cancelled, or the worker was told to stop: give up the batch in hand."""


class Pulse:
    """Says that a worker lives and what it does, and carries word from outside to it.

    Args:
        worker_id: as `store.work.start_worker` gave it.
        device: what the worker holds.
    """

    def __init__(self, home: Home, worker_id: int, device: str = "cpu"):
        self._home, self._worker_id, self._device = home, worker_id, device
        self._run_id, self._doing, self._step, self._steps, self.done = 0, "", 0, 0, 0
        self._unwanted = False
        self.stopping = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def begin(self, run_id: int) -> None:
        """From now on the work is this run's."""
        self._run_id, self._unwanted = run_id, False

    def say(self, what: str, steps: int = 0) -> None:
        """Say what is being done, for whoever watches."""
        self._doing, self._step, self._steps = what, 0, steps

    def doing(self, what: str, steps: int = 0) -> None:
        """Say what is being done; raises `Interrupted` if it is no longer wanted."""
        self.say(what, steps)
        self.check()

    def on_step(self, step: int, steps: int) -> None:
        """The step callback of generators: keeps the step inside one image, and raises `Interrupted`."""
        self._step, self._steps = step, steps
        self.check()

    def check(self) -> None:
        """Raises `Interrupted` if the run was paused or cancelled, or the worker was told to stop."""
        if self.stopping.is_set() or self._unwanted:
            raise Interrupted

    def _beat(self) -> None:
        last = 0.0
        while not self._ended.wait(LISTEN_SECONDS):
            self._listen()
            if time.monotonic() - last >= BEAT_SECONDS:
                last = time.monotonic()
                self._write()

    def _listen(self) -> None:
        if self._run_id:
            run = work_queries.run(self._home.database.reader(), self._run_id)
            self._unwanted = run is None or run["state"] not in work_queries.ACTIVE

    def _write(self) -> None:
        values = {
            "run_id": self._run_id, "doing": self._doing, "done": self.done, "step": self._step, "steps": self._steps
        }  # fmt: skip
        now = vitals(self._device)
        try:
            with self._home.database.write() as session:
                heartbeat(session, self._worker_id, **values)
                note_vitals(session, self._worker_id, now)
        except StoreError as error:  # the work itself will meet the same obstacle and say so
            log.warning("heartbeat: %s", error)
