"""HPSv3's folder: the checkpoint under its publisher's names, the files of the Qwen2-VL that it was tuned from, and an
instruction of our own words in the form of its publisher's file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import Qwen2VLConfig, Qwen2VLModel

from engine.scorers import hpsv3
from engine.scorers.checkpoint import shapes_of
from engine.verify.layouts import qwen_tokens
from engine.verify.layouts.random_weights import weights

SMALL_TEXT = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]},
}
SMALL_VISION = {"depth": 2, "embed_dim": 32, "num_heads": 2, "mlp_ratio": 2}
FULL_TEXT = {
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]},
}
FULL_VISION = {"depth": 32, "embed_dim": 1280, "num_heads": 16, "mlp_ratio": 4}
FULL = {"text": FULL_TEXT, "vision": FULL_VISION, "tokens": qwen_tokens.PUBLISHED}

STAND_IN = '''
import module_that_is_not_there

INSTRUCTION = """
Say how well somebody would like this picture, and how well it shows what was asked for.
{{Both count.}}
What was asked for - {text_prompt}

"""

prompt_with_special_token = """
The verdict: <|Reward|>

END
"""

raise RuntimeError("this file is read and never run")
'''


def write(
    folder: Path,
    text: dict = SMALL_TEXT,
    vision: dict = SMALL_VISION,
    tokens: int | None = None,
    seed: int = 0,
    dtype: torch.dtype = torch.bfloat16,
) -> Path:
    """Write the folder.

    Args:
        text, vision: sizes, as Qwen's `config.json` has them.
        tokens: of the vocabulary before its marks; `qwen_tokens.PUBLISHED` at full size.
        dtype: of the weights in the file; the head is in 32 bits, as published.
    """
    folder.mkdir(parents=True, exist_ok=True)
    marks = qwen_tokens.write(folder, tokens)
    (folder / "config.json").write_text(json.dumps(stated(text, vision, marks)))
    (folder / "preprocessor_config.json").write_text(
        json.dumps(
            {
                "image_processor_type": "Qwen2VLImageProcessor",
                "processor_class": "Qwen2VLProcessor",
                "image_mean": [0.48145466, 0.4578275, 0.40821073],
                "image_std": [0.26862954, 0.26130258, 0.27577711],
                "merge_size": 2,
                "min_pixels": 3136,
                "max_pixels": 12845056,
                "patch_size": 14,
                "temporal_patch_size": 2,
            }
        )
    )
    (folder / hpsv3.INSTRUCTION).write_text(STAND_IN, encoding="utf-8")
    save_file(state(folder, len(marks) + marks["<|endoftext|>"] + 1, seed, dtype), folder / hpsv3.CHECKPOINT)
    return folder


def stated(text: dict, vision: dict, marks: dict[str, int]) -> dict[str, object]:
    """The sizes as Qwen2-VL's `config.json` states them, with a table of tokens larger than its tokenizer needs."""
    return {
        "architectures": ["Qwen2VLForConditionalGeneration"],
        "model_type": "qwen2_vl",
        "attention_dropout": 0.0,
        "bos_token_id": marks["<|endoftext|>"],
        "eos_token_id": marks["<|im_end|>"],
        "vision_start_token_id": marks["<|vision_start|>"],
        "vision_end_token_id": marks["<|vision_end|>"],
        "vision_token_id": marks["<|vision_pad|>"],
        "image_token_id": marks["<|image_pad|>"],
        "video_token_id": marks["<|video_pad|>"],
        "hidden_act": "silu",
        "initializer_range": 0.02,
        "max_position_embeddings": 32768,
        "max_window_layers": 28,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "sliding_window": 32768,
        "tie_word_embeddings": False,
        "use_cache": True,
        "use_sliding_window": False,
        "vocab_size": max(marks.values()) + 100,
        **text,
        "vision_config": {
            **vision,
            "in_chans": 3,
            "hidden_size": text["hidden_size"],
            "patch_size": 14,
            "spatial_merge_size": 2,
            "spatial_patch_size": 14,
            "temporal_patch_size": 2,
        },
    }


def state(folder: Path, tokens: int, seed: int, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """The checkpoint for the sizes in the folder, with as many tokens."""
    config = Qwen2VLConfig.from_pretrained(folder, local_files_only=True)
    config.text_config.vocab_size = tokens
    shapes: dict[str, Sequence[int]] = {
        hpsv3.published(key): shape for key, shape in shapes_of(Qwen2VLModel, config).items()
    }
    shapes |= {"lm_head.weight": (tokens, config.text_config.hidden_size)}
    head = {
        f"rm_head.{key}": tensor.shape
        for key, tensor in hpsv3.layers(config.text_config.hidden_size).state_dict().items()
    }
    return {**weights(shapes, seed, dtype), **weights(head, seed)}
