"""`widespectrum runs`: list, watch and steer the work."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine import runs as engine_runs
from store import Home
from store.queries import work as queries
from tui.cli.main import Options, home_option
from tui.cli.watching import follow_to_its_end
from tui.figures import plural
from tui.text import plain


@click.group(invoke_without_command=True)
@home_option
@click.pass_context
def runs(ctx: click.Context) -> None:
    """List the runs; or watch, pause, resume, cancel or retry one by its number."""
    if ctx.invoked_subcommand is None:
        with ctx.obj.open_home_to_read() as home:
            _list(home)


@runs.command("list")
@home_option
@click.pass_obj
def list_runs(options: Options) -> None:
    """List the runs, as `runs` alone does."""
    with options.open_home_to_read() as home:
        _list(home)


def _list(home: Home) -> None:
    rows = queries.runs(home.database.reader())
    if not rows:
        click.echo("no runs yet: `widespectrum demo`, `generate` or `score` starts one")
        return
    table = Table("run", "name", "state", "done", "left", "failed", "doing", box=None, pad_edge=False)
    for row in rows:
        try:
            progress = engine_runs.progress(home, row["id"])
            found: tuple[object, ...] = (progress.done, progress.left, progress.failed, _doing(home, progress))
        except (ValueError, TypeError) as error:  # another version's run, or a catalogue that is damaged
            found = ("?", "?", row["failed"], f"can't be read: {error}")
        table.add_row(*(Text(plain(str(cell))) for cell in (row["id"], row["name"], row["state"], *found)))
    Console(highlight=False).print(table)


def _doing(home: Home, progress: engine_runs.Progress) -> str:
    """What its workers do; of a run that waits, for what, and how it goes on."""
    if progress.workers or progress.state not in queries.ACTIVE:
        return progress.doing
    if there := engine_runs.live_workers(home):
        return f"waits for worker {there[0].pid}"
    why = f"its last worker ended: {progress.reason}" if progress.reason else "no worker has it yet"
    return f"{why}; `widespectrum runs resume {progress.run_id}` goes on"


def _known(home: Home, run_id: int) -> int:
    if queries.run(home.database.reader(), run_id) is None:
        raise click.ClickException(f"there is no run {run_id}; `widespectrum runs` lists them")
    return run_id


def _unfinished(home: Home, run_id: int) -> int:
    run = queries.run(home.database.reader(), _known(home, run_id))
    if run and run["state"] in queries.ENDED:
        raise click.ClickException(f"run {run_id} is {run['state']} already")
    return run_id


@runs.command()
@click.argument("run_id", type=int)
@home_option
@click.pass_obj
def watch(options: Options, run_id: int) -> None:
    """Watch a run until it ends. Ctrl+C stops looking; the work goes on."""
    with options.open_home(make=False) as home:
        follow_to_its_end(home, _known(home, run_id))


@runs.command()
@click.argument("run_id", type=int)
@home_option
@click.pass_obj
def pause(options: Options, run_id: int) -> None:
    """Stop a run until it is resumed; what is made stays."""
    with options.open_home(make=False) as home:
        engine_runs.pause(home, _unfinished(home, run_id))
    click.echo(f"run {run_id} is paused")


@runs.command()
@click.argument("run_id", type=int)
@home_option
@click.pass_obj
def resume(options: Options, run_id: int) -> None:
    """Queue a run again, and see that a worker is there."""
    with options.open_home(make=False) as home:
        engine_runs.resume(home, _known(home, run_id))
        click.echo(f"run {run_id} is queued; worker {engine_runs.ensure_worker(home)}")


@runs.command()
@click.argument("run_id", type=int, required=False)
@click.option("--all", "every", is_flag=True, help="Every run that is not over.")
@home_option
@click.pass_obj
def cancel(options: Options, run_id: int | None, every: bool) -> None:
    """Stop a run, or all of them, for good; what is made stays."""
    if (run_id is None) != every:
        raise click.UsageError("name one run, or say --all")
    with options.open_home(make=False) as home:
        if run_id is None:
            click.echo(f"{plural(engine_runs.cancel_all(home), 'run')} cancelled")
            return
        engine_runs.cancel(home, _unfinished(home, run_id))
    click.echo(f"run {run_id} is cancelled")


@runs.command()
@click.argument("run_id", type=int)
@home_option
@click.pass_obj
def retry(options: Options, run_id: int) -> None:
    """Try again what failed in a run."""
    with options.open_home(make=False) as home:
        if not queries.failures(home.database.reader(), _known(home, run_id)):
            click.echo(f"nothing failed in run {run_id}", err=True)
            return
        forgotten = engine_runs.retry(home, run_id)
        worker = engine_runs.ensure_worker(home)
        click.echo(f"run {run_id}: {plural(forgotten, 'failure')} to be tried again; worker {worker}")


@runs.command()
@click.argument("run_id", type=int)
@home_option
@click.pass_obj
def failures(options: Options, run_id: int) -> None:
    """List what failed in a run, and why."""
    with options.open_home_to_read() as home:
        rows = queries.failures(home.database.reader(), _known(home, run_id))
        if not rows:
            click.echo(f"nothing failed in run {run_id}", err=True)
        for row in rows:
            click.echo(plain(f"{row['stage']} {row['model']} {row['item']}: {row['reason']}"))
