"""What a run wants goes through JSON and back, and is checked before it is queued."""

import json
from typing import Any

import pytest

from engine.plan.wants import GenerateWants, Wants, gpus_of
from engine.registry import UnknownName
from engine.runs import start_run
from store import Home

FULL = Wants(
    GenerateWants("darkroom", (3, 1), 5, 2, 7, ("clarity", "light_leak"), (0.5, 1.0)), ("conse", "polish"), True, True
)

HOW = Wants(GenerateWants(memory="tight", batch_size=3), precision="bf16", batch_size=7, gpus=(0, 2))

PROMPTS = Wants(GenerateWants("sdxl", "prompts", prompts=("a dog",), settings=(("size", "64x32"), ("steps", 2))))


@pytest.mark.parametrize(
    "wants", [FULL, PROMPTS, Wants(GenerateWants()), Wants(scorers=("conse",)), Wants(probes=True), HOW]
)
def test_wants_come_back_from_json_as_they_were(wants: Wants) -> None:
    assert Wants.from_json(json.loads(json.dumps(wants.to_json()))) == wants


@pytest.mark.parametrize(
    ("wants", "near"),
    [
        (Wants(scorers=("cones",)), "conse"),
        (Wants(GenerateWants("darkrom")), "darkroom"),
        (Wants(GenerateWants(dimensions=("clarty",))), "clarity"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(home: Home, wants: Wants, near: str) -> None:
    with pytest.raises(UnknownName, match=near):
        start_run(home, "wrong", wants)
    assert home.database.reader().execute("SELECT count(*) FROM run").fetchone()[0] == 0


@pytest.mark.parametrize(
    "facts",
    [
        {"originals": "some"},
        {"originals": "collection:"},
        {"originals": "source:"},
        {"per_original": 0},
        {"per_original": 3, "singles": 4},
        {"dimensions": ()},
        {"strengths": (0.5, 1.5)},
        {"strengths": ()},
        {"sweep": True},
        {"memory": "less"},
        {"batch_size": 0},
        {"originals": "prompts"},
        {"prompts": ("a dog",)},
        {"originals": "prompts", "prompts": ("x" * 5000,)},
    ],
)
def test_what_makes_no_sense_is_refused(facts: dict) -> None:
    with pytest.raises(ValueError, match=r".+"):
        GenerateWants(**facts)


@pytest.mark.parametrize("values", [7, "murk", [], {"generate": 7}, {"generate": "darkroom"}, {"colour": "red"}])
def test_what_is_no_request_is_a_wrong_value_or_type(values: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        Wants.from_json(values)


def test_a_run_that_wants_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        Wants()


def test_a_scorer_that_is_named_twice_is_wanted_once() -> None:
    assert Wants(scorers=("polish", "conse", "polish")).scorers == ("polish", "conse")


def test_a_run_with_nothing_to_start_from_is_refused(home: Home) -> None:
    with pytest.raises(ValueError, match="collection:mine"):
        start_run(home, "empty", Wants(GenerateWants(originals="collection:mine")))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"precision": "fp8"}, "precision is one of fp32, bf16, publisher, not 'fp8'"),
        ({"batch_size": 5000}, "a batch is of 1 to 1024, not 5000"),
        ({"gpus": (0, -1)}, "numbered from 0, not -1"),
    ],
)
def test_a_way_of_working_that_makes_no_sense_is_refused(facts: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Wants(probes=True, **facts)


def test_the_cards_of_a_request_that_can_not_be_read_are_any() -> None:
    assert gpus_of(json.dumps(HOW.to_json())) == (0, 2)
    assert gpus_of("[]") == gpus_of("{") == gpus_of("{}") == ()
