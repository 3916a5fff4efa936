"""Edits of wide prompts by hand: kept beside the original, and made into new pairs; nothing of the old ones changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import text

from engine.edits import CannotEdit, edit_prompts, start_edited
from engine.models.places import use
from engine.plan.wants import GenerateWants, Wants
from engine.runs import progress, start_run
from engine.verify.layouts.pipelines import PIPELINES
from store import Home
from store.blobs import open_blob
from store.queries.pairs import PairDetail, pair_detail
from tests.conftest import SmallHome

Work = Callable[[Home], str]
WORDS = "Above all a thick murk, then the square thing, number 0."


@pytest.fixture
def made(filled: Home, work: Work) -> Home:
    """A home with two scored pairs of the darkroom."""
    start_run(filled, "two", Wants(GenerateWants(originals=(1, 2), per_original=1, singles=0), ("plain",), probes=True))
    work(filled)
    return filled


def pair(home: Home, number: int) -> PairDetail:
    found = pair_detail(home.database.reader(), number)
    assert found
    return found


def wide_prompt_id(home: Home, number: int) -> int:
    return home.database.reader().execute("SELECT wide_prompt_id FROM pair WHERE id = ?", (number,)).fetchone()[0]


def test_an_edit_makes_a_new_pair_from_the_same_start_and_the_old_one_stays_as_it_is(
    made: Home, work: Work, contents: Callable[[Home], dict]
) -> None:
    before = contents(made)
    (run,) = start_edited(made, edit_prompts(made, {1: WORDS}, "ann"))
    assert progress(made, run).stages[0][:2] == ("generate", "darkroom")
    assert progress(made, run).stages[0].left == 1
    work(made)
    assert (progress(made, run).left, progress(made, run).failed) == (0, 0)
    after = contents(made)
    for table in ("pairs", "images", "scores", "margins", "witnesses", "dimensions"):
        assert set(before[table]) < set(after[table]), table
    old, new = pair(made, 1), pair(made, 3)
    assert new.wide_prompt == WORDS
    assert (new.original_prompt, new.seed, new.source) == (old.original_prompt, old.seed, old.source)
    assert new.original.image_id == old.original.image_id
    assert new.wide.image_id != old.wide.image_id
    asked = [[tuple(row)[0:1] + tuple(row)[2:] for row in each.dimensions] for each in (old, new)]
    assert asked[0] == asked[1]
    assert new.margins[0]["didp"] != old.margins[0]["didp"]
    assert new.writer == "hand"
    assert new.written is not None
    assert new.written["author"] == "ann"
    assert old.written is None
    assert [(edit["made"], edit["run_id"], edit["state"]) for edit in old.edits] == [(3, run, "done")]
    assert (new.written["pair_id"], new.edits) == (1, [])
    written = json.loads(new.wide.provenance)["written"]
    assert written["edited"] == f"by hand from prompt {wide_prompt_id(made, 1)}"
    assert (written["writer"], written["by"]) == ("hand", "ann")
    in_file = json.loads(open_blob(made, new.wide.sha256, new.wide.suffix).info["widespectrum"])
    assert in_file["written"] == written


def test_an_edit_of_an_edit_says_which_prompt_it_comes_from(made: Home, work: Work) -> None:
    start_edited(made, edit_prompts(made, {1: WORDS}, "ann"))
    work(made)
    start_edited(made, edit_prompts(made, {3: "Murk. The square thing, number 0."}, "bob"))
    work(made)
    written = json.loads(pair(made, 4).wide.provenance)["written"]
    assert written["edited"] == f"by hand from prompt {wide_prompt_id(made, 3)}"
    assert written["by"] == "bob"
    assert pair(made, 4).original.image_id == pair(made, 1).original.image_id


def test_the_same_edit_twice_is_one(made: Home, work: Work) -> None:
    first = edit_prompts(made, {1: WORDS}, "ann")
    assert edit_prompts(made, {1: f" {WORDS}\n"}, "bob") == first
    (run,) = start_edited(made, first)
    work(made)
    (again,) = start_edited(made, first)
    assert progress(made, again).left == 0
    assert progress(made, run).done == progress(made, again).done


def make_from_text(home: Home, tmp_path: Path, work: Work) -> None:
    """Pair 1, by a small sdxl."""
    use("sdxl", PIPELINES["sdxl"](tmp_path / "weights"), home.folder)
    settings = (("size", 32), ("steps", 2))
    start_run(home, "one", Wants(GenerateWants("sdxl", "prompts", 1, prompts=("a dog",), settings=settings)))
    work(home)


def test_a_generator_from_text_keeps_the_seed_the_settings_and_the_original_image(
    home: Home, tmp_path: Path, work: Work
) -> None:
    make_from_text(home, tmp_path, work)
    start_edited(home, edit_prompts(home, {1: "Fog above all, and then a dog"}, "ann"))
    work(home)
    old, new = pair(home, 1), pair(home, 2)
    assert new.original.image_id == old.original.image_id
    assert new.wide.sha256 != old.wide.sha256
    rows = home.database.reader().execute("SELECT seed, settings FROM generation WHERE prompt_id IN (2, 3)").fetchall()
    assert len({(row[0], row[1]) for row in rows}) == 1
    assert json.loads(rows[0][1])["steps"] == 2


def test_edits_of_several_generators_are_a_run_each(made: Home, models: ModuleType, work: Work) -> None:
    wants = GenerateWants("painter", "prompts", 1, prompts=("a square thing, number 0",))
    start_run(made, "painted", Wants(wants))
    work(made)
    runs = start_edited(made, edit_prompts(made, {1: WORDS, 3: WORDS}, "ann"))
    assert len(runs) == 2
    work(made)
    assert [progress(made, run).left for run in runs] == [0, 0]
    assert {pair(made, number).source for number in (4, 5)} == {"darkroom", "painter"}


@pytest.mark.parametrize(
    ("number", "text", "words"),
    [
        (99, WORDS, "no pair 99"),
        (1, " \n", "pair 1: the edited prompt is empty"),
        (1, "x" * 4001, "at most 4,000 characters, not 4,001"),
        (1, None, "the words that it has already"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_and_none_of_its_company_is_kept(
    made: Home, number: int, text: str | None, words: str
) -> None:
    with pytest.raises(CannotEdit, match=words):
        edit_prompts(made, {2: WORDS, number: text if text is not None else pair(made, 1).wide_prompt}, "ann")
    assert made.database.reader().execute("SELECT count(*) FROM written_prompt").fetchone()[0] == 0


def test_an_edit_is_refused_where_the_weights_that_made_the_pair_are_gone(
    home: Home, tmp_path: Path, work: Work
) -> None:
    make_from_text(home, tmp_path, work)
    (home.folder / "models.toml").unlink()
    with pytest.raises(CannotEdit, match=r"pair 1: sdxl can't be used yet .*models fetch sdxl"):
        edit_prompts(home, {1: WORDS}, "ann")


def test_an_edit_is_not_held_up_by_a_scorer_whose_weights_are_gone(made: Home, work: Work) -> None:
    with made.database.write() as session:
        session.execute(text("UPDATE scorer SET name = 'hpsv2.1' WHERE name = 'plain'"))
    (run,) = start_edited(made, edit_prompts(made, {1: WORDS}, "ann"))
    assert [stage.stage for stage in progress(made, run).stages] == ["generate", "measure"]


@pytest.mark.parametrize(("said", "precision"), [("bf16", "bf16"), ("publisher fp16", "publisher"), ("1", "fp32")])
def test_an_edit_is_scored_at_the_precision_of_what_it_was_made_from(made: Home, said: str, precision: str) -> None:
    with made.database.write() as session:
        session.execute(text("UPDATE scorer SET version = :version"), {"version": f"plain · {said}"})
    start_edited(made, edit_prompts(made, {1: WORDS}, "ann"))
    wants = made.database.reader().execute("SELECT wants FROM run ORDER BY id DESC").fetchone()[0]
    assert json.loads(wants)["precision"] == precision


def test_an_edit_of_what_was_scored_at_two_precisions_is_a_run_for_each(made: Home, work: Work) -> None:
    with made.database.write() as session:
        session.execute(
            text("INSERT INTO scorer SELECT 99, name, 'plain · bf16', origin, role, kind, 1, '' FROM scorer LIMIT 1")
        )
        session.execute(
            text("INSERT INTO margin SELECT 99, pair_id, source_id, cluster, 0, 0, 0, 0, 0, 0 FROM margin LIMIT 1")
        )
    assert len(start_edited(made, edit_prompts(made, {1: WORDS}, "ann"))) == 2


def test_a_pair_that_was_imported_cannot_be_made_in_other_words(small_home: SmallHome) -> None:
    with pytest.raises(CannotEdit, match="archive, which is no generator here"):
        edit_prompts(small_home.home, {small_home.pairs[5]: WORDS}, "ann")
