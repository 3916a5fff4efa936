"""What the Runs screen and the command line show."""

from __future__ import annotations

import os
import subprocess

from store import work
from store.queries import work as queries
from store.tables import Worker


def test_a_run_counts_its_failures_and_lists_them_with_reasons(home):
    with home.database.write() as session:
        one, two = work.add_run(session, "one", {}), work.add_run(session, "two", {})
        work.record_failure(session, one, "score", "conse 1", "a", "not a number")
        work.record_failure(session, one, "measure", "noise 1", "b", "the file has changed")
    reader = home.database.reader()
    assert [(row["name"], row["failed"]) for row in queries.runs(reader)] == [("one", 2), ("two", 0)]
    assert [row["reason"] for row in queries.failures(reader, one)] == ["not a number", "the file has changed"]
    assert queries.failures(reader, two) == []


def test_failures_of_one_reason_are_told_once_with_how_many_they_are(home):
    with home.database.write() as session:
        run = work.add_run(session, "one", {})
        for item, reason in (("a", "gone"), ("b", "too large"), ("c", "gone")):
            work.record_failure(session, run, "score", "conse 1", item, reason)
        work.record_failure(session, run, "generate", "conse 1", "a", "gone")
    rows = queries.failure_reasons(home.database.reader(), run, 2)
    assert [(row["stage"], row["reason"], row["n"], row["total"]) for row in rows] == [
        ("score", "gone", 2, 4),
        ("score", "too large", 1, 4),
    ]


def test_there_is_no_run_of_an_unknown_number(home):
    assert queries.run(home.database.reader(), 5) is None


def test_a_worker_is_live_until_it_stops_or_falls_silent(home):
    with home.database.write() as session:
        live, stopped, silent = (work.start_worker(session, f"gpu {number}") for number in range(3))
        work.stop_worker(session, stopped, "done")
        session.get_one(Worker, silent).heartbeat -= 100
    reader = home.database.reader()
    assert [row["id"] for row in queries.live_workers(reader)] == [live]


def test_a_process_that_ended_is_not_alive_even_while_nobody_has_asked_how_it_ended():
    process = subprocess.Popen(["sleep", "600"])
    assert queries.is_alive(process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not queries.is_alive(process.pid)
    process.wait()
    assert not queries.is_alive(process.pid)
