"""What the cross encoders share: an image becomes features once, and each prompt is then read while looking at them.

The four cells of a pair cost two passes of the image side and four of the text side.

In fp32 a value depends on its company in the batch by rounding alone.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image

from engine.scorers.base import Kind, Scorer, Text
from engine.scorers.dual_encoder import images_at_once, prepared_ahead
from engine.scorers.precision import Precision


class CrossEncoder(Scorer):
    """A scorer around BLIP's two halves; a subclass prepares pixels and turns the first token's state into a value.

    Args:
        model: with `vision_model` and `text_encoder`, in the precision's dtype.
        tokenizer: BERT's, as the publisher sets it up.
        precision: see `engine.scorers.precision`.
        device: where to compute.
        description: weights and preprocessing, for the version; the precision is added.
    """

    kind: ClassVar[Kind] = Kind.CROSS
    always_padded: ClassVar[bool] = False
    """Whether each text is padded to the limit, as the publisher's code does, and not to the longest beside it."""

    def __init__(self, model: Any, tokenizer: Any, precision: Precision, device: torch.device, description: str):
        self._model = model.to(device)
        self._tokenizer = tokenizer
        self._precision, self._device = precision, device
        self._version = f"{description} · {precision.name}"
        vision = model.config.vision_config
        self.batch_size = images_at_once(device, (vision.image_size // vision.patch_size) ** 2 * vision.hidden_size)

    @property
    def version(self) -> str:
        return self._version

    @property
    @abstractmethod
    def limit(self) -> int:
        """The tokens of a text that this model reads, the marks of its start and end included."""

    @abstractmethod
    def pixels(self, image: Image.Image) -> torch.Tensor:
        """An RGB image as the model's input [3, side, side], float32."""

    @abstractmethod
    def values(self, states: torch.Tensor) -> torch.Tensor:
        """Values [n] from the text model's state at the first token [n, width], float32."""

    def encode_images(self, images: Sequence[Image.Image], origins: Sequence[str | None] = ()) -> list[torch.Tensor]:
        """Each image as the states of its patches [patches + 1, width], on the device, in the precision's dtype."""
        features: list[torch.Tensor] = []
        for batch in prepared_ahead(self.pixels, images, self.batch_size):
            with self._precision.computing(self._device):
                given = torch.stack(batch).to(self._device, self._precision.dtype)
                states = self._model.vision_model(pixel_values=given).last_hidden_state
                features += [each.clone() for each in states]  # a view would keep the whole batch in memory
        return features

    def encode_texts(self, prompts: Sequence[str]) -> list[Text]:
        """Each prompt as its tokens; cut after the limit, and said so."""
        rows = token_rows(self._tokenizer, prompts)
        return [Text(cut(row, self.limit), truncated=len(row) > self.limit) for row in rows]

    def compare(self, images: Sequence[torch.Tensor], texts: Sequence[Text]) -> np.ndarray:
        """Values [n] of n couples; texts of like length go through together."""
        rows = [text.features for text in texts]
        by_length = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        values = np.zeros(len(rows))
        for start in range(0, len(rows), self.batch_size):
            chosen = by_length[start : start + self.batch_size]
            values[chosen] = self._compare([images[index] for index in chosen], [rows[index] for index in chosen])
        return values

    def _compare(self, images: Sequence[torch.Tensor], rows: Sequence[Sequence[int]]) -> np.ndarray:
        length = self.limit if self.always_padded else max(map(len, rows))
        ids, mask = padded(rows, length, self._tokenizer.pad_token_id, self._device)
        with self._precision.computing(self._device):
            read = self._model.text_encoder(
                input_ids=ids, attention_mask=mask, encoder_hidden_states=torch.stack(list(images))
            )
            return self.values(read.last_hidden_state[:, 0].float()).cpu().numpy()


def token_rows(tokenizer: Any, prompts: Sequence[str]) -> list[list[int]]:
    """All tokens of each prompt, the marks of its start and end included, however many."""
    rows: list[list[int]] = tokenizer(list(prompts), verbose=False)["input_ids"] if prompts else []
    return rows


def cut(row: Sequence[int], limit: int) -> list[int]:
    """A row of at most `limit` tokens that still ends with its last, the mark of the end."""
    return list(row) if len(row) <= limit else [*row[: limit - 1], row[-1]]


def padded(
    rows: Sequence[Sequence[int]], length: int, padding: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows as one table [n, length] with padding at the right, and a mask of the same shape: 1 where it is a token."""
    ids = torch.tensor([[*row, *[padding] * (length - len(row))] for row in rows], device=device)
    mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows], device=device)
    return ids, mask
