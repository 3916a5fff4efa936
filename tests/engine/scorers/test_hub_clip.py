"""CLIP and PickScore against transformers' own model and processor, and folders that are not what they should be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import CLIPImageProcessorPil, CLIPModel, CLIPProcessor, CLIPTokenizer

from engine.scorers.clip import CLIP
from engine.scorers.figures import opened
from engine.scorers.hub_clip import HubCLIP
from engine.scorers.pickscore import PickScore
from engine.scorers.weights import UnreadableWeights
from engine.verify.layouts import clip
from sample_data import photographs

PROMPTS = [
    "a dog in the fog",
    "",
    "the dog and the fog, " * 40,
    "Café &amp; “quotes” it's İ ΟΔΟΣ",
    "cut <|endoftext|> here",
    "<|startoftext|> again",
    "霧 مرحبا 🐕",
    "line\nbreak\tand\u00a0space",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip.write(tmp_path_factory.mktemp("weights") / "clip")


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    random = np.random.default_rng(3)
    noise = [
        Image.fromarray(random.integers(0, 256, (h, w, 3), dtype=np.uint8)) for w, h in [(1, 1), (9, 200), (90, 31)]
    ]
    return noise + [opened(photograph) for photograph in photographs()[:5]]


def reference(folder: Path, pictures: list[Image.Image]) -> tuple[np.ndarray, np.ndarray]:
    """Scaled and plain likeness [images, prompts], by the calls that the models' pages show."""
    model = CLIPModel.from_pretrained(folder).eval()
    processor = CLIPProcessor(CLIPImageProcessorPil.from_pretrained(folder), CLIPTokenizer.from_pretrained(folder))
    inputs = processor(text=PROMPTS, images=pictures, padding=True, truncation=True, max_length=77, return_tensors="pt")
    with torch.inference_mode():
        logits = model(**inputs).logits_per_image
        return logits.numpy(), (logits / model.logit_scale.exp()).numpy()


def every_cell(scorer: HubCLIP, pictures: list[Image.Image]) -> np.ndarray:
    """Values [images, prompts]."""
    values = scorer.score([(picture, prompt) for picture in pictures for prompt in PROMPTS])
    return values.reshape(len(pictures), len(PROMPTS))


def test_clips_value_is_the_cosine_of_transformers_own_path(folder: Path, pictures: list[Image.Image]) -> None:
    assert every_cell(CLIP(folder), pictures) == pytest.approx(reference(folder, pictures)[1], abs=1e-6)


def test_pickscores_value_is_the_scaled_cosine_of_transformers_own_path(
    folder: Path, pictures: list[Image.Image]
) -> None:
    scaled = reference(folder, pictures)[0]
    assert every_cell(PickScore(folder), pictures) == pytest.approx(scaled, abs=1e-5)
    assert scaled.std() > 0.5


def test_company_in_a_batch_changes_no_cosine_by_more_than_a_millionth(
    folder: Path, pictures: list[Image.Image]
) -> None:
    scorer = CLIP(folder)
    together = every_cell(scorer, pictures)
    scorer.batch_size = 1
    assert every_cell(scorer, pictures) == pytest.approx(together, abs=1e-6)


def test_a_mark_of_the_end_inside_a_prompt_ends_it(folder: Path) -> None:
    cut, whole = CLIP(folder).encode_texts(["a dog", "a dog<|endoftext|>in the fog"])
    assert cut.features == pytest.approx(whole.features, abs=1e-6)


def test_weights_as_torch_saves_them_are_read_too(folder: Path, tmp_path: Path, pictures: list[Image.Image]) -> None:
    other = clip.write(tmp_path)
    torch.save(CLIPModel.from_pretrained(other).state_dict(), other / "pytorch_model.bin")
    (other / "model.safetensors").unlink()
    assert every_cell(CLIP(other), pictures) == pytest.approx(every_cell(CLIP(folder), pictures), abs=1e-6)


def test_the_version_says_weights_preprocessing_and_precision(folder: Path) -> None:
    assert CLIP(folder).version.startswith("model.safetensors@")
    assert "shortest-28" in CLIP(folder).version
    assert CLIP(folder, precision="bf16").version == CLIP(folder).version.replace("fp32", "bf16")


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    folder = clip.write(tmp_path)
    stated = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**stated, "model_type": "siglip"}))
    with pytest.raises(UnreadableWeights, match=r"config\.json.*'siglip', not 'clip'"):
        CLIP(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "preprocessor_config.json", "vocab.json"])
def test_a_folder_without_one_of_its_files_is_refused(tmp_path: Path, name: str) -> None:
    folder = clip.write(tmp_path)
    (folder / name).unlink()
    with pytest.raises(UnreadableWeights, match="models fetch clip"):
        CLIP(folder)
