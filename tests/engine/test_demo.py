"""The demo: the sample goes in once, the work is done by a worker of its own, and its end is explained."""

import os

import pytest

import sample_data
from engine import demo, runs
from engine.runs import GenerateWants, Wants
from store import Home
from tests.photographs import photographs


def test_the_sample_is_added_once_with_its_credits_and_nothing_of_it_is_accepted(home: Home) -> None:
    assert demo.load_sample(home) == len(sample_data.photographs())
    assert demo.load_sample(home) == 0
    rows = photographs(home)
    assert all(row["author"] and row["license"] and row["license_url"] and row["caption"] for row in rows)
    assert {row["status"] for row in rows} == {"candidate"}
    assert sum(row["conventional"] for row in rows) == 30


def test_the_demo_is_240_pairs_with_both_controls_and_all_probes(home: Home) -> None:
    demo.load_sample(home)
    found = runs.estimate(home, demo.DEMO_WANTS)
    assert found.pairs == 240
    assert found.measures == 240 + len(sample_data.photographs())
    assert demo.DEMO_WANTS.scorers == ("conse", "polish")


def test_building_it_tells_how_far_it_is_and_a_second_time_finds_it_done(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "DEMO_WANTS", Wants(GenerateWants(originals=(2, 17), per_original=1)))
    told = list(demo.build_demo(home))
    assert (told[-1].state, told[-1].left) == ("done", 0)
    assert told[-1].done == told[-1].total == 2
    again = list(demo.build_demo(home))
    assert [seen.state for seen in again] == ["done"]
    assert len(list(home.logs.iterdir())) == 1, "no second worker"


def test_a_worker_that_dies_is_told_of_with_the_end_of_its_log(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "DEMO_WANTS", Wants(GenerateWants(per_original=100), probes=True))
    telling = demo.build_demo(home)
    worker = next(seen.workers[0] for seen in telling if seen.doing)
    os.kill(worker.pid, 9)
    with pytest.raises(demo.DemoFailed, match="looking for what is missing"):
        list(telling)
