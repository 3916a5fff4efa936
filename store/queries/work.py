"""Runs, workers and failures as the Runs screen and the command line show them."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from pathlib import Path

LEASE_SECONDS = 60.0
"""A worker that has not been heard of for so long has lost its claims."""
ACTIVE, ENDED = ("queued", "running"), ("done", "cancelled")
"""States of a run: a worker has it or should have it; it is over. One that is paused is neither."""
ALL = "*"
"""The item of a failure by which a run gave up all that was left of a model."""


def runs(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Every run in the order of the queue, with how many of its pieces failed."""
    return reader.execute(
        "SELECT r.*, (SELECT count(*) FROM failure f WHERE f.run_id = r.id) AS failed "
        "FROM run r ORDER BY r.position, r.id"
    ).fetchall()


def run(reader: sqlite3.Connection, run_id: int) -> sqlite3.Row | None:
    """One run, as in `runs`."""
    return next((row for row in runs(reader) if row["id"] == run_id), None)


def pace(reader: sqlite3.Connection, stage: str, model: str, settings: str = "") -> sqlite3.Row | None:
    """How long such work has taken here: `pieces`, `seconds`, `device`; None if it was never done.

    Of several devices, one that a live worker holds comes first, then the one that did it last.
    """
    return reader.execute(
        "SELECT pieces, seconds, device FROM pace WHERE (stage, model, settings) = (?, ?, ?) AND pieces > 0 ORDER BY "
        "device IN (SELECT device FROM worker WHERE stopped = 0 AND heartbeat > ?) DESC, at DESC LIMIT 1",
        (stage, model, settings, time.time() - LEASE_SECONDS),
    ).fetchone()


def work_mark(reader: sqlite3.Connection) -> tuple[int, ...]:
    """Numbers of which one at least differs once work was done, failed or came to be: cheap, whatever the store holds.

    Workers count what they have done in their heartbeat, so the mark follows the work within a second.
    """
    query = """SELECT (SELECT total(done) FROM worker), (SELECT count(*) FROM failure),
                      (SELECT coalesce(max(id), 0) FROM failure), (SELECT coalesce(max(id), 0) FROM pair),
                      (SELECT coalesce(max(id), 0) FROM image), (SELECT coalesce(max(id), 0) FROM prompt),
                      (SELECT coalesce(max(id), 0) FROM scorer), (SELECT coalesce(max(id), 0) FROM probe),
                      (SELECT coalesce(max(id), 0) FROM decision)"""
    return tuple(map(int, reader.execute(query).fetchone()))


def last_made(reader: sqlite3.Connection, generator: str, since: float, until: float) -> sqlite3.Row | None:
    """The image that a generator made last between two times: `sha256`, `suffix`, `prompt`."""
    return reader.execute(
        "SELECT i.sha256, b.suffix, p.text AS prompt FROM generation g JOIN source s ON s.id = g.source_id "
        "JOIN image i ON i.id = g.image_id JOIN blob b USING (sha256) JOIN prompt p ON p.id = g.prompt_id "
        "WHERE s.name = ? AND g.created BETWEEN ? AND ? ORDER BY g.id DESC LIMIT 1",
        (generator, since, until),
    ).fetchone()


def live_workers(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Workers that have not stopped, whose heartbeat is younger than the lease, and whose process is there.

    With their vitals, which are NULL where there are none.
    """
    rows = reader.execute(
        "SELECT * FROM worker LEFT JOIN vitals ON worker_id = id WHERE stopped = 0 AND heartbeat > ? ORDER BY id",
        (time.time() - LEASE_SECONDS,),
    ).fetchall()
    return [row for row in rows if not is_gone(row)]


def is_gone(worker: sqlite3.Row) -> bool:
    """Whether a worker ran on this host, and its process is there no more."""
    return worker["host"] == socket.gethostname() and not is_alive(worker["pid"])


def is_alive(pid: int) -> bool:
    """Whether a process of this machine is there, and not ended with nobody to take its last word, as in containers."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:  # it has gone since, or this is no Linux, where one can't ask
        return not Path("/proc/self/stat").exists()
    return state != "Z"


def failures(reader: sqlite3.Connection, run_id: int) -> list[sqlite3.Row]:
    """What failed in a run: stage, model, item, reason, at."""
    return reader.execute("SELECT * FROM failure WHERE run_id = ? ORDER BY id", (run_id,)).fetchall()


def failure_reasons(reader: sqlite3.Connection, run_id: int, limit: int) -> list[sqlite3.Row]:
    """Why pieces of a run failed, oldest first: stage, model, reason, an item of it, n, and `total` of all reasons."""
    query = """
        SELECT stage, model, reason, min(item) AS item, count(*) AS n, sum(count(*)) OVER () AS total
        FROM failure WHERE run_id = ? GROUP BY stage, model, reason ORDER BY min(id) LIMIT ?
    """
    return reader.execute(query, (run_id, limit)).fetchall()
