"""A causal language model in the layout in which Qwen2.5 is published, small and random."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import Qwen2Config, Qwen2ForCausalLM

from engine.verify.layouts import qwen_tokens
from engine.verify.layouts.random_weights import weights

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write(folder: Path, seed: int = 0, width: int = 32, layers: int = 2) -> Path:
    """Write config.json, generation_config.json, model.safetensors and the tokenizer's files; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    marks = qwen_tokens.write(folder)
    tokenizer = folder / "tokenizer_config.json"
    tokenizer.write_text(json.dumps({**json.loads(tokenizer.read_text()), "chat_template": CHAT_TEMPLATE}))
    config = Qwen2Config(
        vocab_size=max(marks.values()) + 1,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=4096,
        architectures=["Qwen2ForCausalLM"],
        eos_token_id=marks["<|im_end|>"],
        pad_token_id=marks["<|endoftext|>"],
    )
    config.save_pretrained(folder)
    ends = [marks["<|im_end|>"], marks["<|endoftext|>"]]
    drawing = {"do_sample": True, "temperature": 0.7, "top_k": 20, "top_p": 0.8, "repetition_penalty": 1.05}
    (folder / "generation_config.json").write_text(
        json.dumps({"eos_token_id": ends, "pad_token_id": marks["<|endoftext|>"], **drawing})
    )
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in Qwen2ForCausalLM(config).state_dict().items()}
    save_file(weights(shapes, seed), folder / "model.safetensors", metadata={"format": "pt"})
    return folder
