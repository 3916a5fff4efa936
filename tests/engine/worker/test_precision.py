"""A run says at which precision, and how many at once, its scorers score; each precision is a version of its own."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from engine.models.places import use
from engine.plan.missing import scorer_key
from engine.plan.wants import Wants
from engine.runs import estimate, progress, start_run
from engine.verify.layouts import LAYOUTS
from engine.worker.models import Models
from store import Home
from store.records import ScorerFacts, scorer_id

CELLS = 5
"""One of each photograph in a filled home."""


@pytest.fixture
def clip(filled: Home, tmp_path: Path) -> Home:
    """A filled home that has a small CLIP."""
    use("clip", LAYOUTS["clip"](tmp_path / "weights"), filled.folder)
    return filled


def scored(home: Home) -> dict[str, int]:
    """Precision, as the version ends -> scores."""
    query = "SELECT s.version, count(*) FROM score JOIN scorer s ON s.id = scorer_id GROUP BY s.id ORDER BY s.id"
    return {row[0].rpartition(" · ")[2]: row[1] for row in home.database.reader().execute(query)}


def test_each_precision_is_scored_and_counted_by_itself(clip: Home, work: Callable[[Home], str]) -> None:
    wants = {name: Wants(scorers=("clip",), photographs=True, precision=name) for name in ("bf16", "fp32", "publisher")}
    first = start_run(clip, "half", wants["bf16"])
    work(clip)
    assert scored(clip) == {"bf16": CELLS}
    assert (progress(clip, first).left, estimate(clip, wants["fp32"]).scores) == (0, CELLS)
    start_run(clip, "whole", wants["fp32"])
    work(clip)
    assert scored(clip) == {"bf16": CELLS, "fp32": CELLS}
    assert progress(clip, first).done == CELLS
    assert estimate(clip, wants["publisher"]).scores == 0, "on a processor the publisher's precision is fp32"


def test_a_scorer_without_a_choice_is_scored_once_whatever_is_asked(filled: Home, work: Callable[[Home], str]) -> None:
    start_run(filled, "one", Wants(scorers=("polish",), photographs=True))
    work(filled)
    assert estimate(filled, Wants(scorers=("polish",), photographs=True, precision="bf16")).scores == 0


def test_the_publishers_own_version_is_preferred_where_there_is_one(home: Home) -> None:
    with home.database.write() as session:
        ids = {
            end: scorer_id(session, ScorerFacts("m", f"weights · {end}", "reward model", "dual", True, ""))
            for end in ("publisher fp16 autocast", "fp32", "bf16", "publisher fp32")
        }
    reader = home.database.reader()
    assert scorer_key(reader, "m", precision="publisher").id == ids["publisher fp32"]
    assert scorer_key(reader, "m", precision="fp32").id == ids["fp32"]
    assert scorer_key(reader, "m", precision="bf16").id == ids["bf16"]


def test_a_run_may_say_how_many_are_given_to_a_scorer_at_once(
    filled: Home, models: ModuleType, work: Callable[[Home], str]
) -> None:
    start_run(filled, "by two", Wants(scorers=("plain",), photographs=True, batch_size=2))
    work(filled)
    assert models.Plain.batches == [2, 2, 1]


def test_a_batch_size_belongs_to_a_run_and_not_to_the_scorer(home: Home, models: ModuleType) -> None:
    held = Models(home.folder, "cpu")
    assert [held.scorer("plain", "fp32", size).batch_size for size in (2, None, 5)] == [2, 8, 5]
