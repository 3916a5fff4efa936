"""SDXL, Stable Diffusion 3.5 medium and FLUX.1 dev in their published sizes with random weights, made where they work.

The tokenizers are the small ones: what counts are the shapes that a card computes.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, T5Config, T5EncoderModel

from engine.verify.layouts.pipelines import _clip_tokenizer, _diffusion_steps, _t5_tokenizer

CLIP_L = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
CLIP_G = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20}
T5_XXL = {"d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64}


def full_pipeline(name: str, device: torch.device) -> Any:
    """The pipeline on the device in bfloat16, the largest part made first: each is made in 32 bits."""
    return {"sdxl": _sdxl, "sd3.5-medium": _sd3, "flux.1-dev": _flux}[name](device)


def _made(on: torch.device, kind: type[Any], *config: Any, **sizes: Any) -> Any:
    with on:
        return kind(*config, **sizes).to(torch.bfloat16).eval()


def _sdxl(on: torch.device) -> Any:
    return StableDiffusionXLPipeline(
        unet=_made(
            on,
            UNet2DConditionModel,
            sample_size=128,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            block_out_channels=(320, 640, 1280),
            attention_head_dim=(5, 10, 20),
            transformer_layers_per_block=(1, 2, 10),
            cross_attention_dim=2048,
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=2816,
        ),
        vae=_vae(on, 4, 0.13025),
        text_encoder=_clip(on, CLIPTextModel, 768, CLIP_L),
        text_encoder_2=_clip(on, CLIPTextModelWithProjection, 1280, CLIP_G),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        scheduler=EulerDiscreteScheduler(timestep_spacing="leading", **_diffusion_steps()),
    )


def _sd3(on: torch.device) -> Any:
    return StableDiffusion3Pipeline(
        text_encoder_3=_t5(on),
        transformer=_made(
            on,
            SD3Transformer2DModel,
            sample_size=128,
            patch_size=2,
            in_channels=16,
            out_channels=16,
            num_layers=24,
            attention_head_dim=64,
            num_attention_heads=24,
            joint_attention_dim=4096,
            caption_projection_dim=1536,
            pooled_projection_dim=2048,
            pos_embed_max_size=384,
            dual_attention_layers=tuple(range(13)),
            qk_norm="rms_norm",
        ),
        vae=_vae(on, 16, 1.5305, shift_factor=0.0609, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=_clip(on, CLIPTextModelWithProjection, 768, CLIP_L),
        text_encoder_2=_clip(on, CLIPTextModelWithProjection, 1280, CLIP_G),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        tokenizer_3=_t5_tokenizer(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
    )


def _flux(on: torch.device) -> Any:
    return FluxPipeline(
        transformer=_made(
            on,
            FluxTransformer2DModel,
            in_channels=64,
            num_layers=19,
            num_single_layers=38,
            attention_head_dim=128,
            num_attention_heads=24,
            joint_attention_dim=4096,
            pooled_projection_dim=768,
            axes_dims_rope=(16, 56, 56),
            guidance_embeds=True,
        ),
        text_encoder_2=_t5(on),
        vae=_vae(on, 16, 0.3611, shift_factor=0.1159, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=_clip(on, CLIPTextModel, 768, CLIP_L),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_t5_tokenizer(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
    )


def _vae(on: torch.device, channels: int, scale: float, **others: Any) -> Any:
    return _made(
        on,
        AutoencoderKL,
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=channels,
        sample_size=1024,
        scaling_factor=scale,
        **others,
    )


def _clip(on: torch.device, kind: type[Any], projection: int, sizes: dict[str, int]) -> Any:
    activation = "quick_gelu" if sizes is CLIP_L else "gelu"
    config = CLIPTextConfig(vocab_size=49408, projection_dim=projection, hidden_act=activation, eos_token_id=2, **sizes)
    return _made(on, kind, config)


def _t5(on: torch.device) -> Any:
    config = T5Config(vocab_size=32128, feed_forward_proj="gated-gelu", is_encoder_decoder=False, **T5_XXL)
    return _made(on, T5EncoderModel, config)
