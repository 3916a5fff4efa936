"""Every family that diffusers runs, from small random pipelines in the published layouts, through the real loading."""

from __future__ import annotations

import json
import shutil
import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from engine import devices
from engine.devices import Memory
from engine.generators import GENERATORS, diffusion, generators
from engine.generators.base import Failed, Manner, Request
from engine.generators.diffusion import Diffusion, opening, pipeline
from engine.generators.diffusion.memory import GIB, WORKING, CardTooSmall, Placement, placed, weights_of
from engine.generators.diffusion.settings import Settings
from engine.generators.loading import open_generator
from engine.models.catalogue import built_in
from engine.models.places import MissingWeights, use
from engine.plan.wants import GenerateWants, Wants
from engine.reproduce import reproduce
from engine.runs import estimate, pause, progress, resume, start_run
from engine.scorers.weights import UnreadableWeights
from engine.verify.layouts.pipelines import PIPELINES, write_lora
from engine.worker.worker import Worker
from store import Home
from store.blobs import blob_path
from store.queries.work import failures

SMALL = {"size": 32, "steps": 2}
QUICK = (("size", 32), ("steps", 2))
BASES = ("flux.1-dev", "sdxl", "playground-v2.5", "sd3.5-medium", "sd1.5")
"""One of each family, and both of those that share parts but not the noise schedule."""
OWN = """
[mine]
kind = "generator"
licence = "MIT"
base = "sdxl"
settings = { steps = 2, size = 32 }
sources = []
"""
Written = Callable[[str], Path]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The folder of a generator, written once; read it only."""
    folder = tmp_path_factory.mktemp("pipelines")

    def write(name: str) -> Path:
        return folder / name if (folder / name).exists() else PIPELINES[name](folder / name)

    return write


@pytest.fixture
def copy(written: Written, tmp_path: Path) -> Written:
    """A folder of the test's own."""
    return lambda name: shutil.copytree(written(name), tmp_path / name)


def made(generator: Diffusion, *requests: Request) -> list:
    return list(generator.generate(requests or (ask(),)))


def ask(prompt: str = "a dog in the fog", seed: int = 1, **settings: object) -> Request:
    return Request(prompt, seed, settings={**SMALL, **settings})


def same(one: Image.Image, other: Image.Image) -> bool:
    return np.array_equal(np.asarray(one), np.asarray(other))


def test_every_generator_of_the_catalogue_is_known_by_its_name_and_knows_its_settings() -> None:
    names = {name for name, each in built_in().items() if each.kind == "generator"}
    assert {*names, "darkroom"} == set(GENERATORS.names())
    for name in names:
        GENERATORS.load(name).check(built_in()[name].settings)
    assert {name for name in names if not built_in()[name].remote and not built_in()[name].shares} == PIPELINES.keys()


@pytest.mark.parametrize("name", [name for name in PIPELINES if not built_in()[name].edits])
def test_a_published_folder_becomes_a_generator_that_makes_images(name: str, written: Written, tmp_path: Path) -> None:
    use(name, written(name), tmp_path)
    generator = open_generator(name, tmp_path, "cpu")
    (image,) = made(generator)  # type: ignore[arg-type]
    assert image.size == (32, 32)
    assert np.asarray(image).std() > 5
    assert (generator.name, generator.base or "") == (name, built_in()[name].base)
    assert generator.version.endswith("fp32 code-1")


@pytest.mark.parametrize("name", BASES)
def test_a_seed_gives_the_same_pixels_beside_others_and_alone(name: str, written: Written) -> None:
    requests = [ask("a dog", 1), ask("the fog, long and grey and hardly there", 2), ask("a dog", 3)]
    generator = Diffusion(name, written(name))
    beside = made(generator, *requests)
    alone = [made(Diffusion(name, written(name)), each)[0] for each in reversed(requests)][::-1]
    assert all(map(same, beside, alone))
    assert not same(beside[0], beside[2])


@pytest.mark.parametrize("name", BASES)
def test_a_batch_of_several_differs_in_rounding_at_most_and_says_how_many_there_were(
    name: str, written: Written
) -> None:
    requests = [ask("a dog", 1), ask("fog", 2), ask("a dog and fog", 3)]
    several = Diffusion(name, written(name), placement=Placement(in_turn=True, batch_size=3))
    together = made(several, *requests)
    assert several.described(requests[0])["batch"] == 3
    for one, other in zip(together, made(Diffusion(name, written(name)), *requests), strict=True):
        assert np.abs(np.asarray(one, dtype=int) - np.asarray(other, dtype=int)).max() <= 1


