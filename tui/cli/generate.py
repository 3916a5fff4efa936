"""`widespectrum generate`: wide images beside originals."""

from __future__ import annotations

import click

from tui import asked
from tui.cli.main import Options, home_option
from tui.cli.work import batch_size_option, gpus_option, memory_option, precision_option, start, wait_option
from tui.text import plain


@click.command()
@home_option
@click.option("--generator", default="darkroom", show_default=True, help="Who makes the images; `models` lists them.")
@click.option(
    "--originals",
    default="conventional",
    show_default=True,
    help="What to start from: conventional, all, collection:NAME, image ids such as 12,15; prompts:FILE, a text file "
    "with an original prompt a line; or source:NAME, the originals of pairs that are there and their wide prompts.",
)
@click.option("--per-original", default=8, show_default=True, help="Wide prompts for each original.")
@click.option(
    "--singles", type=click.IntRange(min=0), help="How many of them ask for one effect alone; by default half."
)
@click.option("--dimension", "dimensions", multiple=True, help="Draw from this dimension only; may be repeated.")
@click.option(
    "--strength",
    "strengths",
    multiple=True,
    help="Of the effects that are asked for, above 0 and up to 1; may be repeated. 0:1:0.25 asks for each wide prompt "
    "at each of these strengths.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Such as steps=20, guidance=3, size=768; strength=0.6, how far img2img goes from its image.",
)
@click.option(
    "--writer",
    default="template",
    show_default=True,
    help="Who puts the wide prompts into words: the template, by rule, or a language model (kind writer in `models`).",
)
@click.option("--seed", default=0, show_default=True, help="Of every draw.")
@click.option("--score", "scorers", multiple=True, help="Score the pairs with this scorer as well; may be repeated.")
@precision_option
@memory_option
@batch_size_option("Images made")
@gpus_option
@wait_option
@click.pass_obj
def generate(
    options: Options,
    generator: str,
    originals: str,
    per_original: int,
    singles: int | None,
    dimensions: tuple[str, ...],
    strengths: tuple[str, ...],
    settings: tuple[str, ...],
    writer: str,
    seed: int,
    scorers: tuple[str, ...],
    precision: str,
    memory: str,
    batch_size: int | None,
    gpus: tuple[int, ...],
    wait: bool,
) -> None:
    """Make pairs: for each original, wide prompts that ask for one to four effects, and the images they ask for.

    Every pair is measured by the probes too. A pair that is there already is not made again.
    Ends with 1 where something failed; `runs failures` lists why.
    """
    from engine.plan.wants import HALF
    from engine.runs import GenerateWants, Wants

    try:
        effects, sweep = asked.strengths(strengths)
        start_from, prompts = asked.originals(originals)
        wants = Wants(
            GenerateWants(
                generator=generator,
                originals=start_from,
                per_original=per_original,
                singles=HALF if singles is None else singles,
                seed=seed,
                dimensions=dimensions or None,
                strengths=effects or None,
                sweep=sweep,
                prompts=prompts,
                settings=asked.settings(settings),
                memory=memory,
                batch_size=batch_size,
                writer=writer,
            ),
            scorers=scorers,
            probes=True,
            precision=precision,
            gpus=gpus,
        )
    except ValueError as error:
        raise click.ClickException(plain(str(error))) from error
    start(options, f"generate {generator}", wants, wait)
