"""`pickscore`: PickScore v1 (Kirstain et al., 2023, arXiv 2305.01569), from `yuvalkirstain/PickScore_v1`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from engine.scorers.base import Role, Text
from engine.scorers.hub_clip import HubCLIP


class PickScore(HubCLIP):
    """The cosine times the model's learnt scale, about 100; see `HubCLIP` for what it is made from."""

    name: ClassVar[str] = "pickscore"
    role: ClassVar[Role] = Role.REWARD_MODEL
    about: ClassVar[str] = (
        "A CLIP tuned on which of two generated images the users of a web app chose for their own prompt. It sees the "
        "centre square at 224 pixels, and reads 77 tokens. Values are around 18 to 23 for most images."
    )

    def __init__(self, folder: Path, device: str = "cpu", precision: str = "fp32"):
        super().__init__(folder, device, precision)
        self._scale = float(self._model.logit_scale.detach().float().exp())

    def compare(self, images: Sequence[np.ndarray], texts: Sequence[Text]) -> np.ndarray:
        """Scaled cosines [n] of n couples."""
        return super().compare(images, texts) * self._scale