def test_a_card_that_is_full_gets_half_as_many_at_once_once_it_has_let_go(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [ask("a dog", 1), ask("fog", 2), ask("a dog and fog", 3)]
    expected = made(Diffusion("sdxl", written("sdxl")), *requests)
    work, tried, left = Diffusion._denoised, [], []

    def denoised(self: Diffusion, some: list[Request], *arguments: Any) -> list:
        activations = np.zeros(9)
        assert not any(reference() is not None for reference in left)
        left.append(weakref.ref(activations))
        tried.append(len(some))
        if len(some) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return work(self, some, *arguments)

    monkeypatch.setattr(Diffusion, "_denoised", denoised)
    generator = Diffusion("sdxl", written("sdxl"), placement=Placement(batch_size=4))
    assert all(map(same, made(generator, *requests), expected))
    assert tried == [3, 1, 1, 1]
    assert generator.described(requests[0])["batch"] == 1


@pytest.mark.parametrize(
    ("aligned", "base"),
    [("sd3.5-medium-geneval", "sd3.5-medium"), ("danceflux", "flux.1-dev"), ("sd1.5-dpo", "sd1.5")],
)
def test_a_lora_or_a_replaced_denoiser_changes_the_image(aligned: str, base: str, written: Written) -> None:
    images = [made(Diffusion(name, written(name)))[0] for name in (aligned, base)]
    assert not same(*images)


def test_a_replaced_transformer_may_be_a_single_file_without_a_configuration(copy: Written, written: Written) -> None:
    folder = copy("danceflux")
    file = next((folder / "replacement").rglob("*.safetensors"))
    file.rename(folder / "replacement" / "flux.safetensors")
    shutil.rmtree(file.parent)
    assert same(made(Diffusion("danceflux", folder))[0], made(Diffusion("danceflux", written("danceflux")))[0])


def test_settings_change_the_image_and_are_described_as_they_took_effect(written: Written) -> None:
    generator = Diffusion("sd1.5", written("sd1.5"))
    wide = ask(size="48x32", guidance=2)
    images = made(generator, ask(), ask(steps=3), ask(guidance=2), wide)
    assert images[3].size == (48, 32)
    assert not any(same(images[0], other) for other in images[1:3])
    said = generator.described(wide)
    assert (said["steps"], said["guidance"], said["width"], said["sampler"]) == (2, 2, 48, "PNDMScheduler")


@pytest.mark.parametrize(
    "wrong",
    [{"stepz": 3}, {"steps": 0}, {"steps": 2.5}, {"size": "big"}, {"size": 33}, {"width": 32}, {"guidance": "x"}],
)
def test_a_setting_that_is_unknown_or_out_of_range_is_said(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"setting|must be|size|together"):
        Settings.of(wrong)


def test_what_a_text_limit_cut_is_told(written: Written) -> None:
    generator = Diffusion("sd3.5-medium", written("sd3.5-medium"))
    short, long = ask("a dog"), ask("the dog " * 90 + "and a lighthouse")
    made(generator, short, long)
    assert "cut" not in generator.described(short)
    cut = generator.described(long)["cut"]
    assert cut["tokenizer"].endswith("lighthouse")
    assert cut["tokenizer_3"].endswith("lighthouse")


def test_latents_that_are_no_numbers_fail_and_a_black_image_too(copy: Written) -> None:
    folder = copy("sd1.5")
    path = folder / "vae" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    for value, words in ((float("nan"), "NaN"), (-1e4, "black")):
        tensors["decoder.conv_out.bias"].fill_(value)
        save_file(tensors, path, metadata={"format": "pt"})
        (result,) = made(Diffusion("sd1.5", folder))
        assert isinstance(result, Failed)
        assert words in str(result)


def test_cancelling_ends_an_image_at_its_next_step(written: Written) -> None:
    class Cancelled(Exception):
        pass

    seen: list[tuple[int, int]] = []

    def on_step(step: int, steps: int) -> None:
        seen.append((step, steps))
        if (step, steps) == (3, 40):
            raise Cancelled

    with pytest.raises(Cancelled):
        list(Diffusion("sdxl", written("sdxl")).generate([ask(steps=40)], on_step))
    assert seen[-1] == (3, 40)


def test_missing_weights_say_how_to_get_them_and_that_a_gated_model_needs_a_token(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match=r"gated.*HF_TOKEN.*models use flux\.1-dev"):
        open_generator("flux.1-dev", tmp_path)


def _pickled(folder: Path) -> None:
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    file.rename(file.with_suffix(".bin"))


def _own_code(folder: Path) -> None:
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "unet" / "mine.py").write_text("raise SystemExit('this was run')")
    index["unet"] = ["mine", "UNet"]
    (folder / "model_index.json").write_text(json.dumps(index))


