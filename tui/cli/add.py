"""`widespectrum add`: a person's own photographs or artworks, with what is known of them."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from tui.cli.main import Options, home_option
from tui.text import cut, plain


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@home_option
@click.pass_obj
def add(options: Options, folder: Path) -> None:
    """Add the images below FOLDER.

    metadata.csv or metadata.jsonl in FOLDER says what is known of them, one row an image. Columns: file_name;
    caption (the subject alone, P_o); wide_prompt (P_a, naming the effects); dimensions; kind (photograph or artwork);
    title, author, license, license_url, url, collection; conventional (true: an original for the darkroom). All but
    file_name may be missing, and be typed later on the Triage page.

    An image that is there already is left as it is; so are the images that a home below FOLDER keeps. The metadata is
    checked whole before anything is stored.
    """
    from engine.add import AddError, add_folder

    with options.open_home() as home, Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("looking", total=None)

        def show(done: int, total: int, file: str) -> None:
            bar.update(task, completed=done, total=total, description=cut(file, 40).replace("[", "\\["))

        try:
            found = add_folder(home, folder, show)
        except AddError as error:
            raise click.ClickException("\n".join(plain(line) for line in str(error).splitlines())) from error
    click.echo(f"{found.added} added, {found.known} known already, {len(found.refused)} refused")
    if found.unknown_columns:
        click.echo(f"columns that mean nothing here: {plain(', '.join(found.unknown_columns))}", err=True)
    for file, reason in found.refused:
        click.echo(f"refused {plain(file)}: {plain(reason)}", err=True)
    if found.refused and not found.added and not found.known:
        raise click.ClickException("nothing could be added")
