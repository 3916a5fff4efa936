"""HPSv2's folder: a checkpoint in open_clip's layout, and the files of the model that it was tuned from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch

from engine.scorers.open_clip import Architecture, Tower
from engine.verify.layouts import clip_tokens
from engine.verify.layouts.random_weights import weights

SMALL = Architecture(24, 28, 7, Tower(32, 2, 4), Tower(16, 2, 2), vocabulary=0, context=77, quick_gelu=False)
VIT_H_14 = Architecture(1024, 224, 14, Tower(1280, 32, 16), Tower(1024, 24, 16), 49408, 77, quick_gelu=False)
FULL = {"architecture": VIT_H_14, "dtype": torch.float16}  # the published weights are halves


def write(
    folder: Path,
    checkpoint: str = "HPS_v2.1_compressed.pt",
    architecture: Architecture = SMALL,
    seed: int = 0,
    packed: Path | None = None,
    dtype: torch.dtype = torch.float32,
) -> Path:
    """Write the folder.

    Args:
        architecture: with vocabulary 0, as large a one as the tokens need.
        packed: see `clip_tokens.write`.
        dtype: of the weights in the file; the published ones are halves.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokens = clip_tokens.write(folder, packed)
    architecture = replace(architecture, vocabulary=architecture.vocabulary or tokens)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": stated(architecture)}))
    torch.save({"state_dict": weights(architecture.shapes(), seed, dtype)}, folder / checkpoint)
    return folder


def stated(architecture: Architecture) -> dict[str, object]:
    """An architecture as open_clip writes it down."""
    vision, text = architecture.vision, architecture.text
    return {
        "embed_dim": architecture.embedding,
        "vision_cfg": {
            "image_size": architecture.side,
            "layers": vision.layers,
            "width": vision.width,
            "head_width": vision.width // vision.heads,
            "patch_size": architecture.patch,
        },
        "text_cfg": {
            "context_length": architecture.context,
            "vocab_size": architecture.vocabulary,
            "width": text.width,
            "heads": text.heads,
            "layers": text.layers,
        },
    }