def _other_pipeline(folder: Path) -> None:
    (folder / "model_index.json").write_text(json.dumps({"_class_name": ["mine", "Pipeline"]}))


def _cut_short(folder: Path) -> None:
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def _lacks_a_tensor(folder: Path) -> None:
    file = folder / "vae" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(file)
    del tensors["decoder.conv_out.bias"]
    save_file(tensors, file, metadata={"format": "pt"})


@pytest.mark.parametrize("damage", [_pickled, _own_code, _other_pipeline, _cut_short, _lacks_a_tensor])
def test_a_folder_that_is_damaged_or_would_run_code_is_refused(damage: Callable[[Path], None], copy: Written) -> None:
    folder = copy("sd1.5")
    damage(folder)
    with pytest.raises(UnreadableWeights, match=r"can't be read .*models fetch sd1\.5"):
        Diffusion("sd1.5", folder)


def test_a_lora_of_another_base_is_refused(copy: Written) -> None:
    folder = copy("sdxl")
    write_lora(folder)
    with pytest.raises(UnreadableWeights, match="doesn't fit its base model"):
        Diffusion("sdxl", folder)
    other = copy("sd3.5-medium-geneval")
    file = other / "lora" / "adapter_model.safetensors"
    save_file({key: tensor[:, :1].contiguous() for key, tensor in load_file(file).items()}, file)
    with pytest.raises(UnreadableWeights, match="doesn't fit its base model"):
        Diffusion("sd3.5-medium-geneval", other)


def test_a_model_is_placed_by_what_the_card_has_free_and_refused_before_loading_if_nothing_helps() -> None:
    sizes = {"text_encoder_2": 9 * GIB, "transformer": 22 * GIB, "vae": GIB}

    def on(free: float, total: float = 80, **manner: Any) -> Placement:
        memory = Memory(int(free * GIB), int(total * GIB))
        return placed("flux", sizes, "transformer", memory, Manner(**manner), ["sdxl"])

    assert on(80) == Placement(batch_size=4)
    assert on(35) == Placement(batch_size=1)
    assert on(80, batch_size=2) == Placement(batch_size=2)
    assert on(27) == on(80, memory="offload", batch_size=1) == Placement(in_turn=True, batch_size=1)
    assert on(16.5, 17) == on(20, memory="tight", batch_size=1) == Placement(tight=True, batch_size=1)
    with pytest.raises(CardTooSmall, match=r"flux needs about 26\.0 GiB .* 12\.0 of its 80\.0 are free; .*fit: sdxl"):
        on(12)
    with pytest.raises(CardTooSmall, match=r"about 35\.0 GiB .*what would fit: --memory offload, --memory tight, sdxl"):
        on(30, memory="full")
    with pytest.raises(CardTooSmall, match=r"about 16\.1 GiB .*denoiser in 8 bits.* 7\.0 of its 8\.0 are free"):
        on(7, 8)
    assert placed("flux", sizes, "transformer", None, Manner("tight")) == Placement(tight=True)
    assert WORKING < 8 * GIB


def test_what_others_hold_of_a_card_has_no_say_in_the_pixels() -> None:
    """Then two workers on like cards, or a run taken up again, would make pairs of two versions."""
    sizes = {"text_encoder": GIB, "transformer": 20 * GIB}
    with pytest.raises(CardTooSmall, match=r"what would fit: --memory tight"):
        placed("m", sizes, "transformer", Memory(16 * GIB, 24 * GIB))
    assert placed("m", sizes, "transformer", Memory(16 * GIB, 16 * GIB)).tight


