"""Runs, claims, failures and workers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text

from store import work
from store.queries import work as queries
from store.tables import Worker


@pytest.fixture
def session(home):
    with home.database.write() as opened:
        yield opened


@pytest.fixture
def ended():
    """The id of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def another(session, pid, device="cpu", host=None, age=0.0):
    """A worker of another process."""
    worker = work.start_worker(session, f"new {pid}")
    row = session.get_one(Worker, worker)
    row.pid, row.device, row.host = pid, device, host or socket.gethostname()
    row.heartbeat -= age
    session.flush()
    return worker


def lapse(session, worker):
    session.execute(text("UPDATE claim SET until = until - 1000 WHERE worker_id = :w"), {"w": worker})


ITEMS = ["a", "b", "c"]


def test_two_workers_never_hold_the_same_item(session):
    one, two = work.start_worker(session, "gpu 0"), work.start_worker(session, "gpu 1")
    assert work.claim(session, one, "score", "conse 1", ["a", "b"]) == ["a", "b"]
    assert work.claim(session, two, "score", "conse 1", ITEMS) == ["c"]
    assert work.claim(session, one, "score", "conse 1", ITEMS) == ["a", "b"]


def test_one_item_under_two_models_or_stages_is_two_pieces_of_work(session):
    one, two = work.start_worker(session, "gpu 0"), work.start_worker(session, "gpu 1")
    work.claim(session, one, "score", "conse 1", ITEMS)
    assert work.claim(session, two, "score", "conse 2", ITEMS) == ITEMS
    assert work.claim(session, two, "measure", "conse 1", ITEMS) == ITEMS


def test_what_is_released_can_be_claimed_by_another(session):
    one, two = work.start_worker(session, "gpu 0"), work.start_worker(session, "gpu 1")
    work.claim(session, one, "score", "conse 1", ITEMS)
    work.release(session, one)
    assert work.claim(session, two, "score", "conse 1", ITEMS) == ITEMS


def test_a_lease_that_lapsed_returns_and_a_heartbeat_renews_it(session):
    one, two = work.start_worker(session, "gpu 0"), work.start_worker(session, "gpu 1")
    work.claim(session, one, "score", "conse 1", ITEMS)
    lapse(session, one)
    work.heartbeat(session, one)
    assert work.claim(session, two, "score", "conse 1", ITEMS) == []
    lapse(session, one)
    assert work.claim(session, two, "score", "conse 1", ITEMS) == ITEMS
    work.heartbeat(session, one)
    assert work.claim(session, one, "score", "conse 1", ITEMS) == []


def test_the_claims_of_a_process_that_is_gone_return_at_once(session, ended):
    dead, alive = another(session, ended), work.start_worker(session, "gpu 1")
    session.execute(text("INSERT INTO claim VALUES ('score', 'conse 1', 'a', :w, 1e12)"), {"w": dead})
    assert work.claim(session, alive, "score", "conse 1", ITEMS) == ITEMS
    assert session.get_one(Worker, dead).reason == "the process is gone"


def test_the_claims_of_a_process_on_another_host_stay_until_they_lapse(session, ended):
    far, here = another(session, ended, host="far"), work.start_worker(session, "gpu 1")
    work.claim(session, far, "score", "conse 1", ["a"])
    assert work.claim(session, here, "score", "conse 1", ITEMS) == ["b", "c"]
    lapse(session, far)
    assert work.claim(session, here, "score", "conse 1", ITEMS) == ITEMS


def test_a_worker_that_stops_gives_back_its_claims_and_says_why(session):
    one, two = work.start_worker(session, "gpu 0"), work.start_worker(session, "gpu 1")
    work.claim(session, one, "score", "conse 1", ITEMS)
    work.stop_worker(session, one, "cancelled")
    assert work.claim(session, two, "score", "conse 1", ITEMS) == ITEMS
    assert session.get_one(Worker, one).reason == "cancelled"


def test_what_failed_is_left_alone_until_someone_asks_for_it(session):
    run, other = work.add_run(session, "demo", {}), work.add_run(session, "other", {})
    worker = work.start_worker(session, "cpu")
    work.record_failure(session, run, "score", "conse 1", "a", "not a number")
    assert work.claim(session, worker, "score", "conse 1", ITEMS) == ["b", "c"]
    assert work.retry_failed(session, [other]) == 0
    assert work.retry_failed(session, [run, other]) == 1
    assert work.claim(session, worker, "score", "conse 1", ITEMS) == ITEMS


