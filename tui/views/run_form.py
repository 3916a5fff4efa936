"""The form for a new run: what is asked for, line by line, the wants that it makes, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from engine.devices import require_here
from engine.generators import default_settings, generators
from engine.generators.base import ANYHOW, Manner
from engine.judges import is_judge
from engine.plan.wants import COLLECTION, EDITED, HALF, MOST_PER_ORIGINAL, PROMPTS, SOURCE, GenerateWants, Wants
from engine.prompts.writers import TEMPLATE, writers
from engine.scorers import CONTROLS
from engine.taxonomy import DIMENSIONS
from tui import asked
from tui.figures import brief, duration, plural
from tui.text import MUTED, content, fitted

if TYPE_CHECKING:
    from engine.runs import Estimate, Expected

ORIGINALS = {"conventional": "conventional photographs", "all": "every photograph and artwork"}
"""Selections of originals that are always there; collections come to these."""
TOGGLES = ("pairs", "probes", "photographs")
"""Lines that are yes or no."""
MAKES = {"write": "write", "generate": "make", "measure": "measure", "score": "score"}
PIECES = {"write": "prompt", "generate": "image", "measure": "image", "score": "cell"}


@dataclass(frozen=True)
class RunForm:
    """What the form says. Texts stand as they were typed, so that a wrong one can be mended.

    Args:
        pairs: whether pairs are made; the lines down to `seed` matter only then.
        originals: as `tui.asked.originals` reads it.
        singles: how many pairs of each original ask for one effect alone; empty for half.
        writer: who puts the wide prompts into words.
        strengths: numbers with blanks between, or a sweep such as `0:1:0.25`; empty for those that the generator has.
        settings: NAME=VALUE with blanks between; empty for the generator's own.
        running: as `tui.asked.running` reads it; empty for the usual.
        scorers: in the order of the registry.
    """

    name: str = ""
    pairs: bool = True
    generator: str = "darkroom"
    originals: str = "conventional"
    per_original: str = "8"
    singles: str = ""
    dimensions: tuple[str, ...] = ()
    writer: str = TEMPLATE
    strengths: str = ""
    settings: str = ""
    seed: str = "0"
    scorers: tuple[str, ...] = ()
    probes: bool = True
    photographs: bool = True
    running: str = ""

    @classmethod
    def new(cls) -> RunForm:
        """The form as it opens: pairs from the conventional originals, controls and probes, nothing to download."""
        return cls(scorers=CONTROLS)

    def toggle(self, key: str) -> RunForm:
        """The form with one yes-or-no line turned over."""
        return replace(self, **{key: not getattr(self, key)})  # type: ignore[arg-type]

    def wants(self) -> Wants:
        """What the run asks for; raises `ValueError` that says what is wrong."""
        running = asked.running(self.running.split())
        running.pop("memory", None)
        generate = self._generate() if self.pairs else None
        return Wants(generate, self.scorers, self.probes, self.photographs, **running)

    def _generate(self) -> GenerateWants:
        originals, prompts = asked.originals(self.originals)
        strengths, sweep = asked.strengths(_words(self.strengths))
        running = asked.running(self.running.split())
        return GenerateWants(
            generator=self.generator,
            originals=originals,
            per_original=_number(self.per_original),
            singles=_number(self.singles) if self.singles else HALF,
            seed=_number(self.seed),
            dimensions=self.dimensions or None,
            strengths=strengths or None,
            sweep=sweep,
            prompts=prompts,
            writer=self.writer,
            settings=asked.settings(_words(self.settings)),
            **{name: running[name] for name in ("memory", "batch_size") if name in running},
        )

    def problems(self, home: Path) -> dict[str, str]:
        """What is wrong, by line; empty where the run can be asked for. Reads a prompt file, and no store.

        Args:
            home: the home's folder, whose own catalogue may have the generator.
        """
        checks: dict[str, Callable[[], object]] = {"running": self._check_running}
        if self.pairs:
            checks |= {
                "generator": lambda: generators(home).require(self.generator),
                "writer": lambda: writers(home).require(self.writer),
                "originals": lambda: self._check_originals(home),
                "settings": lambda: self._check_settings(home),
                "per_original": lambda: _within(self.per_original, 1, MOST_PER_ORIGINAL),
                "singles": self._check_singles,
                "strengths": self._check_strengths,
                "seed": lambda: _number(self.seed),
            }
        found = {key: said for key, check in checks.items() if (said := _wrong(check))}
        if not found and (said := _wrong(lambda: self.wants().require_known(home))):
            found["start"] = said
        return found

    def _check_originals(self, home: Path) -> None:
        originals, _ = asked.originals(self.originals)
        if originals == PROMPTS and self.generator in generators(home).names():
            kind = generators(home).load(self.generator)
            if kind.edits:
                raise ValueError(f"{self.generator} edits images: it can't start from prompts alone")
        elif (
            isinstance(originals, str) and originals not in ORIGINALS and not originals.startswith((COLLECTION, SOURCE))
        ):
            raise ValueError(f"{originals!r} is neither ids such as 12,15 nor a selection")

    def _check_settings(self, home: Path) -> None:
        given = asked.settings(_words(self.settings))
        if self.generator in generators(home).names():
            generators(home).load(self.generator).check({**default_settings(self.generator, home), **dict(given)})

    def _check_singles(self) -> None:
        if self.singles:
            _within(self.singles, 0, _number(self.per_original))

    def _check_running(self) -> None:
        running = asked.running(self.running.split())
        Manner(running.pop("memory", ANYHOW.memory), running.get("batch_size"))
        if gpus := Wants(probes=True, **running).gpus:
            require_here(gpus)

    def _check_strengths(self) -> None:
        strengths, _ = asked.strengths(_words(self.strengths))
        if self.strengths.strip() and not (strengths and all(0 < each <= 1 for each in strengths)):
            raise ValueError("a strength lies above 0 and is at most 1")

    def title(self) -> str:
        """The run's name: the one that was typed, or else what it does."""
        if self.name:
            return self.name
        start = Path(self.originals).name if self.originals.startswith(asked.FILE) else self.originals
        parts = [f"{self.generator} {self.per_original} × {start}"] if self.pairs else []
        parts += [", ".join(self.scorers)] if self.scorers else ["probes"] if self.probes else []
        return " · ".join(parts) or "nothing"


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def _within(text: str, least: int, most: int) -> None:
    if not least <= _number(text) <= most:
        raise ValueError(f"{text} is not within {least} and {most:,}")


