"""`widespectrum demo`: the sample photographs, their wide pairs and every score, then the terminal on them."""

from __future__ import annotations

import os

import click
from platformdirs import user_data_path

from store.home import VARIABLE
from tui.cli.main import Options, at_terminal, home_option, open_terminal
from tui.cli.watching import show


@click.command()
@home_option
@click.pass_obj
def demo(options: Options) -> None:
    """Build a home from the sample photographs, and open it.

    About 50 real photographs, 240 pairs made by the darkroom, both controls and every probe: some minutes of work
    on two cores, with nothing to download. Begun and broken off, it goes on where it was; done, it opens at once.
    Without a terminal it prints the report.

    The demo has a home of its own, widespectrum-demo beside the user's, unless --home or WIDESPECTRUM_HOME names one.
    """
    from engine.demo import DemoFailed, build_demo

    if options.home is None and not os.environ.get(VARIABLE):
        options.home = user_data_path("widespectrum-demo", appauthor=False)
    with options.open_home() as home:
        try:
            show(build_demo(home))
        except DemoFailed as error:
            raise click.ClickException(str(error)) from error
        if not at_terminal():
            from tui.cli.report import print_report

            print_report(home)
            return
    open_terminal(options)
