"""Generators that start from an image: img2img of every family, and FLUX.1 Kontext, through the real loading."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.generators.base import Request
from engine.generators.diffusion.edit import Img2Img, Instructed
from engine.generators.diffusion.framing import Framing
from engine.generators.diffusion.memory import Placement
from engine.generators.loading import open_generator
from engine.models.catalogue import built_in
from engine.models.places import use
from engine.plan.wants import GenerateWants, Wants
from engine.registry import UnknownName
from engine.reproduce import reproduce
from engine.runs import progress, start_run
from engine.scorers.weights import UnreadableWeights
from engine.verify.layouts.pipelines import PIPELINES
from engine.worker.worker import Worker
from store import Home
from store.blobs import keep_bytes
from store.records import PhotographFacts, add_photograph

EDITORS = [name for name, each in built_in().items() if each.edits]
ONE_OF_EACH = ("flux.1-dev-img2img", "sdxl-img2img", "playground-v2.5-img2img", "sd3.5-medium-img2img", "sd1.5-img2img")
QUICK = (("size", 32), ("steps", 2))
Written = Callable[[str], Path]


def holder(name: str) -> str:
    return built_in()[name].shares or name


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The folder from which an editor is read, written once."""
    folder = tmp_path_factory.mktemp("pipelines")

    def write(name: str) -> Path:
        weights = holder(name)
        return folder / weights if (folder / weights).exists() else PIPELINES[weights](folder / weights)

    return write


