"""Waiting for a run with a progress bar; the work itself is another process and does not need us."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from engine import runs
from store import Home
from store.queries import judges
from store.queries import work as queries
from tui.text import plain
from tui.views.judges import cost_words
from tui.views.runs import rest_words

LOOK_SECONDS = 0.5


def follow(home: Home, run_id: int) -> Iterator[runs.Progress]:
    """A run's progress, again and again until nobody works on it any more."""
    worker = runs.ensure_worker(home)
    while True:
        progress = runs.progress(home, run_id)
        gone = worker is None or not runs.anyone_working(home)
        yield runs.progress(home, run_id) if gone else progress  # its last words may have come in between
        if gone or progress.state not in runs.ACTIVE:
            return
        time.sleep(LOOK_SECONDS)  # the other process tells through the store alone


def show(progresses: Iterable[runs.Progress]) -> runs.Progress | None:
    """Draw a bar on standard error until the run ends, and return the last word. Ctrl+C stops looking, not the work."""
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}", markup=False),
        console=Console(stderr=True),
    )
    last = None
    try:
        with bar:
            task = bar.add_task("starting", total=None, left="")
            for last in progresses:
                doing = plain(last.doing) or last.state
                over = last.done + last.failed
                bar.update(task, description=doing, total=last.total or None, completed=over, left=rest_words(last))
    except KeyboardInterrupt:
        raise click.ClickException("you stopped looking; the work goes on (`widespectrum runs` shows it)") from None
    return last


def follow_to_its_end(home: Home, run_id: int) -> None:
    """Wait for a run with a bar, and say what came of it. Exits 1 where it did not finish, or something failed."""
    last = show(follow(home, run_id))
    if last is None:
        return
    click.echo(f"run {run_id} is {last.state}: {last.done} done, {last.failed} failed, {last.left} left", err=True)
    cost = judges.cost_of_run(home.database.reader(), run_id)
    if cost["answers"]:
        click.echo(cost_words(cost), err=True)
    if last.failed:
        click.echo(f"`widespectrum runs failures {run_id}` lists the reasons", err=True)
    if last.state != "done":
        whole = (row["reason"] for row in queries.failures(home.database.reader(), run_id) if row["stage"] == "run")
        raise click.ClickException(plain(next(whole, last.reason)) or f"run {run_id} is {last.state}")
    if last.failed:
        raise click.exceptions.Exit(1)
