"""The devices that work can go to, and what a graphics card has free. Loads torch only where it is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import torch

VARIABLE = "WIDESPECTRUM_DEVICES"
PROCESSOR = "cpu"
DRIVERS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""One of these is there where a driver of NVIDIA's, of AMD's, or of a Windows beneath is: else nobody need be asked."""
NO_MEMORY = ("out of memory", "allocate memory", "ALLOC_FAILED")
"""What torch, the driver, and the libraries of a card (cuBLAS, cuDNN) say when there is none left."""
_ASK = "import torch; print(*(f'cuda:{number}' for number in range(torch.cuda.device_count())))"


class CardFailed(Exception):
    """A card that answers this process with errors alone; a new process may find it well."""


class Memory(NamedTuple):
    """Bytes of a card."""

    free: int
    total: int


def devices() -> tuple[str, ...]:
    """What gets a worker each, as torch names it: what `WIDESPECTRUM_DEVICES` lists, or every graphics card, or else
    the processor."""
    listed = tuple(filter(None, (each.strip() for each in os.environ.get(VARIABLE, "").split(","))))
    return listed or _cards() or (PROCESSOR,)


@cache
def _cards() -> tuple[str, ...]:
    """The graphics cards that torch can use, asked in a process of its own: whoever asks may be the terminal, which
    loads no torch and keeps nothing on a card."""
    if sys.platform != "win32" and not any(Path(driver).exists() for driver in DRIVERS):
        return ()
    asked = subprocess.run(
        [sys.executable, "-P", "-c", _ASK], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return tuple(asked.stdout.split())  # nothing where torch is broken: the worker meets that too, and says it


def number_of(device: str) -> int | None:
    """A card's number: 1 of `cuda:1`; None for what is no card, such as `cpu`."""
    number = device.partition(":")[2]
    return int(number) if number.isdecimal() else None


def may_work(device: str, gpus: Sequence[int]) -> bool:
    """Whether a device may do what was asked of these cards; of no card in particular means of any device."""
    return not gpus or number_of(device) in gpus


def require_here(gpus: Sequence[int]) -> None:
    """Raises `ValueError` where a card is not among the devices here."""
    here = devices()
    for gpu in gpus:
        if not any(number_of(device) == gpu for device in here):
            raise ValueError(f"there is no graphics card {gpu} to use here: what can be used is {', '.join(here)}")


def memory(device: torch.device) -> Memory | None:
    """What a card has, with what this process keeps of it for later counted as free; None for what is no card."""
    if device.type != "cuda":
        return None
    import torch

    free, total = torch.cuda.mem_get_info(device)
    return Memory(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device), total)


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on the machine or on a card; known without importing torch."""
    said = str(error)
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and any(words in said for words in NO_MEMORY))
    )


def require_working(device: str) -> None:
    """Raises `CardFailed` where a card has failed for good, as after an illegal access or a fault of its memory:
    whatever is asked of it from then on fails, and that says nothing of what was asked."""
    torch = sys.modules.get("torch")
    if device.startswith("cuda") and torch is not None and torch.cuda.is_initialized():
        try:
            torch.cuda.synchronize(device)
        except RuntimeError as error:
            raise CardFailed(f"{device} has failed: {str(error).splitlines()[0]}") from error


def take(device: str) -> None:
    """Make a card the one that torch takes where it isn't told: else a stray piece of work would go to the first.

    For whoever loads weights onto it: it costs memory of the card, which what needs no card must not take.
    """
    if device.startswith("cuda:"):  # plain `cuda` is the card that torch takes anyway, and no name that it could set
        import torch

        torch.cuda.set_device(device)
