"""The picture of what is being made just now: one small file for each worker, replaced as a whole, gone with the work.

Nothing of it is kept and nothing depends on it: a disk that can't take it costs the sketch alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress

from PIL.PngImagePlugin import PngInfo

from engine.generators.base import Sketch
from store import Home
from store.queries.work import live_workers

log = logging.getLogger(__name__)

ABOUT = "about"
"""The text chunk that says what kind of sketch it is."""
LEAST_REST = 0.4
"""Seconds between two sketches: those who watch look twice a second at most."""
REST_FACTOR = 100
"""How many times its own length a sketch rests: it takes a hundredth of the time at most."""


class Sketches:
    """One worker's sketches.

    Attributes:
        seconds: spent on them.
        drawn: how many there were.
    """

    def __init__(self, home: Home, worker_id: int):
        self._file = home.sketch(worker_id)
        self._next = 0.0
        self.seconds, self.drawn = 0.0, 0
        try:
            _clear_dead(home)
        except OSError as error:
            log.warning("no sketches: %s", error)
            self._next = float("inf")

    def offer(self, draw: Callable[[], Sketch]) -> None:
        """Draw and show what is being made, if it is time again: a `SketchCallback`."""
        began = time.monotonic()
        if began < self._next:
            return
        image, about = draw()
        text = PngInfo()
        text.add_itxt(ABOUT, about)
        beside = self._file.with_suffix(".new")
        try:
            image.save(beside, "PNG", pnginfo=text, compress_level=1)
            beside.replace(self._file)
        except OSError as error:
            log.warning("no more sketches: %s", error)
            self._next = float("inf")
            return
        took = time.monotonic() - began
        self.seconds, self.drawn = self.seconds + took, self.drawn + 1
        self._next = began + took + max(LEAST_REST, REST_FACTOR * took)

    def clear(self) -> None:
        """Nothing is being made any more."""
        for path in (self._file, self._file.with_suffix(".new")):
            with suppress(OSError):  # a disk that fails is the work's to report
                path.unlink(missing_ok=True)


def _clear_dead(home: Home) -> None:
    """Make the folder, and take away what killed workers left."""
    home.sketches.mkdir(exist_ok=True)
    live = {home.sketch(row["id"]).stem for row in live_workers(home.database.reader())}
    for path in home.sketches.glob("worker-*"):
        if path.stem not in live:
            path.unlink(missing_ok=True)
