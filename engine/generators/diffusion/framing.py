"""How an image that is edited comes to a size that a pipeline works on. Crops and resizes; knows no model."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from PIL import Image

from engine.generators.diffusion.settings import EDGE_STEP, LEAST_EDGE

WIDEST = 2.5
"""The most that one edge is of the other: pipelines are trained on nothing longer, so longer images are cropped."""


class Framing(NamedTuple):
    """What becomes of one image.

    Args:
        before: its width and height.
        box: left, top, right and bottom of what is kept of it.
        size: width and height that this is resized to.
    """

    before: tuple[int, int]
    box: tuple[int, int, int, int]
    size: tuple[int, int]

    @classmethod
    def of(cls, before: tuple[int, int], size: tuple[int, int] | None, pixels: int) -> Framing:
        """The middle of an image, as much of it as the new shape takes in.

        Args:
            before: width and height.
            size: of the result; None to keep the image's own shape, as near as edges in steps allow.
            pixels: how many there are about in the result, where no size is given.
        """
        width, height = before
        ratio = min(max(width / height, 1 / WIDEST), WIDEST)
        across, down = size or (_edge(sqrt(pixels * ratio)), _edge(sqrt(pixels / ratio)))
        kept = min(width, max(1, round(height * across / down))), min(height, max(1, round(width * down / across)))
        left, top = (width - kept[0]) // 2, (height - kept[1]) // 2
        return cls(before, (left, top, left + kept[0], top + kept[1]), (across, down))

    def applied(self, image: Image.Image) -> Image.Image:
        """The image in its new frame, RGB."""
        if self.size == self.before:
            return image
        return image.convert("RGB").resize(self.size, Image.Resampling.LANCZOS, self.box)

    def words(self) -> str:
        """As provenance tells it."""
        left, top, right, bottom = self.box
        kept = (right - left, bottom - top)
        cropped = f", cropped to {_shown(kept)}" if kept != self.before else ""
        resized = f", resized to {_shown(self.size)}" if kept != self.size else ""
        return f"{_shown(self.before)}{cropped}{resized}"


def _edge(length: float) -> int:
    return max(LEAST_EDGE, round(length / EDGE_STEP) * EDGE_STEP)


def _shown(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
