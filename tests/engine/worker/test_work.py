"""A worker does what runs lack: pairs, measures and scores, each once, with provenance, and nothing a second time."""

import json
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from engine.plan.wants import GenerateWants, Wants
from engine.probes import PROBES
from engine.runs import Progress, estimate, progress, resume, start_run
from engine.scorers import PROMPT_BLIND, SCORERS
from store import Home
from store.blobs import blob_path
from store.queries.doses import sets
from store.queries.pairs import PairFilter, pair_detail, pair_ids

PAIRS = GenerateWants(per_original=3, singles=2)
ALL = Wants(PAIRS, ("plain", "blind"), probes=True, photographs=True)


@pytest.fixture
def done(filled: Home, work: Callable[[Home], str]) -> Home:
    """A home in which `ALL` was done."""
    start_run(filled, "all", ALL)
    assert work(filled) == "nothing is left to do"
    return filled


def one(home: Home, query: str, *parameters: object) -> object:
    return home.database.reader().execute(query, parameters).fetchone()[0]


def test_every_pair_has_four_cells_of_each_scorer_and_every_probe_of_both_images(done: Home) -> None:
    assert one(done, "SELECT count(*) FROM pair") == 12
    assert one(done, "SELECT count(*) FROM margin WHERE oiop IS NOT NULL AND diop IS NOT NULL") == 24
    assert one(done, "SELECT count(*) FROM measure") == (12 + 5) * len(PROBES)
    assert one(done, "SELECT count(*) FROM witness") > 0
    assert one(done, "SELECT state FROM run") == "done"
    assert one(done, "SELECT reason FROM worker") == "nothing is left to do"
    assert one(done, "SELECT count(*) FROM claim") == 0


def test_what_is_counted_beforehand_is_what_is_done(filled: Home, work: Callable[[Home], str]) -> None:
    wants = Wants(PAIRS, ("plain",), probes=True, photographs=True)
    before = estimate(filled, wants)
    run = start_run(filled, "all", wants)
    expected = progress(filled, run)
    work(filled)
    after = progress(filled, run)
    assert (before.pairs, before.measures, before.scores) == (12, 17, 12 * 3 + 5)
    assert (expected.left, expected.done, after.left, after.done) == (after.total, 0, 0, expected.total)
    assert estimate(filled, wants) == type(before)(0, 0, 0)


def test_how_a_model_lies_in_memory_means_nothing_to_a_generator_without_one(
    filled: Home, work: Callable[[Home], str]
) -> None:
    run = start_run(filled, "tight", Wants(GenerateWants(per_original=1, memory="tight")))
    work(filled)
    assert progress(filled, run).left == 0


def test_a_board_prompt_is_the_written_one_or_else_the_caption(done: Home) -> None:
    query = """SELECT p.text FROM score v JOIN prompt p ON p.id = v.prompt_id JOIN image i ON i.id = v.image_id
               JOIN scorer s ON s.id = v.scorer_id WHERE i.kind = 'artwork' AND s.name = ?"""
    reader = done.database.reader()
    assert [row[0] for row in reader.execute(query, ("plain",))] == ["A murky slope, hardly there."]
    assert [row[0] for row in reader.execute(query, ("blind",))] == [""]


def test_an_image_and_a_prompt_are_encoded_once_for_all_cells(done: Home, models: ModuleType) -> None:
    prompts = one(done, "SELECT count(*) FROM prompt WHERE text NOT IN ('', 'a slope')")
    assert len(models.Plain.texts) == prompts + 1  # the empty one of the blind
    assert len(models.Plain.images) == 2 * (12 + 5)


def test_a_scorer_is_told_the_photograph_that_each_image_was_made_from(done: Home, models: ModuleType) -> None:
    photographs = {row[0] for row in done.database.reader().execute("SELECT sha256 FROM image WHERE kind != 'edit'")}
    assert set(models.Plain.origins) == photographs
    assert all(models.Plain.origins.count(each) in (2, 8) for each in photographs)  # alone, or with three edits


def test_a_truncated_prompt_is_marked(done: Home) -> None:
    query = (
        "SELECT count(*) FROM score v JOIN prompt p ON p.id = v.prompt_id WHERE v.truncated != (length(p.text) > 60)"
    )
    assert one(done, query) == 0
    assert one(done, "SELECT sum(truncated) FROM margin") == 12


def test_the_same_request_again_makes_nothing(
    done: Home, work: Callable[[Home], str], contents: Callable[[Home], dict]
) -> None:
    before = contents(done)
    start_run(done, "again", ALL)
    resume(done, 1)
    work(done)
    after = contents(done)
    assert {k: v for k, v in after.items() if k != "runs"} == {k: v for k, v in before.items() if k != "runs"}
    assert [row[2] for row in after["runs"]] == ["done", "done"]


def test_a_photograph_that_is_added_later_is_all_that_a_run_lacks_then(
    done: Home, work: Callable[[Home], str], contents: Callable[[Home], dict]
) -> None:
    from store.blobs import keep_image
    from store.records import PhotographFacts, add_photograph

    before = contents(done)["pairs"]
    with done.database.write() as session:
        blob = keep_image(done, Image.effect_noise((50, 50), 80).convert("RGB"))
        add_photograph(session, blob, "photograph", PhotographFacts(caption="noise", conventional=True))
    resume(done, 1)
    work(done)
    after = contents(done)["pairs"]
    assert set(before) < set(after)
    assert len(after) == len(before) + 3