@pytest.mark.parametrize("name", BASES)
def test_a_tight_model_keeps_its_denoiser_in_8_bits_and_says_so_in_its_version(name: str, written: Written) -> None:
    requests = [ask("a dog", 1), ask("fog", 2)]
    tight, full = Diffusion(name, written(name), placement=Placement(tight=True)), Diffusion(name, written(name))
    assert torch.float8_e4m3fn in {weights.dtype for weights in tight._denoiser.parameters()}
    images, usual = made(tight, *requests), made(full, *requests)
    apart = [np.abs(np.asarray(a, int) - np.asarray(b, int)).mean() for a, b in zip(images, usual, strict=True)]
    assert all(0 < each < 10 for each in apart), "other pixels of the same image"
    assert all(map(same, images, made(Diffusion(name, written(name), placement=Placement(tight=True)), *requests)))
    assert tight.version != full.version
    assert tight.version.endswith("fp32 tight code-1")
    assert (Diffusion.memory_of(tight.version), Diffusion.memory_of(full.version)) == ("tight", "auto")
    assert "8 bits" in tight.described(requests[0])["memory"]


@pytest.mark.parametrize("tight", [False, True], ids=["full", "tight"])
@pytest.mark.parametrize("name", [*BASES, "sd3.5-medium-geneval"])
def test_in_the_precision_of_a_card_it_is_the_same_image_to_a_few_levels(
    name: str, tight: bool, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A processor computes in bf16 too, when it is told to; noise, sketches and pixels go through the same calls."""
    requests = [ask("a dog", 1), ask("fog", 2)]
    placement = Placement(tight=tight, batch_size=2)
    whole = made(Diffusion(name, written(name), placement=placement), *requests)
    monkeypatch.setattr(diffusion, "_precision_on", lambda device: "bf16")
    generator = Diffusion(name, written(name), placement=placement)
    sketched: list[str] = []
    generator.on_sketch = lambda draw: sketched.append(draw()[1])
    for image, other in zip(made(generator, *requests), whole, strict=True):
        assert np.abs(np.asarray(image, float) - np.asarray(other, float)).mean() < 8
    assert sketched[0] == "false colours"
    assert generator.version.endswith("bf16 tight code-1" if tight else "bf16 code-1")


def test_parts_in_turn_give_the_pixels_of_all_at_once(written: Written) -> None:
    in_turn, full = (Diffusion("sdxl", written("sdxl"), placement=Placement(turn)) for turn in (True, False))
    assert same(made(in_turn)[0], made(full)[0])
    assert in_turn.version == full.version


def test_a_card_too_small_is_told_before_anything_is_loaded_and_a_small_one_is_used_tightly(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("sdxl", written("sdxl"), tmp_path)
    sizes = weights_of(written("sdxl"), 2)
    least = WORKING + sum(size for part, size in sizes.items() if part in ("unet", "vae"))
    monkeypatch.setattr(devices, "memory", lambda device: Memory(least - 1, least - 1))
    generator = open_generator("sdxl", tmp_path, "cpu")
    assert "8 bits" in generator.described(ask())["memory"]
    monkeypatch.setattr(devices, "memory", lambda device: Memory(least - 1, 2 * least))
    monkeypatch.setattr(opening, "_fitting", lambda free, home: ["sd1.5"])
    monkeypatch.setattr(pipeline, "load", lambda *_: pytest.fail("it was loaded"))
    with pytest.raises(CardTooSmall, match=r"sdxl needs about .* what would fit: --memory tight, sd1\.5"):
        open_generator("sdxl", tmp_path, "cpu")
    with pytest.raises(CardTooSmall, match="--memory tight"):
        open_generator("sdxl", tmp_path, "cpu", Manner("offload"))


def test_a_denoiser_is_compiled_where_that_is_wished_and_what_is_kept_tells_it(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[str] = []

    def noted(module: torch.nn.Module, mode: str) -> torch.nn.Module:
        modes.append(mode)
        return module  # compiling takes minutes and a compiler

    monkeypatch.setattr(torch, "compile", noted)
    generator = Diffusion("sd1.5", written("sd1.5"))
    wished = ask(compile="default")
    first, plain, again = made(generator, wished, ask(), wished)
    assert modes == ["default", "default"]
    assert same(first, plain)
    assert same(first, again)
    assert generator.described(wished)["compile"] == "default"
    assert "compile" not in generator.described(ask())
    with pytest.raises(ValueError, match="compile must be default, reduce-overhead, max-autotune, not 'fast'"):
        Settings.of({"compile": "fast"})


def test_a_run_says_how_many_images_are_made_together(diffusing: Home) -> None:
    wants = wanted("sdxl", ("a dog", "fog", "a lighthouse"))
    run = start_run(diffusing, "by three", Wants(replace(wants, batch_size=3)))
    Worker(diffusing).run()
    assert progress(diffusing, run).left == 0
    rows = diffusing.database.reader().execute("SELECT provenance FROM image").fetchall()
    assert {json.loads(row[0])["made"]["batch"] for row in rows} >= {3}


def test_a_tight_run_is_counted_by_itself_and_reproduced_as_it_was_made(diffusing: Home) -> None:
    usual, tight = wanted(), replace(wanted(), memory="tight")
    start_run(diffusing, "usual", Wants(usual))
    Worker(diffusing).run()
    assert estimate(diffusing, Wants(tight)).pairs == 4
    run = start_run(diffusing, "tight", Wants(tight))
    Worker(diffusing).run()
    assert progress(diffusing, run).stages[0].done == 4
    for wants in (usual, replace(usual, memory="full"), tight):
        assert estimate(diffusing, Wants(wants)).pairs == 0
    assert diffusing.database.reader().execute("SELECT count(*) FROM pair").fetchone()[0] == 8
    newest = diffusing.database.reader().execute("SELECT max(id) FROM image").fetchone()[0]
    again = reproduce(diffusing, newest, "cpu")
    assert again.same
    assert "tight" in again.version_now


def test_sizes_are_read_from_headers_alone(written: Written) -> None:
    sizes = weights_of(written("sd3.5-medium"), 2)
    assert sizes.keys() == {"text_encoder", "text_encoder_2", "text_encoder_3", "transformer", "vae"}
    stored = (written("sd3.5-medium") / "transformer" / "diffusion_pytorch_model.safetensors").stat().st_size
    assert 0.4 < sizes["transformer"] / stored < 0.5  # stored with 4 bytes a number and a header


@pytest.fixture
def diffusing(home: Home, written: Written) -> Home:
    """A home that has small SDXL and SD3.5-GenEval."""
    for name in ("sdxl", "sd3.5-medium-geneval"):
        use(name, written(name), home.folder)
    return home


def wanted(generator: str = "sdxl", prompts: tuple[str, ...] = ("a dog", "the fog")) -> GenerateWants:
    return GenerateWants(generator, "prompts", per_original=2, singles=1, prompts=prompts, settings=QUICK)


@pytest.mark.parametrize("name", ["sdxl", "sd3.5-medium-geneval"])
def test_pairs_are_made_measured_and_scored_by_the_worker_with_all_that_makes_them_again(
    name: str, diffusing: Home
) -> None:
    wants = Wants(wanted(name), ("polish",), probes=True)
    before = estimate(diffusing, wants)
    run = start_run(diffusing, "pairs", wants)
    Worker(diffusing).run()
    seen = progress(diffusing, run)
    assert (seen.state, seen.failed, seen.left) == ("done", 0, 0)
    assert (before.pairs, before.measures, before.scores) == (4, 6, 6)
    assert seen.done == 16
    reader = diffusing.database.reader()
    assert reader.execute("SELECT name, base FROM source").fetchone()[:] == (name, built_in()[name].base)
    sha256, text = reader.execute(
        "SELECT i.sha256, i.provenance FROM pair p JOIN image i ON i.id = p.wide_image_id LIMIT 1"
    ).fetchone()
    provenance = json.loads(text)
    assert provenance["settings"]["steps"] == 2
    assert provenance["settings"]["guidance" if name != "sdxl" else "size"]
    assert provenance["libraries"]["diffusers"]
    with Image.open(blob_path(diffusing, sha256, ".png")) as image:
        facts = image.text["parameters"].rsplit("\n", 1)[1]  # type: ignore[attr-defined]
    assert facts.startswith(f"Steps: 2, Sampler: {provenance['made']['sampler']}, CFG scale: ")
    assert f"Seed: {provenance['seed']}, Size: 32x32, Model: {name}" in facts


def test_through_the_worker_a_pair_has_the_pixels_that_its_generator_gives_alone(
    diffusing: Home, written: Written
) -> None:
    start_run(diffusing, "pairs", Wants(wanted()))
    Worker(diffusing).run()
    rows = diffusing.database.reader().execute("SELECT sha256, provenance FROM image").fetchall()
    assert len(rows) == 2 + 4
    for sha256, text in rows:
        provenance = json.loads(text)
        alone = Diffusion("sdxl", written("sdxl"))
        (image,) = made(alone, Request(provenance["prompt"], provenance["seed"], settings=dict(QUICK)))
        with Image.open(blob_path(diffusing, sha256, ".png")) as stored:
            assert same(stored, image)


def test_an_original_that_is_there_is_not_made_again_for_another_run(diffusing: Home) -> None:
    start_run(diffusing, "first", Wants(wanted()))
    start_run(diffusing, "more", Wants(GenerateWants(**{**wanted().__dict__, "per_original": 3, "singles": 1})))
    Worker(diffusing).run()
    count = "SELECT count(*), count(DISTINCT original_image_id) FROM pair"
    pairs, originals = diffusing.database.reader().execute(count).fetchone()
    assert pairs > 4
    assert originals == 2


def test_pausing_in_the_middle_of_an_image_answers_at_its_next_step_and_resuming_makes_it(
    diffusing: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.worker.pulse import Pulse

    inside = threading.Event()
    heard = Pulse.on_step

    def on_step(pulse: Pulse, step: int, steps: int) -> None:
        inside.set()
        heard(pulse, step, steps)

    monkeypatch.setattr(Pulse, "on_step", on_step)
    slow = GenerateWants(**{**wanted().__dict__, "settings": (("size", 32), ("steps", 1000))})
    run = start_run(diffusing, "slow", Wants(slow))
    worker = Worker(diffusing)
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert inside.wait(60)
    pause(diffusing, run)
    thread.join(10)
    assert not thread.is_alive()
    assert progress(diffusing, run).done == 0
    quick = start_run(diffusing, "quick", Wants(wanted()))
    Worker(diffusing).run()
    assert progress(diffusing, quick).left == 0
    assert progress(diffusing, run).state == "paused"
    resume(diffusing, run)
    assert progress(diffusing, run).state == "queued"


def test_an_image_that_comes_to_nothing_is_recorded_with_its_reason(diffusing: Home, copy: Written) -> None:
    folder = copy("sdxl")
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    tensors["conv_out.bias"].fill_(float("nan"))
    save_file(tensors, path, metadata={"format": "pt"})
    use("sdxl", folder, diffusing.folder)
    run = start_run(diffusing, "nan", Wants(wanted()))
    Worker(diffusing).run()
    assert progress(diffusing, run).stages[0].failed == 4
    reasons = {row["reason"] for row in failures(diffusing.database.reader(), run)}
    assert any("NaN" in reason for reason in reasons)
    assert diffusing.database.reader().execute("SELECT count(*) FROM image").fetchone()[0] == 0


def test_a_model_of_the_homes_own_catalogue_needs_no_code(home: Home, written: Written) -> None:
    (home.folder / "catalogue.toml").write_text(OWN)
    use("mine", written("sdxl"), home.folder)
    assert "mine" in generators(home.folder).names()
    run = start_run(home, "own", Wants(GenerateWants("mine", "prompts", per_original=1, prompts=("a dog",))))
    Worker(home).run()
    assert progress(home, run).stages[0].done == 1
    assert home.database.reader().execute("SELECT name, base FROM source").fetchone()[:] == ("mine", "sdxl")


def test_a_run_with_settings_that_the_generator_does_not_take_is_not_queued(home: Home) -> None:
    for wants, words in (
        (GenerateWants("sdxl", "prompts", prompts=("a",), settings=(("stepz", 3),)), "unknown setting stepz"),
        (GenerateWants("darkroom", "prompts", prompts=("a",)), "can't start from prompts alone"),
        (GenerateWants("darkroom", settings=(("steps", 3),)), "takes no settings"),
    ):
        with pytest.raises(ValueError, match=words):
            start_run(home, "wrong", Wants(wants))
