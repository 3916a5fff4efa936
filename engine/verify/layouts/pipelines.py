"""Small diffusers pipelines with random weights, in the folders and files in which the real ones are published.

`PIPELINES` writes the folder of a generator by its name in the catalogue. Nothing is fetched: configurations and
vocabularies are made here. The models draw nothing that a person would recognise; what counts is that the same code
loads and runs them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    EDMDPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxKontextPipeline,
    FluxPipeline,
    FluxTransformer2DModel,
    PNDMScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from engine.verify.layouts.clip_tokens import MERGES, vocabulary

WIDTH = 16
"""Of CLIP's hidden states and its projection; T5's, and what the denoisers attend to, is twice that."""
HEADS = 2
T5_TOKENS = 512
FREE_TRANSFORMER = ("attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0")
"""The layers that the published LoRAs of Stable Diffusion 3.5 adapt, of those in a small one."""


def _clip_tokenizer() -> Any:
    return CLIPTokenizer(vocab=vocabulary(MERGES), merges=[tuple(each.split()) for each in MERGES], model_max_length=77)


def _t5_tokenizer() -> Any:
    signs = [chr(code) for code in range(33, 127)]
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces = [*special, *((sign, -3.0) for sign in signs), *((f"▁{sign}", -3.0) for sign in signs if sign.isalpha())]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=T5_TOKENS)


def _clip_text(kind: type[Any] = CLIPTextModel, activation: str = "quick_gelu") -> Any:
    tokens = vocabulary(MERGES)
    config = CLIPTextConfig(
        vocab_size=len(tokens),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=HEADS,
        max_position_embeddings=77,
        hidden_act=activation,
        bos_token_id=tokens["<|startoftext|>"],
        eos_token_id=tokens["<|endoftext|>"],
        pad_token_id=tokens["<|endoftext|>"],
        projection_dim=WIDTH,
    )
    return kind(config).eval()


def _t5_text() -> Any:
    config = T5Config(
        vocab_size=len(_t5_tokenizer()),
        d_model=2 * WIDTH,
        d_kv=8,
        d_ff=4 * WIDTH,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        is_encoder_decoder=False,
    )
    return T5EncoderModel(config).eval()


def _vae(scale: float, **others: Any) -> Any:
    """An autoencoder that halves each side; a pipeline's own scale and shift as published."""
    return AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=32,
        scaling_factor=scale,
        **others,
    ).eval()


def _diffusion_steps() -> dict[str, Any]:
    return {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


def _unet(**others: Any) -> Any:
    return UNet2DConditionModel(
        sample_size=16, layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=4, **others
    ).eval()


def _sd15_unet() -> Any:
    return _unet(
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
    )


def _sd15() -> Any:
    return StableDiffusionPipeline(
        vae=_vae(0.18215),
        text_encoder=_clip_text(),
        tokenizer=_clip_tokenizer(),
        unet=_sd15_unet(),
        scheduler=PNDMScheduler(skip_prk_steps=True, **_diffusion_steps()),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _sdxl(scheduler: Any = None, vae: Any = None) -> Any:
    return StableDiffusionXLPipeline(
        vae=vae or _vae(0.13025),
        text_encoder=_clip_text(),
        text_encoder_2=_clip_text(CLIPTextModelWithProjection, "gelu"),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        unet=_unet(
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            attention_head_dim=(2, 4),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + WIDTH,
            cross_attention_dim=2 * WIDTH,
        ),
        scheduler=scheduler or EulerDiscreteScheduler(timestep_spacing="leading", **_diffusion_steps()),
        force_zeros_for_empty_prompt=vae is None,
    )


def _playground() -> Any:
    """Stable Diffusion XL's parts with EDM's noise schedule, and latents that are scaled channel by channel."""
    scheduler = EDMDPMSolverMultistepScheduler(
        sigma_min=0.002, sigma_max=80.0, sigma_data=0.5, solver_order=2, algorithm_type="dpmsolver++", rho=7.0
    )
    means, spreads = [-1.6574, 1.886, -1.383, 2.5155], [8.4927, 5.9022, 6.5498, 5.2299]
    return _sdxl(scheduler, _vae(0.5, latents_mean=means, latents_std=spreads))


def _sd3() -> Any:
    return StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=16,
            patch_size=1,
            in_channels=4,
            out_channels=4,
            num_layers=2,
            attention_head_dim=8,
            num_attention_heads=4,
            caption_projection_dim=32,
            joint_attention_dim=2 * WIDTH,
            pooled_projection_dim=2 * WIDTH,
            pos_embed_max_size=64,
        ).eval(),
        text_encoder=_clip_text(CLIPTextModelWithProjection),
        tokenizer=_clip_tokenizer(),
        text_encoder_2=_clip_text(CLIPTextModelWithProjection, "gelu"),
        tokenizer_2=_clip_tokenizer(),
        text_encoder_3=_t5_text(),
        tokenizer_3=_t5_tokenizer(),
        vae=_vae(1.5305, shift_factor=0.0609, use_quant_conv=False, use_post_quant_conv=False),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
    )


