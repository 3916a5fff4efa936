"""Prompts to embeddings, each prompt by itself, and what a text limit cut away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from engine.generators.diffusion.families import TOKENIZERS, Family
from engine.generators.diffusion.settings import Settings


def encode(pipeline: Any, family: Family, prompt: str, settings: Settings, device: torch.device) -> dict[str, Any]:
    """What a call of the pipeline takes in place of the prompt, in main memory; each tensor's first axis has size 1.

    Prompts are encoded one by one: a batch would save little beside the denoising, and could change the last bits
    from batch to batch.
    """
    arguments = dict(family.encode)
    if settings.text_tokens and takes_long_text(pipeline):
        arguments["max_sequence_length"] = settings.text_tokens
    with torch.inference_mode():
        made = pipeline.encode_prompt(prompt=prompt, device=device, **arguments)
    named = zip(family.embeddings, made, strict=True)
    return {name: tensor.to("cpu") for name, tensor in named if name and tensor is not None}


def together(embeddings: list[dict[str, Any]], device: torch.device) -> Mapping[str, Any]:
    """The embeddings of several prompts as one batch on the device."""
    return {name: torch.cat([each[name] for each in embeddings]).to(device) for name in embeddings[0]}


def cut_from(pipeline: Any, prompt: str, text_tokens: int | None) -> dict[str, str]:
    """Tokenizer -> the end of the prompt that it didn't pass on; empty where everything was read.

    Args:
        text_tokens: the limit of the last tokenizer where that is T5's.
    """
    cut = {}
    for name in TOKENIZERS:
        tokenizer = getattr(pipeline, name, None)
        if tokenizer is None:
            continue
        limit = text_tokens if text_tokens and _is_t5(tokenizer) else tokenizer.model_max_length
        ids = tokenizer(prompt, truncation=False, verbose=False)["input_ids"]
        if len(ids) > limit:
            cut[name] = tokenizer.decode(ids[limit - 1 : -1], skip_special_tokens=True).strip()
    return cut


def takes_long_text(pipeline: Any) -> bool:
    """Whether one of the tokenizers is T5's, whose limit can be set."""
    return any(_is_t5(getattr(pipeline, name, None)) for name in TOKENIZERS)


def _is_t5(tokenizer: Any) -> bool:
    return "T5" in type(tokenizer).__name__
