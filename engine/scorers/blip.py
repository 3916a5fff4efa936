"""`blip-itm` and `blip-itc`: BLIP (Li et al., 2022, arXiv 2201.12086), from `Salesforce/blip-itm-large-coco`.

One checkpoint with two heads. The matching head (ITM) reads the text while it looks at the image, and was trained to
tell a caption from a near miss; the contrastive head (ITC) encodes each for itself and takes the cosine. Values are
those of transformers' `BlipForImageTextRetrieval`, whose image side is computed once an image here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image
from transformers import BertTokenizer, BlipConfig, BlipForImageTextRetrieval, BlipImageProcessorPil

from engine.scorers.base import Role
from engine.scorers.checkpoint import build, first_of, head, read_state, remedy
from engine.scorers.cross_encoder import CrossEncoder, cut, padded, token_rows
from engine.scorers.dual_encoder import DualEncoder
from engine.scorers.precision import Precision, chosen
from engine.scorers.weights import UnreadableWeights, fingerprint

WEIGHTS = ("model.safetensors", "pytorch_model.bin")
VOCABULARY = "vocab.txt"
HEADS = ("itm_head", "vision_proj", "text_proj")
NAME = "blip-itm"  # under which the catalogue knows the checkpoint of both


class BlipITM(CrossEncoder):
    """The probability, by the matching head, that image and text belong together.

    Args:
        folder: `config.json`, the weights, `preprocessor_config.json`, `tokenizer_config.json` and `vocab.txt`.
        device: as torch names it.
        precision: `fp32`, `bf16` or `publisher`, which is fp32 with torch's defaults.

    Raises `UnreadableWeights`.
    """

    name: ClassVar[str] = "blip-itm"
    role: ClassVar[Role] = Role.BASE_ENCODER
    text_limit: ClassVar[int | None] = 512
    value_range: ClassVar[tuple[float | None, float | None]] = (0.0, 1.0)
    about: ClassVar[str] = (
        "An encoder trained to tell whether a caption belongs to a photograph, never on preference. It sees the whole "
        "image squeezed into a square of 384 pixels, and reads 512 tokens. Most of its values lie near 0 or 1."
    )

    def __init__(self, folder: Path, device: str = "cpu", precision: str = "fp32"):
        where = torch.device(device)
        read = _read(folder, where, precision)
        self._processor, self._limit = read.processor, read.limit
        super().__init__(read.model, read.tokenizer, read.precision, where, f"{read.description}, matching head")

    @property
    def limit(self) -> int:
        return self._limit

    def pixels(self, image: Image.Image) -> torch.Tensor:
        return _pixels(self._processor, image)

    def values(self, states: torch.Tensor) -> torch.Tensor:
        probabilities: torch.Tensor = self._model.itm_head(states).softmax(-1)
        return probabilities[:, 1]


class BlipITC(DualEncoder):
    """The cosine of image and text by the contrastive head. Arguments and errors as of `BlipITM`."""

    name: ClassVar[str] = "blip-itc"
    role: ClassVar[Role] = Role.BASE_ENCODER
    text_limit: ClassVar[int | None] = 512
    value_range: ClassVar[tuple[float | None, float | None]] = (-1.0, 1.0)
    about: ClassVar[str] = (
        "BLIP's contrastive head, from the same checkpoint as blip-itm: image and caption are encoded each for itself "
        "and compared. It sees the whole image squeezed into a square of 384 pixels, and reads 512 tokens."
    )

    def __init__(self, folder: Path, device: str = "cpu", precision: str = "fp32"):
        where = torch.device(device)
        read = _read(folder, where, precision)
        self._processor, self._tokenizer = read.processor, read.tokenizer
        end = read.tokenizer.sep_token_id
        super().__init__(read.model, read.precision, where, end, f"{read.description}, contrastive head")

    def pixels(self, image: Image.Image) -> torch.Tensor:
        return _pixels(self._processor, image)

    def tokens(self, prompt: str) -> list[int]:
        return token_rows(self._tokenizer, [prompt])[0]

    def _checked_pixels(self, image: Image.Image) -> torch.Tensor:
        return self.pixels(image)  # squeezed into a square: no image is too thin

    def _image_vectors(self, given: torch.Tensor) -> torch.Tensor:
        states = self._model.vision_model(pixel_values=given).last_hidden_state
        vectors: torch.Tensor = self._model.vision_proj(states[:, 0].float())
        return vectors

    def _encode_rows(self, rows: Sequence[Sequence[int]]) -> list[np.ndarray]:
        kept = [cut(row, self._limit) for row in rows]
        ids, mask = padded(kept, max(map(len, kept)), self._tokenizer.pad_token_id, self._device)
        with self._precision.computing(self._device):
            states = self._model.text_encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            return self._unit(self._model.text_proj(states[:, 0].float()))


@dataclass(frozen=True)
class _Read:
    """What both scorers are made of."""

    model: Any
    processor: Any
    tokenizer: Any
    precision: Precision
    description: str

    @property
    def limit(self) -> int:
        return int(self.model.config.text_config.max_position_embeddings)


def _read(folder: Path, device: torch.device, precision: str) -> _Read:
    """Raises `UnreadableWeights`."""
    how = chosen(precision, device, publisher_autocasts=False)
    try:
        config = BlipConfig.from_pretrained(folder, local_files_only=True)
        processor = BlipImageProcessorPil.from_pretrained(folder, local_files_only=True)
        tokenizer = BertTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # the loaders have a dozen errors of their own; each means a bad folder
        raise UnreadableWeights(folder, error, remedy(NAME)) from error
    known = config.text_config.vocab_size
    if not known - 2 <= len(tokenizer) <= known:  # BLIP adds two marks to BERT's tokens; no text here has them
        raise UnreadableWeights(
            folder / VOCABULARY, f"{len(tokenizer)} tokens, where the model has {known}", remedy(NAME)
        )
    path = first_of(folder, WEIGHTS, NAME)
    state = read_state(path, NAME)
    model = build(BlipForImageTextRetrieval, config, state, how.dtype, path, NAME)
    for each in HEADS:
        head(getattr(model, each), state, f"{each}.")
    side = processor.size["height"]
    return _Read(model, processor, tokenizer, how, f"{path.name}@{fingerprint(path)} squeezed-{side} bicubic PIL, BERT")


def _pixels(processor: Any, image: Image.Image) -> torch.Tensor:
    values: torch.Tensor = processor(image, return_tensors="pt")["pixel_values"][0]
    return values
