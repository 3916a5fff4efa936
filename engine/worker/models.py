"""The models that a worker holds: loaded when first needed, kept while memory allows."""

from __future__ import annotations

import gc
import logging
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from engine.generators.base import Generator
from engine.generators.loading import open_generator
from engine.judges.base import Judge
from engine.judges.loading import open_judge
from engine.scorers.base import Scorer
from engine.scorers.loading import open_scorer
from engine.worker.batches import out_of_memory

log = logging.getLogger(__name__)

Model = TypeVar("Model")


class Models:
    """Scorers, judges and generators by name.

    Args:
        home: the home's folder, which knows where weights lie.

    Attributes:
        swaps: how often a model had to give way to another, which a worker answers with larger chunks.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._held: dict[tuple[str, str], Any] = {}
        self.swaps = 0

    def scorer(self, name: str) -> Scorer:
        """A scorer, ready to score. Raises whatever loading it raises."""
        return self._get("scorer", name, lambda: open_scorer(name, self._home))

    def generator(self, name: str) -> Generator:
        """A generator, ready to generate. Raises whatever loading it raises."""
        return self._get("generator", name, lambda: open_generator(name, self._home))

    def judge(self, name: str) -> Judge:
        """A judge's model, ready to be asked, whatever the questions. Raises whatever loading it raises."""
        return self._get("judge", name, lambda: open_judge(name, self._home))

    def _get(self, kind: str, name: str, make: Callable[[], Model]) -> Model:
        if (kind, name) not in self._held:
            began = time.perf_counter()
            try:
                model = make()
            except Exception as error:
                if not self._held or not out_of_memory(error):
                    raise
                self._drop_all()
                model = make()
            self._held[kind, name] = model
            log.info("%s %s loaded in %.1f s", kind, name, time.perf_counter() - began)
        return self._held[kind, name]

    def _drop_all(self) -> None:
        log.info("out of memory: %s give way", ", ".join(name for _, name in self._held))
        self._held.clear()
        self.swaps += 1
        gc.collect()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available():
            torch.cuda.empty_cache()


def use_threads(count: int | None) -> None:
    """Give torch, if it is loaded, so many processor threads, or (None) as many as it began with."""
    torch = sys.modules.get("torch")
    if torch is not None:
        first = _threads_at_first()
        torch.set_num_threads(count or first)


@cache
def _threads_at_first() -> int:
    return int(sys.modules["torch"].get_num_threads())
