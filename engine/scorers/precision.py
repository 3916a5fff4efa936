"""How precisely a scorer with weights computes, which is a part of its version, and on which device.

- `fp32`: everything in 32 bits, with no shortcut of the graphics card (TF32), whatever the environment asks for.
- `bf16`: weights and activations in bfloat16; what is compared in the end is in 32 bits.
- `publisher`: what the publisher's own code does on that device. Where that is plain fp32, the version says fp32 and
  values are shared with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from engine.scorers import PRECISIONS


@dataclass(frozen=True)
class Precision:
    """What to compute with.

    Args:
        name: as the version says it.
        dtype: of the weights.
        autocast: whether activations are cast to fp16 as the publisher's code does.
        tf32: whether the card may shorten the numbers of convolutions, as torch lets it by default.
    """

    name: str
    dtype: torch.dtype = torch.float32
    autocast: bool = False
    tf32: bool = False

    @contextmanager
    def computing(self, device: torch.device) -> Iterator[None]:
        """Forward passes belong inside: no gradients, and this precision."""
        with (
            torch.inference_mode(),
            _whole_products(),
            torch.backends.cudnn.flags(enabled=True, allow_tf32=self.tf32),
            torch.autocast(device.type, torch.float16, enabled=self.autocast),
        ):
            yield


@contextmanager
def _whole_products() -> Iterator[None]:
    """Matrix products in whole 32 bits: torch's default, which NVIDIA's containers turn around by a variable."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def chosen(precision: str, device: torch.device, publisher_autocasts: bool) -> Precision:
    """The precision that was asked for, on this device.

    Args:
        publisher_autocasts: whether the publisher's code runs under fp16 autocast on CUDA.

    Raises:
        ValueError: no such precision.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision is one of {', '.join(PRECISIONS)}, not {precision!r}")
    if precision == "bf16":
        return Precision("bf16", dtype=torch.bfloat16)
    if precision == "fp32" or device.type != "cuda":
        return Precision("fp32")
    if publisher_autocasts:
        return Precision("publisher fp16 autocast", autocast=True, tf32=True)
    return Precision("publisher fp32", tf32=True)


def best_device() -> str:
    """The graphics card if torch can use one, the processor otherwise."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def processors() -> int:
    """How many threads may work here: OMP_NUM_THREADS, or else the processors that this process may run on."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
