"""The client's side of runs: queue, steer, watch, and see that a worker is there, all without loading a model."""

import errno
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image

from engine import runs
from engine.runs import GenerateWants, Wants
from store import Home
from store.blobs import keep_image
from store.records import PhotographFacts, add_photograph
from store.tables import Worker
from store.work import set_run_state

FEW = Wants(GenerateWants(per_original=2, singles=1), probes=True)


@pytest.fixture
def filled(home: Home) -> Home:
    """A home with two originals."""
    with home.database.write() as session:
        for number in range(2):
            blob = keep_image(home, Image.effect_noise((64, 48), 40 + 30 * number).convert("RGB"))
            add_photograph(session, blob, "photograph", PhotographFacts(caption=f"noise {number}", conventional=True))
    return home


def wait_until_done(home: Home, run: int) -> runs.Progress:
    tick = threading.Event()
    for _ in range(600):
        if (seen := runs.progress(home, run)).state not in runs.ACTIVE:
            return seen
        tick.wait(0.1)
    raise AssertionError(f"not done in a minute: {seen}")


def test_the_clients_side_imports_no_model_and_no_mapper() -> None:
    heavy = ["torch", "transformers", "sklearn", "scipy", "skimage", "sqlalchemy", "textual"]
    code = f"import engine.runs, sys, json; print(json.dumps([name for name in {heavy} if name in sys.modules]))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert json.loads(found.stdout) == []


def test_a_worker_is_started_for_a_run_and_ends_when_it_is_done(filled: Home) -> None:
    assert runs.ensure_worker(filled) is None, "nothing waits"
    run = runs.start_run(filled, "few", FEW)
    pid = runs.ensure_worker(filled)
    assert pid is not None
    assert os.getsid(pid) == pid, "it has a session of its own"
    assert runs.ensure_worker(filled) == pid, "one is enough"
    seen = wait_until_done(filled, run)
    assert (seen.state, seen.done, seen.left, seen.failed, seen.reason) == ("done", seen.total, 0, 0, "")
    log = runs.latest_log(filled)
    assert log is not None
    assert "run 1: done" in log.read_text("utf-8")


def test_a_worker_that_was_killed_is_replaced_at_once(filled: Home) -> None:
    run = runs.start_run(filled, "few", FEW)
    first = runs.ensure_worker(filled)
    assert first is not None
    tick = threading.Event()
    while not runs.live_workers(filled):
        tick.wait(0.02)
    os.kill(first, 9)
    while runs.is_working(filled, first):
        tick.wait(0.02)
    second = runs.ensure_worker(filled)
    assert second not in (None, first)
    assert wait_until_done(filled, run).state == "done"


def wait_until_gone(home: Home) -> None:
    """Until no worker is there: one that has just ended a run may still take the next."""
    tick = threading.Event()
    while runs.anyone_working(home):
        tick.wait(0.05)


def test_every_device_gets_a_worker_unless_the_run_is_for_some(filled: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIDESPECTRUM_DEVICES", "cpu:0,cpu:1")
    devices = "SELECT device FROM worker ORDER BY device"
    with pytest.raises(ValueError, match=r"no graphics card 2 .*cpu:0, cpu:1"):
        runs.start_run(filled, "few", replace(FEW, gpus=(1, 2)))
    run = runs.start_run(filled, "few", replace(FEW, gpus=(1,)))
    assert runs.ensure_worker(filled) is not None
    assert wait_until_done(filled, run).left == 0
    assert [row[0] for row in filled.database.reader().execute(devices)] == ["cpu:1"]
    assert runs.ensure_worker(filled) is None, "nothing waits"
    wait_until_gone(filled)
    run = runs.start_run(filled, "more", Wants(GenerateWants(per_original=9, singles=1), probes=True))
    pid = runs.ensure_worker(filled)
    assert runs.ensure_worker(filled) == pid
    wait_until_gone(filled)
    seen = runs.progress(filled, run)
    assert (seen.state, seen.left, seen.failed) == ("done", 0, 0)
    assert [row[0] for row in filled.database.reader().execute(devices)] == ["cpu:0", "cpu:1", "cpu:1"]
    counts = "SELECT count(*), count(DISTINCT key) FROM pair"
    assert tuple(filled.database.reader().execute(counts).fetchone()) == (2 * 9 + 1, 2 * 9 + 1)


def works_on(home: Home, run: int, device: str, doing: str) -> None:
    """A worker of another machine that has made 30 images in a minute."""
    with home.database.write() as session:
        now = time.time()
        facts = {"pid": 1, "host": "box", "device": device, "started": now - 60, "heartbeat": now}
        session.add(Worker(**facts, run_id=run, doing=doing, done=30))
        set_run_state(session, run, "running")


def test_progress_says_what_every_worker_of_a_run_does_and_how_fast_they_are_together(filled: Home) -> None:
    run = runs.start_run(filled, "few", FEW)
    works_on(filled, run, "cuda:0", "making 8 pairs with darkroom")
    assert runs.progress(filled, run).doing == "making 8 pairs with darkroom"
    works_on(filled, run, "cuda:1", "making 8 pairs with darkroom")
    works_on(filled, run, "cuda:2", "measuring 16 images")
    seen = runs.progress(filled, run)
    assert seen.doing == "making 8 pairs with darkroom (cuda:0, cuda:1), measuring 16 images (cuda:2)"
    assert seen.rate == pytest.approx(1.5)


def test_two_watchers_see_the_same_run(filled: Home) -> None:
    run = runs.start_run(filled, "few", FEW)
    with Home(filled.folder) as other:
        assert runs.progress(other, run) == runs.progress(filled, run)
        runs.pause(other, run)
    assert runs.progress(filled, run).state == "paused"


def test_a_run_is_moved_within_the_queue(filled: Home) -> None:
    first, second, third = (runs.start_run(filled, name, FEW) for name in "abc")

    def order() -> list[int]:
        return [row[0] for row in filled.database.reader().execute("SELECT id FROM run ORDER BY position")]

    runs.move(filled, third, -1)
    assert order() == [first, third, second]
    runs.move(filled, first, +9)
    assert order() == [third, second, first]
    runs.move(filled, first, -9)
    assert order() == [first, third, second]


def test_there_is_no_progress_of_no_run(home: Home) -> None:
    with pytest.raises(ValueError, match="no run 7"):
        runs.progress(home, 7)


def test_what_is_estimated_for_a_scorer_that_never_ran_counts_its_cells(filled: Home) -> None:
    wants = Wants(GenerateWants(per_original=3, singles=1), ("conse", "polish"), probes=True)
    found = runs.estimate(filled, wants)
    assert (found.pairs, found.measures, found.scores) == (6, 8, (6 * 3 + 2) + 8)


def test_a_worker_that_died_without_a_word_is_told_at_once_with_what_the_disk_says(
    filled: Home, full_disk: Callable
) -> None:
    run = runs.start_run(filled, "few", FEW)
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    with filled.database.write() as session:
        now = time.time()
        worker = {"pid": process.pid, "host": socket.gethostname(), "device": "cpu", "run_id": run}
        session.add(Worker(**worker, started=now, heartbeat=now))
        set_run_state(session, run, "running")
    assert runs.live_workers(filled) == []
    assert runs.progress(filled, run).reason == "the process is gone"
    with full_disk(0):
        assert os.strerror(errno.EFBIG) in runs.progress(filled, run).reason
