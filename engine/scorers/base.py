"""The scorer contract: anything that gives a number to (image, prompt).

Every scorer works in three steps, so that what can be computed once is computed once: images to features,
prompts to features, and a comparison of the two. A dual encoder compares by cosine; a cross encoder's image
features go through its text model in `compare`; a prompt-blind scorer ignores the texts. The worker caches the
features of both kinds within a run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import numpy as np
from PIL import Image


class Role(StrEnum):
    """What a scorer is in the argument. Only a reward model can be said to overrule a prompt."""

    REWARD_MODEL = "reward model"
    BASE_ENCODER = "base encoder"
    JUDGE = "judge"
    CONTROL = "control"


class Kind(StrEnum):
    """How a scorer computes, which decides what can be cached."""

    DUAL = "dual"
    CROSS = "cross"
    VLM = "vlm"
    JUDGE = "judge"


@dataclass(frozen=True)
class Text:
    """A prompt made ready for one scorer: its features, and whether the scorer's text limit cut it."""

    features: Any
    truncated: bool = False


class Scorer(ABC):
    """One scorer with its weights loaded.

    Class attributes describe it without loading anything:
        name: how it is asked for.
        role, kind: see `Role` and `Kind`.
        reads_prompt: false for a prompt-blind scorer; its value is then stored once an image.
        text_limit: the tokens it reads, or None where there is no limit.
        value_range: the smallest and largest value it can give; None for no bound.
        threads: processor threads that it computes best with; None for as many as torch takes.
        about: what it is and what it can't do, in a sentence or two for the screens.

    An instance may set:
        batch_size: how many images or texts it likes to be given at once; whoever calls it may give more or fewer.
    """

    name: ClassVar[str]
    role: ClassVar[Role]
    kind: ClassVar[Kind]
    reads_prompt: ClassVar[bool] = True
    text_limit: ClassVar[int | None] = None
    value_range: ClassVar[tuple[float | None, float | None]] = (None, None)
    threads: ClassVar[int | None] = None
    about: ClassVar[str]
    batch_size: int = 8

    @property
    @abstractmethod
    def version(self) -> str:
        """Weights revision, preprocessing and precision: all that can change a value."""

    @abstractmethod
    def encode_images(self, images: Sequence[Image.Image], origins: Sequence[str | None] = ()) -> list[Any]:
        """Features of each image; output as long as input. Images are RGB, of any size.

        Args:
            origins: the sha256 of the photograph that each image was made from (its own, for a photograph), or
                None where that isn't known; empty where none is. A scorer that was fitted on photographs needs it
                to use a fit that saw neither the photograph nor its edits; other scorers ignore it.
        """

    @abstractmethod
    def encode_texts(self, prompts: Sequence[str]) -> list[Text]:
        """Each prompt made ready to compare; output as long as input."""

    @abstractmethod
    def compare(self, images: Sequence[Any], texts: Sequence[Text]) -> np.ndarray:
        """Values [n] of n (image features, text) couples; NaN for one that can't be scored."""

    def score(self, cells: Sequence[tuple[Image.Image, str]], origins: Sequence[str | None] = ()) -> np.ndarray:
        """Values [n] of n (image, prompt) cells, uncached: for tests, scripts and small questions."""
        images = self.encode_images([image for image, _ in cells], origins)
        return self.compare(images, self.encode_texts([prompt for _, prompt in cells]))
