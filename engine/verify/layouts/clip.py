"""A CLIP-like model's folder, as transformers publishes it; PickScore's is the same."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

from engine.scorers.checkpoint import shapes_of
from engine.verify.layouts import clip_tokens
from engine.verify.layouts.random_weights import weights

SMALL_TEXT = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 77,
}
SMALL_VISION = {**SMALL_TEXT, "hidden_size": 32, "image_size": 28, "patch_size": 7}


def _tower(width: int, layers: int, heads: int, **others: object) -> dict:
    sizes = {"hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": layers}
    return {**sizes, "num_attention_heads": heads, **others}


FULL_LARGE = {
    "text": _tower(768, 12, 12, max_position_embeddings=77),
    "vision": _tower(1024, 24, 16, image_size=224, patch_size=14),
    "projection": 768,
}
FULL_HUGE = {
    "text": _tower(1024, 24, 16, max_position_embeddings=77, hidden_act="gelu"),
    "vision": _tower(1280, 32, 16, image_size=224, patch_size=14, hidden_act="gelu"),
    "projection": 1024,
}
LEGACY_END = 2  # what the published configurations say, and transformers knows to mean the highest token


def write(
    folder: Path,
    text: dict = SMALL_TEXT,
    vision: dict = SMALL_VISION,
    projection: int = 24,
    seed: int = 0,
    packed: Path | None = None,
) -> Path:
    """Write the folder. Sizes are of `CLIPTextConfig` and `CLIPVisionConfig`; `packed` as for `clip_tokens.write`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = clip_tokens.write(folder, packed)
    text = {**text, "vocab_size": tokens, "bos_token_id": tokens - 2, "eos_token_id": LEGACY_END}
    config = CLIPConfig(projection_dim=projection, text_config=text, vision_config=vision)
    config.architectures = ["CLIPModel"]
    config.save_pretrained(folder)
    save_file(weights(shapes_of(CLIPModel, config), seed), folder / "model.safetensors", metadata={"format": "pt"})
    side = vision["image_size"]
    CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size=side).save_pretrained(folder)
    return folder