def test_what_fails_again_is_one_failure_with_its_last_reason(session):
    run = work.add_run(session, "demo", {})
    for reason in ("out of memory", "not a number"):
        work.record_failure(session, run, "score", "conse 1", "a", reason)
    assert session.execute(text("SELECT reason FROM failure")).scalars().all() == ["not a number"]


def test_each_run_that_gives_a_model_up_says_so_for_itself(session):
    runs = [work.add_run(session, name, {}) for name in ("first", "second")]
    for run in runs:
        work.record_failure(session, run, "score", "conse 1", queries.ALL, "no such file")
    found = session.execute(text("SELECT run_id FROM failure ORDER BY run_id")).scalars().all()
    assert found == runs


def test_claiming_nothing_is_nothing(session):
    assert work.claim(session, work.start_worker(session, "cpu"), "score", "conse 1", []) == []


def test_many_threads_share_the_work_without_doing_any_of_it_twice(home):
    items, held = [str(number) for number in range(120)], []

    def take(device):
        with home.database.write() as session:
            worker = work.start_worker(session, device)
        for start in range(0, 120, 8):
            with home.database.write() as session:
                held.extend(work.claim(session, worker, "score", "conse 1", items[start : start + 8]))

    threads = [threading.Thread(target=take, args=(f"gpu {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held) == sorted(items)


def test_a_device_has_one_live_worker(session):
    work.start_worker(session, "cpu")
    with pytest.raises(work.DeviceBusy, match=f"worker {os.getpid()} already has cpu"):
        work.start_worker(session, "cpu")


def test_another_device_or_host_is_free(session):
    another(session, os.getpid(), device="cpu", host="far")
    work.start_worker(session, "gpu 0")
    work.start_worker(session, "cpu")


def test_a_device_is_free_once_its_worker_stopped_or_died_or_fell_silent(session, ended):
    work.stop_worker(session, work.start_worker(session, "cpu"), "done")
    another(session, ended)
    another(session, os.getpid(), age=work.LEASE_SECONDS + 1)
    work.start_worker(session, "cpu")


def test_a_live_worker_is_seen_behind_one_that_died(session, ended):
    another(session, ended)
    work.start_worker(session, "cpu")
    with pytest.raises(work.DeviceBusy):
        work.start_worker(session, "cpu")


def test_a_worker_says_what_it_does(home):
    with home.database.write() as session:
        worker = work.start_worker(session, "cpu")
        work.heartbeat(session, worker, doing="score · conse", done=7, step=2, steps=9)
    shown = queries.live_workers(home.database.reader())
    assert [(row["id"], row["doing"], row["done"], row["step"], row["steps"]) for row in shown] == [
        (worker, "score · conse", 7, 2, 9)
    ]


def test_a_worker_cannot_say_what_has_no_column(session):
    with pytest.raises(ValueError, match="dooing"):
        work.heartbeat(session, work.start_worker(session, "cpu"), dooing="score")


def test_runs_are_done_in_the_order_in_which_they_came_unless_moved(home):
    with home.database.write() as session:
        first, second, third = (work.add_run(session, name, {"scorers": [name]}) for name in "abc")
        work.move_run(session, third, 1.5)
    assert [row["id"] for row in queries.runs(home.database.reader())] == [first, third, second]


def test_a_run_goes_from_state_to_state_and_says_when_it_ended(home):
    with home.database.write() as session:
        run = work.add_run(session, "demo", {"pairs": "all"})
    assert dict(queries.run(home.database.reader(), run))["state"] == "queued"
    for state in ("running", "paused", "queued", "cancelled", "done"):
        with home.database.write() as session:
            work.set_run_state(session, run, state)
        shown = queries.run(home.database.reader(), run)
        assert shown["state"] == state
        assert (shown["finished"] > 0) == (state in ("cancelled", "done"))
    assert shown["wants"] == '{"pairs": "all"}'


def test_a_state_that_is_none_is_refused_and_so_is_a_run_that_is_not_there(session):
    run = work.add_run(session, "demo", {})
    with pytest.raises(ValueError, match="not 'asleep'"):
        work.set_run_state(session, run, "asleep")
    with pytest.raises(ValueError, match="there is no run 99"):
        work.set_run_state(session, 99, "done")
    with pytest.raises(ValueError, match="there is no run 99"):
        work.move_run(session, 99, 1)
