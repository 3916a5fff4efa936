"""Runs, claims, failures and workers: the small tables beside the missing cells, which are the queue.

A claim is taken in one immediate transaction and lapses with its lease, so a killed worker's work returns by itself.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import Session

from store.queries.work import ACTIVE, ENDED, LEASE_SECONDS, is_alive
from store.tables import Claim, Failure, Run, Vitals, Worker

STATES = (*ACTIVE, "paused", *ENDED)


class DeviceBusy(Exception):
    """Another live worker holds the device."""


def add_run(session: Session, name: str, wants: Mapping[str, Any]) -> int:
    """Queue a request for work, behind those that are there."""
    last = session.execute(text("SELECT coalesce(max(position), 0) FROM run")).scalar_one()
    run = Run(name=name, wants=json.dumps(wants, sort_keys=True), position=last + 1, created=time.time())
    session.add(run)
    session.flush()
    assert run.id is not None
    return run.id


def set_run_state(session: Session, run_id: int, state: str) -> None:
    """Queue, start, pause, cancel or finish a run. Raises `ValueError`: no such state, or no such run."""
    if state not in STATES:
        raise ValueError(f"a run is {', '.join(STATES)}, not {state!r}")
    run = _run(session, run_id)
    run.state = state
    run.finished = time.time() if state in ENDED else 0.0


def move_run(session: Session, run_id: int, position: float) -> None:
    """Put a run elsewhere in the queue: lower positions go first. Raises `ValueError`: no such run."""
    _run(session, run_id).position = position


def _run(session: Session, run_id: int) -> Run:
    run = session.get(Run, run_id)
    if run is None:
        raise ValueError(f"there is no run {run_id}")
    return run


def start_worker(session: Session, device: str) -> int:
    """Register this process as the worker of a device on this host.

    Raises:
        DeviceBusy: a live worker has the device already.
    """
    host, now = socket.gethostname(), time.time()
    query = text(
        "SELECT pid FROM worker WHERE host = :host AND device = :device AND stopped = 0 AND heartbeat > :since"
    )
    others = session.execute(query, {"host": host, "device": device, "since": now - LEASE_SECONDS}).scalars()
    for pid in others:
        if is_alive(pid):
            raise DeviceBusy(f"worker {pid} already has {device} on {host}; it will do queued runs too")
    worker = Worker(pid=os.getpid(), host=host, device=device, started=now, heartbeat=now)
    session.add(worker)
    session.flush()
    assert worker.id is not None
    return worker.id


def heartbeat(session: Session, worker_id: int, **doing: Any) -> None:
    """Say that a worker lives, renew its leases, and say what it does (columns of `Worker`)."""
    now = time.time()
    worker = session.get_one(Worker, worker_id)
    worker.heartbeat = now
    for column, value in doing.items():
        setattr(worker, column, value)
    session.execute(
        text("UPDATE claim SET until = :until WHERE worker_id = :worker"),
        {"until": now + LEASE_SECONDS, "worker": worker_id},
    )


def note_vitals(session: Session, worker_id: int, vitals: Mapping[str, Any]) -> None:
    """Keep how a worker's process, machine and card fare now (columns of `Vitals`)."""
    session.execute(insert(Vitals).prefix_with("OR REPLACE"), [{"worker_id": worker_id, **vitals}])


def note_pace(
    session: Session, worker_id: int, stage: str, model: str, settings: str, pieces: int, seconds: float
) -> None:
    """Add what a batch has taken on the worker's device to what such work has taken before.

    Args:
        stage, model: as claims name them.
        settings: what else the duration depends on, as a text that the same work has again; empty for nothing.
        pieces: prompts written, images made or measured, cells scored or questions answered.
    """
    query = text("""
        INSERT INTO pace (stage, model, settings, device, pieces, seconds, at)
        SELECT :stage, :model, :settings, device, :pieces, :seconds, :at FROM worker WHERE id = :worker
        ON CONFLICT DO UPDATE SET pieces = pieces + excluded.pieces, seconds = seconds + excluded.seconds,
                                  at = excluded.at""")
    values = {"stage": stage, "model": model, "settings": settings, "pieces": pieces, "seconds": seconds}
    session.execute(query, {**values, "worker": worker_id, "at": time.time()})


def stop_worker(session: Session, worker_id: int, reason: str) -> None:
    """Say that a worker ended, and why; its claims return."""
    worker = session.get_one(Worker, worker_id)
    worker.stopped, worker.reason, worker.doing = time.time(), reason, ""
    session.execute(text("DELETE FROM claim WHERE worker_id = :worker"), {"worker": worker_id})


def drop_dead_claims(session: Session) -> None:
    """Return the claims of workers on this host whose process is gone, and every claim whose lease lapsed."""
    now = time.time()
    session.execute(text("DELETE FROM claim WHERE until < :now"), {"now": now})
    here = session.execute(
        text("SELECT id, pid FROM worker WHERE host = :host AND stopped = 0"), {"host": socket.gethostname()}
    ).all()
    for worker_id, pid in here:
        if not is_alive(pid):
            stop_worker(session, worker_id, "the process is gone")


def claim(session: Session, worker_id: int, stage: str, model: str, items: Sequence[str]) -> list[str]:
    """Of these pieces of missing work, those that this worker now holds: not held by another, not failed before.

    Args:
        stage: write, generate, measure or score.
        model: the name and version of the writer, generator, scorer or judge; of measures `probes`.
        items: what identifies each piece within (stage, model).
    """
    drop_dead_claims(session)
    key = {"stage": stage, "model": model, "items": json.dumps(list(items)), "worker": worker_id}
    taken = set(
        session.execute(
            text(
                "SELECT item FROM claim WHERE stage = :stage AND model = :model AND worker_id != :worker "
                "AND item IN (SELECT value FROM json_each(:items)) UNION "
                "SELECT item FROM failure WHERE stage = :stage AND model = :model "
                "AND item IN (SELECT value FROM json_each(:items))"
            ),
            key,
        ).scalars()
    )
    mine = [item for item in items if item not in taken]
    until = time.time() + LEASE_SECONDS
    rows = [{"stage": stage, "model": model, "item": i, "worker_id": worker_id, "until": until} for i in mine]
    if rows:
        session.execute(insert(Claim).prefix_with("OR REPLACE"), rows)
    return mine


def release(session: Session, worker_id: int, item: str | None = None) -> None:
    """Give back all that a worker holds, or one item of it: its batch, or that piece, is committed or given up."""
    query = "DELETE FROM claim WHERE worker_id = :worker AND (:item IS NULL OR item = :item)"
    session.execute(text(query), {"worker": worker_id, "item": item})


def record_failure(session: Session, run_id: int, stage: str, model: str, item: str, reason: str) -> None:
    """Record that a piece of work failed, and why. It is not tried again until `retry_failed`."""
    row = {"run_id": run_id, "stage": stage, "model": model, "item": item, "reason": reason, "at": time.time()}
    session.execute(insert(Failure).prefix_with("OR REPLACE"), [row])


def retry_failed(session: Session, run_ids: Collection[int]) -> int:
    """Forget the failures of these runs, so that they are missing work again. Returns how many."""
    query = text("DELETE FROM failure WHERE run_id IN (SELECT value FROM json_each(:ids)) RETURNING id")
    return len(session.execute(query, {"ids": json.dumps(list(run_ids))}).all())
