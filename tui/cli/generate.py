"""`widespectrum generate`: wide images beside originals."""

from __future__ import annotations

import click

from tui.cli.main import Options, home_option
from tui.cli.work import start, wait_option
from tui.text import plain


def _ids_or_name(text: str) -> str | tuple[int, ...]:
    """`12,15` as image ids; anything else as it is."""
    parts = text.split(",")
    return tuple(int(part) for part in parts) if all(part.strip().isdigit() for part in parts) else text


@click.command()
@home_option
@click.option("--generator", default="darkroom", show_default=True, help="Who makes the wide images.")
@click.option(
    "--originals",
    default="conventional",
    show_default=True,
    help="Which images to start from: conventional, all, collection:NAME, or image ids such as 12,15.",
)
@click.option("--per-original", default=8, show_default=True, help="Wide prompts for each original.")
@click.option("--singles", default=None, type=int, help="How many of them ask for one effect alone; by default half.")
@click.option("--dimension", "dimensions", multiple=True, help="Draw from this dimension only; may be repeated.")
@click.option("--strength", "strengths", multiple=True, type=float, help="Above 0 and up to 1; may be repeated.")
@click.option("--seed", default=0, show_default=True, help="Of every draw.")
@click.option("--score", "scorers", multiple=True, help="Score the pairs with this scorer as well; may be repeated.")
@wait_option
@click.pass_obj
def generate(
    options: Options,
    generator: str,
    originals: str,
    per_original: int,
    singles: int | None,
    dimensions: tuple[str, ...],
    strengths: tuple[float, ...],
    seed: int,
    scorers: tuple[str, ...],
    wait: bool,
) -> None:
    """Make pairs: for each original, wide prompts that ask for one to four effects, and the images they ask for.

    Every pair is measured by the probes too. A pair that is there already is not made again.
    """
    from engine.runs import GenerateWants, Wants

    try:
        wants = Wants(
            GenerateWants(
                generator=generator,
                originals=_ids_or_name(originals),
                per_original=per_original,
                singles=per_original // 2 if singles is None else singles,
                seed=seed,
                dimensions=dimensions or None,
                strengths=strengths or None,
            ),
            scorers=scorers,
            probes=True,
        )
    except ValueError as error:
        raise click.ClickException(plain(str(error))) from error
    start(options, "generate", wants, wait)
