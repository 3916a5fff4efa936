"""`clip`: CLIP (Radford et al., 2021, arXiv 2103.00020), ViT-L/14 unless another is named."""

from __future__ import annotations

from typing import ClassVar

from engine.scorers.base import Role
from engine.scorers.hub_clip import HubCLIP


class CLIP(HubCLIP):
    """The cosine of image and text; see `HubCLIP` for what it is made from."""

    name: ClassVar[str] = "clip"
    role: ClassVar[Role] = Role.BASE_ENCODER
    value_range: ClassVar[tuple[float | None, float | None]] = (-1.0, 1.0)
    about: ClassVar[str] = (
        "An encoder trained to match images with their captions from the web, never on preference. It sees the centre "
        "square at 224 pixels, and reads 77 tokens."
    )
