"""The worker's loop: the next run in the queue, its next piece of missing work, and so on until nothing is left.

Where a language model puts the wide prompts into words, they are written first, all of them. Then a run is done in
chunks that go through every stage in turn (make pairs, measure them, score them with each scorer), so that first
results come soon. Each batch is stored whole, with the release of its claims, in one transaction:
killed at any instant, a worker loses the batch in hand and repeats nothing that was stored.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from engine.devices import CardFailed, may_work, out_of_memory
from engine.judges import is_judge
from engine.plan.missing import Scope, done_keys, failed_items, incomplete_pairs, pair_ids, photograph_ids
from engine.plan.questions import unasked_pairs
from engine.plan.requests import PairRequest, wanted_pairs
from engine.plan.wants import GenerateWants, Wants, gpus_of
from engine.plan.words import WriterKey
from engine.prompts.base import Writing
from engine.prompts.writers import TEMPLATE
from engine.worker import measure as measuring
from engine.worker import write as writing
from engine.worker.ask import Judging
from engine.worker.batches import Batches, chunks, reason_of
from engine.worker.bench import Bench, GaveUp, driver_connection
from engine.worker.generate import generate, model_of
from engine.worker.pulse import Interrupted, Pulse
from engine.worker.score import Scoring
from store import Home, HomeUnusable
from store.queries.work import ALL
from store.work import heartbeat, record_failure, release, set_run_state, start_worker, stop_worker

log = logging.getLogger(__name__)

CHUNK, LARGEST_CHUNK = 8, 256
NOTHING_LEFT = "nothing is left to do"
TOLD_TO_STOP = "told to stop"
OTHERS_SECONDS = 0.5
"""How long a worker that finds all that is left in other workers' hands waits, at least, before it looks again."""


