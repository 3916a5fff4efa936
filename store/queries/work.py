"""Runs, workers and failures as the Runs screen and the command line show them."""

from __future__ import annotations

import os
import socket
import sqlite3
import time

LEASE_SECONDS = 60.0
"""A worker that has not been heard of for so long has lost its claims."""


def runs(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """Every run in the order of the queue, with how many of its pieces failed."""
    return reader.execute(
        "SELECT r.*, (SELECT count(*) FROM failure f WHERE f.run_id = r.id) AS failed "
        "FROM run r ORDER BY r.position, r.id"
    ).fetchall()


def run(reader: sqlite3.Connection, run_id: int) -> sqlite3.Row | None:
    """One run, as in `runs`."""
    return next((row for row in runs(reader) if row["id"] == run_id), None)


def live_workers(reader: sqlite3.Connection, lease_seconds: float = LEASE_SECONDS) -> list[sqlite3.Row]:
    """Workers that have not stopped, whose heartbeat is younger than the lease, and whose process is there."""
    rows = reader.execute(
        "SELECT * FROM worker WHERE stopped = 0 AND heartbeat > ? ORDER BY id", (time.time() - lease_seconds,)
    ).fetchall()
    return [row for row in rows if not is_gone(row)]


def is_gone(worker: sqlite3.Row) -> bool:
    """Whether a worker ran on this host, and its process is there no more."""
    return worker["host"] == socket.gethostname() and not is_alive(worker["pid"])


def is_alive(pid: int) -> bool:
    """Whether a process of this machine is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def failures(reader: sqlite3.Connection, run_id: int) -> list[sqlite3.Row]:
    """What failed in a run: stage, model, item, reason, at."""
    return reader.execute("SELECT * FROM failure WHERE run_id = ? ORDER BY id", (run_id,)).fetchall()
