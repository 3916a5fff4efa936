"""BLIP's two heads against transformers' own `BlipForImageTextRetrieval`, one cell at a time, and odd inputs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import BertTokenizer, BlipForImageTextRetrieval, BlipImageProcessorPil, BlipProcessor

from engine.scorers.base import Scorer
from engine.scorers.blip import BlipITC, BlipITM
from engine.scorers.weights import UnreadableWeights
from engine.verify.layouts import LAYOUTS
from tests.goldens.cells import IMAGES, PROMPTS, picture

CELLS = [(picture(image), prompt) for image in IMAGES for prompt in (*PROMPTS, "long " * 510)]
BOTH = pytest.mark.parametrize("kind", [BlipITM, BlipITC])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return LAYOUTS["blip-itm"](tmp_path_factory.mktemp("weights") / "blip")


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    """A folder of the test's own."""
    return Path(shutil.copytree(folder, tmp_path / "own"))


@pytest.fixture(scope="module")
def reference(folder: Path) -> tuple[BlipForImageTextRetrieval, BlipProcessor]:
    processor = BlipProcessor(
        BlipImageProcessorPil.from_pretrained(folder), BertTokenizer.from_pretrained(folder, local_files_only=True)
    )
    return BlipForImageTextRetrieval.from_pretrained(folder).eval(), processor


@torch.inference_mode()
def alone(
    reference: tuple[BlipForImageTextRetrieval, BlipProcessor], cell: tuple[Image.Image, str], itm: bool
) -> float:
    model, processor = reference
    given = processor(images=cell[0], text=cell[1], return_tensors="pt", truncation=True, max_length=512)
    scores = model(**given, use_itm_head=itm).itm_score
    return float(scores.softmax(-1)[0, 1] if itm else scores[0, 0])


@BOTH
def test_values_are_those_of_transformers(folder: Path, reference: tuple, kind: type[Scorer]) -> None:
    expected = [alone(reference, cell, kind is BlipITM) for cell in CELLS]
    assert kind(folder).score(CELLS) == pytest.approx(expected, abs=1e-6)


@BOTH
def test_an_image_is_encoded_once_for_all_its_prompts(folder: Path, kind: type[Scorer]) -> None:
    scorer = kind(folder)
    (features,) = scorer.encode_images([CELLS[0][0]])
    values = scorer.compare([features] * len(PROMPTS), scorer.encode_texts(PROMPTS))
    assert values == pytest.approx([scorer.score([(CELLS[0][0], prompt)])[0] for prompt in PROMPTS], abs=1e-6)


@BOTH
def test_512_tokens_are_read_and_what_is_behind_them_is_cut(folder: Path, kind: type[Scorer]) -> None:
    scorer = kind(folder)
    prompts = ["a " * 510, "a " * 511, "a " * 510 + "dog in the fog"]
    assert [text.truncated for text in scorer.encode_texts(prompts)] == [False, True, True]
    values = scorer.score([(CELLS[0][0], prompt) for prompt in prompts])
    assert values == pytest.approx(values[0], abs=1e-6)


@BOTH
def test_bf16_is_close_with_heads_in_32_bits_and_another_version(folder: Path, kind: type[Scorer]) -> None:
    full, short = kind(folder), kind(folder, precision="bf16")
    assert short.version == full.version.replace("fp32", "bf16")
    assert short.score(CELLS[:8]) == pytest.approx(full.score(CELLS[:8]), abs=0.05)
    assert len({str(float(value)) for value in short.score(CELLS[:4])}) == 4
    assert kind(folder, precision="publisher").version == full.version


def test_the_two_heads_are_two_versions(folder: Path) -> None:
    assert BlipITM(folder).version != BlipITC(folder).version


@BOTH
def test_no_image_is_too_thin_to_be_squeezed(folder: Path, kind: type[Scorer]) -> None:
    assert kind(folder).score([(Image.new("RGB", (1, 5000), "red"), "a line")]).shape == (1,)


@BOTH
def test_weights_as_torch_saves_them_give_the_same(copied: Path, kind: type[Scorer]) -> None:
    expected = kind(copied).score(CELLS[:3])
    torch.save(load_file(copied / "model.safetensors"), copied / "pytorch_model.bin")
    (copied / "model.safetensors").unlink()
    assert kind(copied).score(CELLS[:3]) == pytest.approx(expected, abs=0)


@BOTH
def test_a_checkpoint_with_missing_or_unknown_keys_is_refused(copied: Path, kind: type[Scorer]) -> None:
    state = load_file(copied / "model.safetensors")
    head = state.pop("itm_head.weight")
    save_file({**state, "itm_head.heavy": head}, copied / "model.safetensors")
    with pytest.raises(UnreadableWeights, match=r"lacks itm_head\.weight; it holds unknown itm_head\.heavy.*blip-itm"):
        kind(copied)


@pytest.mark.parametrize("file", ["model.safetensors", "vocab.txt", "preprocessor_config.json", "config.json"])
def test_a_folder_with_a_missing_or_empty_file_is_refused(copied: Path, file: str) -> None:
    (copied / file).write_bytes(b"")
    with pytest.raises(UnreadableWeights, match="blip-itm"):
        BlipITM(copied)
    (copied / file).unlink()
    with pytest.raises(UnreadableWeights, match="blip-itm"):
        BlipITM(copied)
