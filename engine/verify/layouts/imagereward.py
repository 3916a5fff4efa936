"""ImageReward's folder: the checkpoint under its publisher's names, and the vocabulary of its BERT."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch

from engine.scorers import imagereward
from engine.scorers.checkpoint import shapes_of
from engine.verify.layouts import bert_tokens
from engine.verify.layouts.random_weights import weights

SMALL_VISION = {"image_size": 64, "patch_size": 16, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
SMALL_TEXT = {"hidden_size": 24, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
FULL_TEXT = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
CONTRASTIVE = 256
FULL = {"text": FULL_TEXT, "vision": None, "tokens": bert_tokens.PUBLISHED}


def write(
    folder: Path, text: dict = SMALL_TEXT, vision: dict | None = SMALL_VISION, tokens: int | None = None, seed: int = 0
) -> Path:
    """Write the folder.

    Args:
        text, vision: sizes; no vision sizes are those of the published model, whose `med_config.json` names none.
        tokens: of the vocabulary; `bert_tokens.PUBLISHED` at full size.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stated = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "attention_probs_dropout_prob": 0.1,
        "hidden_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 512,
        "pad_token_id": 0,
        "add_type_embeddings": False,
        "add_cross_attention": True,
        "encoder_width": 768,
        "vocab_size": bert_tokens.write(folder, tokens) + 2,
        **text,
        **({"vision": vision} if vision else {}),
    }
    (folder / imagereward.SIZES).write_text(json.dumps(stated))
    torch.save(state(folder, seed), folder / imagereward.CHECKPOINT)
    return folder


def state(folder: Path, seed: int) -> dict[str, torch.Tensor]:
    """The checkpoint for the sizes in the folder, with what the published one holds besides."""
    config = imagereward.read_sizes(folder / imagereward.SIZES)
    ours = shapes_of(imagereward.TwoSides, config)
    shapes: dict[str, Sequence[int]] = {imagereward.published(key): shape for key, shape in ours.items()}
    width, wide = config.text_config.hidden_size, config.vision_config.hidden_size
    shapes |= {f"mlp.layers.{key}": tensor.shape for key, tensor in imagereward.layers(width).state_dict().items()}
    shapes["blip.text_proj.weight"] = torch.Size([CONTRASTIVE, width])
    shapes["blip.text_proj.bias"] = torch.Size([CONTRASTIVE])
    shapes["blip.vision_proj.weight"] = torch.Size([CONTRASTIVE, wide])
    shapes["blip.vision_proj.bias"] = torch.Size([CONTRASTIVE])
    positions = torch.arange(config.text_config.max_position_embeddings)[None]
    return {**weights(shapes, seed), "blip.text_encoder.embeddings.position_ids": positions}
