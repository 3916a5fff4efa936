"""The reference path of scorers that transformers itself publishes code for: one cell at a time, as its pages show it.

The models are loaded and called whole, without anything that the scorers do to be fast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import (
    BertTokenizer,
    BlipForImageTextRetrieval,
    BlipImageProcessorPil,
    CLIPImageProcessorPil,
    CLIPModel,
    CLIPTokenizer,
)
from transformers.utils.logging import disable_progress_bar

from engine.scorers.precision import chosen

Reference = Callable[[dict[str, Any]], torch.Tensor]


def reference_values(
    name: str, folder: Path, cells: Sequence[tuple[Path, str]], device: str, precision: str = "fp32"
) -> list[float]:
    """Values [n] of cells.

    Args:
        name: `pickscore`, `clip` or `clip:…`, `blip-itm`, `blip-itc`.
        cells: (image file, prompt) each.
        precision: `fp32`, or `publisher`, which is fp32 with torch's defaults: on a card, convolutions in TF32.
    """
    disable_progress_bar()
    base = name.partition(":")[0]
    blip = base.startswith("blip")
    kinds = (BertTokenizer, BlipImageProcessorPil) if blip else (CLIPTokenizer, CLIPImageProcessorPil)
    tokenizer, processor = (kind.from_pretrained(folder, local_files_only=True) for kind in kinds)
    score = (_blip if blip else _clip)(base, folder, torch.device(device))
    limit = 512 if blip else 77
    how = chosen(precision, torch.device(device), publisher_autocasts=False)
    values = []
    for path, prompt in cells:
        with Image.open(path) as image, how.computing(torch.device(device)):
            given = {
                **tokenizer(prompt, truncation=True, max_length=limit, return_tensors="pt"),
                **processor(image, return_tensors="pt"),
            }
            values.append(float(score({key: tensor.to(device) for key, tensor in given.items()})))
    return values


def _clip(base: str, folder: Path, device: torch.device) -> Reference:
    """CLIP's cosine; PickScore's is scaled, as `logits_per_image` is."""
    model = CLIPModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32).eval().to(device)
    keys = ("input_ids", "attention_mask", "pixel_values")

    def score(given: dict[str, Any]) -> torch.Tensor:
        scaled: torch.Tensor = model(**{key: given[key] for key in keys}).logits_per_image
        return scaled if base == "pickscore" else scaled / model.logit_scale.exp()

    return score


def _blip(base: str, folder: Path, device: torch.device) -> Reference:
    model = BlipForImageTextRetrieval.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    model = model.eval().to(device)
    keys = ("input_ids", "attention_mask", "pixel_values")

    def score(given: dict[str, Any]) -> torch.Tensor:
        matching = base == "blip-itm"
        found: torch.Tensor = model(**{key: given[key] for key in keys}, use_itm_head=matching).itm_score
        return found.softmax(-1)[:, 1] if matching else found

    return score
