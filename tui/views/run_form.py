"""The form for a new run: what is asked for, line by line, and the wants that it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.plan.wants import COLLECTION, EDITED, HALF, PROMPTS, SOURCE, GenerateWants, Wants
from engine.prompts.writers import TEMPLATE
from engine.scorers import SCORERS
from engine.taxonomy import DIMENSIONS
from tui.figures import plural

ORIGINALS = {"conventional": "conventional photographs", "all": "every photograph and artwork"}
"""Selections of originals that are always there; collections come to these."""
TOGGLES = ("pairs", "probes", "photographs")
"""Lines that are yes or no."""


@dataclass(frozen=True)
class RunForm:
    """What the form says. Numbers are texts as they were typed, so that a wrong one can be mended.

    Args:
        pairs: whether pairs are made; the lines down to `seed` matter only then.
        singles: how many pairs of each original ask for one effect alone; empty for half.
        scorers: in the order of the registry.
    """

    name: str = ""
    pairs: bool = True
    generator: str = "darkroom"
    originals: str = "conventional"
    per_original: str = "8"
    singles: str = ""
    dimensions: tuple[str, ...] = ()
    seed: str = "0"
    scorers: tuple[str, ...] = ()
    probes: bool = True
    photographs: bool = True

    @classmethod
    def new(cls) -> RunForm:
        """The form as it opens: pairs from the conventional originals, controls and probes, nothing to download."""
        return cls(scorers=tuple(name for name in SCORERS.names() if SCORERS.summary(name).startswith("control")))

    def toggle(self, key: str) -> RunForm:
        """The form with one yes-or-no line turned over."""
        return replace(self, **{key: not getattr(self, key)})  # type: ignore[arg-type]

    def wants(self) -> Wants:
        """What the run asks for; raises `ValueError` that says which line is wrong."""
        generate = None
        if self.pairs:
            generate = GenerateWants(
                generator=self.generator,
                originals=self.originals,
                per_original=_number("pairs of each", self.per_original),
                singles=_number("with one effect", self.singles) if self.singles else HALF,
                seed=_number("seed", self.seed),
                dimensions=self.dimensions or None,
            )
        return Wants(generate, self.scorers, self.probes, self.photographs)

    def title(self) -> str:
        """The run's name: the one that was typed, or else what it does."""
        if self.name:
            return self.name
        parts = [f"{self.generator} {self.per_original} × {self.originals}"] if self.pairs else []
        parts += [", ".join(self.scorers)] if self.scorers else ["probes"] if self.probes else []
        return " · ".join(parts) or "nothing"


def _number(line: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{line}: {text!r} is not a whole number") from None


@dataclass(frozen=True)
class FormLine:
    """One line: its key, what it is, its value, and a quiet remark."""

    key: str
    label: str
    value: str = ""
    remark: str = ""


def form_lines(form: RunForm) -> list[FormLine]:
    """The lines of the form, those of pairs only where pairs are made."""
    lines = [FormLine("name", "Name", form.title()), FormLine("pairs", "Make pairs", _yes(form.pairs))]
    if form.pairs:
        chosen = ", ".join(DIMENSIONS[name].title for name in form.dimensions)
        lines += [
            FormLine("originals", "  from", originals_title(form.originals)),
            FormLine("generator", "  by", form.generator),
            FormLine("per_original", "  pairs of each", form.per_original, "wide prompts for each original"),
            FormLine("singles", "  with one effect", form.singles or "half", "the others ask for 2 to 4"),
            FormLine("dimensions", "  dimensions", chosen or "all that it can show"),
            FormLine("seed", "  seed", form.seed, "of every draw"),
        ]
    of = "the pairs" if form.pairs else "every pair"
    lines += [
        FormLine("scorers", "Score with", ", ".join(form.scorers) or "✗ none"),
        FormLine("probes", "Measure", _yes(form.probes), f"all probes on the images of {of}"),
        FormLine("photographs", "Photographs", _yes(form.photographs), "score and measure them, too, for the board"),
        FormLine("start", "Start this run"),
    ]
    return lines


def originals_title(originals: str) -> str:
    """A selection of originals in words."""
    if originals == PROMPTS:
        return "prompts of a file"
    if originals.startswith(SOURCE):
        return f"the pairs of {originals.removeprefix(SOURCE)}"
    return ORIGINALS.get(originals) or f"collection {originals.removeprefix(COLLECTION)}"


def _yes(value: bool) -> str:
    return "✓ yes" if value else "✗ no"


def wants_words(wants: Wants) -> str:
    """What a run asks for, in one line."""
    parts = []
    if (made := wants.generate) and made.originals == EDITED:
        parts.append(f"{plural(len(made.edited), 'pair')} by {made.generator}, of prompts edited by hand")
    elif made:
        start = made.originals if isinstance(made.originals, str) else plural(len(made.originals), "chosen original")
        dimensions = f", {plural(len(made.dimensions), 'dimension')}" if made.dimensions else ""
        parts.append(
            f"{made.per_original} pairs of each by {made.generator}, {made.singles} with one effect, from "
            f"{originals_title(start) if isinstance(made.originals, str) else start}{dimensions}, seed {made.seed}"
            + (f", in words of {made.writer}" if made.writer != TEMPLATE else "")
        )
    if wants.scorers:
        parts.append(f"scores by {', '.join(wants.scorers)}")
    if wants.probes:
        parts.append("probes")
    if wants.photographs:
        parts.append("photographs, too")
    return " · ".join(parts)
