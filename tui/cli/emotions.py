"""`widespectrum emotions`: the emotion test, as one run."""

from __future__ import annotations

import click

from engine.prompts.emotions import EMOTIONS
from tui import asked
from tui.cli.main import Options, home_option
from tui.cli.work import batch_size_option, gpus_option, memory_option, precision_option, start, wait_option
from tui.text import plain


@click.command()
@home_option
@click.option(
    "--portraits",
    required=True,
    help="The happy portraits: image ids such as 12,15, collection:NAME, conventional or all; source:NAME for what a "
    "generator made from text; or prompts:FILE, a text file with a caption a line, for a generator from text.",
)
@click.option(
    "--generator", default="flux.1-kontext-dev", show_default=True, help="Who edits them; `models` lists them."
)
@click.option(
    "--emotion",
    "emotions",
    multiple=True,
    default=EMOTIONS,
    show_default=True,
    help="To edit them to, one word; may be repeated.",
)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="As of `generate`.")
@click.option("--seed", default=0, show_default=True, help="Of every draw; the images of a set share theirs.")
@click.option("--score", "scorers", multiple=True, help="Score the sets with this scorer as well; may be repeated.")
@precision_option
@memory_option
@batch_size_option("Images made")
@gpus_option
@wait_option
@click.pass_obj
def emotions(
    options: Options,
    portraits: str,
    generator: str,
    emotions: tuple[str, ...],
    settings: tuple[str, ...],
    seed: int,
    scorers: tuple[str, ...],
    precision: str,
    memory: str,
    batch_size: int | None,
    gpus: tuple[int, ...],
    wait: bool,
) -> None:
    """Edit each happy portrait to sad, angry and fearful, all else kept, and score under the emotion's own caption.

    A portrait's caption says the word happy once, or has a blank for the emotion, as in “a portrait of a ___ woman”.
    It is filled with each emotion in turn: happy for the portrait itself. Portraits whose caption has no place for an
    emotion are passed over. `report` says how often each scorer puts the happy one first all the same.
    """
    from engine.runs import GenerateWants, Wants

    try:
        originals, prompts = asked.originals(portraits)
        wants = Wants(
            GenerateWants(
                generator=generator,
                originals=originals,
                per_original=len(emotions),
                singles=len(emotions),
                seed=seed,
                prompts=prompts,
                settings=asked.settings(settings),
                emotions=emotions,
                memory=memory,
                batch_size=batch_size,
            ),
            scorers=scorers,
            probes=True,
            precision=precision,
            gpus=gpus,
        )
    except ValueError as error:
        raise click.ClickException(plain(str(error))) from error
    start(options, f"emotions {generator}", wants, wait)