def _flux_transformer(guidance: bool = True) -> Any:
    return FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=2 * WIDTH,
        pooled_projection_dim=WIDTH,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=guidance,
    ).eval()


def _flux(guidance: bool = True, kind: type[Any] = FluxPipeline) -> Any:
    return kind(
        transformer=_flux_transformer(guidance),
        text_encoder=_clip_text(),
        tokenizer=_clip_tokenizer(),
        text_encoder_2=_t5_text(),
        tokenizer_2=_t5_tokenizer(),
        vae=_vae(0.3611, shift_factor=0.1159, use_quant_conv=False, use_post_quant_conv=False),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0 if guidance else 1.0, use_dynamic_shifting=guidance),
    )


def _pipeline(make: Callable[[], Any], seed: int, *more: Callable[[Path], None]) -> Callable[[Path], Path]:
    """A writer of one pipeline's folder; `more` adds what is laid beside it."""

    def write(folder: Path) -> Path:
        torch.manual_seed(seed)
        make().save_pretrained(folder)
        for each in more:
            each(folder)
        return folder

    return write


def _with_safety_checker(folder: Path) -> None:
    """Name the checker in the index, as published, though its files are not fetched."""
    path = folder / "model_index.json"
    index = json.loads(path.read_text())
    index["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
    index["feature_extractor"] = ["transformers", "CLIPImageProcessor"]
    path.write_text(json.dumps(index, indent=2))


def _with_unet(folder: Path) -> None:
    _sd15_unet().save_pretrained(folder / "replacement" / "unet")


def _with_transformer(folder: Path) -> None:
    _flux_transformer().save_pretrained(folder / "replacement" / "checkpoint-300-0")


def write_lora(folder: Path, rank: int = 2) -> None:
    """An adapter of Stable Diffusion 3.5's transformer, as PEFT saves it: its configuration and its tensors."""
    lora = folder / "lora"
    lora.mkdir()
    config = {"peft_type": "LORA", "r": rank, "lora_alpha": 2 * rank, "target_modules": list(FREE_TRANSFORMER)}
    (lora / "adapter_config.json").write_text(json.dumps({**config, "base_model_name_or_path": "x", "bias": "none"}))
    tensors = {
        f"base_model.model.transformer_blocks.{block}.{layer}.lora_{side}.weight": 0.3 * torch.randn(shape)
        for block in range(2)
        for layer in FREE_TRANSFORMER
        for side, shape in (("A", (rank, 32)), ("B", (32, rank)))
    }
    save_file(tensors, lora / "adapter_model.safetensors")


PIPELINES: dict[str, Callable[[Path], Path]] = {
    "flux.1-dev": _pipeline(_flux, 1),
    "flux.1-schnell": _pipeline(lambda: _flux(guidance=False), 2),
    "flux.1-krea-dev": _pipeline(_flux, 3),
    "flux.1-kontext-dev": _pipeline(lambda: _flux(kind=FluxKontextPipeline), 9),
    "danceflux": _pipeline(_flux, 1, _with_transformer),
    "prefflux": _pipeline(_flux, 4),
    "sdxl": _pipeline(_sdxl, 5),
    "playground-v2.5": _pipeline(_playground, 6),
    "sd3.5-medium": _pipeline(_sd3, 7),
    "sd3.5-medium-geneval": _pipeline(_sd3, 7, write_lora),
    "sd3.5-medium-pickscore": _pipeline(_sd3, 7, write_lora),
    "sd1.5": _pipeline(_sd15, 8, _with_safety_checker),
    "sd1.5-dpo": _pipeline(_sd15, 8, _with_safety_checker, _with_unet),
}
