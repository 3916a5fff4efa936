"""The diffusers pipelines that are known to work here, and in what they differ. Data alone; imports nothing heavy.

Each table goes by the class that `model_index.json` names: `FAMILIES` make images from text, `IMG2IMG` are the same
weights as editors by strength, `INSTRUCTED` edit as they are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Family:
    """One class of pipelines.

    Args:
        pipeline: its class in diffusers.
        denoiser: the part that LoRAs adapt and that aligned models replace.
        embeddings: what its `encode_prompt` returns, in order, by the name under which a call takes it; an empty
            name for what a call doesn't take.
        encode: arguments of `encode_prompt` beside the prompt.
        parts: parts and options to load it with in place of the published ones. Safety checkers are left out: they
            would blacken what an instrument for the disturbing must see as it was made.
    """

    pipeline: str
    denoiser: str
    embeddings: tuple[str, ...]
    encode: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    parts: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


_GUIDED = ("prompt_embeds", "negative_prompt_embeds")
_POOLED = (*_GUIDED, "pooled_prompt_embeds", "negative_pooled_prompt_embeds")
_OPEN = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
_FLUX = ("prompt_embeds", "pooled_prompt_embeds", "")
_ONE = {"num_images_per_prompt": 1, "do_classifier_free_guidance": True}

FAMILIES = {
    family.pipeline: family
    for family in (
        Family("StableDiffusionPipeline", "unet", _GUIDED, _ONE, _OPEN),
        Family("StableDiffusionXLPipeline", "unet", _POOLED, parts={"add_watermarker": False}),
        Family("StableDiffusion3Pipeline", "transformer", _POOLED, {"prompt_2": None, "prompt_3": None}),
        Family("FluxPipeline", "transformer", _FLUX),
    )
}
IMG2IMG = {
    name: replace(family, pipeline=name.replace("Pipeline", "Img2ImgPipeline")) for name, family in FAMILIES.items()
}
INSTRUCTED = {"FluxKontextPipeline": Family("FluxKontextPipeline", "transformer", _FLUX)}
ENCODERS = ("text_encoder", "text_encoder_2", "text_encoder_3")
TOKENIZERS = ("tokenizer", "tokenizer_2", "tokenizer_3")
