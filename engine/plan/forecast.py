"""What a run will add to the store and roughly how long that takes, from how long such work has taken here before.

A duration that was never measured here is unknown; none is guessed. Loads no model.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from engine.devices import devices, may_work
from engine.models.here import has_weights
from engine.plan.progress import Stage, work
from engine.plan.wants import Wants
from store.queries.work import pace


class Expected(NamedTuple):
    """One kind of work that is to come.

    Args:
        stage: write, generate, measure or score.
        model: the writer's, generator's or scorer's name.
        pieces: prompts to write, images to make or to measure, or cells to score.
        each: seconds a piece has taken here; None where such work was never done, or with other settings.
        device: what it was done on.
        measured: how many pieces that was measured on.
    """

    stage: str
    model: str
    pieces: int
    each: float | None = None
    device: str = ""
    measured: int = 0

    @property
    def seconds(self) -> float | None:
        """How long it takes on one such device, if that is known."""
        return None if self.each is None else self.each * self.pieces

    @property
    def is_unknown(self) -> bool:
        """Whether it is still to be done and nobody knows how long it takes."""
        return self.pieces > 0 and self.each is None


@dataclass(frozen=True)
class Estimate:
    """What a request will add to the store.

    Args:
        pairs: to be made.
        measures: images to be measured.
        scores: cells to be scored.
        prompts: wide prompts that a language model is to write.
        work: the kinds of work in their order, those with nothing left included.
        devices: how many share the work.
        loads: whether models have weights to be loaded first, which takes a time that no pace tells.
    """

    pairs: int
    measures: int
    scores: int
    prompts: int = 0
    work: tuple[Expected, ...] = field(default=(), compare=False)
    devices: int = field(default=1, compare=False)
    loads: bool = field(default=False, compare=False)

    @property
    def images(self) -> int:
        """Images to be made."""
        return sum(each.pieces for each in self.work if each.stage == "generate")

    @property
    def seconds(self) -> float:
        """How long what is known takes, shared evenly among the devices; loading the models comes to it."""
        return sum(each.seconds or 0.0 for each in self.work) / self.devices

    @property
    def unknown(self) -> tuple[Expected, ...]:
        """The kinds of work that are to come and whose duration nobody knows."""
        return tuple(each for each in self.work if each.is_unknown)


def expected(
    connection: sqlite3.Connection, wants: Wants, run_id: int = 0, home: Path | None = None
) -> Iterator[tuple[Stage, Expected]]:
    """Every stage of a run as `work` counts it, with what is to come of it and how long such work has taken here."""
    for stage, pieces, paced_as, settings in work(connection, wants, run_id, home):
        known = pace(connection, stage.stage, paced_as, settings)
        timed = (known["seconds"] / known["pieces"], known["device"], known["pieces"]) if known else (None, "", 0)
        yield stage, Expected(stage.stage, stage.model, pieces, *timed)


def forecast(connection: sqlite3.Connection, wants: Wants, home: Path | None = None) -> Estimate:
    """What is missing for a request, and how long it takes. Raises `UnknownName`, `ValueError` as `work` does."""
    found = list(expected(connection, wants, home=home))
    left = Counter[str]()
    for stage, _ in found:
        left[stage.stage] += stage.left
    return Estimate(
        pairs=left["generate"],
        measures=left["measure"],
        scores=left["score"],
        prompts=left["write"],
        work=tuple(each for _, each in found),
        devices=max(1, sum(may_work(device, wants.gpus) for device in devices())),
        loads=any(has_weights(each.model, home) for _, each in found if each.pieces),
    )
