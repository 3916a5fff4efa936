"""How long the worker spent on what, so that its own overhead is a known figure."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Timers:
    """Seconds by kind of work. Kinds don't nest: what is inside none of them is overhead."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def spent(self, kind: str) -> Iterator[None]:
        """Count the block's time under `kind`."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[kind] += time.perf_counter() - began

    @property
    def total(self) -> float:
        """Seconds since the timers were made."""
        return time.perf_counter() - self._began

    def summary(self) -> str:
        """One line: each kind, the whole, and the share that is outside edits, measures and forward passes."""
        work = sum(self.seconds[kind] for kind in ("edits", "measures", "forward passes"))
        kinds = ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in self.seconds.items())
        share = 1 - work / self.total
        return f"{self.total:.2f} s in all: {kinds}; outside edits, measures and forward passes {share:.1%}"
