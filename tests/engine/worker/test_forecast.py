"""What is forecast of a run is what the run then adds to the store, whatever was done before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.demo import load_sample
from engine.models.places import use
from engine.plan.wants import GenerateWants, Wants
from engine.runs import estimate, progress, start_run
from engine.verify.layouts.pipelines import PIPELINES
from store import Home

SCORERS = ("plain", "blind")
SMALL = (("size", 32), ("steps", 2))
PHOTOGRAPHS = Wants(scorers=SCORERS, probes=True, photographs=True)
CAPTIONS = Wants(GenerateWants("painter", per_original=2), SCORERS, probes=True)
EDITS = Wants(GenerateWants(per_original=2), SCORERS, probes=True)
WRITTEN = Wants(GenerateWants("painter", per_original=2, writer="scribe"), SCORERS, probes=True)
TEXT = Wants(GenerateWants("sdxl", "prompts", 2, prompts=("a dog", "a cat"), settings=SMALL), SCORERS, probes=True)
IMAGES = Wants(GenerateWants("sdxl-img2img", "source:sdxl", settings=SMALL), SCORERS, probes=True)
BLURRED = Wants(GenerateWants("painter", dimensions=("intentional_blur",), per_original=2), SCORERS, probes=True)
AGAIN = Wants(GenerateWants("darkroom", "source:painter"), SCORERS, probes=True)
SOME = Wants(GenerateWants(originals=(1, 2), per_original=1), SCORERS, probes=True, photographs=True)


def stronger(wants: Wants, photographs: bool = False) -> Wants:
    """The same originals, asked for at other strengths."""
    assert wants.generate
    return replace(wants, generate=replace(wants.generate, strengths=(0.35,)), photographs=photographs)


def counted(home: Home) -> tuple[int, ...]:
    """Pairs, images that were made, images that were measured, scores, and wide prompts of a language model."""
    tables = ("pair", "generation", "(SELECT DISTINCT image_id FROM measure)", "score", "written_prompt")
    reader = home.database.reader()
    return tuple(reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)


@pytest.mark.parametrize(
    ("before", "wants"),
    [
        ([], EDITS),
        ([PHOTOGRAPHS], EDITS),
        ([Wants(probes=True, photographs=True)], EDITS),
        ([EDITS], stronger(EDITS)),
        ([EDITS], stronger(EDITS, photographs=True)),
        ([SOME], EDITS),
        ([EDITS], PHOTOGRAPHS),
        ([], CAPTIONS),
        ([PHOTOGRAPHS], CAPTIONS),
        ([CAPTIONS], stronger(CAPTIONS)),
        ([CAPTIONS], Wants(GenerateWants("painter", per_original=3), SCORERS, probes=True, photographs=True)),
        ([WRITTEN], CAPTIONS),
        ([], WRITTEN),
        ([BLURRED], AGAIN),
        ([TEXT], IMAGES),
        ([Wants(TEXT.generate)], IMAGES),
    ],
)
def test_what_is_forecast_is_what_is_done(
    filled: Home, tmp_path: Path, work: Callable[[Home], str], before: list[Wants], wants: Wants
) -> None:
    if TEXT.generate in [each.generate for each in before]:
        use("sdxl", PIPELINES["sdxl"](tmp_path / "weights"), filled.folder)
    for each in before:
        start_run(filled, "before", each)
        work(filled)
    there = counted(filled)
    coming = estimate(filled, wants)
    run = start_run(filled, "run", wants)
    expected = progress(filled, run)
    work(filled)
    done = progress(filled, run)
    added = tuple(now - then for now, then in zip(counted(filled), there, strict=True))
    assert (coming.pairs, coming.images, coming.measures, coming.scores, coming.prompts) == added
    assert (done.failed, done.left, done.total) == (0, 0, expected.total)


def test_sample_photographs_that_were_measured_are_not_forecast_again(home: Home, work: Callable[[Home], str]) -> None:
    load_sample(home)
    start_run(home, "photographs", Wants(probes=True, photographs=True))
    work(home)
    there = counted(home)
    wants = Wants(GenerateWants(originals=(1, 2, 3), per_original=2), ("polish",), probes=True)
    coming = estimate(home, wants)
    start_run(home, "pairs", wants)
    work(home)
    assert (coming.measures, coming.scores) == (6, 6 + 3)
    assert counted(home)[2:4] == (there[2] + coming.measures, there[3] + coming.scores)