class Worker:
    """One worker on one device.

    Args:
        device: what it holds for itself and its models compute on, as torch names it; another worker on it is refused.

    Raises:
        DeviceBusy: a live worker has the device already.
    """

    def __init__(self, home: Home, device: str = "cpu"):
        self._home, self._device = home, device
        with home.database.write() as session:
            self._id = start_worker(session, device)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="files")
        self._pulse = Pulse(home, self._id, device)
        self._bench = Bench(home, self._id, self._pulse, self._pool, device)
        self._generating = Batches(CHUNK)
        self._scorings: dict[tuple[str, str, int | None], Scoring | Judging] = {}
        self._probes: dict[str, int] = {}
        self._writers: dict[str, WriterKey] = {}
        self._elsewhere: dict[int, float] = {}
        self._stopped = False

    def stop(self) -> None:
        """Ask it to give up the batch in hand and end; may be called from a signal handler."""
        self._pulse.stopping.set()

    def run(self) -> str:
        """Work until nothing is left or `stop` is called. Returns why it ended, which is also kept in the store.

        Raises:
            HomeUnusable: the disk is full or the home can't be written; the run in hand is paused.
            CardFailed: likewise; nothing that the card failed on is recorded as a failure of its own.
        """
        reason = "it failed"
        try:
            with self._pulse, self._pool:
                reason = self._work()
        except HomeUnusable as error:
            reason = str(error)
            self._pause(reason)
            raise
        except Exception as error:
            reason = f"it failed: {reason_of(error)}"
            raise
        finally:
            self._end(reason)
            log.info("ended: %s; %s", reason, self._bench.timers.summary())
        return reason

    def _work(self) -> str:
        while not self._pulse.stopping.is_set():
            run = self._next_run()
            if self._stopped:
                return NOTHING_LEFT
            try:
                if run is None:
                    self._wait_for_others()
                else:
                    self._sweep(*run)
            except Interrupted:
                self._bench.give_back()
            except HomeUnusable:
                raise
            except Exception as error:
                if run is None:
                    raise
                log.exception("run %d can't be done", run[0])
                self._set_aside(run[0], reason_of(error))
                if isinstance(error, CardFailed):
                    raise
        return TOLD_TO_STOP

    def _set_aside(self, run_id: int, reason: str) -> None:
        """Pause a run that can't be done, say of a catalogue that can't be read, so that it holds up no other."""
        with self._home.database.write() as session:
            release(session, self._id)
            record_failure(session, run_id, "run", "", ALL, reason)
            set_run_state(session, run_id, "paused")

    def _wait_for_others(self) -> None:
        """All that is left is in other workers' hands: if one dies its work comes back, and some waits for theirs.

        Looking costs no more than half of the time, however long a run's list is.
        """
        self._pulse.begin(0)
        self._pulse.doing("waiting for what other workers have in hand")
        self._pulse.stopping.wait(max(OTHERS_SECONDS, *self._elsewhere.values()))
        self._elsewhere.clear()

    def _next_run(self) -> tuple[int, Wants] | None:
        """The first run that is not done; the worker ends in the same transaction in which it finds none.

        So a run that is queued at that moment is either seen here, or sees that no worker is left to do it. Runs that
        were asked of other cards are none of this worker's.
        """
        with self._home.database.write() as session:
            while row := self._first_run(driver_connection(session)):
                try:
                    wants = Wants.from_json(json.loads(row[1]))
                except (ValueError, TypeError, AttributeError) as error:
                    record_failure(session, row[0], "run", "", ALL, f"this request can't be read: {error}")
                    set_run_state(session, row[0], "paused")
                    continue
                set_run_state(session, row[0], "running")
                heartbeat(session, self._id, run_id=row[0])
                return row[0], wants
            if self._elsewhere:
                return None
            stop_worker(session, self._id, NOTHING_LEFT)
        self._stopped = True
        return None

    def _first_run(self, connection: sqlite3.Connection) -> tuple[int, str] | None:
        query = "SELECT id, wants FROM run WHERE state IN ('queued', 'running') ORDER BY position, id"
        return next(
            (
                (row[0], row[1])
                for row in connection.execute(query)
                if row[0] not in self._elsewhere and may_work(self._device, gpus_of(row[1]))
            ),
            None,
        )

    def _sweep(self, run_id: int, wants: Wants) -> None:
        """Go through a run once; it is done when nothing was found to do."""
        self._bench.begin(run_id)
        began = time.perf_counter()
        log.info("run %d: looking for what is missing", run_id)
        for step in self._steps(wants):
            step()
            first = self._first_run(self._home.database.reader())
            if first is None or first[0] != run_id:
                return  # another was put before it
        if self._bench.held:
            log.info("run %d: another worker has %d pieces in hand", run_id, self._bench.held)
            if not self._bench.did:
                self._elsewhere[run_id] = time.perf_counter() - began
        elif not self._bench.did:
            self._call_done(run_id)

    def _call_done(self, run_id: int) -> None:
        with self._home.database.write() as session:
            query = "SELECT state FROM run WHERE id = ?"
            if driver_connection(session).execute(query, (run_id,)).fetchone()[0] == "running":
                set_run_state(session, run_id, "done")
        log.info("run %d: done", run_id)

    def _steps(self, wants: Wants) -> Iterator[Callable[[], None]]:
        """The run's work, chunk by chunk; each step looks for what is missing when its turn comes."""
        scope: Scope = None
        if wants.generate:
            if wants.generate.writer != TEMPLATE:
                yield from self._writing_steps(wants.generate)
            model = self._generator_model(wants.generate)
            if model:
                for some in chunks(self._missing_requests(wants.generate, model), self._chunk):
                    yield partial(self._make, wants, some)
            scope = self._run_pairs(wants.generate)
        after = 0
        while ids := self._incomplete_pairs(wants, scope, after):
            after = ids[-1]
            yield partial(self._measure_and_score, wants, ids, [])
        if wants.photographs:
            for photographs in chunks(photograph_ids(self._home.database.reader()), self._chunk):
                yield partial(self._measure_and_score, wants, [], photographs)

    def _chunk(self) -> int:
        """How many pairs go through all stages together: more where models have to give way to each other."""
        return min(LARGEST_CHUNK, CHUNK << min(self._bench.models.swaps, 8))

    def _writing_steps(self, wants: GenerateWants) -> Iterator[Callable[[], None]]:
        """The words that a language model has still to write; it gives way when they are there."""
        name = wants.writer
        if self._bench.gave_up("write", name):
            return
        try:
            self._writers[name] = writing.register(self._bench, self._bench.models.writer(name))
        except HomeUnusable:
            raise
        except Exception as error:  # a model may fail to open in any way; what is written already is made all the same
            self._bench.give_up("write", name, reason_of(error))
            return
        waiting = (request.writing for request in self._requests(wants) if request.is_unwritten)
        for some in chunks(waiting, lambda: LARGEST_CHUNK):
            if writing.missing(self._home.database.reader(), self._writers[name], [each.key for each in some]):
                yield partial(self._write, name, some)
        self._bench.models.let_go(name, "writer")

    def _write(self, name: str, writings: Sequence[Writing]) -> None:
        """Have a chunk of wide prompts written; its weights are loaded now, and other models may have to give way."""
        for may_make_room in (True, False):
            if self._bench.gave_up("write", name):
                return
            try:
                writing.write(self._bench, self._bench.models.writer(name), self._writers[name], writings)
                return
            except (Interrupted, HomeUnusable):
                raise
            except Exception as error:  # `GaveUp`, weights that can't be read, a service that knows no such key
                if not (may_make_room and out_of_memory(error)):
                    self._bench.give_up("write", name, str(error) if isinstance(error, GaveUp) else reason_of(error))
                    return
            self._bench.models.make_room()  # only here: the error would hold what it was written with

    def _generator_model(self, wants: GenerateWants) -> str:
        """The generator as claims and failures name it, or nothing if this run does without."""
        name = wants.generator
        if self._bench.gave_up("generate", name):
            return ""
        try:
            with self._bench.timers.spent("loading"):
                return model_of(self._bench.models.generator(name, wants.manner))
        except Exception as error:  # a model may fail to load in any way; the run's other work goes on
            self._bench.give_up("generate", name, reason_of(error))
            return ""

    def _requests(self, wants: GenerateWants) -> Iterator[PairRequest]:
        """The pairs that a run asks for; those that wait for their words among them."""
        writer = self._writers.get(wants.writer)
        return wanted_pairs(self._home.database.reader(), wants, self._home.folder, writer)

    def _missing_requests(self, wants: GenerateWants, model: str) -> Iterator[PairRequest]:
        reader, version = self._home.database.reader(), model.removeprefix(f"{wants.generator} ")
        worded = (request for request in self._requests(wants) if not request.is_unwritten)
        for some in chunks(worded, lambda: LARGEST_CHUNK):
            keys = {request.key(wants.generator, version): request for request in some}
            passed_over = done_keys(reader, keys) | failed_items(reader, "generate", model)
            for key, request in keys.items():
                if self._bench.gave_up("generate", wants.generator):
                    return
                if key not in passed_over:
                    yield request

    def _run_pairs(self, wants: GenerateWants) -> list[int]:
        """The pairs of this run that are there."""
        model = self._generator_model(wants)
        version = model.removeprefix(f"{wants.generator} ")
        keys = (request.key(wants.generator, version) for request in self._requests(wants))
        return pair_ids(self._home.database.reader(), keys) if model else []

    def _make(self, wants: Wants, requests: Sequence[PairRequest]) -> None:
        """Make a chunk of pairs, and take it through the other stages."""
        assert wants.generate
        name = wants.generate.generator
        try:
            with self._bench.timers.spent("loading"):
                generator = self._bench.models.generator(name, wants.generate.manner)
            generate(self._bench, generator, requests, self._generating)
        except GaveUp as error:
            self._bench.give_up("generate", name, str(error))
            return
        keys = [request.key(name, generator.version) for request in requests]
        del generator  # nothing but `models` holds it, so that it can give way
        self._measure_and_score(wants, pair_ids(self._home.database.reader(), keys), [])

    def _measure_and_score(self, wants: Wants, pairs: Scope, photographs: Scope) -> None:
        if wants.probes:
            self._probes = self._probes or measuring.register(self._bench)
            measuring.measure(self._bench, self._probes, pairs, photographs)
        for name in wants.scorers:
            scoring = self._scoring(name, wants)
            if scoring:
                try:
                    scoring.score(pairs, photographs)
                except GaveUp as error:
                    self._bench.give_up("score", name, str(error))

    def _scoring(self, name: str, wants: Wants) -> Scoring | Judging | None:
        """A scorer or judge at work, or None if this run does without it."""
        if self._bench.gave_up("score", name):
            return None
        how = (name, wants.precision, wants.batch_size)
        if how not in self._scorings:
            try:
                self._scorings[how] = Judging(self._bench, name) if is_judge(name) else Scoring(self._bench, *how)
            except HomeUnusable:
                raise
            except Exception as error:  # a model may fail to load in any way; the run's other work goes on
                self._bench.give_up("score", name, reason_of(error))
                return None
        return self._scorings[how]

    def _incomplete_pairs(self, wants: Wants, scope: Scope, after: int) -> list[int]:
        """The next pairs by id that lack something, failed or not."""
        working = [scoring for name in wants.scorers if (scoring := self._scoring(name, wants))]
        scorers = [scoring.key.id for scoring in working if isinstance(scoring, Scoring)]
        judges = [scoring.key for scoring in working if isinstance(scoring, Judging)]
        if wants.probes:
            self._probes = self._probes or measuring.register(self._bench)
        probes = list(self._probes.values()) if wants.probes else []
        reader, limit = self._home.database.reader(), self._chunk()
        lacking = incomplete_pairs(reader, scope, scorers, probes, after, limit)
        return sorted({*lacking, *unasked_pairs(reader, scope, judges, after, limit)})[:limit]

    def _pause(self, reason: str) -> None:
        try:
            with self._home.database.write() as session:
                if self._bench.run_id:
                    set_run_state(session, self._bench.run_id, "paused")
        except HomeUnusable:
            log.error("run %d can't be marked as paused either: %s", self._bench.run_id, reason)

    def _end(self, reason: str) -> None:
        if self._stopped:
            return
        try:
            with self._home.database.write() as session:
                stop_worker(session, self._id, reason)
        except HomeUnusable as error:
            log.error("the end can't be recorded: %s", error)
