"""CLIP-like models as transformers publishes them: `clip` and `pickscore` are two of these."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import torch
from PIL import Image
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

from engine.scorers.checkpoint import build, first_of, read_state, remedy
from engine.scorers.dual_encoder import DualEncoder
from engine.scorers.precision import chosen
from engine.scorers.weights import UnreadableWeights, fingerprint

WEIGHTS = ("model.safetensors", "pytorch_model.bin")


class HubCLIP(DualEncoder):
    """A `CLIPModel` from a folder in the hub's layout, with its own image processor and tokenizer.

    A mark of the tokenizer inside a prompt, such as `<|endoftext|>`, is taken for the mark, as transformers does: the
    text ends there.

    Args:
        folder: `config.json`, the weights, `preprocessor_config.json`, `tokenizer_config.json`, `vocab.json`,
            `merges.txt`.
        device: as torch names it.
        precision: `fp32`, `bf16` or `publisher`, which is fp32 with torch's defaults.

    Raises `UnreadableWeights`.
    """

    text_limit: ClassVar[int | None] = 77

    def __init__(self, folder: Path, device: str = "cpu", precision: str = "fp32"):
        where = torch.device(device)
        how = chosen(precision, where, self.publisher_autocasts)
        config = self._read_config(folder)
        try:
            self._processor = CLIPImageProcessorPil.from_pretrained(folder, local_files_only=True)
            self._tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
        except Exception as error:  # the loaders have a dozen errors of their own; each means a bad folder
            raise UnreadableWeights(folder, error, remedy(self.name)) from error
        path = first_of(folder, WEIGHTS, self.name)
        model = build(CLIPModel, config, read_state(path, self.name), how.dtype, path, self.name)
        description = f"{path.name}@{fingerprint(path)} {self._seen()}, CLIP tokens"
        super().__init__(model, how, where, self._tokenizer.eos_token_id, description)

    def _read_config(self, folder: Path) -> CLIPConfig:
        path = folder / "config.json"
        try:
            stated = json.loads(path.read_text(encoding="utf-8"))
            if stated["model_type"] != "clip":
                raise ValueError(f"it is of type {stated['model_type']!r}, not 'clip'")
            return CLIPConfig.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableWeights(path, error, remedy(self.name)) from error

    def _seen(self) -> str:
        """What of an image the model sees, for the version."""
        processor = self._processor
        return f"shortest-{processor.size['shortest_edge']} bicubic PIL, centre {processor.crop_size['height']}"

    def pixels(self, image: Image.Image) -> torch.Tensor:
        values: torch.Tensor = self._processor(image, return_tensors="pt")["pixel_values"][0]
        return values

    def tokens(self, prompt: str) -> list[int]:
        ids: list[int] = self._tokenizer(prompt, verbose=False)["input_ids"]
        return ids