def noise(width: int = 48, height: int = 32, seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((width, height))


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def ask(name: str, seed: int = 1, image: Image.Image | None = None, **settings: object) -> Request:
    strength = {"strength": 0.6} if "img2img" in name else {}
    return Request("a dog in the fog", seed, (), image or noise(), {"size": 32, "steps": 3, **strength, **settings})


def made(generator: Img2Img | Instructed, *requests: Request) -> list:
    return list(generator.generate(requests))


def opened(name: str, written: Written) -> Img2Img | Instructed:
    return (Img2Img if "img2img" in name else Instructed)(name, written(name))


def same(one: Image.Image, other: Image.Image) -> bool:
    return np.array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize("name", EDITORS)
def test_every_editor_works_from_the_folder_of_its_weights(name: str, written: Written, tmp_path: Path) -> None:
    use(name, written(name), tmp_path)
    editor = open_generator(name, tmp_path, "cpu")
    assert editor.edits
    (image,) = made(editor, ask(name))  # type: ignore[arg-type]
    assert image.size == (32, 32)
    assert np.asarray(image).std() > 5
    assert (editor.name, editor.base or "") == (name, built_in()[name].base)
    assert ("Img2ImgPipeline" in editor.version) == ("img2img" in name)


@pytest.mark.parametrize("name", [*ONE_OF_EACH, "flux.1-kontext-dev"])
def test_the_image_counts_and_a_seed_gives_the_same_pixels_beside_others_and_alone(name: str, written: Written) -> None:
    requests = [ask(name, 1), ask(name, 2, size="48x32"), ask(name, 1, noise(seed=5)), ask(name, 2, size="48x32")]
    beside = made(opened(name, written), *requests)
    alone = [made(opened(name, written), each)[0] for each in requests]
    assert all(map(same, beside, alone))
    assert not same(beside[0], beside[2])
    assert same(beside[1], beside[3])


@pytest.mark.parametrize("name", [*ONE_OF_EACH, "flux.1-kontext-dev"])
def test_a_batch_of_several_differs_in_rounding_at_most(name: str, written: Written) -> None:
    requests = [ask(name, seed, noise(seed=seed)) for seed in (1, 2, 3)]
    editor = opened(name, written)
    several = type(editor)(name, written(name), placement=Placement(in_turn=True, batch_size=3))
    together = made(several, *requests)
    assert several.described(requests[0])["batch"] == 3
    for one, other in zip(together, made(editor, *requests), strict=True):
        assert np.abs(np.asarray(one, dtype=int) - np.asarray(other, dtype=int)).max() <= 1


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_the_strength_says_how_many_of_the_steps_are_done(name: str, written: Written) -> None:
    weak, strong = (ask(name, steps=10, strength=strength) for strength in (0.1, 1.0))
    seen: list[tuple[int, int]] = []
    editor = opened(name, written)
    editor.prepare([weak])
    list(editor.generate([weak], lambda step, steps: seen.append((step, steps))))
    assert len(seen) == seen[-1][1] <= 2  # one of ten; PNDM does its first one twice
    (first,), (last,) = made(editor, weak), made(editor, strong)
    assert not same(first, last)
    assert editor.described(weak)["strength"] == 0.1


@pytest.mark.parametrize(
    ("before", "size", "words", "after"),
    [
        ((1024, 1024), None, "1024x1024", (1024, 1024)),
        ((1600, 1067), None, "1600x1067, resized to 1248x832", (1248, 832)),
        ((1601, 901), None, "1601x901, cropped to 1596x901, resized to 1360x768", (1360, 768)),
        ((3000, 100), None, "3000x100, cropped to 252x100, resized to 1616x640", (1616, 640)),
        ((7, 400), None, "7x400, cropped to 7x18, resized to 640x1616", (640, 1616)),
        ((1, 1), None, "1x1, resized to 1024x1024", (1024, 1024)),
        ((640, 480), (512, 512), "640x480, cropped to 480x480, resized to 512x512", (512, 512)),
    ],
)
def test_an_image_of_any_shape_is_cropped_as_little_as_can_be_and_it_is_said(
    before: tuple[int, int], size: tuple[int, int] | None, words: str, after: tuple[int, int]
) -> None:
    framing = Framing.of(before, size, 1024 * 1024)
    assert (framing.words(), framing.size) == (words, after)
    assert not any(edge % 16 for edge in after)
    image = framing.applied(noise(*before))
    assert image.size == after


def test_an_image_of_odd_size_is_edited_in_its_own_shape_and_what_became_of_it_is_described(written: Written) -> None:
    editor = opened("sdxl-img2img", written)
    odd = Request("a dog", 1, (), noise(91, 47), {"steps": 3, "strength": 0.7})
    (image,) = made(editor, odd)
    assert image.size == (48, 16)
    said = editor.described(odd)
    assert said["start"] == "91x47, cropped to 91x30, resized to 48x16"
    assert (said["width"], said["height"]) == (48, 16)


@pytest.mark.parametrize(
    "wrong", [{"strength": 0}, {"strength": 1.5}, {"strength": "x"}, {"steps": 3, "strength": 0.3}]
)
def test_a_strength_that_is_out_of_range_or_leaves_no_step_is_said(wrong: dict, written: Written) -> None:
    with pytest.raises(ValueError, match="strength"):
        Img2Img.check(wrong)
    with pytest.raises(ValueError, match="strength"):
        made(opened("sd1.5-img2img", written), ask("img2img", **wrong))


def test_only_img2img_takes_a_strength() -> None:
    for name in ("sdxl", "flux.1-kontext-dev"):
        with pytest.raises(ValueError, match="NAME-img2img"):
            Wants(GenerateWants(name, settings=(("strength", 0.5),))).require_known()


def test_an_editor_without_an_image_says_so(written: Written) -> None:
    with pytest.raises(ValueError, match=r"sd1\.5-img2img edits images, and was given none"):
        made(opened("sd1.5-img2img", written), Request("a dog", 1))


def test_a_folder_of_the_other_kind_of_pipeline_is_refused(written: Written) -> None:
    with pytest.raises(UnreadableWeights, match="those that work are FluxKontextPipeline"):
        Instructed("told", written("sdxl-img2img"))
    with pytest.raises(UnreadableWeights, match="its pipeline is FluxKontextPipeline"):
        Img2Img("img2img", written("flux.1-kontext-dev"))


@pytest.fixture
def editing(home: Home, written: Written) -> Home:
    """A home with small SDXL and Kontext, one photograph, and two pairs of SDXL's from one prompt."""
    for name in ("sdxl", "flux.1-kontext-dev"):
        use(name, written(name), home.folder)
    with home.database.write() as session:
        facts = PhotographFacts(caption="noise", conventional=True)
        add_photograph(session, keep_bytes(home, png(noise(60, 45)), "noise"), "photograph", facts)
    wants = GenerateWants("sdxl", "prompts", per_original=2, singles=1, prompts=("a dog",), settings=QUICK)
    start_run(home, "from text", Wants(wants))
    Worker(home).run()
    return home


def pairs_of(home: Home, source: str) -> list[dict]:
    query = """SELECT p.original_image_id AS start, o.text AS plain, w.text AS wide, p.writer, i.id AS image, i.kind,
                      i.provenance, g.input_image_id AS input
               FROM pair p JOIN source s ON s.id = p.source_id JOIN image i ON i.id = p.wide_image_id
               JOIN generation g ON g.image_id = i.id
               JOIN prompt o ON o.id = p.original_prompt_id JOIN prompt w ON w.id = p.wide_prompt_id
               WHERE s.name = ? ORDER BY p.id"""
    return [dict(row) for row in home.database.reader().execute(query, (source,))]


@pytest.mark.parametrize("name", ["sdxl-img2img", "flux.1-kontext-dev"])
def test_photographs_are_edited_scored_and_reproduced(name: str, editing: Home) -> None:
    wants = Wants(GenerateWants(name, per_original=2, singles=1, settings=QUICK), ("polish",), probes=True)
    run = start_run(editing, "edits", wants)
    Worker(editing).run()
    seen = progress(editing, run)
    assert (seen.state, seen.failed, seen.left) == ("done", 0, 0)
    edits = pairs_of(editing, name)
    assert [edit["start"] for edit in edits] == [1, 1], "the photograph is I_o"
    for edit in edits:
        provenance = json.loads(edit["provenance"])
        assert (edit["kind"], edit["input"]) == ("edit", 1)
        assert provenance["input"]
        assert provenance["made"]["start"] == "60x45, cropped to 45x45, resized to 32x32"
        assert provenance["settings"].get("strength") == (0.6 if "img2img" in name else None)
        assert reproduce(editing, edit["image"], "cpu").same


@pytest.mark.parametrize("name", ["sdxl-img2img", "flux.1-kontext-dev"])
def test_the_originals_of_a_text_generator_are_edited_toward_the_same_wide_prompts(name: str, editing: Home) -> None:
    run = start_run(editing, "editing test", Wants(GenerateWants(name, "source:sdxl", settings=QUICK)))
    Worker(editing).run()
    assert progress(editing, run).stages[0].done == 2
    edits, texts = pairs_of(editing, name), pairs_of(editing, "sdxl")
    same_in_both = ("start", "plain", "wide", "writer")
    assert [[edit[key] for key in same_in_both] for edit in edits] == [
        [text[key] for key in same_in_both] for text in texts
    ]
    assert {edit["input"] for edit in edits} == {texts[0]["start"]}
    assert all(reproduce(editing, edit["image"], "cpu").same for edit in edits)
    query = "SELECT dimension, effect, strength FROM pair_dimension WHERE pair_id = ? AND asked ORDER BY 1"
    reader = editing.database.reader()
    ids = [row[0] for row in reader.execute("SELECT id FROM pair ORDER BY id")]
    for text, edit in zip(ids[:2], ids[2:], strict=True):
        assert reader.execute(query, (text,)).fetchall() == reader.execute(query, (edit,)).fetchall()


def test_another_strength_or_another_start_is_another_pair(editing: Home) -> None:
    for strength in (0.6, 0.9):
        settings = (*QUICK, ("strength", strength))
        for originals in ("conventional", "source:sdxl", "source:sdxl"):
            wants = GenerateWants("sdxl-img2img", originals, per_original=2, singles=1, settings=settings)
            start_run(editing, "edits", Wants(wants))
    Worker(editing).run()
    assert len(pairs_of(editing, "sdxl-img2img")) == 2 * (2 + 2)


def test_a_generator_from_text_can_be_asked_for_the_prompts_of_another_source(editing: Home, written: Written) -> None:
    use("sd1.5", written("sd1.5-img2img"), editing.folder)
    start_run(editing, "the same prompts", Wants(GenerateWants("sd1.5", "source:sdxl", settings=QUICK)))
    Worker(editing).run()
    again, before = pairs_of(editing, "sd1.5"), pairs_of(editing, "sdxl")
    assert [each["wide"] for each in again] == [each["wide"] for each in before]
    assert len({each["start"] for each in again} - {each["start"] for each in before}) == 1


def test_named_dimensions_keep_the_pairs_that_ask_for_one_of_them(editing: Home) -> None:
    reader = editing.database.reader()
    query = "SELECT dimension FROM pair_dimension WHERE asked GROUP BY 1 HAVING count(DISTINCT pair_id) = 1 LIMIT 1"
    (dimension,) = reader.execute(query).fetchone()
    wants = GenerateWants("sdxl-img2img", "source:sdxl", dimensions=(dimension,), settings=QUICK)
    start_run(editing, "one dimension", Wants(wants))
    Worker(editing).run()
    assert len(pairs_of(editing, "sdxl-img2img")) == 1


def test_a_source_that_is_not_there_is_answered_with_the_nearest_and_strengths_are_refused(editing: Home) -> None:
    with pytest.raises(UnknownName, match="did you mean sdxl"):
        start_run(editing, "wrong", Wants(GenerateWants("sdxl-img2img", "source:sdx")))
    with pytest.raises(UnknownName, match=r"did you mean .*sdxl-img2img"):
        start_run(editing, "wrong", Wants(GenerateWants("sdxl-imgimg")))
    with pytest.raises(ValueError, match="written already"):
        GenerateWants("sdxl-img2img", "source:sdxl", strengths=(0.5,))
    with pytest.raises(ValueError, match="can't start from prompts alone"):
        start_run(editing, "wrong", Wants(GenerateWants("sdxl-img2img", "prompts", prompts=("a dog",))))
