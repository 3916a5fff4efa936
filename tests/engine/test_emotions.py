"""The emotion test as one run: happy portraits edited to sad, angry and fearful, scored under the emotion's caption."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.edits import edit_prompts, start_edited
from engine.models.places import use
from engine.plan.wants import GenerateWants, Wants
from engine.prompts.emotions import EMOTIONS, instruction
from engine.report import report, tables
from engine.reproduce import reproduce
from engine.runs import estimate, progress, start_run
from engine.verify.layouts.pipelines import PIPELINES
from engine.worker.worker import Worker
from store import Home, records
from store.blobs import keep_bytes
from store.records import NewScore, PhotographFacts, ScorerFacts, add_photograph

QUICK = (("size", 32), ("steps", 2))
CAPTIONS = ("a portrait of a ___ woman", "a happy man by the sea", "a quiet street")
EDITORS = ("sdxl-img2img", "flux.1-kontext-dev")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> folder of small SDXL and Kontext."""
    folder = tmp_path_factory.mktemp("pipelines")
    return {name: PIPELINES[name](folder / name) for name in ("sdxl", "flux.1-kontext-dev")}


@pytest.fixture
def portraits(home: Home, weights: dict[str, Path]) -> Home:
    """A home with both models, two portraits, and one photograph of no one."""
    for name, folder in weights.items():
        use(name, folder, home.folder)
    for number, caption in enumerate(CAPTIONS):
        with home.database.write() as session:
            facts = PhotographFacts(caption=caption, collection="faces")
            add_photograph(session, keep_bytes(home, png(number), caption), "photograph", facts)
    return home


def png(seed: int) -> bytes:
    """A small picture of noise."""
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def emotion_test(
    generator: str, originals: str | tuple[int, ...] = "collection:faces", **others: object
) -> GenerateWants:
    return GenerateWants(generator, originals, settings=QUICK, emotions=EMOTIONS, **others)  # type: ignore[arg-type]


def work(home: Home, wants: GenerateWants, *scorers: str) -> int:
    run = start_run(home, "emotions", Wants(wants, scorers))
    Worker(home).run()
    seen = progress(home, run)
    assert (seen.state, seen.failed, seen.left) == ("done", 0, 0)
    return run


def sets(home: Home, source: str) -> list[dict]:
    query = """SELECT p.id, p.original_image_id AS happy, o.text AS plain, w.text AS wide, p.seed, p.writer,
                      i.id AS image, i.provenance, d.dimension, d.effect
               FROM pair p JOIN source s ON s.id = p.source_id JOIN image i ON i.id = p.wide_image_id
               JOIN prompt o ON o.id = p.original_prompt_id JOIN prompt w ON w.id = p.wide_prompt_id
               JOIN pair_dimension d ON d.pair_id = p.id AND d.asked WHERE s.name = ? ORDER BY p.id"""
    return [dict(row) for row in home.database.reader().execute(query, (source,))]


@pytest.mark.parametrize("name", EDITORS)
def test_each_portrait_is_edited_to_each_emotion_and_the_caption_is_the_same_but_for_the_blank(
    name: str, portraits: Home
) -> None:
    assert estimate(portraits, Wants(emotion_test(name))).pairs == 6
    work(portraits, emotion_test(name))
    made = sets(portraits, name)
    assert [(each["happy"], each["plain"], each["wide"]) for each in made] == [
        (1, "a portrait of a happy woman", "a portrait of a sad woman"),
        (1, "a portrait of a happy woman", "a portrait of an angry woman"),
        (1, "a portrait of a happy woman", "a portrait of a fearful woman"),
        (2, "a happy man by the sea", "a sad man by the sea"),
        (2, "a happy man by the sea", "an angry man by the sea"),
        (2, "a happy man by the sea", "a fearful man by the sea"),
    ]
    assert {(each["dimension"], each["effect"]) for each in made} == {
        ("negative_personal_emotion", emotion) for emotion in EMOTIONS
    }
    assert [len({each["seed"] for each in made[:3]}), len({each["seed"] for each in made})] == [1, 2]
    assert {each["writer"] for each in made} == {"emotions"}
    related = "SELECT count(*) FROM pair_dimension WHERE dimension = 'emotion' AND NOT asked"
    assert portraits.database.reader().execute(related).fetchone()[0] == 6


@pytest.mark.parametrize("name", EDITORS)
def test_an_editor_that_is_told_gets_an_instruction_and_another_gets_the_caption(name: str, portraits: Home) -> None:
    work(portraits, emotion_test(name, (2,)))
    for each in sets(portraits, name):
        told = json.loads(each["provenance"])["prompt"]
        assert told == (instruction(each["effect"]) if name == "flux.1-kontext-dev" else each["wide"])
        assert reproduce(portraits, each["image"], "cpu").same


def test_the_same_test_again_makes_nothing(portraits: Home) -> None:
    work(portraits, emotion_test("sdxl-img2img"))
    before = [each["id"] for each in sets(portraits, "sdxl-img2img")]
    assert estimate(portraits, Wants(emotion_test("sdxl-img2img"))).pairs == 0
    work(portraits, emotion_test("sdxl-img2img"))
    assert [each["id"] for each in sets(portraits, "sdxl-img2img")] == before


