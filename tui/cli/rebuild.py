"""`widespectrum rebuild`: what derives from other rows, derived again."""

from __future__ import annotations

import click

from tui.cli.main import Options, home_option


@click.command()
@home_option
@click.pass_obj
def rebuild(options: Options) -> None:
    """Derive margins, the state of curation and witnesses again from what was scored, decided and measured."""
    from engine.rebuild import rebuild as derive_again

    with options.open_home(make=False) as home:
        derive_again(home)
    click.echo("margins, curation and witnesses are derived again")
