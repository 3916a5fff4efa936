"""BLIP's folder as transformers publishes it."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save_file
from transformers import BlipConfig, BlipForImageTextRetrieval, BlipImageProcessorPil

from engine.scorers.checkpoint import shapes_of
from engine.verify.layouts import bert_tokens
from engine.verify.layouts.random_weights import weights

SMALL_VISION = {
    "image_size": 48,
    "patch_size": 16,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
SMALL_TEXT = {
    "hidden_size": 24,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 512,
}
FULL_VISION = {
    "image_size": 384,
    "patch_size": 16,
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
}
FULL_TEXT = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "max_position_embeddings": 512,
}
FULL = {"text": FULL_TEXT, "vision": FULL_VISION, "tokens": bert_tokens.PUBLISHED}


def write(
    folder: Path, text: dict = SMALL_TEXT, vision: dict = SMALL_VISION, tokens: int | None = None, seed: int = 0
) -> Path:
    """Write the folder; sizes are of `BlipTextConfig` and `BlipVisionConfig`, `tokens` of the vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    count = bert_tokens.write(folder, tokens) + 2
    (folder / "tokenizer_config.json").write_text(
        '{"tokenizer_class": "BertTokenizer", "do_lower_case": true, "model_max_length": 512}'
    )
    marks = {"bos_token_id": count - 2, "sep_token_id": 3, "eos_token_id": 3, "pad_token_id": 0}
    config = BlipConfig(text_config={**text, **marks, "vocab_size": count}, vision_config=vision)
    config.architectures = ["BlipForImageTextRetrieval"]
    config.save_pretrained(folder)
    side = vision["image_size"]
    BlipImageProcessorPil(size={"height": side, "width": side}).save_pretrained(folder)
    tensors = weights(shapes_of(BlipForImageTextRetrieval, config), seed)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder
