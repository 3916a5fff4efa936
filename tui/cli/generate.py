"""`widespectrum generate`: wide images beside originals."""

from __future__ import annotations

from pathlib import Path

import click

from engine.generators import MEMORIES
from tui.cli.main import Options, home_option
from tui.cli.work import batch_size_option, gpus_option, precision_option, start, wait_option
from tui.text import plain

FILE = "prompts:"


def _ids_or_name(text: str) -> str | tuple[int, ...]:
    """`12,15` as image ids; anything else as it is."""
    parts = text.split(",")
    return tuple(int(part) for part in parts) if all(part.strip().isdecimal() for part in parts) else text


def _strengths(texts: tuple[str, ...]) -> tuple[tuple[float, ...], bool]:
    """Strengths, and whether they are a sweep: `0.5` is one, `0:1:0.25` goes from 0 to 1 by 0.25."""
    if not any(":" in text for text in texts):
        return tuple(_float(text) for text in texts), False
    if len(texts) > 1:
        raise ValueError("a sweep such as 0:1:0.25 stands alone")
    parts = [_float(part) for part in texts[0].split(":")]
    if len(parts) != 3:
        raise ValueError(f"a sweep is FROM:TO:STEP such as 0:1:0.25, not {texts[0]!r}")
    first, last, step = parts
    if not (0 <= first <= last <= 1 and 0.01 <= step <= 1):
        raise ValueError(f"a sweep lies within 0 and 1, by steps of 0.01 or more, not {texts[0]!r}")
    steps = [round(first + number * step, 6) for number in range(int((last - first) / step + 1e-9) + 1)]
    return tuple(strength for strength in steps if strength > 0), True  # strength 0 is I_o, which every pair has


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"a strength is a number, not {text!r}") from None


def _setting(text: str) -> tuple[str, str | int | float]:
    """`steps=20` as name and value."""
    name, found, value = text.partition("=")
    if not found or not name:
        raise ValueError(f"a setting is NAME=VALUE such as steps=20, not {text!r}")
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


def _prompts(path: Path) -> tuple[str, ...]:
    """The lines of a text file that are not empty, each once."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: can't be read as UTF-8 text: {error}") from error
    found = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not found:
        raise ValueError(f"{path}: holds no prompt; each line is one")
    return found


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
@click.option(
    "--memory",
    type=click.Choice(MEMORIES),
    default="auto",
    show_default=True,
    help="How a model of pipelines lies on its card. full: all of it; offload: its parts in turn; tight: its weights "
    "in 8 bits, which gives other pixels; auto: the first of these that the card has room for.",
)
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
    from engine.runs import GenerateWants, Wants

    try:
        asked, sweep = _strengths(strengths)
        prompts = _prompts(Path(originals.removeprefix(FILE))) if originals.startswith(FILE) else ()
        wants = Wants(
            GenerateWants(
                generator=generator,
                originals="prompts" if prompts else _ids_or_name(originals),
                per_original=per_original,
                singles=per_original // 2 if singles is None else singles,
                seed=seed,
                dimensions=dimensions or None,
                strengths=asked or None,
                sweep=sweep,
                prompts=prompts,
                settings=tuple(sorted(dict(map(_setting, settings)).items())),
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
    start(options, "generate", wants, wait)
