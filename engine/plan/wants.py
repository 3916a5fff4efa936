"""What a run wants, as it is kept in the store: plain values that go through JSON and come back equal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine import judges
from engine.generators import default_settings, generators
from engine.generators.base import ANYHOW, LARGEST_BATCH, Manner
from engine.models.catalogue import twin_name
from engine.prompts.emotions import require_emotions
from engine.prompts.writers import TEMPLATE, writers
from engine.scorers import PRECISIONS, SCORERS
from engine.taxonomy import dimension

COLLECTION = "collection:"
PROMPTS = "prompts"
SOURCE = "source:"
EDITED = "edited"
MOST_PROMPTS, MOST_CHARACTERS = 100_000, 4000
MOST_PER_ORIGINAL = 1000
HALF = -1


@dataclass(frozen=True)
class GenerateWants:
    """Pairs to make.

    Args:
        generator: its name.
        originals: which photographs and artworks to start from: `conventional` ones, `all`, those of
            `collection:NAME`, or image ids. One without a caption is passed over. `prompts`: no image, but `prompts`.
            `source:NAME`: every I_o of a source's pairs, and for each the wide prompts that these pairs asked for; then
            `per_original` is the most of them, and `dimensions` keeps the pairs that ask for one of these.
            `edited`: the pairs that edits of wide prompts ask for, and nothing is drawn.
        per_original: wide prompts for each original.
        singles: how many of those ask for one effect alone; the others ask for 2 to 4. By default half.
        seed: of every draw.
        dimensions: to draw from; None for all that the generator can show by an effect of their own.
        strengths: to draw from, above 0 and up to 1; None for those that the generator declares.
        sweep: every wide prompt is asked at each of the strengths in turn: the same original, effects and seed, so
            that what rises from pair to pair is the strength alone. Strength 0 is I_o itself.
        prompts: original prompts, for `originals="prompts"`.
        emotions: the emotion test: each portrait, whose caption says that it is happy or has a blank for the emotion,
            is asked for once with each of these in its place, all else kept.
        settings: (name, value) of what the generator shall do otherwise than its catalogue entry says.
        memory, batch_size: how to run it, see `Manner`.
        writer: who puts the wide prompts into words: `template`, or a language model of the catalogue.
        edited: ids of written prompts, for `originals="edited"`.
    """

    generator: str = "darkroom"
    originals: str | tuple[int, ...] = "conventional"
    per_original: int = 8
    singles: int = HALF
    seed: int = 0
    dimensions: tuple[str, ...] | None = None
    strengths: tuple[float, ...] | None = None
    sweep: bool = False
    prompts: tuple[str, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()
    emotions: tuple[str, ...] = ()
    memory: str = ANYHOW.memory
    batch_size: int | None = ANYHOW.batch_size
    writer: str = TEMPLATE
    edited: tuple[int, ...] = ()

    @property
    def manner(self) -> Manner:
        """How to run the generator."""
        return Manner(self.memory, self.batch_size)

    def __post_init__(self) -> None:
        _ = self.manner  # which checks the two
        if isinstance(self.originals, str) and not (
            self.originals in ("conventional", "all", PROMPTS, EDITED)
            or (self.originals.startswith((COLLECTION, SOURCE)) and self.originals not in (COLLECTION, SOURCE))
        ):
            raise ValueError(
                f"originals are conventional, all, {COLLECTION}NAME, {SOURCE}NAME, ids or prompts, "
                f"not {self.originals!r}"
            )
        if (self.originals == PROMPTS) != bool(self.prompts):
            raise ValueError("originals that are prompts need prompts, and others need none")
        if (self.originals == EDITED) != bool(self.edited):
            raise ValueError("edits need the ids of what was written, and others need none")
        if len(self.prompts) > MOST_PROMPTS or any(len(each) > MOST_CHARACTERS for each in self.prompts):
            raise ValueError(f"at most {MOST_PROMPTS:,} prompts of at most {MOST_CHARACTERS:,} characters")
        if not 1 <= self.per_original <= MOST_PER_ORIGINAL:
            raise ValueError(f"an original feeds 1 to {MOST_PER_ORIGINAL} pairs, not {self.per_original}")
        if self.singles == HALF:
            object.__setattr__(self, "singles", (self.per_original + 1) // 2)
        if not 0 <= self.singles <= self.per_original:
            raise ValueError(f"of {self.per_original} pairs, {self.singles} can't ask for one effect")
        if self.dimensions is not None and not self.dimensions:
            raise ValueError("no dimension to draw from")
        if self.strengths is not None and not (self.strengths and all(0 < each <= 1 for each in self.strengths)):
            raise ValueError(f"strengths must be above 0 and at most 1, at least one, not {self.strengths}")
        if self.sweep and not self.strengths:
            raise ValueError("a sweep needs the strengths that it goes through")
        require_emotions(self.emotions)
        if self.emotions and (self.dimensions or self.strengths):
            raise ValueError("an emotion is asked for by itself: no dimensions or strengths beside it")
        if len(self.emotions) > self.per_original:
            raise ValueError(f"{len(self.emotions)} emotions are more than {self.per_original} pairs of each portrait")
        if self.strengths and self.source:
            raise ValueError(f"the prompts of {self.originals} are written already: no strength can be asked of them")

    @property
    def source(self) -> str:
        """The source whose pairs are asked for again, if any."""
        named = isinstance(self.originals, str) and self.originals.startswith(SOURCE)
        return str(self.originals).removeprefix(SOURCE) if named else ""


@dataclass(frozen=True)
class Wants:
    """One request for work.

    Args:
        generate: pairs to make; None for none, and then everything that is asked of pairs is asked of every pair.
        scorers: names of those that score the four cells of each pair, and of judges, who are asked about each pair;
            one that is named twice counts once.
        probes: whether to measure the images of the pairs.
        photographs: whether scorers also score every photograph and artwork under its board prompt (the written
            P_a, or else the caption), and probes measure it.
        precision: that scorers with weights compute with; a part of their version. Others have one only.
        batch_size: images or texts that a scorer is given at once; None for as many as it likes.
        gpus: numbers of the graphics cards whose workers do this; empty for every worker.
    """

    generate: GenerateWants | None = None
    scorers: tuple[str, ...] = ()
    probes: bool = False
    photographs: bool = False
    precision: str = "fp32"
    batch_size: int | None = None
    gpus: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "scorers", tuple(dict.fromkeys(self.scorers)))
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is one of {', '.join(PRECISIONS)}, not {self.precision!r}")
        if self.batch_size is not None and not 1 <= self.batch_size <= LARGEST_BATCH:
            raise ValueError(f"a batch is of 1 to {LARGEST_BATCH}, not {self.batch_size}")
        if any(gpu < 0 for gpu in self.gpus):
            raise ValueError(f"graphics cards are numbered from 0, not {min(self.gpus)}")
        if self.generate is None and not self.scorers and not self.probes:
            raise ValueError("a run wants pairs, scores or measures: this one wants nothing")

    @property
    def models(self) -> tuple[str, ...]:
        """Every writer, generator, scorer and judge that is named."""
        made = (self.generate.writer, self.generate.generator) if self.generate else ()
        return (*made, *self.scorers)

    def require_known(self, home: Path | None = None) -> Wants:
        """These wants, if every name in them is known, here or in the home's catalogue.

        Raises:
            UnknownName: otherwise.
            ValueError: settings that the generator doesn't take, or prompts where it needs images.
        """
        for scorer in self.scorers:
            if judges.is_judge(scorer):
                judges.require(scorer, home)
            else:
                SCORERS.require(scorer)
        if self.generate:
            self._require_generator(self.generate, home)
            writers(home).require(self.generate.writer)
            for name in self.generate.dimensions or ():
                dimension(name)
        return self

    @staticmethod
    def _require_generator(wants: GenerateWants, home: Path | None) -> None:
        kind = generators(home).load(wants.generator)
        if kind.edits and wants.originals == PROMPTS:
            raise ValueError(f"{wants.generator} edits images: it can't start from prompts alone")
        if wants.emotions and kind.renders is not None:
            raise ValueError(f"{wants.generator} can't be asked for an emotion: it shows nothing but its own effects")
        if wants.emotions and not kind.edits and wants.originals != PROMPTS:
            raise ValueError(
                f"{wants.generator} makes images from text and edits none: let an editor start from the portraits, "
                f"such as {twin_name(wants.generator)}, or let it start from prompts"
            )
        kind.check(settings_of(wants, home))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Wants:
        """What `to_json` gave; raises `ValueError` or `TypeError` for anything else."""
        plain = {name: _tupled(value) for name, value in dict(values).items()}
        if plain.get("generate") is not None:
            generate = {name: _tupled(value) for name, value in dict(values["generate"]).items()}
            plain["generate"] = GenerateWants(**generate)
        return cls(**plain)


@lru_cache(maxsize=64)
def gpus_of(stored: str) -> tuple[int, ...]:
    """The cards that a request, as it is stored, is for; none for one that can't be read: who takes it up says that."""
    try:
        return tuple(json.loads(stored).get("gpus", ()))
    except (ValueError, TypeError, AttributeError):
        return ()


def settings_of(wants: GenerateWants, home: Path | None) -> dict[str, Any]:
    """The settings of a run's images: the catalogue's for the generator, and over them the run's own."""
    return {**default_settings(wants.generator, home), **dict(wants.settings)}


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list) else value
