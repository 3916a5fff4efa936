"""Random weights that are the same on every machine and with every version of torch, by key and shape alone."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import torch


def weights(shapes: Mapping[str, Sequence[int]], seed: int, dtype: torch.dtype = torch.float32) -> dict:
    """A tensor for every key, of a size at which features differ from image to image and from text to text.

    A key's numbers depend on its name and the seed, not on which other keys there are.
    """
    return {key: _filled(key, tuple(shape), seed).to(dtype) for key, shape in shapes.items()}


def _filled(key: str, shape: tuple[int, ...], seed: int) -> torch.Tensor:
    if not shape:  # what CLIP multiplies its cosines with, as a logarithm: about 100, as published
        return torch.tensor(4.6)
    noise = _noise(key, shape, seed)
    if key.endswith("bias"):
        return 0.1 * noise
    if len(shape) == 1:  # what scales a normalised vector
        return 1 + 0.1 * noise
    if "embed" in key and "proj" not in key:
        return noise
    return noise / float(np.prod(shape[1:])) ** 0.5


def _noise(key: str, shape: tuple[int, ...], seed: int) -> torch.Tensor:
    random = np.random.default_rng([seed, zlib.crc32(key.encode())])
    return torch.from_numpy(random.standard_normal(shape, dtype=np.float32))
