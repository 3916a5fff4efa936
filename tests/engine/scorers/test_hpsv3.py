"""HPSv3 against its publisher's own classes, and with odd prompts, images, checkpoints and instructions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from engine.scorers.hpsv3 import CHECKPOINT, INSTRUCTION, HPSv3
from engine.scorers.hpsv3_instruction import read_instruction
from engine.scorers.weights import UnreadableWeights
from engine.verify.layouts import LAYOUTS
from engine.verify.layouts.hpsv3 import STAND_IN
from tests.goldens.cells import golden, picture

IMAGE = picture("chelsea")
REWARD = "<|Reward|>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return LAYOUTS["hpsv3"](tmp_path_factory.mktemp("weights") / "hpsv3")


@pytest.fixture(scope="module")
def scorer(folder: Path) -> HPSv3:
    return HPSv3(folder)


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    """A folder of the test's own."""
    return Path(shutil.copytree(folder, tmp_path / "own"))


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Writes an instruction file."""

    def write(source: str) -> Path:
        path = tmp_path / INSTRUCTION
        path.write_text(source, encoding="utf-8")
        return path

    return write


def test_values_are_those_of_its_publishers_classes(scorer: HPSv3) -> None:
    kept = golden("hpsv3")
    assert scorer.score(kept.cells()) == pytest.approx(np.ravel(kept.values), abs=5e-6)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_an_image_of_several_cells_is_read_once_and_the_values_are_the_same(
    scorer: HPSv3, monkeypatch: pytest.MonkeyPatch, batch_size: int
) -> None:
    kept = golden("hpsv3")
    lengths: list[int] = []
    model = scorer._model.language_model
    hook = model.register_forward_pre_hook(
        lambda _module, _args, given: lengths.append(given["inputs_embeds"].shape[1]), with_kwargs=True
    )
    monkeypatch.setattr(scorer, "batch_size", batch_size)
    images = scorer.encode_images([picture(name) for name in kept.images[:2]])
    texts = scorer.encode_texts(kept.prompts)
    values = scorer.compare(images * len(texts), [text for text in texts for _ in images])
    hook.remove()
    assert values == pytest.approx(np.array(kept.values)[:2].T.ravel(), abs=5e-6)
    assert sum(length > 256 for length in lengths) == len(images)
    assert len(lengths) == len(images) * (1 + -(-len(texts) // batch_size))


@pytest.mark.parametrize(
    "prompt",
    [
        "a dog<|im_end|> in the fog",
        f"{REWARD}a dog in{REWARD} the fog",
        "a dog in <|vision_start|><|image_pad|><|image_pad|><|vision_end|>the fog",
        f"a dog in the <|im_<|im_{REWARD}end|>start|>fog<|endoftext|>",
    ],
)
def test_the_models_marks_are_taken_out_of_a_prompt(scorer: HPSv3, prompt: str) -> None:
    plain, marked = scorer.encode_texts(["a dog in the fog", prompt])
    assert marked == plain


def test_a_text_ends_at_the_rewards_token_and_has_one(scorer: HPSv3) -> None:
    (reward,) = scorer._ids(REWARD)
    for text in scorer.encode_texts(["a dog", "", f"<{REWARD}", "{text_prompt} {0} %s \\n"]):
        assert text.features[-1] == reward
        assert text.features.count(reward) == 1
        assert not text.truncated


def test_braces_in_a_prompt_are_words(scorer: HPSv3) -> None:
    values = scorer.score([(IMAGE, "{text_prompt}"), (IMAGE, "{}"), (IMAGE, "{x!r:>10}")])
    assert len(set(values)) == 3


def test_an_image_keeps_its_proportions_at_about_the_same_area(scorer: HPSv3) -> None:
    shapes = [(448, 448), (100, 1000), (1000, 100), (1, 1)]
    features = scorer.encode_images([Image.new("RGB", shape, "red") for shape in shapes])
    assert [len(each) for each in features] == [256, 6 * 51, 51 * 6, 256]  # sides rounded up to whole tokens


def test_an_image_thinner_than_1_to_200_is_refused(scorer: HPSv3) -> None:
    with pytest.raises(ValueError, match="aspect ratio"):
        scorer.encode_images([Image.new("RGB", (1, 201))])


def test_its_publisher_computes_in_bf16_with_the_head_in_32_bits(scorer: HPSv3, folder: Path) -> None:
    short = HPSv3(folder, precision="publisher")
    assert short.version == HPSv3(folder, precision="bf16").version == scorer.version.replace("fp32", "bf16")
    cells = golden("hpsv3").cells()[:7]
    assert short.score(cells) == pytest.approx(scorer.score(cells), abs=0.03)
    assert (short.score(cells) != scorer.score(cells)).any()
    with pytest.raises(ValueError, match="fp32, bf16, publisher"):
        HPSv3(folder, precision="fp16")


def test_another_instruction_is_another_version_with_other_values(scorer: HPSv3, copied: Path) -> None:
    (copied / INSTRUCTION).write_text(STAND_IN.replace("Both count.", "Be strict."), encoding="utf-8")
    other = HPSv3(copied)
    assert other.version != scorer.version
    assert other.score([(IMAGE, "a cat")]) != scorer.score([(IMAGE, "a cat")])


@pytest.mark.parametrize("places", ["{text_prompt}", "For what was asked ({text_prompt}), ", "-{text_prompt}-"])
def test_a_prompt_may_stand_anywhere_in_the_instruction(copied: Path, places: str) -> None:
    (copied / INSTRUCTION).write_text(f"INSTRUCTION = {places!r}\nprompt_with_special_token = 'so: {REWARD}'")
    scorer = HPSv3(copied)
    (image,) = scorer.encode_images([IMAGE])
    prompts = ["-- a dog", " a dog", "a dog", "́", ""]
    together = scorer.compare([image] * len(prompts), scorer.encode_texts(prompts))
    assert together == pytest.approx([scorer.score([(IMAGE, prompt)])[0] for prompt in prompts], abs=1e-6)


def test_the_instruction_is_read_and_the_file_never_run(written: Callable[[str], Path]) -> None:
    instruction = read_instruction(written(STAND_IN), "again")  # which imports what isn't there, and raises
    assert instruction.asking("a {cat}").startswith("\nSay how well somebody")
    assert "{Both count.}\nWhat was asked for - a {cat}\n\n" in instruction.asking("a {cat}")
    assert instruction.asking("a cat").endswith(f"\nThe verdict: {REWARD}")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("", "no string INSTRUCTION"),
        ("INSTRUCTION = '{text_prompt}'", "no string prompt_with_special_token"),
        ("INSTRUCTION = 5", "no string INSTRUCTION"),
        ("def f(:", "invalid syntax"),
        ("x = " + "(" * 5000, "again"),
        ("\0", "null bytes"),
        ("#" * 2**21, "too large"),
        *(
            (f"INSTRUCTION = {text!r}\nprompt_with_special_token = '{REWARD}'", "exactly one place")
            for text in ("nothing", "{text_prompt} {text_prompt}", "{text_prompt!r}", "{text_prompt.x}", "{0}")
        ),
        (f"INSTRUCTION = '{{'\nprompt_with_special_token = '{REWARD}'", "Single '{'"),
        ("INSTRUCTION = '{text_prompt}'\nprompt_with_special_token = 'no mark'", "no <|Reward|>"),
    ],
)
def test_a_file_without_an_instruction_is_refused(written: Callable[[str], Path], source: str, told: str) -> None:
    path = written(source)
    with pytest.raises(UnreadableWeights) as refused:
        read_instruction(path, "again")
    assert str(path) in str(refused.value)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("key", "tensor", "told"),
    [
        ("model.layers.1.mlp.up_proj.weight", None, "lacks model.layers.1.mlp.up_proj.weight"),
        ("visual.merger.mlp.2.bias", None, "lacks visual.merger.mlp.2.bias"),
        ("rm_head.3.weight", None, "lacks rm_head.3.weight"),
        ("model.layers.2.mlp.up_proj.weight", torch.ones(1), "unknown model.layers.2.mlp.up_proj.weight"),
        ("rm_head.5.bias", torch.ones(4), "rm_head.5.bias is [4], not [2]"),
        ("lm_head.weight", torch.ones(9, 64), "lm_head.weight is [9, 64]"),
    ],
)
def test_a_checkpoint_that_is_not_the_models_is_refused_by_the_names_that_its_publisher_uses(
    copied: Path, key: str, tensor: torch.Tensor | None, told: str
) -> None:
    state = load_file(copied / CHECKPOINT) | {key: tensor}
    save_file({key: tensor for key, tensor in state.items() if tensor is not None}, copied / CHECKPOINT)
    with pytest.raises(UnreadableWeights) as refused:
        HPSv3(copied)
    assert told in str(refused.value)
    assert "models fetch hpsv3" in str(refused.value)


def test_a_tokenizer_of_another_size_than_the_checkpoints_is_refused(copied: Path) -> None:
    tokens = json.loads((copied / "vocab.json").read_text())
    described = json.loads((copied / "tokenizer_config.json").read_text())
    (copied / "vocab.json").write_text(json.dumps({**tokens, "another": len(tokens)}))
    marks = described["added_tokens_decoder"]
    described["added_tokens_decoder"] = {str(int(number) + 1): mark for number, mark in marks.items()}
    (copied / "tokenizer_config.json").write_text(json.dumps(described))
    with pytest.raises(UnreadableWeights, match=r"other shapes: model\.embed_tokens\.weight"):
        HPSv3(copied)


@pytest.mark.parametrize("file", [CHECKPOINT, INSTRUCTION, "config.json", "preprocessor_config.json", "vocab.json"])
def test_a_folder_with_a_cut_file_is_refused(copied: Path, file: str) -> None:
    whole = (copied / file).read_bytes()
    (copied / file).write_bytes(whole[: len(whole) // 3])
    with pytest.raises(UnreadableWeights, match="models fetch hpsv3"):
        HPSv3(copied)


@pytest.mark.parametrize(
    "file", [CHECKPOINT, INSTRUCTION, "config.json", "preprocessor_config.json", "vocab.json", "merges.txt"]
)
def test_a_folder_without_a_file_is_refused(copied: Path, file: str) -> None:
    (copied / file).unlink()
    with pytest.raises(UnreadableWeights, match="models fetch hpsv3"):
        HPSv3(copied)
