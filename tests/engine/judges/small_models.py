"""Small vision-language models with random weights, in the layouts in which Qwen publishes large ones."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForImageTextToText
from transformers.utils.logging import disable_progress_bar

from engine.verify.layouts import hpsv3, qwen_tokens

KINDS = ("qwen2_vl", "qwen2_5_vl", "qwen3_vl")
VISION = {"hidden_size": 32, "num_heads": 2, "intermediate_size": 48, "out_hidden_size": 64, "spatial_merge_size": 2}


def write(folder: Path, kind: str = "qwen2_vl", seed: int = 0) -> Path:
    """Write the folder of a model: configuration, preprocessor, tokenizer and weights."""
    folder.mkdir(parents=True, exist_ok=True)
    stated = _stated(kind, hpsv3.stated(hpsv3.SMALL_TEXT, hpsv3.SMALL_VISION, qwen_tokens.write(folder)))
    (folder / "config.json").write_text(json.dumps(stated))
    preparing = {"merge_size": 2, "min_pixels": 3136, "max_pixels": 12845056, "temporal_patch_size": 2}
    preparing["patch_size"] = 16 if kind == "qwen3_vl" else 14
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"image_processor_type": "Qwen2VLImageProcessor", **preparing})
    )
    disable_progress_bar()
    torch.manual_seed(seed)
    model = AutoModelForImageTextToText.from_config(AutoConfig.from_pretrained(folder), dtype=torch.bfloat16)
    model.save_pretrained(folder / "saved")  # with a configuration in the form of today, where published ones are older
    (folder / "saved" / "model.safetensors").rename(folder / "model.safetensors")
    return folder


def _stated(kind: str, older: dict) -> dict:
    """The sizes as each kind's `config.json` states them."""
    if kind == "qwen2_vl":
        return older
    if kind == "qwen2_5_vl":
        vision = {**VISION, "depth": 2, "patch_size": 14, "window_size": 112, "fullatt_block_indexes": [1]}
        return {**older, "model_type": kind, "vision_config": {**vision, "temporal_patch_size": 2}}
    marks = {name: older[name] for name in ("image_token_id", "video_token_id", "vision_start_token_id")}
    text = {name: older[name] for name in ("vocab_size", *hpsv3.SMALL_TEXT)}
    text |= {"model_type": "qwen3_vl_text", "head_dim": 16, "num_hidden_layers": 3}
    text["rope_scaling"] = {"rope_type": "default", "mrope_interleaved": True, "mrope_section": [3, 3, 2]}
    vision = {**VISION, "depth": 3, "patch_size": 16, "temporal_patch_size": 2, "num_position_embeddings": 256}
    vision["deepstack_visual_indexes"] = [0, 1]
    return {"model_type": kind, **marks, "text_config": text, "vision_config": vision, "tie_word_embeddings": False}
