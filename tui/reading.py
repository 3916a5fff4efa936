"""Reading the store for a page: off the UI thread, one read at a time, and a burst of news becomes one more read."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from textual.timer import Timer
from textual.widget import Widget

Result = TypeVar("Result")

LEAST_REST = 0.1
"""Seconds between two reads that only news asked for."""
REST_FACTOR = 2.0
"""How many times its own length a read rests, so that a large store does not have a reader all the time."""


class Reading(Generic[Result]):
    """One question to the store, asked again whenever its answer may have changed.

    Args:
        owner: the page or widget that asks; its reads end with it.
        read: called in a thread; returns everything that `show` needs, the choices it was made with included.
        show: called on the UI thread with what was read.
    """

    def __init__(self, owner: Widget, read: Callable[[], Result], show: Callable[[Result], None]):
        self.owner, self.read, self.show = owner, read, show
        self._reading = self._superseded = self._stale = False
        self._rest: Timer | None = None

    def ask(self) -> None:
        """Read now, because the question has changed; an answer that is under way will not be shown."""
        if self._reading:
            self._superseded = True
        else:
            self._start()

    def news(self) -> None:
        """Read soon, because the store has changed; an answer that is under way is shown first."""
        if self._reading or self._rest is not None:
            self._stale = True
        else:
            self._start()

    def _start(self) -> None:
        if self._rest is not None:
            self._rest.stop()
        self._reading, self._superseded, self._stale, self._rest = True, False, False, None
        self.owner.run_worker(self._work, thread=True, group=f"reading-{id(self)}")

    def _work(self) -> None:
        began = time.perf_counter()
        result = self.read()
        self.owner.app.call_from_thread(self._done, result, time.perf_counter() - began)

    def _done(self, result: Result, seconds: float) -> None:
        self._reading = False
        if not self.owner.is_attached or not self.owner.is_running:
            return  # the page was closed meanwhile
        if self._superseded:
            self._start()
            return
        # It rests even when no news has come yet: a busy worker commits several times a second.
        self._rest = self.owner.set_timer(max(LEAST_REST, REST_FACTOR * seconds), self._rested)
        self.show(result)

    def _rested(self) -> None:
        self._rest = None
        if self._stale:
            self._start()
