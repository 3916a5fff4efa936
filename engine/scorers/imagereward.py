"""`imagereward`: ImageReward (Xu et al., 2023, arXiv 2304.05977), from `THUDM/ImageReward`.

A BLIP whose text side reads the prompt while it looks at the image, with a head trained on people's rankings. Values
are centred on those of the images that it was trained on, their deviation is the unit: most lie between −2 and 2.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image
from torch import nn
from transformers import BertTokenizer, BlipConfig, BlipPreTrainedModel, BlipTextModel, BlipVisionModel
from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from engine.scorers.base import Role
from engine.scorers.checkpoint import build, head, read_state, remedy, require_shapes, shapes_of
from engine.scorers.cross_encoder import CrossEncoder
from engine.scorers.dual_encoder import THINNEST, TooThin
from engine.scorers.precision import chosen
from engine.scorers.weights import UnreadableWeights, fingerprint

CHECKPOINT, SIZES, VOCABULARY = "ImageReward.pt", "med_config.json", "vocab.txt"
TEXT_SIZES = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "max_position_embeddings",
    "hidden_act",
    "layer_norm_eps",
    "pad_token_id",
)
VIT_LARGE = {
    "image_size": 224,
    "patch_size": 16,
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
}
CENTRE, UNIT = 0.16717362830052426, 1.0333394966054072  # of the rewards of its training images
MEAN = torch.tensor(OPENAI_CLIP_MEAN).view(3, 1, 1)
DEVIATION = torch.tensor(OPENAI_CLIP_STD).view(3, 1, 1)
UNUSED = ("blip.vision_proj.", "blip.text_proj.")  # the contrastive heads of the BLIP that it grew from

VISION = (  # transformers' part of a key, the publisher's
    ("vision_model.embeddings.class_embedding", "blip.visual_encoder.cls_token"),
    ("vision_model.embeddings.position_embedding", "blip.visual_encoder.pos_embed"),
    ("vision_model.embeddings.patch_embedding.", "blip.visual_encoder.patch_embed.proj."),
    ("vision_model.post_layernorm.", "blip.visual_encoder.norm."),
    ("vision_model.encoder.layers.", "blip.visual_encoder.blocks."),
    (".self_attn.projection.", ".attn.proj."),
    (".self_attn.qkv.", ".attn.qkv."),
    (".layer_norm", ".norm"),
)


class ImageReward(CrossEncoder):
    """ImageReward v1.0.

    Args:
        folder: `ImageReward.pt`, `med_config.json` and `vocab.txt` of `bert-base-uncased`. The sizes of the vision side
            are ViT-L/16's unless `med_config.json` has others under `vision`, which the published one has not.
        device: as torch names it.
        precision: `fp32`, `bf16` or `publisher`, which is fp32 with torch's defaults.

    Raises `UnreadableWeights`.
    """

    name: ClassVar[str] = "imagereward"
    role: ClassVar[Role] = Role.REWARD_MODEL
    text_limit: ClassVar[int | None] = 35
    always_padded: ClassVar[bool] = True
    about: ClassVar[str] = (
        "A BLIP trained on how people ranked generated images of a prompt. It sees the centre square at 224 pixels, "
        "and reads 35 tokens: of a long prompt only the beginning."
    )

    def __init__(self, folder: Path, device: str = "cpu", precision: str = "fp32"):
        path, where = folder / CHECKPOINT, torch.device(device)
        how = chosen(precision, where, publisher_autocasts=False)
        config = read_sizes(folder / SIZES)
        tokenizer = read_tokenizer(folder / VOCABULARY, config.text_config.vocab_size)
        state = {key: tensor for key, tensor in read_state(path, self.name).items() if not key.startswith(UNUSED)}
        mlp = layers(config.text_config.hidden_size)
        ours = shapes_of(TwoSides, config)
        expected = {published(key): shape for key, shape in ours.items()}
        expected |= {f"mlp.layers.{key}": tensor.shape for key, tensor in mlp.state_dict().items()}
        require_shapes(state, expected, path, self.name)
        model = build(TwoSides, config, {key: state[published(key)] for key in ours}, how.dtype, path, self.name)
        self._mlp = head(mlp, state, "mlp.layers.").to(where)
        self._side = config.vision_config.image_size
        description = f"{CHECKPOINT}@{fingerprint(path)} shortest-{self._side} bicubic PIL, centre, BERT 35 tokens"
        super().__init__(model, tokenizer, how, where, description)

    @property
    def limit(self) -> int:
        return 35

    def pixels(self, image: Image.Image) -> torch.Tensor:
        """The centre square [3, side, side], normalised. Raises `TooThin`."""
        if max(image.size) > THINNEST * min(image.size):
            raise TooThin(f"{image.width}×{image.height} is thinner than 1:{THINNEST}")
        return centre(image, self._side)

    def values(self, states: torch.Tensor) -> torch.Tensor:
        rewards: torch.Tensor = self._mlp(states)
        return (rewards[:, 0] - CENTRE) / UNIT


class TwoSides(BlipPreTrainedModel):
    """BLIP's vision model and the text model that looks at its output, as one model to load."""

    def __init__(self, config: BlipConfig):
        super().__init__(config)
        self.vision_model = BlipVisionModel(config.vision_config)
        self.text_encoder = BlipTextModel(config.text_config, add_pooling_layer=False)
        self.post_init()