def _wrong(check: Callable[[], object]) -> str:
    try:
        check()
    except ValueError as error:
        return str(error)
    return ""


@dataclass(frozen=True)
class Outlook:
    """What is known of a form: what it would add, what is wrong with it, and what its models lack.

    Args:
        coming: what it would add; None where something is wrong.
        wrong: line -> what is wrong with it.
        dimensions: those that the generator can show, by an effect of their own or of one related to them.
        lacking: generator or scorer -> what must be done before it can be used.
        defaults: the generator's settings where the form says nothing.
    """

    coming: Estimate | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)
    dimensions: tuple[str, ...] = ()
    lacking: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)

    @property
    def missing(self) -> list[tuple[str, str]]:
        """The models of this run that can't be used yet, and what must be done."""
        names = dict.fromkeys(each.model for each in self.coming.work) if self.coming else ()
        return [(name, self.lacking[name]) for name in names if self.lacking.get(name)]


@dataclass(frozen=True)
class FormLine:
    """One line: its key, what it is, its value, a quiet remark, and what is wrong with it or must be done."""

    key: str
    label: str
    value: str = ""
    remark: str = ""
    wrong: str = ""


def form_lines(form: RunForm, outlook: Outlook) -> list[FormLine]:
    """The lines of the form, those of pairs only where pairs are made."""
    lines = [FormLine("name", "Name", form.title()), FormLine("pairs", "Make pairs", _yes(form.pairs))]
    if form.pairs:
        chosen = ", ".join(DIMENSIONS[name].title for name in form.dimensions)
        own = ", ".join(f"{name}={value}" for name, value in outlook.defaults.items())
        lines += [
            FormLine("originals", "  from", originals_title(form.originals)),
            FormLine("generator", "  by", form.generator, wrong=outlook.lacking.get(form.generator, "")),
            FormLine("settings", "  settings", form.settings or own or "none", _own(form, own)),
            FormLine("per_original", "  pairs of each", form.per_original, "wide prompts for each original"),
            FormLine("singles", "  with one effect", form.singles or "half", "the others ask for 2 to 4"),
            FormLine("dimensions", "  dimensions", chosen or "all that it can show"),
            FormLine("writer", "  in words of", form.writer, wrong=outlook.lacking.get(form.writer, "")),
            FormLine("strengths", "  strengths", form.strengths or "the generator's own", "or a sweep: 0:1:0.25"),
            FormLine("seed", "  seed", form.seed, "of every draw"),
        ]
    of = "the pairs" if form.pairs else "every pair"
    missing = [f"{name} {outlook.lacking[name]}" for name in form.scorers if outlook.lacking.get(name)]
    lines += [
        FormLine("scorers", "Score with", ", ".join(form.scorers) or "✗ none", wrong="; ".join(missing)),
        FormLine("probes", "Measure", _yes(form.probes), f"all probes on the images of {of}"),
        FormLine("photographs", "Photographs", _yes(form.photographs), "score and measure them, too, for the board"),
        FormLine("running", "How", form.running or "as usual", "precision, memory, batch-size, gpus"),
        FormLine("start", "Start this run"),
    ]
    return [replace(line, wrong=outlook.wrong.get(line.key, line.wrong)) for line in lines]


