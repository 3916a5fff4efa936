"""What the CLIP-like scorers share: an image and a text each become a unit vector, and the value is their cosine.

Each image and text is encoded once, in batches; the four cells of a pair cost two image and two text encodings.

In fp32 a value depends on its company in the batch by rounding alone: less than 1e-6 of a cosine.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from engine.devices import memory
from engine.scorers.base import Kind, Scorer, Text
from engine.scorers.precision import Precision, processors

Item = TypeVar("Item")
Ready = TypeVar("Ready")
THINNEST = 200  # longer side / shorter side; beyond, preprocessing to a square would need gigabytes


class TooThin(ValueError):
    """An image is so long and thin that a CLIP-like scorer can't be shown it."""


class DualEncoder(Scorer):
    """A scorer around transformers' `CLIPModel`, or (`blip-itc`) one of its kind; a subclass prepares pixels and tokens
    as its publisher does.

    Args:
        model: with its weights, in the precision's dtype.
        precision: see `engine.scorers.precision`.
        device: where to compute.
        end: the token that ends every text.
        description: weights and preprocessing, for the version; the precision is added.
    """

    kind: ClassVar[Kind] = Kind.DUAL
    publisher_autocasts: ClassVar[bool] = False

    def __init__(self, model: Any, precision: Precision, device: torch.device, end: int, description: str):
        self._model = model.to(device)
        self._precision, self._device, self._end = precision, device, end
        self._version = f"{description} · {precision.name}"
        vision, text = model.config.vision_config, model.config.text_config
        self._limit: int = text.max_position_embeddings
        self.batch_size = images_at_once(device, (vision.image_size // vision.patch_size) ** 2 * vision.hidden_size)

    @property
    def version(self) -> str:
        return self._version

    @abstractmethod
    def pixels(self, image: Image.Image) -> torch.Tensor:
        """An RGB image as the model's input [3, side, side], float32."""

    @abstractmethod
    def tokens(self, prompt: str) -> list[int]:
        """All tokens of a prompt, the marks of its start and end included, however many."""

    def encode_images(self, images: Sequence[Image.Image], origins: Sequence[str | None] = ()) -> list[np.ndarray]:
        """Each image as a unit vector, float32. Raises `TooThin`."""
        vectors: list[np.ndarray] = []
        for batch in prepared_ahead(self._checked_pixels, images, self.batch_size):
            with self._precision.computing(self._device):
                given = torch.stack(batch).to(self._device, self._precision.dtype)
                vectors += self._unit(self._image_vectors(given))
        return vectors

    def encode_texts(self, prompts: Sequence[str]) -> list[Text]:
        """Each prompt as a unit vector, float32; cut after `text_limit` tokens, and said so."""
        rows = [self.tokens(prompt) for prompt in prompts]
        by_length = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        texts: dict[int, Text] = {}
        for start in range(0, len(rows), self.batch_size):
            chosen = by_length[start : start + self.batch_size]
            for index, vector in zip(chosen, self._encode_rows([rows[i] for i in chosen]), strict=True):
                texts[index] = Text(vector, truncated=len(rows[index]) > self._limit)
        return [texts[index] for index in range(len(rows))]

    def compare(self, images: Sequence[np.ndarray], texts: Sequence[Text]) -> np.ndarray:
        """Values [n] of n couples: their cosines, unless the publisher scales them."""
        if not len(images):
            return np.zeros(0)
        left, right = np.stack(images), np.stack([text.features for text in texts])
        if self._precision.autocast:  # the publisher multiplies in halves, and so rounds before and after
            left, right = (side.astype(np.float16).astype(np.float32) for side in (left, right))
            return np.einsum("nd,nd->n", left, right).astype(np.float16).astype(np.float64)
        return np.einsum("nd,nd->n", left, right, dtype=np.float64)

    def _encode_rows(self, rows: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """Vectors of token rows. The model pools at the first end mark and never looks past it: padding is more of it,
        and only as much as the longest row of the batch needs."""
        length = min(max(map(len, rows)), self._limit)
        cut = [[*row[: length - 1], self._end] if len(row) > length else list(row) for row in rows]
        padded = [row + [self._end] * (length - len(row)) for row in cut]
        with self._precision.computing(self._device):
            return self._unit(self._text_vectors(torch.tensor(padded, device=self._device)))

    def _image_vectors(self, given: torch.Tensor) -> torch.Tensor:
        return self._model.visual_projection(self._model.vision_model(pixel_values=given).pooler_output)

    def _text_vectors(self, given: torch.Tensor) -> torch.Tensor:
        return self._model.text_projection(self._model.text_model(input_ids=given).pooler_output)

    @staticmethod
    def _unit(vectors: torch.Tensor) -> list[np.ndarray]:
        return list(functional.normalize(vectors.float(), dim=-1).cpu().numpy())

    def _checked_pixels(self, image: Image.Image) -> torch.Tensor:
        if max(image.size) > THINNEST * min(image.size):
            raise TooThin(f"{image.width}×{image.height} is thinner than 1:{THINNEST}")
        return self.pixels(image)


def prepared_ahead(prepare: Callable[[Item], Ready], items: Sequence[Item], size: int) -> Iterator[list[Ready]]:
    """Batches of prepared items, the next batch in preparation while the caller works on the last."""
    waiting: deque[list[Future[Ready]]] = deque()
    with ThreadPoolExecutor(processors()) as pool:
        for start in range(0, len(items), size):
            waiting.append([pool.submit(prepare, item) for item in items[start : start + size]])
            if len(waiting) == 2:
                yield [future.result() for future in waiting.popleft()]
        for batch in waiting:
            yield [future.result() for future in batch]


def images_at_once(device: torch.device, activations: int) -> int:
    """How many images go through together: few on a processor, as many as half the free memory of a card holds.

    Args:
        activations: numbers in one layer's output for one image; about twenty such are alive at once.
    """
    card = memory(device)
    return max(1, min(256, card.free // 2 // (activations * 20 * 4))) if card else 4
