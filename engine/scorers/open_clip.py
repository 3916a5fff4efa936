"""Checkpoints in open_clip's layout, as HPSv2's are: what keys they hold, and the same weights for `CLIPModel`.

open_clip (Ilharco et al.) and transformers compute the same; they name and arrange the weights differently.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import CLIPConfig

from engine.scorers.checkpoint import State, remedy
from engine.scorers.weights import UnreadableWeights

HEAD_WIDTH, TEXT_HEADS = 64, 8  # open_clip's own, where its file doesn't say


@dataclass(frozen=True)
class Tower:
    """One of the two transformers."""

    width: int
    layers: int
    heads: int


@dataclass(frozen=True)
class Architecture:
    """The sizes of a model, as `open_clip_config.json` states them."""

    embedding: int
    side: int
    patch: int
    vision: Tower
    text: Tower
    vocabulary: int
    context: int
    quick_gelu: bool

    def config(self, end: int) -> CLIPConfig:
        """The same for transformers; `end` is the token that ends a text, where it is pooled."""
        activation = "quick_gelu" if self.quick_gelu else "gelu"
        text = dict(_tower(self.text), vocab_size=self.vocabulary, max_position_embeddings=self.context)
        vision = dict(_tower(self.vision), image_size=self.side, patch_size=self.patch)
        for each in (text, vision):
            each |= {"hidden_act": activation, "projection_dim": self.embedding}
        text |= {"bos_token_id": end - 1, "eos_token_id": end, "pad_token_id": 0}
        return CLIPConfig(projection_dim=self.embedding, text_config=text, vision_config=vision)

    def shapes(self) -> dict[str, torch.Size]:
        """Every key of a checkpoint and its shape."""
        vision, text = self.vision.width, self.text.width
        shapes: dict[str, tuple[int, ...]] = {
            "logit_scale": (),
            "token_embedding.weight": (self.vocabulary, text),
            "positional_embedding": (self.context, text),
            "text_projection": (text, self.embedding),
            "visual.class_embedding": (vision,),
            "visual.conv1.weight": (vision, 3, self.patch, self.patch),
            "visual.positional_embedding": ((self.side // self.patch) ** 2 + 1, vision),
            "visual.proj": (vision, self.embedding),
        }
        for norm, width in (("ln_final", text), ("visual.ln_pre", vision), ("visual.ln_post", vision)):
            shapes |= {f"{norm}.weight": (width,), f"{norm}.bias": (width,)}
        for prefix, tower in (("", self.text), ("visual.", self.vision)):
            for layer in range(tower.layers):
                block = f"{prefix}transformer.resblocks.{layer}"
                shapes |= {f"{block}.{key}": shape for key, shape in _block_shapes(tower.width).items()}
        return {key: torch.Size(shape) for key, shape in shapes.items()}


def read_architecture(path: Path, name: str) -> Architecture:
    """The architecture in an `open_clip_config.json`. Raises `UnreadableWeights`."""
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))["model_cfg"]
        vision, text = stated["vision_cfg"], stated["text_cfg"]
        return Architecture(
            embedding=stated["embed_dim"],
            side=vision["image_size"],
            patch=vision["patch_size"],
            vision=Tower(vision["width"], vision["layers"], vision["width"] // vision.get("head_width", HEAD_WIDTH)),
            text=Tower(text["width"], text["layers"], text.get("heads", TEXT_HEADS)),
            vocabulary=text["vocab_size"],
            context=text["context_length"],
            quick_gelu=stated.get("quick_gelu", False),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableWeights(path, f"{type(error).__name__}: {error}", remedy(name)) from error


def to_transformers(state: State, architecture: Architecture) -> State:
    """A checkpoint that holds `architecture.shapes()`, with the keys and shapes of `CLIPModel`."""
    renamed = {
        "logit_scale": state["logit_scale"],
        "text_model.embeddings.token_embedding.weight": state["token_embedding.weight"],
        "text_model.embeddings.position_embedding.weight": state["positional_embedding"],
        "text_projection.weight": state["text_projection"].T.contiguous(),
        "vision_model.embeddings.class_embedding": state["visual.class_embedding"],
        "vision_model.embeddings.patch_embedding.weight": state["visual.conv1.weight"],
        "vision_model.embeddings.position_embedding.weight": state["visual.positional_embedding"],
        "visual_projection.weight": state["visual.proj"].T.contiguous(),
    }
    for here, there in (
        ("ln_final", "text_model.final_layer_norm"),
        ("visual.ln_pre", "vision_model.pre_layrnorm"),
        ("visual.ln_post", "vision_model.post_layernorm"),
    ):
        renamed |= {f"{there}.{part}": state[f"{here}.{part}"] for part in ("weight", "bias")}
    for prefix, model, tower in (
        ("", "text_model", architecture.text),
        ("visual.", "vision_model", architecture.vision),
    ):
        for layer in range(tower.layers):
            block = f"{prefix}transformer.resblocks.{layer}"
            for key, tensor in _block(state, block).items():
                renamed[f"{model}.encoder.layers.{layer}.{key}"] = tensor
    return renamed


def _tower(tower: Tower) -> dict[str, Any]:
    return {
        "hidden_size": tower.width,
        "intermediate_size": 4 * tower.width,
        "num_hidden_layers": tower.layers,
        "num_attention_heads": tower.heads,
    }


def _block_shapes(width: int) -> dict[str, tuple[int, ...]]:
    linear = {
        "attn.out_proj": (width, width),
        "mlp.c_fc": (4 * width, width),
        "mlp.c_proj": (width, 4 * width),
    }
    return {
        "attn.in_proj_weight": (3 * width, width),
        "attn.in_proj_bias": (3 * width,),
        **{f"{key}.weight": shape for key, shape in linear.items()},
        **{f"{key}.bias": shape[:1] for key, shape in linear.items()},
        **{f"{norm}.{part}": (width,) for norm in ("ln_1", "ln_2") for part in ("weight", "bias")},
    }


def _block(state: State, block: str) -> State:
    """One layer's weights under the names that transformers has for them; the joint projection is three there."""
    weights = state[f"{block}.attn.in_proj_weight"].chunk(3)
    biases = state[f"{block}.attn.in_proj_bias"].chunk(3)
    renamed: State = {}
    for letter, weight, bias in zip("qkv", weights, biases, strict=True):
        renamed |= {f"self_attn.{letter}_proj.weight": weight, f"self_attn.{letter}_proj.bias": bias}
    for here, there in (
        ("attn.out_proj", "self_attn.out_proj"),
        ("ln_1", "layer_norm1"),
        ("ln_2", "layer_norm2"),
        ("mlp.c_fc", "mlp.fc1"),
        ("mlp.c_proj", "mlp.fc2"),
    ):
        renamed |= {f"{there}.{part}": state[f"{block}.{here}.{part}"] for part in ("weight", "bias")}
    return renamed
