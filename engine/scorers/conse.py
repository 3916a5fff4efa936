"""`conse`, a control: how well an image's content matches a prompt, zero-shot, from packaged weights alone.

After ConSE (Norouzi et al., 2014, arXiv 1312.5650): a classifier's probabilities weigh the text embeddings of its
classes, which places the image in the space of the texts; the value is the cosine with the prompt placed there too.
Both are centred on the mean of the classes, without which every text resembles every other.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from engine.scorers import efficientnet, minilm
from engine.scorers.base import Kind, Role, Scorer, Text
from engine.scorers.weights import fingerprint, read

CLASSES = Path(__file__).with_name("conse_classes.safetensors")
REMEDY = "install widespectrum again, or make it with python -m engine.scorers.make_conse_classes"
SHARPNESS = 0.5  # exponent on the probabilities: below 1 lets the less likely classes speak


class ConSE(Scorer):
    """Content match of EfficientNet-Lite2 (images) and MiniLM (texts) through the names of 1000 classes.

    Args:
        classes: the table of class embeddings, as `make_conse_classes` writes it.

    Raises `UnreadableWeights` where a file of weights is missing or damaged.
    """

    name: ClassVar[str] = "conse"
    role: ClassVar[Role] = Role.CONTROL
    kind: ClassVar[Kind] = Kind.DUAL
    text_limit: ClassVar[int | None] = minilm.TOKENS
    value_range: ClassVar[tuple[float | None, float | None]] = (-1.0, 1.0)
    threads: ClassVar[int | None] = efficientnet.THREADS
    about: ClassVar[str] = (
        "A control that knows content and little of style: it names what is in the image with ImageNet's 1000 classes "
        "and compares the names with the prompt. Asked for a blurred image it still puts the clean one first. "
        "That is what not reading style looks like, not a finding about taste."
    )

    def __init__(self, classes: Path = CLASSES):
        efficientnet.network()
        minilm.model()
        (stored,), _ = read(classes, REMEDY, "embeddings")
        table = stored.astype(np.float32)
        self._mean = table.mean(axis=0)
        self._classes = _unit(table - self._mean)
        self._version = (
            f"conse classes@{fingerprint(classes)} p^{SHARPNESS} · {efficientnet.version()} bicubic-{efficientnet.SIDE}"
            f" · {minilm.version()} {minilm.TOKENS}-tokens · fp32"
        )

    @property
    def version(self) -> str:
        return self._version

    def encode_images(self, images: Sequence[Image.Image], origins: Sequence[str | None] = ()) -> list[np.ndarray]:
        """Each image as a unit vector [384] in the centred space of the texts."""
        return [self._place(efficientnet.class_probabilities(image)) for image in images]

    def _place(self, probabilities: np.ndarray) -> np.ndarray:
        weights = probabilities**SHARPNESS
        return _unit((weights / weights.sum()) @ self._classes)

    def encode_texts(self, prompts: Sequence[str]) -> list[Text]:
        """Each prompt as a unit vector [384] in the same space; cut after `text_limit` tokens, and said so."""
        embeddings, truncated = minilm.embed(prompts)
        return [Text(_unit(row - self._mean), cut) for row, cut in zip(embeddings, truncated, strict=True)]

    def compare(self, images: Sequence[np.ndarray], texts: Sequence[Text]) -> np.ndarray:
        """Cosines [n] of n couples, from −1 to 1."""
        return np.array([image @ text.features for image, text in zip(images, texts, strict=True)], dtype=np.float64)


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors [..., d] scaled to length 1."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
