"""What the commands that start a run share: start a run, and wait for it unless told not to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from engine import runs
from engine.generators import MEMORIES
from engine.scorers import PRECISIONS
from tui.asked import batch_size, numbers
from tui.cli.main import Options
from tui.cli.watching import follow_to_its_end
from tui.text import plain
from tui.views.run_form import summary

Value = TypeVar("Value")

wait_option = click.option(
    "--wait/--no-wait",
    default=True,
    help="Wait with a progress bar (the default), or leave it to the worker.",
)


gpus_option = click.option(
    "--gpus",
    metavar="N,…",
    callback=lambda _context, _option, text: () if text is None else _read(numbers, text),
    help="Work on these graphics cards only, such as 0,1; by default on all, or else the processor. A worker each.",
)
precision_option = click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default="fp32",
    show_default=True,
    help="What scorers with weights compute with, a part of their version. publisher: as the publisher's own code.",
)
memory_option = click.option(
    "--memory",
    type=click.Choice(MEMORIES),
    default="auto",
    show_default=True,
    help="How a model of pipelines lies on its card. full: all of it; offload: its parts in turn; tight: its weights "
    "in 8 bits, which gives other pixels; auto: the first of these that the card has room for.",
)


def batch_size_option(of: str) -> Callable[[Any], Any]:
    """`--batch-size auto|N`.

    Args:
        of: what is done together, for the help.
    """
    return click.option(
        "--batch-size",
        default="auto",
        show_default=True,
        metavar="auto|N",
        callback=lambda _context, _option, text: _read(batch_size, text),
        help=f"{of} at once. auto: as many as suit the model and the device. Halved where memory runs out.",
    )


def _read(reader: Callable[[str], Value], text: str) -> Value:
    """What a text says, by a function of `tui.asked`; what is wrong with it is an error of its option."""
    try:
        return reader(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def start(options: Options, name: str, wants: runs.Wants, wait: bool) -> None:
    """Queue a run, see that a worker is there, and wait for it if wanted. Says what it will add to the store."""
    with options.open_home() as home:
        try:
            coming = runs.estimate(home, wants)
            run_id = runs.start_run(home, name, wants)
        except ValueError as error:
            raise click.ClickException(plain(str(error))) from error
        click.echo(f"run {run_id} is queued. {summary(coming)}", err=True)
        if wait:
            follow_to_its_end(home, run_id)
        else:
            click.echo(f"worker {runs.ensure_worker(home)} does it; `widespectrum runs` shows how far it is", err=True)
