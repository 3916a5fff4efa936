"""How often the declared witnesses see single effects on the packaged conventional photographs, and what it costs.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.witness_coverage --beside --write docs/witnesses.md

A measurement, not a test: it takes some minutes, and its page goes into the docs. `--beside` also measures each
witness beside every effect that isn't declared to drown it (longer).
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from PIL import Image

from engine.generators.base import Ask, Refused, Request
from engine.generators.darkroom import Darkroom
from engine.generators.darkroom.declared import DECLARED, REFUSED
from engine.probes import PROBES, View, measure_all
from engine.probes.witnesses import WITNESSES, witnesses_for
from sample_data.collection import SamplePhotograph, photographs


class Seen(NamedTuple):
    """One witness of one edit: whether it moved as declared. Strength 0: the edit held the effect beside it alone."""

    effect: str
    strength: float
    beside: str
    probe: str
    witnessed: bool


class Cost(NamedTuple):
    """Milliseconds that an effect, or a probe, took on one photograph."""

    name: str
    ms: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", type=Path, help="the page to write; standard output otherwise")
    parser.add_argument("--beside", action="store_true", help="also measure witnesses beside other effects")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    originals = [photograph for photograph in photographs() if photograph.role == "conventional"]
    tasks = [(photograph, seed, options.beside) for seed, photograph in enumerate(originals)]
    seen: list[Seen] = []
    costs: list[Cost] = []
    with ProcessPoolExecutor(options.processes) as pool:
        for done, (saw, took) in enumerate(pool.map(_one_photograph, tasks), start=1):
            seen += saw
            costs += took
            print(f"\r{done}/{len(originals)} photographs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    page = "\n".join(_page(seen, costs, len(originals))) + "\n"
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    else:
        print(page, end="")


def _one_photograph(task: tuple[SamplePhotograph, int, bool]) -> tuple[list[Seen], list[Cost]]:
    photograph, seed, beside = task
    with photograph.resource().open("rb") as file:
        original = Image.open(file).convert("RGB")
    view = View(original)
    measure_all(original)  # imports what the probes need, so that no first one pays for it
    before, costs = {}, []
    for name, probe in PROBES.items():
        started = perf_counter()
        before[name] = probe.measure(view)
        costs.append(Cost(name, 1000 * (perf_counter() - started)))
    started = perf_counter()
    measure_all(original)
    costs.append(Cost("all", 1000 * (perf_counter() - started)))

    seen = []
    for effect, declared in DECLARED.items():
        for strength in declared.strengths:
            edited, ms = _edit(original, seed, Ask("", effect, strength))
            costs.append(Cost(effect, ms))
            after = View(edited)
            for witness in WITNESSES[effect]:
                moved = witness.saw(before[witness.probe], PROBES[witness.probe].measure(after))
                seen.append(Seen(effect, strength, "", witness.probe, moved))
        if beside:
            seen += _beside(original, before, seed, effect)
    return seen, costs


def _beside(original: Image.Image, before: dict[str, float], seed: int, effect: str) -> Iterator[Seen]:
    strength = min(DECLARED[effect].strengths)
    for other in DECLARED:
        witness = witnesses_for(effect, [other])
        if other != effect and witness:
            companion = Ask("", other, max(DECLARED[other].strengths))
            for asks in ((Ask("", effect, strength), companion), (companion,)):
                edited, _ = _edit(original, seed, *asks)
                moved = witness.saw(before[witness.probe], PROBES[witness.probe].measure(View(edited)))
                yield Seen(effect, strength if len(asks) == 2 else 0, other, witness.probe, moved)


def _edit(original: Image.Image, seed: int, *asks: Ask) -> tuple[Image.Image, float]:
    started = perf_counter()
    edited = next(Darkroom().generate([Request("", seed, asks, original)]))
    if isinstance(edited, Refused):
        raise edited
    return edited, 1000 * (perf_counter() - started)


def _page(seen: list[Seen], costs: list[Cost], photographs: int) -> Iterator[str]:
    ms = {name: median(cost.ms for cost in costs if cost.name == name) for name in {cost.name for cost in costs}}
    yield "# What the probes can witness"
    yield ""
    yield "This page is made by"
    yield "`OMP_NUM_THREADS=1 python -m tests.benchmarks.witness_coverage --beside --write docs/witnesses.md`."
    yield "The declarations are in `engine/probes/witnesses.py`; no threshold is fitted anywhere: an effect is"
    yield "witnessed when its probe moved, strictly, in the direction that obeying means."
    yield ""
    yield f"Measured on the {photographs} conventional photographs of `sample_data`, one effect at a time, with the"
    yield f"darkroom's own edits ({Darkroom().version}). It says how well a probe sees an effect that *is* there, not"
    yield "how often a probe would move without it: hence the last column. Beside an effect named there, the witness"
    yield "isn't called."
    yield ""
    yield "| effect | stage | ms | probe, asked first in front | moves | witnessed, by strength | drowned by |"
    yield "|---|---|---|---|---|---|---|"
    for effect, declared in DECLARED.items():
        start = f"| {effect} | {declared.stage} | {ms[effect]:.0f} |"
        if not WITNESSES[effect]:
            yield f"{start} no probe witnesses this | | | |"
        for number, witness in enumerate(WITNESSES[effect]):
            single = [s for s in seen if (s.effect, s.beside, s.probe) == (effect, "", witness.probe)]
            shares = ", ".join(f"{at}: {_share([s for s in single if s.strength == at])}" for at in declared.strengths)
            others = set(DECLARED) - {effect}
            drowned = "every other effect" if witness.drowned_by >= others else ", ".join(sorted(witness.drowned_by))
            yield f"{start if not number else '| | | |'} {witness.probe} | {witness.direction} | {shares} | {drowned} |"
    yield ""
    together = [s for s in seen if s.beside]
    if together:
        yield "## Beside other effects"
        yield "Each effect at its lower strength together with each other one that doesn't drown it, at its higher one:"
        yield "how often the witness still saw it, over all of them and beside the worst; and how often it moved that"
        yield "way beside the other one *alone*, with the effect left out. A strict move counts however small, so"
        yield "chance is 50%, and a small side effect can look like obedience: of several effects, a probe says less"
        yield "than of one."
        yield ""
        yield "| effect | others | witnessed | beside the worst | moved without it | by the worst |"
        yield "|---|---|---|---|---|---|"
        for effect in DECLARED:
            if mine := [s for s in together if s.effect == effect]:
                real, alone = [s for s in mine if s.strength], [s for s in mine if not s.strength]
                others = {s.beside for s in mine}
                worst = min(others, key=lambda other: _rate([s for s in real if s.beside == other]))
                fake = max(others, key=lambda other: _rate([s for s in alone if s.beside == other]))
                cells = [
                    f"{len(others)}",
                    _share(real),
                    f"{worst} {_share([s for s in real if s.beside == worst])}",
                    _share(alone),
                    f"{fake} {_share([s for s in alone if s.beside == fake])}",
                ]
                yield f"| {effect} | {' | '.join(cells)} |"
        yield ""
    yield "## Never rendered, never witnessed"
    for effect, reason in REFUSED.items():
        yield f"- **{effect}**: {reason}."
    yield ""
    yield "## The probes"
    yield f"All of them together take {ms['all']:.0f} ms an image (median, 512 pixels on the longer side, one core,"
    yield f"{platform.machine()}); the first that reads a colour or luma form pays for making it."
    yield ""
    yield "| probe | unit | version | ms | what it measures, and what it can't tell |"
    yield "|---|---|---|---|---|"
    for probe in PROBES.values():
        yield f"| {probe.name} | {probe.unit} | {probe.version} | {ms[probe.name]:.1f} | {probe.about} |"


def _rate(seen: list[Seen]) -> float:
    return sum(s.witnessed for s in seen) / len(seen)


def _share(seen: list[Seen]) -> str:
    return f"{100 * _rate(seen):.0f}%"


if __name__ == "__main__":
    main()
