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

from engine.devices import out_of_memory
from engine.generators.base import Generator, Manner
from engine.generators.loading import open_generator
from engine.judges.base import Judge
from engine.judges.loading import open_judge
from engine.prompts.base import Writer
from engine.prompts.writers import open_writer
from engine.scorers.base import Scorer
from engine.scorers.loading import open_scorer

log = logging.getLogger(__name__)

Model = TypeVar("Model")


class Models:
    """Scorers, judges, generators and writers by name.

    Args:
        home: the home's folder, which knows where weights lie.
        device: what they are loaded onto.
        tell: is told in words what is being loaded, which may take minutes.

    Attributes:
        swaps: how often a model had to give way to another, which a worker answers with larger chunks.
    """

    def __init__(self, home: Path, device: str, tell: Callable[[str], None] = lambda what: None) -> None:
        self._home, self._device, self._tell = home, device, tell
        self._held: dict[tuple[str, Any], Any] = {}
        self._batch_sizes: dict[tuple[str, str], int] = {}
        self.swaps = 0

    def scorer(self, name: str, precision: str = "fp32", batch_size: int | None = None) -> Scorer:
        """A scorer, ready to score. Raises whatever loading it raises.

        Args:
            batch_size: how many it shall be given at once; None for its own.
        """
        scorer = self._get(name, precision, lambda: open_scorer(name, self._home, self._device, precision))
        own = self._batch_sizes.setdefault((name, precision), scorer.batch_size)
        scorer.batch_size = batch_size or own
        return scorer

    def generator(self, name: str, manner: Manner) -> Generator:
        """A generator, ready to generate. Raises whatever loading it raises."""
        return self._get(name, manner, lambda: open_generator(name, self._home, self._device, manner))

    def judge(self, name: str) -> Judge:
        """A judge's model, ready to be asked, whatever the questions. Raises whatever loading it raises."""
        return self._get(name, "judge", lambda: open_judge(name, self._home, self._device))

    def writer(self, name: str) -> Writer:
        """A language model, ready to be asked. Raises whatever opening it raises."""
        return self._get(name, "writer", lambda: open_writer(name, self._home, self._device))

    def let_go(self, name: str, how: object) -> None:
        """Forget a model that will not be needed soon, so that the next one finds room."""
        if self._held.pop((name, how), None) is not None:
            _collect()

    def _get(self, name: str, how: object, make: Callable[[], Model]) -> Model:
        if (name, how) not in self._held:
            self._tell(f"loading {name}")
            began = time.perf_counter()
            self._held[name, how] = self._made(make)
            log.info("%s loaded on %s in %.1f s", name, self._device, time.perf_counter() - began)
        found: Model = self._held[name, how]
        return found

    def _made(self, make: Callable[[], Model]) -> Model:
        try:
            return make()
        except Exception as error:
            if not self._held or not out_of_memory(error):
                raise
        self.make_room()  # only here: the error would hold what was loaded of the model so far
        return make()

    def make_room(self, but: object = None) -> bool:
        """Forget every model but this one, since memory ran out; whether there was any to forget."""
        others = [key for key, model in self._held.items() if model is not but]
        if others:
            log.info("out of memory: %s give way", ", ".join(name for name, _ in others))
            for key in others:
                del self._held[key]
            self.swaps += 1
            _collect()
        return bool(others)


def _collect() -> None:
    """Give back the memory of what nobody holds any more."""
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
