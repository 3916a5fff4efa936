"""ImageReward against its publisher's own code, and with odd prompts, images and checkpoints."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.scorers.dual_encoder import TooThin
from engine.scorers.imagereward import CHECKPOINT, SIZES, VOCABULARY, ImageReward, centre
from engine.scorers.weights import UnreadableWeights
from engine.verify.layouts import LAYOUTS
from tests.goldens.cells import golden, picture

IMAGE = picture("chelsea")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return LAYOUTS["imagereward"](tmp_path_factory.mktemp("weights") / "imagereward")


@pytest.fixture(scope="module")
def scorer(folder: Path) -> ImageReward:
    return ImageReward(folder)


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    """A folder of the test's own."""
    return Path(shutil.copytree(folder, tmp_path / "own"))


def changed(folder: Path, **change: torch.Tensor | None) -> Path:
    """The folder with tensors of its checkpoint replaced, or left out where None stands for them."""
    state = torch.load(folder / CHECKPOINT, weights_only=True) | change
    torch.save({key: tensor for key, tensor in state.items() if tensor is not None}, folder / CHECKPOINT)
    return folder


def test_values_are_those_of_its_publishers_code(scorer: ImageReward) -> None:
    kept = golden("imagereward")
    assert scorer.score(kept.cells()) == pytest.approx(np.ravel(kept.values), abs=2e-5)


def test_an_image_is_encoded_once_for_all_its_prompts(scorer: ImageReward) -> None:
    (features,) = scorer.encode_images([IMAGE])
    prompts = ["a cat", "a dog in the fog, " * 9, ""]
    values = scorer.compare([features] * 3, scorer.encode_texts(prompts))
    assert values == pytest.approx([scorer.score([(IMAGE, prompt)])[0] for prompt in prompts], abs=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_the_size_of_a_batch_changes_nothing(
    scorer: ImageReward, monkeypatch: pytest.MonkeyPatch, batch_size: int
) -> None:
    kept = golden("imagereward")
    monkeypatch.setattr(scorer, "batch_size", batch_size)
    assert scorer.score(kept.cells()[:9]) == pytest.approx(np.ravel(kept.values)[:9], abs=2e-5)


def test_the_thirty_fifth_token_is_the_last_that_is_read(scorer: ImageReward) -> None:
    fits, over, longer = ("a " * 33, "a " * 34, "a " * 33 + "dog in the fog")
    assert [text.truncated for text in scorer.encode_texts([fits, over, longer])] == [False, True, True]
    values = scorer.score([(IMAGE, prompt) for prompt in (fits, over, longer)])
    assert values == pytest.approx(values[0], abs=1e-6)
    assert scorer.score([(IMAGE, "a " * 32 + "dog")])[0] != pytest.approx(values[0], abs=1e-3)


def test_the_centre_square_is_what_the_model_sees() -> None:
    wide = Image.new("RGB", (300, 100), "red")
    wide.paste("white", (100, 0, 200, 100))
    seen = centre(wide, 100)
    assert seen.shape == (3, 100, 100)
    assert torch.equal(seen, centre(Image.new("RGB", (100, 100), "white"), 100))


def test_an_image_thinner_than_1_to_200_is_refused(scorer: ImageReward) -> None:
    with pytest.raises(TooThin, match="1×201"):
        scorer.score([(Image.new("RGB", (1, 201)), "a line")])


def test_bf16_is_close_and_another_version(scorer: ImageReward, folder: Path) -> None:
    short = ImageReward(folder, precision="bf16")
    cells = golden("imagereward").cells()[:7]
    assert short.version == scorer.version.replace("fp32", "bf16")
    assert short.score(cells) == pytest.approx(scorer.score(cells), abs=0.15)
    assert (short.score(cells) != scorer.score(cells)).any()


def test_its_publisher_computes_in_fp32_here(scorer: ImageReward, folder: Path) -> None:
    assert ImageReward(folder, precision="publisher").version == scorer.version
    with pytest.raises(ValueError, match="fp32, bf16, publisher"):
        ImageReward(folder, precision="fp8")


def test_the_version_follows_the_weights(scorer: ImageReward, copied: Path) -> None:
    assert ImageReward(changed(copied, **{"mlp.layers.7.bias": torch.ones(1)})).version != scorer.version


def test_the_contrastive_heads_need_not_be_there(scorer: ImageReward, copied: Path) -> None:
    heads = [f"blip.{side}_proj.{part}" for side in ("text", "vision") for part in ("weight", "bias")]
    bare = ImageReward(changed(copied, **dict.fromkeys(heads)))
    assert bare.score([(IMAGE, "a cat")]) == scorer.score([(IMAGE, "a cat")])


@pytest.mark.parametrize(
    ("key", "tensor", "told"),
    [
        ("blip.visual_encoder.blocks.1.attn.qkv.weight", None, "lacks blip.visual_encoder.blocks.1.attn.qkv.weight"),
        ("mlp.layers.6.weight", None, "lacks mlp.layers.6.weight"),
        ("blip.visual_encoder.blocks.2.norm1.bias", torch.ones(32), "unknown blip.visual_encoder.blocks.2.norm1.bias"),
        ("blip.visual_encoder.cls_token", torch.ones(1, 1, 16), "cls_token is [1, 1, 16], not [1, 1, 32]"),
    ],
)
def test_a_checkpoint_that_is_not_the_models_is_refused_by_the_names_that_its_publisher_uses(
    copied: Path, key: str, tensor: torch.Tensor | None, told: str
) -> None:
    with pytest.raises(UnreadableWeights) as refused:
        ImageReward(changed(copied, **{key: tensor}))
    assert told in str(refused.value)
    assert "models fetch imagereward" in str(refused.value)


def test_a_checkpoint_of_another_size_of_model_is_refused(copied: Path, tmp_path: Path) -> None:
    sizes = json.loads((copied / SIZES).read_text())
    del sizes["vision"]  # and so ViT-L/16, as the published file means
    (copied / SIZES).write_text(json.dumps(sizes))
    with pytest.raises(UnreadableWeights, match=r"blip\.visual_encoder\.blocks\.2\.\S+.* more.*other shapes"):
        ImageReward(copied)


class Code:
    """It would make a folder when it is read."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple:
        return (os.mkdir, (str(self.path),))


def test_a_checkpoint_with_code_or_cut_short_is_refused(copied: Path, tmp_path: Path) -> None:
    whole = (copied / CHECKPOINT).read_bytes()
    (copied / CHECKPOINT).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableWeights, match=f"{CHECKPOINT}.*damaged or cut short"):
        ImageReward(copied)
    torch.save({"mlp.layers.0.weight": Code(tmp_path / "ran")}, copied / CHECKPOINT)
    with pytest.raises(UnreadableWeights, match=f"{CHECKPOINT}.*could run code"):
        ImageReward(copied)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("file", [CHECKPOINT, SIZES, VOCABULARY])
def test_a_missing_or_empty_file_is_named(copied: Path, file: str) -> None:
    (copied / file).write_bytes(b"")
    with pytest.raises(UnreadableWeights, match=file):
        ImageReward(copied)
    (copied / file).unlink()
    with pytest.raises(UnreadableWeights, match=file):
        ImageReward(copied)
