"""What `generate` and `score` share: start a run, and wait for it unless told not to."""

from __future__ import annotations

import click

from engine import runs
from tui.cli.main import Options
from tui.cli.watching import follow_to_its_end
from tui.text import plain

wait_option = click.option(
    "--wait/--no-wait",
    default=True,
    help="Wait with a progress bar (the default), or leave it to the worker.",
)


def start(options: Options, name: str, wants: runs.Wants, wait: bool) -> None:
    """Queue a run, see that a worker is there, and wait for it if wanted. Says what it will add to the store."""
    with options.open_home() as home:
        try:
            coming = runs.estimate(home, wants)
            run_id = runs.start_run(home, name, wants)
        except ValueError as error:
            raise click.ClickException(plain(str(error))) from error
        click.echo(
            f"run {run_id}: {coming.pairs} pairs, {coming.scores} scores and {coming.measures} images to measure "
            "are missing, and what follows from the new pairs",
            err=True,
        )
        if wait:
            follow_to_its_end(home, run_id)
        else:
            click.echo(f"worker {runs.ensure_worker(home)} does it; `widespectrum runs` shows how far it is", err=True)
