"""HPSv2 against open_clip's own way of computing, written out below from the checkpoint's keys, and its odd inputs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from engine.scorers.dual_encoder import TooThin
from engine.scorers.hpsv2 import HPSv2, HPSv21, fitted
from engine.scorers.open_clip import to_transformers
from engine.scorers.precision import Precision
from engine.scorers.weights import UnreadableWeights
from engine.verify.layouts import LAYOUTS, hpsv2
from engine.verify.standards import unit_in_last_place
from tests.goldens.cells import golden

MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
SIDE = hpsv2.SMALL.side
PROMPTS = [
    "a dog in the fog",
    "",
    "the dog and the fog, " * 40,
    "Café &amp;amp; “quotes” Ã© <|endoftext|> x",
    "cut <end_of_text> here",
    "霧 مرحبا 🐕",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hpsv2.write(tmp_path_factory.mktemp("weights") / "hpsv2.1")


@pytest.fixture(scope="module")
def scorer(folder: Path) -> HPSv21:
    return HPSv21(folder)


def pictures(*sizes: tuple[int, int]) -> list[Image.Image]:
    random = np.random.default_rng(5)
    return [
        Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8)).resize((width, height))
        for width, height in sizes
    ]


PICTURES = pictures((40, 30), (7, 300), (1, 1), (500, 224), (SIDE, SIDE), (64, 64))


def block(x: torch.Tensor, weights: dict[str, torch.Tensor], prefix: str, heads: int, causal: bool) -> torch.Tensor:
    """One layer as open_clip computes it: attention and network, each after a norm and added to what came in."""

    def at(key: str) -> torch.Tensor:
        return weights[f"{prefix}.{key}"]

    def linear(x: torch.Tensor, key: str, ending: str = ".") -> torch.Tensor:
        return functional.linear(x, at(f"{key}{ending}weight"), at(f"{key}{ending}bias"))

    joint = linear(norm(x, weights, f"{prefix}.ln_1"), "attn.in_proj", "_")
    query, key, value = (part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in joint.chunk(3, dim=-1))
    attended = functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
    x = x + linear(attended.transpose(1, 2).flatten(2), "attn.out_proj")
    return x + linear(functional.gelu(linear(norm(x, weights, f"{prefix}.ln_2"), "mlp.c_fc")), "mlp.c_proj")


def norm(x: torch.Tensor, weights: dict[str, torch.Tensor], key: str) -> torch.Tensor:
    """In the format of what came in, as open_clip's own class has it."""
    return functional.layer_norm(x, x.shape[-1:], weights[f"{key}.weight"], weights[f"{key}.bias"]).to(x.dtype)


