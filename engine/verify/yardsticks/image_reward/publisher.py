"""ImageReward as its publisher computes it: `ImageReward.load()` and `score()` of the package `image-reward` 1.5.

What is done to the package, so that it runs here and on the weights of a folder; no line that computes is changed:

- `ImageReward.ReFL`, its training, asks for much more: an empty module answers when the package imports it.
- It fetches the tokenizer of `bert-base-uncased` from the hub: the same class reads the folder's `vocab.txt`.
- Its sizes stand in its code. Where the folder's `med_config.json` names others (under `vision`, and its
  `hidden_size`), the same constructors are called with those.
- Its strictness about keys is off; missing and unknown ones are refused here.
- Precision is what the package has: 32 bits everywhere.
"""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

PACKAGE = "image-reward"
PUBLISHED_WIDTH, LONGEST = 768, 512
SHARED = "blip.text_encoder.embeddings.position_ids"  # published, but counted off since


class Publisher:
    """The package's model with the weights of a folder."""

    def __init__(self, folder: Path, device: str, precision: str):
        sys.modules["ImageReward.ReFL"] = types.ModuleType("ImageReward.ReFL")
        import ImageReward
        import torch
        from ImageReward.models.BLIP import blip

        tokenizer = blip.BertTokenizer
        blip.BertTokenizer = _Local(tokenizer, folder / "vocab.txt")
        sizes = folder / "med_config.json"
        _use_sizes(json.loads(sizes.read_text(encoding="utf-8")))
        self._model = ImageReward.load(str(folder / "ImageReward.pt"), device=device, med_config=str(sizes))
        held = torch.load(folder / "ImageReward.pt", map_location="meta", weights_only=True)
        if faults := (self._model.state_dict().keys() ^ held.keys()) - {SHARED}:
            raise SystemExit(f"the weights are not the model's: {', '.join(sorted(faults)[:4])}")

    def score(self, image: str, prompt: str) -> float:
        """The package's own method."""
        value: float = self._model.score(prompt, image)
        return value


class _Local:
    """The tokenizer's class, whose `from_pretrained` reads one file of vocabulary."""

    def __init__(self, kind: Any, vocabulary: Path):
        self._kind, self._vocabulary = kind, vocabulary

    def from_pretrained(self, _name: str) -> object:
        return self._kind(str(self._vocabulary), model_max_length=LONGEST)


def _use_sizes(stated: dict) -> None:
    """Call the package's constructors with the sizes that a folder names."""
    if "vision" not in stated:
        return
    package: Any = sys.modules["ImageReward.ImageReward"]  # the package hides its module behind the class of that name
    from ImageReward.models.BLIP import blip_pretrain, vit

    vision, width = stated["vision"], stated["hidden_size"]

    def create_vit(*_sizes: object) -> tuple[object, int]:
        model = vit.VisionTransformer(
            img_size=vision["image_size"],
            patch_size=vision["patch_size"],
            embed_dim=vision["hidden_size"],
            depth=vision["num_hidden_layers"],
            num_heads=vision["num_attention_heads"],
            drop_path_rate=0.1,
        )
        return model, vision["hidden_size"]

    blip_pretrain.create_vit = create_vit
    head, transform = package.MLP, package._transform
    package.MLP = lambda _width: head(width)
    package._transform = lambda _side: transform(vision["image_size"])
