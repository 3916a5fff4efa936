"""The report has the shape that people parse, counts what is there, and is the same each time."""

import json

import pytest

from engine.report import report
from store import records, work
from store.tables import Scorer
from tests.conftest import colour_blob

ESTIMATE = {"value", "low", "high", "n"}


@pytest.fixture(scope="module")
def found(shared_home):
    return report(shared_home.home)


def test_it_has_the_documented_shape(found) -> None:
    assert found["pairs"] == 6
    conse = found["scorers"]["conse"]
    assert {"role", "version", "pairs", "ties", "truncated", "failed"} <= conse.keys()
    figures = ("preference", "f1", "auroc", "margin", "delta_original_prompt", "after_original_prompt")
    for figure in (*figures, "original_first"):
        assert conse[figure].keys() == ESTIMATE
    for cells in (conse["dimensions"], conse["sources"]):
        assert all(cell.keys() == {"preference", "margin"} for cell in cells.values())
    assert conse["sources"].keys() == {"darkroom", "archive"}
    assert found["probes"]["intentional_blur"]["witnessed"].keys() == ESTIMATE
    assert found["probes"]["intentional_blur"]["could_witness"] == 1
    assert found["generators"]["darkroom"]["obedience"]["probes"]["witnessed"]["n"] == 3
    assert "clarity" in found["generators"]["darkroom"]["dimensions"]
    assert {"rank", "name", "kind", "status", "score", "low", "high", "n"} <= found["boards"]["conse"][0].keys()
    assert found["boards"]["hpsv3"][0]["kind"] == "published"


def test_every_value_is_plain_json(found) -> None:
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_it_is_the_same_each_time_and_depends_on_the_seed_it_names(found, shared_home) -> None:
    assert report(shared_home.home) == found
    assert report(shared_home.home, seed=5)["intervals"]["seed"] == 5


def test_its_figures_are_those_of_the_pairs(found) -> None:
    conse = found["scorers"]["conse"]
    assert (conse["pairs"], conse["ties"], conse["truncated"], conse["failed"]) == (5, 1, 1, 0)
    assert conse["preference"]["value"] == 0.4
    assert conse["original_first"]["value"] == 0.4
    assert conse["f1"]["value"] == pytest.approx(0.8 / 1.4)
    assert conse["auroc"]["value"] == pytest.approx((5 + 5 + 2.5 + 0 + 0) / 25)
    assert conse["margin"]["value"] == pytest.approx(-0.05)
    assert conse["delta_original_prompt"]["value"] == -0.5
    assert conse["after_original_prompt"]["value"] == 0.25
    assert conse["dimensions"]["film_artifacts"]["margin"]["value"] == -0.125
    assert conse["dimensions"]["film_artifacts"]["margin"]["low"] is None


def test_a_prompt_blind_scorer_is_said_to_be_one(found) -> None:
    assert found["scorers"]["conse"]["reads_prompt"] is True
    assert found["scorers"]["polish"]["reads_prompt"] is False


def test_preference_ties_and_originals_add_up(found) -> None:
    for scorer in found["scorers"].values():
        shares = scorer["preference"]["value"] + scorer["original_first"]["value"] + scorer["ties"] / scorer["pairs"]
        assert shares == pytest.approx(1)


def test_witnesses_count_in_the_dimensions_that_theirs_are_related_to(found) -> None:
    clarity = found["probes"]["clarity"]
    assert (clarity["could_witness"], clarity["witnessed"]["value"]) == (3, pytest.approx(1 / 3))
    assert clarity["coverage"] == 3 / 4


def test_cut_prompts_can_be_left_out_and_stay_counted(shared_home) -> None:
    whole = report(shared_home.home, leave_truncated_out=True)
    conse = whole["scorers"]["conse"]
    assert whole["leave_truncated_out"] is True
    assert (conse["pairs"], conse["truncated"]) == (4, 1)
    assert conse["preference"]["value"] == conse["auroc"]["n"] / 8 == 0.5
    assert "film_artifacts" not in conse["dimensions"]


def test_versions_of_one_scorer_are_never_merged(small_home) -> None:
    with small_home.home.database.write() as session:
        for version, origin in (("2", "here"), ("2", "their paper"), ("3", "their paper")):
            session.add(
                Scorer(name="conse", version=version, origin=origin, role="control", kind="dual", reads_prompt=True)
            )
    found = report(small_home.home)["scorers"]
    assert found.keys() == {"conse", "conse@1", "conse@2", "conse@3", "polish"}
    assert (found["conse"]["version"], found["conse"]["origin"]) == ("2", "here")
    assert found["conse@2"]["origin"] == "their paper"
    assert (found["conse"]["pairs"], found["conse@1"]["pairs"]) == (0, 5)
    assert found["conse"]["preference"] == {"value": None, "low": None, "high": None, "n": 0}


def test_failed_cells_are_counted_with_their_scorer(small_home) -> None:
    with small_home.home.database.write() as session:
        run = work.add_run(session, "demo", {})
        for stage, model, item in (
            ("score", "conse 1", "3/4"),
            ("score", "conse 1", "3/5"),
            ("measure", "probes", "9"),
        ):
            work.record_failure(session, run, stage, model, item, "unreadable")
    found = report(small_home.home)
    assert (found["scorers"]["conse"]["failed"], found["scorers"]["polish"]["failed"]) == (2, 0)
    assert found["failed"] == {"score conse 1": 2, "measure probes": 1}


def test_a_pair_without_scores_under_the_original_prompt_is_left_out_of_its_figures_alone(small_home) -> None:
    with small_home.home.database.write() as session:
        pair = small_home.pairs[5]
        facts = session.connection().exec_driver_sql(
            "SELECT original_image_id, wide_image_id, wide_prompt_id FROM pair WHERE id = ?", (pair,)
        )
        original, wide, prompt = facts.one()
        cells = [records.NewScore(original, prompt, 0.5), records.NewScore(wide, prompt, 0.75)]
        records.add_scores(session, small_home.conse, cells)
    conse = report(small_home.home)["scorers"]["conse"]
    assert (conse["margin"]["n"], conse["delta_original_prompt"]["n"]) == (6, 5)


def test_an_empty_home_has_a_report(home) -> None:
    found = report(home)
    assert (found["pairs"], found["scorers"], found["probes"], found["generators"]) == (0, {}, {}, {})
    assert list(found["boards"]) == ["hpsv3"]


def test_it_says_what_it_is_computing(shared_home) -> None:
    told: list[str] = []
    report(shared_home.home, progress=told.append)
    assert any("conse" in each for each in told)


def test_all_its_figures_are_of_one_moment_while_a_run_commits(small_home) -> None:
    before = report(small_home.home)
    committed = []

    def commit(_: str) -> None:
        with small_home.home.database.write() as session:
            image = records.add_image(
                session, colour_blob(small_home.home, 1), f"new {len(committed)}", "generated", {}
            )
            prompt = records.prompt_id(session, f"a new prompt {len(committed)}")
            pair = records.NewPair(
                f"new {len(committed)}", small_home.darkroom, prompt, prompt, image, image, 0, "1",
                (records.AskedDimension("clarity"),),
            )  # fmt: skip
            committed.append(records.add_pair(session, pair))
            for scorer, under in ((small_home.conse, prompt), (small_home.polish, 0)):
                records.add_scores(session, scorer, [records.NewScore(image, under, 0.5)])

    assert report(small_home.home, progress=commit) == before
    assert len(committed) > 4
    assert report(small_home.home)["pairs"] == before["pairs"] + len(committed)