def test_portraits_that_a_generator_made_from_text_are_edited_too(portraits: Home) -> None:
    work(portraits, emotion_test("sdxl", "prompts", prompts=CAPTIONS[:2]))
    from_text = sets(portraits, "sdxl")
    assert [each["wide"] for each in from_text[:2]] == ["a portrait of a sad woman", "a portrait of an angry woman"]
    work(portraits, emotion_test("flux.1-kontext-dev", "source:sdxl"))
    edited = sets(portraits, "flux.1-kontext-dev")
    assert [(each["happy"], each["wide"]) for each in edited] == [(each["happy"], each["wide"]) for each in from_text]


def test_the_report_says_per_scorer_and_emotion_how_often_the_happy_one_is_at_least_as_high(portraits: Home) -> None:
    work(portraits, emotion_test("sdxl-img2img"))
    values = {"sad": (1.0, 2.0), "angry": (2.0, 1.0), "fearful": (1.0, 1.0)}
    reader = portraits.database.reader()
    with portraits.database.write() as session:
        facts = ScorerFacts("taste", "1", "reward model", "dual", reads_prompt=True)
        scorer = records.scorer_id(session, facts)
        for each in sets(portraits, "sdxl-img2img"):
            ids = reader.execute(
                "SELECT wide_prompt_id, wide_image_id FROM pair WHERE id = ?", (each["id"],)
            ).fetchone()
            happy, shown = values[each["effect"]]
            if each["happy"] == 2 and each["effect"] == "sad":
                happy, shown = shown, happy
            scores = [NewScore(each["happy"], ids[0], happy), NewScore(ids[1], ids[0], shown)]
            records.add_scores(session, scorer, scores)
    found = report(portraits, resamples=50)
    (cells,) = found["scorers"]["taste"]["emotions"].values()
    assert {name: each["happy_at_least"]["value"] for name, each in cells.items()} == {
        "sad": 0.5,
        "angry": 1.0,
        "fearful": 1.0,
    }
    assert {name: (each["pairs"], each["ties"]) for name, each in cells.items()} == {
        "sad": (2, 0),
        "angry": (2, 0),
        "fearful": (2, 2),
    }
    (table,) = [each for each in tables(found) if each.title.startswith("The emotion test")]
    assert {row[3]: row[5].value for row in table.rows} == {"sad": 0.5, "angry": 0.0, "fearful": 0.0}
    assert "HPSv3 sad 44%, angry 19%, fearful 32%" in table.note


def test_portraits_under_one_caption_are_counted_one_by_one_and_edits_by_hand_are_not(portraits: Home) -> None:
    with portraits.database.write() as session:
        facts = PhotographFacts(caption=CAPTIONS[0], collection="faces")
        twin, _ = add_photograph(session, keep_bytes(portraits, png(7), "twin"), "photograph", facts)
    work(portraits, emotion_test("sdxl-img2img", (1, twin)))
    first = sets(portraits, "sdxl-img2img")[0]
    start_edited(portraits, edit_prompts(portraits, {first["id"]: "a woman in a burning cellar"}, "ann"))
    Worker(portraits).run()
    made = sets(portraits, "sdxl-img2img")
    assert [each["effect"] for each in made].count(first["effect"]) == 3
    with portraits.database.write() as session:
        scorer = records.scorer_id(session, ScorerFacts("taste", "1", "reward model", "dual", reads_prompt=False))
        scores = {each["image"]: float(number) for number, each in enumerate(made)} | {1: 1.5, twin: 1.5}
        records.add_scores(session, scorer, [NewScore(image, 0, value) for image, value in scores.items()])
    (cells,) = report(portraits, resamples=50)["scorers"]["taste"]["emotions"].values()
    preference = cells[first["effect"]]["preference"]
    assert (preference["value"], preference["n"]) == (0.5, 2)
    assert preference["low"] < 0.5 < preference["high"], "two portraits, whatever they are called"


def test_what_cannot_be_tested_is_said_before_anything_is_queued(portraits: Home) -> None:
    for wants, words in (
        (emotion_test("sdxl"), "sdxl makes images from text and edits none.*sdxl-img2img"),
        (emotion_test("sdxl", "source:sdxl"), "edits none"),
        (emotion_test("darkroom"), "darkroom can't be asked for an emotion"),
        (emotion_test("sdxl-img2img", (1, 3)), "“a quiet street” must have a blank"),
        (emotion_test("sdxl-img2img", "conventional"), "no image of “conventional” has a caption that says happy"),
        (emotion_test("sdxl", "prompts", prompts=("a man",)), "“a man” must have a blank"),
        (emotion_test("sdxl-img2img", "source:sdxl"), "unknown source of pairs"),
    ):
        with pytest.raises(ValueError, match=words):
            start_run(portraits, "wrong", Wants(wants))
    for others in ({"dimensions": ("clarity",)}, {"strengths": (0.5,)}, {"per_original": 2}):
        with pytest.raises(ValueError, match="emotion"):
            emotion_test("sdxl-img2img", **others)
