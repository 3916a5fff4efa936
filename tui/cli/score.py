"""`widespectrum score`: the missing cells of every pair and photograph."""

from __future__ import annotations

import click

from tui.cli.main import Options, home_option
from tui.cli.work import batch_size_option, gpus_option, precision_option, start, wait_option
from tui.text import plain


@click.command()
@click.argument("scorers", nargs=-1, metavar="[SCORER]…")
@home_option
@click.option("--probes/--no-probes", default=True, help="Measure the images as well; the default.")
@click.option("--photographs/--no-photographs", default=True, help="Score every photograph too; the default.")
@precision_option
@batch_size_option("Images or texts given to a scorer")
@gpus_option
@wait_option
@click.pass_obj
def score(
    options: Options,
    scorers: tuple[str, ...],
    probes: bool,
    photographs: bool,
    precision: str,
    batch_size: int | None,
    gpus: tuple[int, ...],
    wait: bool,
) -> None:
    """Score what is in the home: the four cells of each pair, and each photograph under its prompt.

    Without a name, scores with the two controls that need nothing to download. Nothing is scored twice.
    Ends with 1 where something failed; `runs failures` lists why.

    A judge such as judge-pairwise:qwen2.5-vl-7b or judge-effects:qwen2.5-vl-7b is asked about each pair; `models list`
    has the models that can be asked, here or behind a service that may cost money.
    """
    from engine.runs import Wants
    from engine.scorers import CONTROLS

    try:
        wants = Wants(
            scorers=scorers or CONTROLS,
            probes=probes,
            photographs=photographs,
            precision=precision,
            batch_size=batch_size,
            gpus=gpus,
        )
    except ValueError as error:
        raise click.ClickException(plain(str(error))) from error
    start(options, f"score {', '.join(wants.scorers)}", wants, wait)
