"""Making a loaded pipeline take as little of a card as can be, with what diffusers has and nothing else installed."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.hooks import apply_group_offloading

from engine.generators.diffusion.families import Family
from engine.generators.diffusion.pipeline import encoders_of


def tighten(pipeline: Any, family: Family, device: torch.device, dtype: torch.dtype) -> None:
    """Keep the denoiser's weights in 8 bits, bring text encoders to the device layer by layer, decode in tiles.

    A layer's weights are widened to `dtype` for as long as it computes, so they are rounded and what is computed with
    them isn't. Text encoders keep their precision: they work once a prompt, and being slow costs little there.
    """
    getattr(pipeline, family.denoiser).enable_layerwise_casting(torch.float8_e4m3fn, dtype)
    for encoder in encoders_of(pipeline).values():
        apply_group_offloading(encoder, onload_device=device, offload_type="leaf_level")
    pipeline.vae.enable_tiling()
