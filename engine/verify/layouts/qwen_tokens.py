"""Qwen2-VL's tokenizer files, small: bytes and a few merges, and the marks of its chat."""

from __future__ import annotations

import json
from pathlib import Path

from engine.verify.layouts.clip_tokens import letters

MERGES = ["Ġ a", "Ġ w", "o r", "or d", "Ġw ord", "i n", "in g", "d o", "do g", "f o", "fo g", "Ġ -", "Ġ dog", "Ċ Ċ"]
MARKS = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
]
PUBLISHED = 151643  # tokens of Qwen2-VL's vocabulary before its marks


def write(folder: Path, size: int | None = None) -> dict[str, int]:
    """Write `vocab.json`, `merges.txt` and `tokenizer_config.json`; the marks' numbers.

    Args:
        size: filled up to this many tokens, before the marks, with some that no text has.
    """
    tokens = [*letters(), *(merge.replace(" ", "") for merge in MERGES)]
    tokens += [f"unused{number}" for number in range((size or 0) - len(tokens))]
    marks = {mark: len(tokens) + number for number, mark in enumerate(MARKS)}
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *MERGES, ""]), encoding="utf-8")
    described = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "Qwen2Tokenizer",
                "added_tokens_decoder": {str(number): {"content": mark, **described} for mark, number in marks.items()},
                "additional_special_tokens": MARKS[1:],
                "bos_token": None,
                "eos_token": "<|im_end|>",
                "pad_token": "<|endoftext|>",
                "unk_token": None,
                "errors": "replace",
                "model_max_length": 32768,
            }
        )
    )
    return marks