def layers(width: int) -> nn.Sequential:
    """The head: five linear layers with nothing between them but dropout, which is idle outside training."""
    return nn.Sequential(
        nn.Linear(width, 1024),
        nn.Identity(),
        nn.Linear(1024, 128),
        nn.Identity(),
        nn.Linear(128, 64),
        nn.Identity(),
        nn.Linear(64, 16),
        nn.Linear(16, 1),
    )


def published(key: str) -> str:
    """The publisher's name of a weight that transformers calls `key`."""
    if not key.startswith("vision_model."):
        return f"blip.{key}"
    for ours, theirs in VISION:
        key = key.replace(ours, theirs)
    return key


def read_sizes(path: Path) -> BlipConfig:
    """The model's sizes from a `med_config.json`. Raises `UnreadableWeights`."""
    try:
        stated: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        vision = {**VIT_LARGE, **stated.get("vision", {})}
        vision |= {"intermediate_size": 4 * vision["hidden_size"], "hidden_act": "gelu", "layer_norm_eps": 1e-6}
        text = {key: stated[key] for key in TEXT_SIZES}
        text |= {"encoder_hidden_size": vision["hidden_size"], "is_decoder": True}  # which gives it cross attention
        text |= {"bos_token_id": text["vocab_size"] - 2}
        return BlipConfig(text_config=text, vision_config=vision)
    except Exception as error:  # the configuration's own checks raise a dozen errors; each means a bad file
        raise UnreadableWeights(path, f"{type(error).__name__}: {error}", remedy(ImageReward.name)) from error


def read_tokenizer(path: Path, size: int) -> BertTokenizer:
    """BERT's tokenizer with the two marks that BLIP adds, which end up behind its vocabulary.

    Args:
        size: the tokens that the model knows, those two included.

    Raises:
        UnreadableWeights: no vocabulary, or another model's.
    """
    try:
        tokenizer = BertTokenizer(vocab=str(path))
    except Exception as error:  # the loader's errors are bare exceptions; each means a bad file
        raise UnreadableWeights(path, error, remedy(ImageReward.name)) from error
    tokenizer.add_tokens(["[DEC]", "[ENC]"], special_tokens=True)
    if len(tokenizer) != size:
        raise UnreadableWeights(path, f"it has {len(tokenizer) - 2} tokens, not {size - 2}", remedy(ImageReward.name))
    return tokenizer


def centre(image: Image.Image, side: int) -> torch.Tensor:
    """The middle square [3, side, side] of an image whose shortest side is scaled to `side`, normalised.

    The longer side is rounded down and the margins to the nearest even number, as torchvision does.
    """
    width, height = image.size
    shortest = min(width, height)
    size = (side * width // shortest, side * height // shortest)
    scaled = image if size == image.size else image.resize(size, Image.Resampling.BICUBIC)
    left, top = (round((length - side) / 2) for length in size)
    square = scaled.crop((left, top, left + side, top + side)).convert("RGB")
    values = torch.from_numpy(np.array(square)).permute(2, 0, 1).float().div_(255)
    return (values - MEAN) / DEVIATION