def by_hand(
    weights: dict[str, torch.Tensor], pixels: torch.Tensor, tokens: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Unit vectors of images [n, 3, side, side] and texts [n, 77], padded with zeros, as open_clip computes them."""
    patches = functional.conv2d(pixels, weights["visual.conv1.weight"], stride=hpsv2.SMALL.patch).flatten(2).mT
    start = weights["visual.class_embedding"].expand(len(pixels), 1, -1).to(patches.dtype)
    x = torch.cat([start, patches], dim=1) + weights["visual.positional_embedding"].to(patches.dtype)
    x = norm(x, weights, "visual.ln_pre")
    for layer in range(hpsv2.SMALL.vision.layers):
        x = block(x, weights, f"visual.transformer.resblocks.{layer}", hpsv2.SMALL.vision.heads, causal=False)
    images = norm(x[:, 0], weights, "visual.ln_post") @ weights["visual.proj"]
    y = weights["token_embedding.weight"][tokens] + weights["positional_embedding"]
    for layer in range(hpsv2.SMALL.text.layers):
        y = block(y, weights, f"transformer.resblocks.{layer}", hpsv2.SMALL.text.heads, causal=True)
    ends = norm(y, weights, "ln_final")[torch.arange(len(y)), tokens.argmax(dim=-1)]
    texts = ends @ weights["text_projection"]
    return functional.normalize(images.float(), dim=-1), functional.normalize(texts.float(), dim=-1)


def given(scorer: HPSv2) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures and prompts as numbers."""
    pixels = torch.stack([fitted(picture, SIDE) for picture in PICTURES])
    return pixels, torch.tensor([padded(scorer, prompt) for prompt in PROMPTS])


def padded(scorer: HPSv2, prompt: str) -> list[int]:
    """The publisher's 77 numbers: cut with the end kept, or filled with zeros."""
    tokens = scorer.tokens(prompt)
    tokens = tokens if len(tokens) <= 77 else [*tokens[:76], tokens[-1]]
    return tokens + [0] * (77 - len(tokens))


@pytest.mark.parametrize("make", [HPSv2, HPSv21])
def test_values_are_those_of_its_publishers_code(make: type[HPSv2], tmp_path: Path) -> None:
    kept = golden(make.name)
    scorer = make(LAYOUTS[make.name](tmp_path))
    assert scorer.score(kept.cells()) == pytest.approx(np.ravel(kept.values), abs=1e-6)


def test_values_are_those_that_open_clip_computes_from_the_same_checkpoint(folder: Path, scorer: HPSv21) -> None:
    weights = torch.load(folder / HPSv21.checkpoint, weights_only=True)["state_dict"]
    images, texts = by_hand(weights, *given(scorer))
    expected = (images * texts).sum(-1)
    assert scorer.score(list(zip(PICTURES, PROMPTS, strict=True))) == pytest.approx(expected.tolist(), abs=1e-6)
    assert expected.std() > 0.05


def test_under_fp16_autocast_it_rounds_where_open_clip_rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a card does for `publisher`, done by a processor: both are torch's autocast."""
    monkeypatch.setattr("engine.scorers.hpsv2.chosen", lambda *_: Precision("publisher fp16 autocast", autocast=True))
    scorer = HPSv21(hpsv2.write(tmp_path, dtype=torch.float16), precision="publisher")
    weights = torch.load(tmp_path / HPSv21.checkpoint, weights_only=True)["state_dict"]
    with torch.autocast("cpu", torch.float16):
        images, texts = by_hand({key: tensor.float() for key, tensor in weights.items()}, *given(scorer))
    assert np.stack(scorer.encode_images(PICTURES)) == pytest.approx(images.numpy(), abs=1e-4)
    read = scorer.encode_texts(PROMPTS)  # without the padding, so that a sum may round the other way
    assert np.stack([text.features for text in read]) == pytest.approx(texts.numpy(), abs=unit_in_last_place(0.5, 10))
    halves = (images.half().float() * texts.half().float()).sum(-1)
    assert scorer.score(list(zip(PICTURES, PROMPTS, strict=True))) == pytest.approx(halves.tolist(), abs=1e-3)


@pytest.mark.parametrize(
    "picture",
    [each for each in PICTURES if each.size != (7, 300)],
    ids=lambda picture: "×".join(map(str, picture.size)),
)
def test_the_whole_image_is_scaled_in_numbers_and_padded_with_black(picture: Image.Image) -> None:
    """Against Pillow's bicubic on numbers, which antialiases with the same kernel. Only to a width of one pixel does
    torch, and so the publisher's code, come elsewhere."""
    channels = np.asarray(picture, dtype=np.float32) / 255
    scale = SIDE / max(picture.size)
    width, height = (max(1, round(length * scale)) for length in picture.size)
    scaled = [
        np.asarray(Image.fromarray(channels[..., c]).resize((width, height), Image.Resampling.BICUBIC))
        for c in range(3)
    ]
    expected = np.zeros((3, SIDE, SIDE), dtype=np.float32)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    expected[:, top : top + height, left : left + width] = scaled
    expected = (expected - np.reshape(MEAN, (3, 1, 1))) / np.reshape(DEVIATION, (3, 1, 1))
    assert fitted(picture, SIDE).numpy() == pytest.approx(expected, abs=1e-5)


def test_a_mark_of_the_end_inside_a_prompt_ends_it_and_anothers_mark_does_not(scorer: HPSv21) -> None:
    cut, whole, other = (
        text.features for text in scorer.encode_texts(["a dog", "a dog <end_of_text> fog", "a dog <|endoftext|> fog"])
    )
    assert cut == pytest.approx(whole, abs=1e-6)
    assert np.abs(cut - other).max() > 0.01


def test_a_prompt_of_75_tokens_is_whole_and_one_of_76_is_cut(scorer: HPSv21) -> None:
    texts = scorer.encode_texts(["dog " * 75, "dog " * 76, "dog " * 5000])
    assert [text.truncated for text in texts] == [False, True, True]
    assert texts[1].features == pytest.approx(texts[2].features, abs=1e-6)


def test_halves_in_the_file_are_the_same_model(tmp_path: Path, scorer: HPSv21) -> None:
    halves = HPSv21(hpsv2.write(tmp_path, dtype=torch.float16))
    cells = list(zip(PICTURES, PROMPTS, strict=True))
    assert halves.score(cells) == pytest.approx(scorer.score(cells), abs=0.01)


def test_precision_is_in_the_version_and_bf16_is_near(folder: Path, scorer: HPSv21) -> None:
    rough = HPSv21(folder, precision="bf16")
    cells = list(zip(PICTURES, PROMPTS, strict=True))
    assert rough.version.endswith("bf16")
    assert rough.score(cells) == pytest.approx(scorer.score(cells), abs=0.05)
    assert (rough.score(cells) != scorer.score(cells)).any()


def test_on_a_processor_the_publisher_computes_in_fp32_and_so_shares_its_version(folder: Path, scorer: HPSv21) -> None:
    assert HPSv21(folder, precision="publisher").version == scorer.version
    assert scorer.version.endswith("fp32")


def test_an_unknown_precision_is_refused_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(ValueError, match="fp32, bf16, publisher"):
        HPSv21(folder, precision="fp8")


def test_an_image_thinner_than_can_be_shown_is_refused_in_words(scorer: HPSv21) -> None:
    with pytest.raises(TooThin, match="2000×1"):
        scorer.encode_images([Image.new("RGB", (2000, 1))])


def test_the_two_versions_are_two_scorers(tmp_path: Path) -> None:
    older = HPSv2(hpsv2.write(tmp_path, checkpoint=HPSv2.checkpoint, seed=0))
    newer = HPSv21(hpsv2.write(tmp_path, checkpoint=HPSv21.checkpoint, seed=1))
    assert older.version.startswith("HPS_v2_compressed.pt@")
    assert newer.version.startswith("HPS_v2.1_compressed.pt@")
    assert older.score([(PICTURES[0], "a dog")]) != newer.score([(PICTURES[0], "a dog")])


def test_every_weight_of_the_checkpoint_goes_somewhere_and_none_twice(folder: Path) -> None:
    weights = torch.load(folder / HPSv21.checkpoint, weights_only=True)["state_dict"]
    marked = {key: torch.full_like(tensor, number) for number, (key, tensor) in enumerate(weights.items())}
    renamed = to_transformers(marked, hpsv2.SMALL)
    went = [number for tensor in renamed.values() for number in set(tensor.flatten().tolist())]
    assert set(went) == set(range(len(weights)))
    joint = [number for number, key in enumerate(weights) if "in_proj" in key]
    assert sorted(went) == sorted([*range(len(weights)), *joint, *joint])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda state: state.pop("ln_final.bias"), r"lacks ln_final\.bias"),
        (lambda state: state.update(score_head=torch.ones(2)), "unknown score_head"),
        (
            lambda state: state.update({"visual.proj": torch.ones(3, 4)}),
            r"visual\.proj is \[3, 4\], not \[32, 24\]",
        ),
    ],
    ids=["missing", "extra", "misshapen"],
)
def test_a_checkpoint_of_other_keys_or_shapes_is_refused_by_their_name(tmp_path: Path, change, reason: str) -> None:
    folder = hpsv2.write(tmp_path)
    path = folder / HPSv21.checkpoint
    held = torch.load(path, weights_only=True)
    change(held["state_dict"])
    torch.save(held, path)
    with pytest.raises(UnreadableWeights, match=rf"HPS_v2\.1_compressed\.pt.*{reason}.*models fetch hpsv2\.1"):
        HPSv21(folder)


@pytest.mark.parametrize("text", ["", "{}", '{"model_cfg": {"embed_dim": 24}}', "[1]"])
def test_an_architecture_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    folder = hpsv2.write(tmp_path)
    (folder / "open_clip_config.json").write_text(text)
    with pytest.raises(UnreadableWeights, match=r"open_clip_config\.json"):
        HPSv21(folder)


def test_another_architecture_than_the_checkpoints_is_refused(tmp_path: Path) -> None:
    folder = hpsv2.write(tmp_path)
    stated = json.loads((folder / "open_clip_config.json").read_text())
    stated["model_cfg"]["vision_cfg"]["layers"] = 3
    (folder / "open_clip_config.json").write_text(json.dumps(stated))
    with pytest.raises(UnreadableWeights, match=r"lacks visual\.transformer\.resblocks\.2.* more"):
        HPSv21(folder)
