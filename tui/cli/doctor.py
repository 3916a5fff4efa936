"""`widespectrum doctor`: what is installed, what the home is like, what this terminal can show."""

from __future__ import annotations

import os
import shutil
import sys

import click

from store import default_home
from tui.cli.main import Options, home_option
from tui.colours import announce_colours
from tui.text import plain


@click.command()
@home_option
@click.pass_obj
def doctor(options: Options) -> None:
    """Examine the installation, the home and the terminal. Exits 1 if something is wrong."""
    from engine.doctor import examine

    wrong = False
    for check in examine(options.home or default_home()):
        click.echo(f"{'ok  ' if check.ok else 'WRONG'} {check.name}: {plain(check.detail)}")
        wrong |= not check.ok
    announce_colours()
    size = shutil.get_terminal_size((0, 0))
    colour = "no colour (NO_COLOR)" if "NO_COLOR" in os.environ else os.environ.get("COLORTERM") or "no COLORTERM"
    terminal = f"{size.columns}×{size.lines}, TERM={os.environ.get('TERM', 'unset')}, {colour}"
    click.echo(f"ok   terminal: {terminal if sys.stdout.isatty() else 'standard output is not a terminal'}")
    if wrong:
        raise SystemExit(1)
