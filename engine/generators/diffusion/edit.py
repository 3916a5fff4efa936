"""Generators that start from an image: img2img by a strength, and editors that are told what to change.

Importing this module imports neither torch nor diffusers; opening a generator does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.generators.base import Request
from engine.generators.diffusion import Diffusion
from engine.generators.diffusion.families import IMG2IMG, INSTRUCTED
from engine.generators.diffusion.framing import Framing
from engine.generators.diffusion.settings import Settings


class _Editor(Diffusion):
    """What both have in common: the image keeps its shape, is cropped as little as edges allow, and resized."""

    edits = True

    def described(self, request: Request) -> dict[str, Any]:
        """As the base class says, and what was cropped and resized."""
        return {**super().described(request), "start": self._framing(request).words()}

    def _framing(self, request: Request) -> Framing:
        if request.input_image is None:
            raise ValueError(f"{self.name} edits images, and was given none")
        settings = Settings.of(request.settings)
        size = (settings.width, settings.height) if settings.width and settings.height else None
        return Framing.of(request.input_image.size, size, self._defaults["width"] * self._defaults["height"])

    def _made_with(self, request: Request) -> Settings:
        width, height = self._framing(request).size
        return replace(super()._made_with(request), width=width, height=height)

    def _start(self, requests: Sequence[Request], effective: Mapping[str, Any]) -> Mapping[str, Any]:
        """The images as one batch within 0–1, their size, and all else that a call of the pipeline has a name for."""
        import numpy as np
        import torch

        from engine.generators.diffusion.pipeline import taken_by

        framed = [self._framing(each).applied(each.input_image) for each in requests if each.input_image]
        pixels = torch.from_numpy(np.stack([np.asarray(image, dtype=np.float32) for image in framed]) / 255)
        size = super()._start(requests, effective)
        own = {"strength": effective["strength"], "max_area": size["width"] * size["height"], "_auto_resize": False}
        return {"image": pixels.permute(0, 3, 1, 2), **taken_by(self._pipeline, {**size, **own})}


class Img2Img(_Editor):
    """The weights of a text-to-image pipeline, started from an image that is noised as far as `strength` says."""

    families = IMG2IMG
    about = "Images from an image and a text: noised by a strength, and denoised toward the text."

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """As the base class says."""
        _require_steps(Settings.of(settings))

    def _made_with(self, request: Request) -> Settings:
        settings = super()._made_with(request)
        effective = self._effective(settings)
        _require_steps(Settings(steps=effective["steps"], strength=effective["strength"]))
        return settings


class Instructed(_Editor):
    """A pipeline that keeps the image at hand while it makes another as the prompt tells it."""

    families = INSTRUCTED
    instructed = True
    about = "Images from an image and a text that says what to change in it."


def _require_steps(settings: Settings) -> None:
    """Raises `ValueError` where the strength leaves no step to do: img2img does steps × strength of them."""
    if settings.steps and settings.strength and settings.steps * settings.strength < 1:
        raise ValueError(f"strength {settings.strength:g} of {settings.steps} steps leaves no step to do")
