"""`polish`, a control: a prompt-blind ranker built to prefer the clean image, whatever was asked for.

A linear head on EfficientNet-Lite2's early and late layers, fitted in the manner of RankIQA (Liu et al., 2017,
arXiv 1707.08347): clean photographs above degraded ones, mild degradation above strong. `fit_polish` fits it. A
photograph it was fitted on, and every edit of that photograph, is scored by a head that never saw it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from engine.scorers import efficientnet
from engine.scorers.base import Kind, Role, Scorer, Text
from engine.scorers.weights import fingerprint, read

HEADS = Path(__file__).with_name("polish_heads.safetensors")
REMEDY = "install widespectrum again, or fit it with python -m engine.scorers.fit_polish"
WHOLE_TAPS = (1, 4, 8, 14, 20)  # the whole image: from edges to objects
CROP_TAPS = (1, 4, 8)  # the native crop: texture only


def features(image: Image.Image) -> np.ndarray:
    """What the heads look at: mean and spread of layers on both views of an RGB image, float32 [1584]."""
    whole = efficientnet.layer_statistics(efficientnet.resized(image), WHOLE_TAPS)
    crop = efficientnet.layer_statistics(efficientnet.native_crop(image), CROP_TAPS)
    return np.concatenate([whole, crop])


class Polish(Scorer):
    """How clean an image looks: 0 is the average clean photograph, 1 unit their standard deviation (held out).

    Args:
        heads: the fitted heads, as `fit_polish` writes them: one a fold, and last the one fitted on all.

    Raises `UnreadableWeights` where a file of weights is missing or damaged.
    """

    name: ClassVar[str] = "polish"
    role: ClassVar[Role] = Role.CONTROL
    kind: ClassVar[Kind] = Kind.DUAL
    reads_prompt: ClassVar[bool] = False
    threads: ClassVar[int | None] = efficientnet.THREADS
    about: ClassVar[str] = (
        "A control that never sees the prompt: it was fitted to put clean photographs above blurred, noisy, badly "
        "exposed or discoloured ones. It shows what a scorer that only wants polish would say of each pair."
    )

    def __init__(self, heads: Path = HEADS):
        efficientnet.network()
        (self._weights, self._bias), notes = read(heads, REMEDY, "weights", "bias")
        self._folds: dict[str, int] = notes["folds"]
        self._version = (
            f"polish heads@{fingerprint(heads)} · {efficientnet.version()}"
            f" bicubic-{efficientnet.SIDE} + centre-{efficientnet.SIDE} · fp32"
        )

    @property
    def version(self) -> str:
        return self._version

    def head_for(self, origin: str | None) -> int:
        """The head that may score an image made from this photograph: its fold's, or that of all for a stranger."""
        stranger = len(self._bias) - 1
        return stranger if origin is None else self._folds.get(origin, stranger)

    def encode_images(self, images: Sequence[Image.Image], origins: Sequence[str | None] = ()) -> list[float]:
        """Each image's value, by the head that saw neither it nor the photograph it was made from."""
        heads = [self.head_for(origin) for origin in origins or [None] * len(images)]
        return [
            float(features(image) @ self._weights[head] + self._bias[head])
            for image, head in zip(images, heads, strict=True)
        ]

    def encode_texts(self, prompts: Sequence[str]) -> list[Text]:
        """Nothing of the prompts: they are not read."""
        return [Text(None) for _ in prompts]

    def compare(self, images: Sequence[float], texts: Sequence[Text]) -> np.ndarray:
        """The images' values [n], whatever the texts."""
        return np.array([value for value, _ in zip(images, texts, strict=True)], dtype=np.float64)
