"""Weights, wherever they lie: reading them safely and naming them in a version.

Tensors only, as safetensors or through PyTorch's restricted loader; nothing here ever unpickles an object.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from engine.models.places import holder, places

NOTES = "notes"  # one metadata key: the order of several would differ from one writing to the next


class UnreadableWeights(RuntimeError):
    """A file of weights is missing or damaged: names the file, the reason and what brings it back."""

    def __init__(self, path: Path, reason: object, remedy: str):
        super().__init__(f"weights {path} can't be read ({reason}): {remedy}")
        self.path = path


def read(path: Path, remedy: str, *names: str) -> tuple[list[np.ndarray], dict[str, Any]]:
    """The named tensors of a safetensors file, and the notes kept with them. Raises `UnreadableWeights`."""
    try:
        with safe_open(path, framework="np") as stored:
            return [stored.get_tensor(name) for name in names], json.loads((stored.metadata() or {})[NOTES])
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise UnreadableWeights(path, error, remedy) from error


def write(path: Path, tensors: dict[str, np.ndarray], notes: dict[str, Any]) -> None:
    """A safetensors file with notes (anything JSON can hold); the same content gives the same bytes."""
    path.write_bytes(save(tensors, metadata={NOTES: json.dumps(notes, sort_keys=True)}))


def read_torch(path: Path, remedy: str) -> dict[str, torch.Tensor]:
    """The state dictionary of a PyTorch checkpoint. Raises `UnreadableWeights`."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise UnreadableWeights(path, error, remedy) from error
    except Exception as error:  # the loader's own messages advise to load without restriction: never
        raise UnreadableWeights(path, "not a checkpoint that holds only tensors", remedy) from error


def fingerprint(path: Path) -> str:
    """The first 12 hexadecimal digits of a file's sha256, for version strings; an unchanged file is read once."""
    facts = path.stat()
    return _fingerprint(path, facts.st_size, facts.st_mtime_ns)


@functools.cache
def _fingerprint(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]


def weights_name(name: str, folder: Path, home: Path) -> str:
    """Names weights by the commits that were fetched, or else by a digest of every file that counts."""
    place = places(home).get(holder(name, home))
    if place is not None and place.folder == folder and place.commits:
        return "+".join(commit[:12] for _, commit in sorted(place.commits.items()))
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".safetensors", ".json", ".txt", ".model") and path.is_file():
            digest.update(f"{path.relative_to(folder)} {fingerprint(path)}\n".encode())
    return digest.hexdigest()[:12]
