"""What every stage of the work shares: the store, the models, what is decoded, and the taking of missing work."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

from sqlmodel import Session

from engine.devices import require_working
from engine.plan.missing import gave_up
from engine.worker.batches import reason_of
from engine.worker.features import IMAGES, TEXTS, Features
from engine.worker.models import Models
from engine.worker.pixels import Pixels
from engine.worker.pulse import Pulse
from engine.worker.sketches import Sketches
from engine.worker.timers import Timers
from store import Home
from store.queries.work import ALL
from store.work import claim, note_pace, record_failure, release

log = logging.getLogger(__name__)

Item = TypeVar("Item")

PATIENCE = 8
"""After so many errors in a row, with nothing done between, a model is given up."""


class GaveUp(Exception):
    """A model fails on everything: its work in this run is over, that of others is not."""


class Bench:
    """One worker's workplace.

    Attributes:
        run_id: the run whose work is done now.
        did: pieces done or failed since `begin`.
        held: pieces that were missing, but that another worker holds.
    """

    def __init__(self, home: Home, worker_id: int, pulse: Pulse, pool: ThreadPoolExecutor, device: str):
        self.home, self.worker_id, self.pulse, self.pool, self._device = home, worker_id, pulse, pool, device
        self.models, self.timers = Models(home.folder, device, pulse.say), Timers()
        self.pixels, self.sketches = Pixels(home, pool), Sketches(home, worker_id)
        self.images, self.texts = Features(IMAGES), Features(TEXTS)
        self.run_id = self.did = self.held = 0
        self._errors: Counter[str] = Counter()
        self._took = 0.0

    def begin(self, run_id: int) -> None:
        """Turn to a run. Features belong to the run before."""
        if run_id != self.run_id:
            self.images, self.texts = Features(IMAGES), Features(TEXTS)
            self._errors.clear()
        self.run_id, self.did, self.held = run_id, 0, 0
        self.pulse.begin(run_id)

    def take(
        self,
        stage: str,
        model: str,
        find: Callable[[sqlite3.Connection], list[Item]],
        name: Callable[[Item], str],
        shared: Callable[[Item], str] = lambda _: "",
    ) -> list[Item]:
        """Missing work that is ours from now on: found and claimed in one transaction.

        Args:
            find: what is missing.
            name: a piece to the item by which claims and failures know it.
            shared: a piece to what must be made for it first, and serves other pieces too; empty for nothing. It is
                claimed as well, so that it is not made twice: pieces whose part another worker is making can wait.
        """
        if not find(self.home.database.reader()):
            return []
        with self.home.database.write() as session:
            found = find(driver_connection(session))
            parts = {piece: shared(piece) for piece in found}
            wanted = sorted(set(parts.values()) - {""})
            makeable = {"", *claim(session, self.worker_id, stage, model, wanted)}
            able = [name(piece) for piece in found if parts[piece] in makeable]
            ours = set(claim(session, self.worker_id, stage, model, able))
        self._took = self._clock()
        self.held += len(found) - len(ours)
        return [piece for piece in found if name(piece) in ours]

    def _clock(self) -> float:
        """Seconds that run on in work, and stand still while a model loads."""
        return time.perf_counter() - self.timers.seconds["loading"]

    def finish(
        self,
        session: Session,
        stage: str,
        model: str,
        done: int,
        failures: Sequence[tuple[str, str]],
        item: str | None = None,
        made: int | None = None,
        settings: str = "",
    ) -> None:
        """In the transaction that stores a batch: record what failed, as (item, reason), and release the claims.

        Args:
            done: pieces of the claim that came to something.
            item: the one piece that was stored, where the others of the batch are still in hand.
            made: images made, where they are others than the pieces.
            settings: what else the duration depends on.

        Raises `CardFailed` instead, where that is what the failures come from.
        """
        if failures:
            require_working(self._device)
        now = self._clock()
        if (pieces := done if made is None else made) > 0:
            note_pace(session, self.worker_id, stage, model, settings, pieces, now - self._took)
        self._took = now
        for failed, reason in failures:
            record_failure(session, self.run_id, stage, model, failed, reason)
            log.warning("%s %s %s failed: %s", stage, model, failed, reason)
        release(session, self.worker_id, item)
        self.did += done + len(failures)
        self.pulse.done += done + len(failures)

    def give_back(self) -> None:
        """Release what was claimed and not done."""
        with self.home.database.write() as session:
            release(session, self.worker_id)

    def note(self, model: str, errors: Sequence[Exception | None]) -> str:
        """Keep count of a model's errors in a row; returns why to give it up, or nothing.

        Args:
            errors: what became of each piece of a batch, in order; None where it was done.
        """
        for error in errors:
            self._errors[model] = self._errors[model] + 1 if error else 0
        if self._errors[model] < PATIENCE:
            return ""
        return f"{self._errors[model]} errors in a row, the last: {reason_of(cast(Exception, errors[-1]))}"

    def give_up(self, stage: str, model: str, reason: str) -> None:
        """Stop a model for this run. Raises `CardFailed` where it isn't to blame."""
        require_working(self._device)
        log.error("%s: %s stops: %s", stage, model, reason)
        with self.home.database.write() as session:
            record_failure(session, self.run_id, stage, model, ALL, reason)
            release(session, self.worker_id)
        self._errors[model] = 0

    def gave_up(self, stage: str, model: str) -> bool:
        """Whether this run has stopped a model."""
        return gave_up(self.home.database.reader(), self.run_id, stage, model)


def driver_connection(session: Session) -> sqlite3.Connection:
    """The driver's connection under a session, inside its transaction."""
    return cast(sqlite3.Connection, session.connection().connection.driver_connection)


def joined(ids: Iterable[int]) -> str:
    """Ids for an SQL list."""
    return ",".join(str(int(each)) for each in ids)
