"""`widespectrum reproduce`: an image made again from what is kept of it, and whether the pixels agree."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.main import Options, home_option
from tui.text import plain


@click.command()
@home_option
@click.argument("image")
@click.option("--device", default=None, help="Such as cpu or cuda:0; by default the graphics card if there is one.")
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Write the new image here, as PNG.")
@click.pass_obj
def reproduce(options: Options, image: str, device: str | None, save: Path | None) -> None:
    """Make IMAGE again from its provenance, and say whether the pixels agree.

    IMAGE is an image's id, or the beginning of its file's name. The command ends with 1 where pixels differ.
    """
    from engine.reproduce import find_image
    from engine.reproduce import reproduce as make_again

    with options.open_home_to_read() as home:
        try:
            made = make_again(home, find_image(home, image), device)
        except Exception as error:  # opening and running a model may fail in any way; one line tells it
            raise click.ClickException(plain(str(error) or type(error).__name__)) from error
    if save:
        made.image.save(save, "PNG")
    click.echo(plain(f"image {made.image_id}, by {made.generator} {made.version_now}"))
    if made.version_then != made.version_now:
        click.echo(plain(f"! it was made by another version: {made.version_then}"))
    for library, (then, now) in made.changed.items():
        click.echo(plain(f"! {library} was {then}, and is {now}"))
    if made.same:
        click.echo("✓ every pixel agrees")
        return
    batch = f"; it was made in a batch of {made.batch_then}" if made.batch_then > 1 else ""
    share = f"{made.differing:.2%} of the pixels differ" if made.differing < 1 else "the pixels differ"
    click.echo(f"✗ {share}, by up to {made.largest} of 255 levels{batch}")
    raise click.exceptions.Exit(1)