def test_a_pair_says_which_dimensions_it_asks_for_and_which_those_fall_under(done: Home) -> None:
    reader = done.database.reader()
    detail = pair_detail(reader, pair_ids(reader, PairFilter())[0])
    assert detail is not None
    asked = [row for row in detail.dimensions if row["asked"]]
    related = [row for row in detail.dimensions if not row["asked"]]
    assert len(asked) == 1
    assert asked[0]["effect"]
    assert asked[0]["strength"] > 0
    assert related
    assert not any(row["effect"] for row in related)
    assert detail.original.kind == "photograph"
    assert detail.wide.kind == "edit"


def test_a_made_image_carries_its_provenance_in_the_file_and_in_the_store(done: Home) -> None:
    reader = done.database.reader()
    detail = pair_detail(reader, 1)
    assert detail is not None
    with Image.open(blob_path(done, detail.wide.sha256, detail.wide.suffix)) as image:
        text = dict(image.text)  # type: ignore[attr-defined]
    prompt, facts = text["parameters"].rsplit("\n", 1)
    ours = json.loads(text["widespectrum"])
    assert prompt == detail.wide_prompt
    assert f"Seed: {detail.seed}" in facts
    assert "Model: darkroom" in facts
    assert facts.startswith("Steps: ")
    assert ours == json.loads(detail.wide.provenance)
    assert ours["input"] == detail.original.sha256
    assert ours["seed"] == detail.seed
    assert ours["libraries"]["pillow"]
    assert float(one(done, "SELECT min(seconds) FROM generation")) > 0  # type: ignore[arg-type]


def test_a_generator_that_works_from_text_makes_both_images_from_one_seed_and_i_o_once_for_all_pairs_of_a_prompt(
    filled: Home, work: Callable[[Home], str]
) -> None:
    start_run(filled, "text", Wants(GenerateWants("painter", per_original=2, singles=1), ("plain",)))
    expected = estimate(filled, Wants(GenerateWants("painter", per_original=2, singles=1), ("plain",)))
    work(filled)
    reader = filled.database.reader()
    kinds = reader.execute(
        "SELECT o.kind, w.kind, p.seed, (SELECT group_concat(seed) FROM generation WHERE image_id IN (o.id, w.id)) "
        "FROM pair p JOIN image o ON o.id = p.original_image_id JOIN image w ON w.id = p.wide_image_id"
    ).fetchall()
    assert len(kinds) == expected.pairs == 8
    assert all(tuple(row) == ("generated", "generated", row[2], f"{row[2]},{row[2]}") for row in kinds)
    assert one(filled, "SELECT count(DISTINCT original_image_id) FROM pair") == 4
    assert one(filled, "SELECT count(*) FROM generation") == 4 + 8
    assert one(filled, "SELECT count(*) FROM score") == expected.scores == 4 + 3 * 8


def test_pairs_of_another_source_are_scored_and_measured_by_a_run_that_makes_none(
    filled: Home, work: Callable[[Home], str]
) -> None:
    start_run(filled, "make", Wants(GenerateWants(per_original=9, singles=3)))
    work(filled)
    assert one(filled, "SELECT count(*) FROM score") == 0
    run = start_run(filled, "score", Wants(scorers=("plain",), probes=True))
    work(filled)
    seen: Progress = progress(filled, run)
    assert [(stage.stage, stage.done, stage.left) for stage in seen.stages] == [("measure", 40, 0), ("score", 112, 0)]


def test_runs_are_done_in_the_order_of_the_queue(filled: Home, work: Callable[[Home], str]) -> None:
    from engine.runs import move

    first = start_run(filled, "first", Wants(GenerateWants(per_original=1, singles=1, seed=1)))
    second = start_run(filled, "second", Wants(GenerateWants(per_original=1, singles=1, seed=2)))
    move(filled, second, -1)
    work(filled)
    order = filled.database.reader().execute("SELECT id FROM run ORDER BY finished").fetchall()
    assert [row[0] for row in order] == [second, first]


def test_the_plan_knows_which_scorers_read_no_prompt() -> None:
    from engine.scorers.conse import ConSE
    from engine.scorers.polish import Polish

    built_in = {scorer.name: scorer for scorer in (ConSE, Polish)}
    assert built_in.keys() <= set(SCORERS.names())
    assert {name for name, scorer in built_in.items() if not scorer.reads_prompt} == PROMPT_BLIND & built_in.keys()


def test_both_controls_score_a_pair(filled: Home, work: Callable[[Home], str]) -> None:
    start_run(filled, "controls", Wants(GenerateWants(originals=(1,), per_original=1, singles=1), ("conse", "polish")))
    work(filled)
    margins = (
        filled.database.reader().execute("SELECT oiop, oidp, diop, didp FROM margin ORDER BY scorer_id").fetchall()
    )
    conse, polish = (np.array(tuple(row)) for row in margins)
    assert len(set(conse)) == 4
    assert (np.abs(conse) <= 1).all()
    assert polish[0] == polish[1]
    assert polish[2] == polish[3]
    assert polish[0] != polish[2]


def test_pairs_that_happen_to_ask_for_the_same_effect_at_other_strengths_are_no_sweep(
    filled: Home, work: Callable[[Home], str]
) -> None:
    blurred = GenerateWants("painter", per_original=8, dimensions=("intentional_blur",))
    start_run(filled, "drawn", Wants(blurred))
    work(filled)
    alike = "SELECT count(*) FROM pair_dimension WHERE asked GROUP BY effect HAVING count(DISTINCT strength) > 1"
    assert one(filled, alike) > 1
    assert sets(filled.database.reader()) == 0
    start_run(filled, "swept", Wants(replace(blurred, per_original=1, singles=1, strengths=(0.2, 0.8), sweep=True)))
    work(filled)
    assert sets(filled.database.reader()) == 4
