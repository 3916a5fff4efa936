"""Several workers, each on a device of its own, share a run: all of it is done, and nothing of it twice."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from engine.models.places import use
from engine.plan.wants import GenerateWants, Wants
from engine.runs import pause, progress, start_run
from engine.verify.layouts import LAYOUTS
from engine.worker import models as held_models
from engine.worker.worker import Worker
from store import Home
from store.queries.work import failures

PROMPTS = ("a dog", "a cat", "the fog")


def wanted(prompts: tuple[str, ...] = PROMPTS, **more: Any) -> Wants:
    return Wants(GenerateWants("meeting", "prompts", per_original=4, prompts=prompts), probes=True, **more)


@contextmanager
def working(home: Home, *devices: str) -> Iterator[list[threading.Thread]]:
    """A worker on each device, each in a thread of its name; at the end they have ended."""
    workers = {device: Worker(home, device) for device in devices}
    threads = [threading.Thread(target=worker.run, name=device) for device, worker in workers.items()]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)


def test_two_workers_share_a_run_and_make_each_image_once(home: Home, models: ModuleType) -> None:
    made: list[tuple[str, str, int]] = []
    both_at_work = threading.Barrier(2)
    begun: set[str] = set()

    def before(request: Any) -> None:
        me = threading.current_thread().name
        made.append((me, request.prompt, request.seed))
        if me not in begun:
            begun.add(me)
            both_at_work.wait(30)

    models.Meeting.before = staticmethod(before)
    run = start_run(home, "shared", wanted())
    with working(home, "cpu:0", "cpu:1"):
        pass
    seen = progress(home, run)
    assert (seen.state, seen.left, seen.failed) == ("done", 0, 0)
    assert set(Counter(each[1:] for each in made).values()) == {1}, "each I_o and each I_a"
    assert len(made) == 3 + 12
    counts = "SELECT count(*), count(DISTINCT key), count(DISTINCT original_image_id) FROM pair"
    assert tuple(home.database.reader().execute(counts).fetchone()) == (12, 12, 3)
    assert {each[0] for each in made} == {"cpu:0", "cpu:1"}
    rows = home.database.reader().execute("SELECT device, reason FROM worker ORDER BY device").fetchall()
    assert [tuple(row) for row in rows] == [(f"cpu:{number}", "nothing is left to do") for number in range(2)]


def test_a_worker_waits_for_an_original_that_another_makes_and_then_helps(home: Home, models: ModuleType) -> None:
    """Else a run of one prompt would be one worker's, however long it is."""
    waiting, helped = threading.Event(), threading.Event()
    first: list[str] = []

    def before(request: Any) -> None:
        me = threading.current_thread().name
        first.append(me)
        if len(first) == 1:
            assert waiting.wait(30)
        elif me == first[0] and first.count(me) > 2:  # its first pair is stored
            assert helped.wait(30)
        elif me != first[0]:
            helped.set()

    models.Meeting.before = staticmethod(before)
    run = start_run(home, "one prompt", wanted(("a dog",)))
    with working(home, "cpu:0", "cpu:1"), Home(home.folder) as watcher:
        query, tick = "SELECT 1 FROM worker WHERE doing LIKE 'waiting for what other workers%'", threading.Event()
        while not watcher.database.reader().execute(query).fetchone():
            tick.wait(0.05)  # until its next heartbeat
        waiting.set()
    assert set(first) == {"cpu:0", "cpu:1"}
    assert progress(home, run).left == 0


def test_a_worker_that_waits_for_others_ends_when_the_run_is_paused(home: Home, models: ModuleType) -> None:
    go_on = threading.Event()
    models.Meeting.before = staticmethod(lambda request: go_on.wait(30))
    run = start_run(home, "paused", wanted(("a dog",)))
    with working(home, "cpu:0", "cpu:1") as threads, Home(home.folder) as watcher:
        pause(watcher, run)
        while sum(thread.is_alive() for thread in threads) > 1:
            threads[0].join(0.05)
            threads[1].join(0.05)
        go_on.set()
    assert progress(home, run).state == "paused"


def test_a_run_of_one_card_is_left_alone_by_the_workers_of_others(home: Home, models: ModuleType) -> None:
    names: set[str] = set()
    models.Meeting.before = staticmethod(lambda request: names.add(threading.current_thread().name))
    run = start_run(home, "any", wanted(("a dog",)))
    with home.database.write() as session:
        from store.work import add_run

        other = add_run(session, "of card 1", wanted(("a cat",), gpus=(1,)).to_json())
    with working(home, "cpu:0"):
        pass
    assert (progress(home, run).left, progress(home, other).state) == (0, "queued")
    with working(home, "cpu:1"):
        pass
    assert progress(home, other).left == 0
    assert names == {"cpu:0", "cpu:1"}


def test_models_are_opened_on_the_workers_device(
    home: Home, models: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str, str]] = []

    def noted(open_model: Any) -> Any:
        return lambda name, folder, device, *how: opened.append((name, device)) or open_model(name, folder, None, *how)

    for door in ("open_scorer", "open_generator"):
        monkeypatch.setattr(held_models, door, noted(getattr(held_models, door)))
    start_run(home, "both", wanted(("a dog",), scorers=("plain",)))
    with working(home, "cpu:1"):
        pass
    assert set(opened) == {("meeting", "cpu:1"), ("plain", "cpu:1")}


def test_a_card_that_can_not_be_used_stops_what_needs_it_with_the_reason_and_nothing_else(
    filled: Home, tmp_path: Path, models: ModuleType
) -> None:
    use("clip", LAYOUTS["clip"](tmp_path / "weights"), filled.folder)
    run = start_run(filled, "on a card", Wants(GenerateWants(per_original=1), ("clip", "plain"), probes=True))
    with working(filled, "cuda:7"):
        pass
    seen = {stage.model: (stage.done, stage.failed, stage.left) for stage in progress(filled, run).stages}
    assert seen["darkroom"] == (4, 0, 0)
    assert seen["plain"] == (16, 0, 0)
    assert seen["clip"] == (0, 16, 0)
    (reason,) = [row["reason"] for row in failures(filled.database.reader(), run)]
    assert "cuda" in reason.lower()
