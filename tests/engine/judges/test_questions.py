"""What judges are asked, and how strictly their answers are read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from engine.judges import effects, judges, pairwise
from engine.judges.base import LONGEST_SIDE, shown
from engine.judges.reading import Malformed
from engine.registry import UnknownName
from engine.taxonomy import DIMENSIONS
from store.queries.judges import MAIN_CONCEPTS, REQUESTED_EFFECTS

ASKED = ("clarity", "film_artifacts")


def compared(**fields: object) -> str:
    return json.dumps({"reason": "because", "choice": "first", **fields})


def rated(**fields: object) -> str:
    rest = {"reason": "because", "main_concepts": 80, "requested_effects": 35, "dimensions": {"clarity": 2}}
    return json.dumps({**rest, **fields})


@pytest.mark.parametrize(
    ("choice", "order", "verdict"),
    [
        ("first", "original-wide", "original"),
        ("second", "original-wide", "wide"),
        ("first", "wide-original", "wide"),
        ("second", "wide-original", "original"),
        ("tie", "wide-original", "tie"),
    ],
)
def test_a_choice_is_a_place_and_the_verdict_is_what_stood_there(choice: str, order: str, verdict: str) -> None:
    assert pairwise.read(compared(choice=choice), order) == verdict


def test_a_fence_around_the_answer_is_let_pass() -> None:
    assert pairwise.read(f"```json\n{compared()}\n```\n", "original-wide") == "original"


def test_ratings_are_read_by_name() -> None:
    assert effects.read(rated(), ["clarity"]) == {MAIN_CONCEPTS: 80, REQUESTED_EFFECTS: 35, "clarity": 2}
    assert effects.read(json.dumps({"reason": "", "main_concepts": 0, "requested_effects": 100.0}), []) == {
        MAIN_CONCEPTS: 0,
        REQUESTED_EFFECTS: 100,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON: nothing"),
        ("I prefer the first image.", "no JSON: I prefer the first"),
        (f"Sure! {compared()}", "no JSON"),
        (compared()[:-4], "no JSON"),
        (f"{compared()} {compared()}", "no JSON"),
        ('{"reason": "a", "choice": "first", "choice": "second"}', "no JSON"),
        ('{"reason": "a", "choice": NaN}', "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('["first"]', "no JSON object"),
        ("null", "no JSON object"),
        ('{"choice": "first"}', "lacks reason"),
        (compared(confidence=1), "nobody asked for: confidence"),
        (compared(choice="wide"), "choice is 'wide'"),
        (compared(choice=1), "choice is '1'"),
        (compared(choice=["first"]), "choice is"),
        (compared(choice=None), "choice is"),
        (compared(reason=3), "reason is no text"),
    ],
)
def test_an_answer_of_another_form_is_no_verdict(text: str, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        pairwise.read(text, "original-wide")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (rated(main_concepts=101), "main_concepts is 101"),
        (rated(requested_effects=-1), "requested_effects is -1"),
        (rated(requested_effects=50.5), "no whole number"),
        (rated(requested_effects=True), "no whole number"),
        (rated(requested_effects="90"), "no whole number"),
        (rated(requested_effects=None), "no whole number"),
        (rated().replace("80", "8" * 5000), "no JSON"),
        (rated().replace("35", "1e999"), "no whole number"),
        (rated(dimensions={"clarity": 3}), "clarity is 3"),
        (rated(dimensions={}), "lacks clarity"),
        (rated(dimensions={"clarity": 1, "mood": 1}), "nobody asked for: mood"),
        (rated(dimensions=[2]), "dimensions is no JSON object"),
    ],
)
def test_a_rating_out_of_its_range_or_of_another_kind_is_no_rating(text: str, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        effects.read(text, ["clarity"])


def test_the_judge_of_two_images_is_not_told_which_is_which() -> None:
    one, other = Image.new("RGB", (4, 4), "red"), Image.new("RGB", (4, 4), "blue")
    asked, swapped = pairwise.question(one, other, "a {dim} bear"), pairwise.question(other, one, "a {dim} bear")
    assert [part for part in asked.parts if isinstance(part, Image.Image)] == [one, other]
    words = [part for part in asked.parts if isinstance(part, str)]
    assert words == [part for part in swapped.parts if isinstance(part, str)]
    assert "a {dim} bear" in words[-1]
    assert not any(word in " ".join(words).lower() for word in ("original", "wide", "aesthetic"))


def test_the_judge_of_effects_is_told_what_each_asked_dimension_looks_like() -> None:
    asked = effects.question(Image.new("RGB", (4, 4)), "a murky bear", ASKED)
    words = asked.parts[-1]
    assert isinstance(words, str)
    assert all(DIMENSIONS[name].description in words for name in ASKED)
    example = json.loads(words.rsplit("\n", 1)[1])
    assert effects.read(json.dumps(example), ASKED) == dict.fromkeys((*effects.OVERALL, *ASKED), 0)
    assert asked.schema["properties"]["dimensions"]["required"] == list(ASKED)
    assert "dimensions" not in effects.question(Image.new("RGB", (4, 4)), "a bear", ()).schema["properties"]


def test_chance_puts_either_order_first_the_same_way_each_time() -> None:
    firsts = [pairwise.first_order(f"pair {number}") for number in range(400)]
    assert firsts == [pairwise.first_order(f"pair {number}") for number in range(400)]
    assert 150 < firsts.count("wide-original") < 250
    assert firsts != [pairwise.first_order(f"pair {number}", seed=1) for number in range(400)]


def test_a_large_image_is_scaled_down_and_a_small_one_is_left_alone() -> None:
    assert shown(Image.new("RGB", (3000, 1500))).size == (LONGEST_SIDE, LONGEST_SIDE // 2)
    small = Image.effect_noise((40, 30), 50).convert("RGB")
    assert shown(small).tobytes() == small.tobytes()


def test_every_model_of_the_catalogue_can_be_asked_either_way_and_a_home_adds_its_own(tmp_path: Path) -> None:
    assert {"judge-pairwise:qwen2.5-vl-7b", "judge-effects:qwen3-vl-8b"} <= judges(tmp_path).keys()
    own = 'kind = "judge"\nlicence = ""\nremote = "m"\nendpoint = "https://example.com/v1"\nsources = []\n'
    (tmp_path / "catalogue.toml").write_text(f"[mine]\n{own}")
    assert "may cost money" in judges(tmp_path)["judge-effects:mine"]
    from engine.judges import require

    with pytest.raises(UnknownName, match="judge-pairwise:mine"):
        require("judge-pairwise:mime", tmp_path)
    with pytest.raises(UnknownName):
        require("judge-pairwise", tmp_path)
