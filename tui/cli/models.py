"""`widespectrum models`: which models are known, which are here, and bringing them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from store import default_home
from store.home import whole_path
from tui.cli.main import Options, home_option
from tui.text import plain


@click.group(invoke_without_command=True)
@home_option
@click.pass_context
def models(ctx: click.Context) -> None:
    """List the models; fetch one, or point to one that is on this machine; verify that one scores as published.

    A name is a scorer's, a judge's, a generator's or a writer's; clip:OWNER/NAME is any CLIP-like model of the hub.
    """
    if ctx.invoked_subcommand is None:
        _list(ctx.obj)


@models.command("list", short_help="Show every known model, and where it is.")
@home_option
@click.pass_obj
def list_models(options: Options) -> None:
    """Show every known model: what it is, its licence and size, and where it is."""
    _list(options)


def terminal_width() -> int:
    """Columns to print in; as many as a line has where a file or another program reads it."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize


def _list(options: Options) -> None:
    from engine.models.here import overview

    with _told():
        rows = overview(_folder(options))
    lines = [("name", "what", "licence", "GB", "where")]
    for row in rows:
        size = f"{row.gigabytes:.1f}" if row.gigabytes else ""
        lines.append((plain(row.name), plain(row.what), plain(row.licence), size, plain(row.where)))
    name, what, licence, gigabytes = (max(map(len, column)) for column in list(zip(*lines, strict=True))[:4])
    for line in lines:
        known = f"{line[0]:{name}}  {line[1]:{what}}  {line[2]:{licence}}  {line[3]:>{gigabytes}}"
        where = line[4]
        fits = len(known) + 2 + len(where) <= terminal_width()
        click.echo(f"{known}  {where}" if fits else f"{known}\n  {where}")  # a folder in pieces can't be copied
    click.echo("\nA diffusers generator NAME edits images as NAME-img2img, with the same weights.")
    if unpinned := [row.name for row in rows if not row.is_pinned]:
        click.echo(plain(f"Not pinned, so fetched as they stand on that day: {', '.join(unpinned)}"))
    if not all(row.here for row in rows):
        click.echo("`widespectrum models fetch NAME` brings one; `widespectrum models use NAME FOLDER` points to one")


@models.command(short_help="Fetch models from the hub.")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@home_option
@click.pass_obj
def fetch(options: Options, names: tuple[str, ...]) -> None:
    """Fetch models from the hub: pinned, checked, and resumed where an earlier fetch stopped."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from engine.models.fetching import fetch as fetch_model

    options.require_writing()
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    for name in names:
        with Progress(*columns, console=console, transient=True) as progress, _told():
            task = progress.add_task(plain(name), total=None)

            def arrived(file: str, done: int, total: int, task=task, name=name) -> None:  # type: ignore[no-untyped-def]
                progress.update(task, description=plain(f"{name} {file}"), completed=done, total=total)

            place = fetch_model(name, _folder(options), arrived)
        click.echo(plain(f"{name} is in {place.folder}"))


@models.command(short_help="Read a model from a folder of this machine.")
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path, file_okay=False))
@home_option
@click.pass_obj
def use(options: Options, name: str, path: Path) -> None:
    """Read a model from a folder on this machine, whose files are named as on the hub."""
    from engine.generators import generators
    from engine.models.catalogue import entry
    from engine.models.places import use as use_folder
    from engine.prompts.writers import writers
    from engine.scorers import SCORERS

    options.require_writing()
    with _told():
        home = _folder(options)
        if not any(name in each.names() for each in (SCORERS, generators(home), writers(home))):
            entry(name, home)  # a judge's, say; or nobody's, and then the nearest are named
        place = use_folder(name, path, home)
    click.echo(plain(f"{name} is read from {place.folder}"))


@models.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option(
    "--random",
    type=click.Choice(["small", "full"]),
    help="Random weights in the published layout, whatever is here. Small ones stand in for weights that are not here.",
)
@click.option("--device", default="cpu", show_default=True, help="As torch names it, such as cuda:0; for both sides.")
@click.option(
    "--precision",
    type=click.Choice(["fp32", "publisher"]),
    help="By default fp32, but on a card what the publisher's code does there if it can't do otherwise.",
)
@home_option
@click.pass_obj
def verify(options: Options, names: tuple[str, ...], random: str | None, device: str, precision: str | None) -> None:
    """Compare scorers with their publishers' own code, value by value. Exits 1 if one differs.

    The publishers' packages run in environments of their own, which are built when first needed and kept: with pip, in
    a minute or two each. $WIDESPECTRUM_YARDSTICKS names the folder to keep them in, by default the user's cache.
    """
    from tui.cli.verified import print_agreement

    def tell(line: str) -> None:
        click.echo(plain(line), err=True)

    with _told():
        from engine.verify import verify as compare

        report = compare(_folder(options), names, random=random, device=device, precision=precision, tell=tell)
    for agreement in report.agreements:
        print_agreement(agreement)
    if not report.passed:
        raise SystemExit(1)


def _folder(options: Options) -> Path:
    return whole_path(options.home or default_home())


@contextmanager
def _told() -> Iterator[None]:
    """What a person can mend becomes a command-line error of one line."""
    from engine.models.catalogue import BadCatalogue
    from engine.models.errors import CannotFetch
    from engine.models.places import BadModelsFile, MissingWeights
    from engine.verify.errors import CannotVerify

    try:
        yield
    except (BadCatalogue, BadModelsFile, CannotFetch, CannotVerify, MissingWeights) as error:
        raise click.ClickException(plain(str(error))) from error