def _own(form: RunForm, own: str) -> str:
    """The generator's own settings, beside those that were typed."""
    if form.settings:
        return f"its own: {own}" if own else ""
    return "its own" if own else ""


def originals_title(originals: str) -> str:
    """A selection of originals in words."""
    if originals == PROMPTS:
        return "prompts of a file"
    if originals.startswith(SOURCE):
        return f"the pairs of {originals.removeprefix(SOURCE)}"
    if originals.startswith(asked.FILE):
        return f"prompts of {originals.removeprefix(asked.FILE)}"
    if originals.replace(",", "").replace(" ", "").isdecimal():
        return f"images {originals}"
    return ORIGINALS.get(originals) or f"collection {originals.removeprefix(COLLECTION)}"


def outlook_lines(outlook: Outlook, room: int) -> Content:
    """What the run adds and how long it takes, in at most `room` lines, or what is wrong."""
    if outlook.wrong:
        return Content("\n").join(content(f"✗ {said}", "$text-error") for said in list(outlook.wrong.values())[:room])
    if outlook.coming is None:
        return content("counting …", MUTED)
    coming = outlook.coming
    work = [each for each in coming.work if each.pieces]
    if not work:
        return content(summary(coming), "bold")
    missing = [content(f"! {name} {what}", "$text-warning") for name, what in outlook.missing]
    lines = [content(summary(coming), "bold"), *missing, *(_work_line(each) for each in work)]
    if len(lines) > room:
        lines = [*lines[: max(room - 1, 1)], content(f"and {len(lines) - max(room - 1, 1)} more", MUTED)]
    return Content("\n").join(lines)


def summary(coming: Estimate) -> str:
    """What a run adds, and how long it takes as far as that is known."""
    counts = {
        "prompt": coming.prompts,
        "pair": coming.pairs,
        "image": coming.images,
        "measured image": coming.measures,
        "score": coming.scores,
    }
    told = ", ".join(plural(n, word) for word, n in counts.items() if n)
    if not told:
        return "Adds nothing: it is all there already, or there is no image to start from."
    return f"Adds {told}; {_time(coming)}."


def _time(coming: Estimate) -> str:
    if not coming.seconds and coming.unknown:
        return "none of it was timed here yet"
    shared = f" on {plural(coming.devices, 'device')}" if coming.devices > 1 else ""
    beside = ["what was never timed here"] if coming.unknown else []
    beside += ["loading the models"] if coming.loads else []
    return f"about {duration(coming.seconds)}{shared}{', plus ' if beside else ''}{' and '.join(beside)}"


def _work_line(each: Expected) -> Content:
    piece = "question" if is_judge(each.model) else PIECES[each.stage]
    what = f"{fitted(f'{MAKES[each.stage]} {each.model}', 24)} {plural(each.pieces, piece):>15}"
    if each.each is None:
        return Content.assemble(what, ("  no rate known yet", MUTED))
    measured = fitted(f"{brief(each.each)} each on {each.device}", 22)
    return Content.assemble(what, (f"  {measured}", MUTED), f" {duration(each.seconds or 0)}")


def _yes(value: bool) -> str:
    return "✓ yes" if value else "✗ no"


def wants_words(wants: Wants) -> str:
    """What a run asks for, in one line."""
    parts = []
    if (made := wants.generate) and made.originals == EDITED:
        parts.append(f"{plural(len(made.edited), 'pair')} by {made.generator}, of prompts edited by hand")
    elif made:
        start = made.originals if isinstance(made.originals, str) else plural(len(made.originals), "chosen original")
        words = [
            f"{plural(made.per_original, 'pair')} of each by {made.generator}",
            f"{made.singles} with one effect",
            f"from {originals_title(start) if isinstance(made.originals, str) else start}",
        ]
        words += [plural(len(made.dimensions), "dimension")] if made.dimensions else []
        if made.strengths:
            words.append(f"{'sweep' if made.sweep else 'strengths'} {', '.join(map(str, made.strengths))}")
        words += [f"{name}={value}" for name, value in made.settings]
        words += [f"seed {made.seed}"]
        words += [f"in words of {made.writer}"] if made.writer != TEMPLATE else []
        parts.append(", ".join(words))
    if wants.scorers:
        parts.append(f"scores by {', '.join(wants.scorers)}")
    if wants.probes:
        parts.append("probes")
    if wants.photographs:
        parts.append("photographs, too")
    return " · ".join(parts)
