"""`hpsv2` and `hpsv2.1`: Human Preference Score v2 (Wu et al., 2023, arXiv 2306.09341), from `xswu/HPSv2`.

A ViT-H-14 CLIP fine-tuned on people's choices; the value is the plain cosine, around 0.2 to 0.35 for most images.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from PIL import Image
from torch.nn import functional
from transformers import CLIPModel

from engine.scorers.base import Role
from engine.scorers.checkpoint import build, read_state, require_shapes
from engine.scorers.dual_encoder import DualEncoder
from engine.scorers.open_clip import read_architecture, to_transformers
from engine.scorers.open_clip_tokens import OpenClipTokens
from engine.scorers.precision import chosen
from engine.scorers.weights import fingerprint

MEAN = torch.tensor((0.48145466, 0.4578275, 0.40821073)).view(3, 1, 1)  # of CLIP's training images, RGB
DEVIATION = torch.tensor((0.26862954, 0.26130258, 0.27577711)).view(3, 1, 1)


class HPSv2(DualEncoder):
    """HPS v2.0.

    Args:
        folder: the checkpoint, with `open_clip_config.json`, `vocab.json` and `merges.txt` of the model that it was
            tuned from, `laion/CLIP-ViT-H-14-laion2B-s32B-b79K`.
        device: as torch names it.
        precision: `fp32`, `bf16` or `publisher` (fp16 autocast on CUDA, fp32 elsewhere).

    Raises `UnreadableWeights`.
    """

    name: ClassVar[str] = "hpsv2"
    checkpoint: ClassVar[str] = "HPS_v2_compressed.pt"
    role: ClassVar[Role] = Role.REWARD_MODEL
    text_limit: ClassVar[int | None] = 77
    value_range: ClassVar[tuple[float | None, float | None]] = (-1.0, 1.0)
    publisher_autocasts: ClassVar[bool] = True
    about: ClassVar[str] = (
        "A CLIP tuned on which of several generated images people chose for a prompt. It sees the whole image at 224 "
        "pixels on its longest side, and reads 77 tokens."
    )

    def __init__(self, folder: Path, device: str = "cpu", precision: str = "fp32"):
        path, where = folder / self.checkpoint, torch.device(device)
        how = chosen(precision, where, self.publisher_autocasts)
        self._tokens = OpenClipTokens(folder, self.name)
        architecture = read_architecture(folder / "open_clip_config.json", self.name)
        self._side = architecture.side
        state = read_state(path, self.name, inner="state_dict")
        require_shapes(state, architecture.shapes(), path, self.name)
        config = architecture.config(self._tokens.end)
        model = build(CLIPModel, config, to_transformers(state, architecture), how.dtype, path, self.name)
        if how.autocast:
            _keep_halves(model)
        description = f"{self.checkpoint}@{fingerprint(path)} longest-{self._side} bicubic antialias, open_clip tokens"
        super().__init__(model, how, where, self._tokens.end, description)

    def pixels(self, image: Image.Image) -> torch.Tensor:
        return fitted(image, self._side)

    def tokens(self, prompt: str) -> list[int]:
        return self._tokens(prompt)


class HPSv21(HPSv2):
    """HPS v2.1: the same model tuned on more and cleaner choices."""

    name: ClassVar[str] = "hpsv2.1"
    checkpoint: ClassVar[str] = "HPS_v2.1_compressed.pt"


def fitted(image: Image.Image, side: int) -> torch.Tensor:
    """An image [3, side, side], normalised: its longest side scaled to `side`, the rest padded with black.

    The numbers are scaled, not the bytes, so what bicubic interpolation overshoots stays. A side never vanishes,
    where the publisher's code would fail.
    """
    values = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1).contiguous().float().div_(255)
    height, width = values.shape[1:]
    if max(height, width) != side:
        scale = side / float(max(height, width))
        rows, columns = (max(1, round(length * scale)) for length in (height, width))
        values = functional.interpolate(
            values[None], size=(rows, columns), mode="bicubic", align_corners=False, antialias=True
        )[0]
    rows, columns = values.shape[1:]
    left, top = (side - columns) // 2, (side - rows) // 2
    padded = functional.pad(values, (left, side - columns - left, top, side - rows - top))
    return (padded - MEAN) / DEVIATION


def _keep_halves(model: CLIPModel) -> None:
    """Under autocast open_clip's image side carries halves between its layers, where transformers carries floats."""

    def halved(_module: torch.nn.Module, _given: object, output: torch.Tensor) -> torch.Tensor:
        return output.half()

    model.vision_model.embeddings.register_forward_hook(halved)
    model.vision_model.pre_layrnorm.register_forward_hook(halved)
