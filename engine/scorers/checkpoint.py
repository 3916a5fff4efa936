"""Published checkpoints: read without running anything in them, compared key by key, and only then loaded.

Tensors are mapped from the file and go straight into a model whose own were never made, so a model is in memory once.
"""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers.utils.logging import disable_progress_bar

from engine.devices import out_of_memory
from engine.scorers.weights import UnreadableWeights

State = dict[str, torch.Tensor]
SHOWN = 4  # keys named in a message


def remedy(name: str) -> str:
    """What brings a model's weights back."""
    return (
        f"fetch them again with `widespectrum models fetch {name}`, or point to others with `widespectrum models use`"
    )


def read_state(path: Path, name: str, inner: str | None = None) -> State:
    """The tensors of a checkpoint, by key; `.safetensors` by that format, anything else as torch saved it.

    Args:
        name: the model, for the message.
        inner: the key under which the checkpoint holds them, beside other things.

    Raises:
        UnreadableWeights: no such file, cut short, or holding more than tensors, which could run code.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        held = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except FileNotFoundError as error:
        raise UnreadableWeights(path, "there is no such file", remedy(name)) from error
    except (pickle.UnpicklingError, SafetensorError) as error:
        raise UnreadableWeights(path, _told(error), remedy(name)) from error
    except Exception as error:  # a damaged file makes the loader raise anything; none of it helps a person
        if out_of_memory(error):
            raise
        raise UnreadableWeights(path, "it is damaged or cut short", remedy(name)) from error
    state = held.get(inner) if inner and isinstance(held, dict) else held
    if not isinstance(state, dict) or not all(isinstance(each, torch.Tensor) for each in state.values()):
        where = f"under {inner!r}" if inner else "in it"
        raise UnreadableWeights(path, f"there is no table of tensors {where}", remedy(name))
    return {key: tensor for key, tensor in state.items() if not key.endswith("position_ids")}


def require_shapes(state: State, expected: Mapping[str, torch.Size], path: Path, name: str) -> None:
    """Raises `UnreadableWeights` that names what is missing, what is too much and what has another shape."""
    wrong = [
        f"{key} is {list(state[key].shape)}, not {list(expected[key])}"
        for key in expected
        if key in state and state[key].shape != expected[key]
    ]
    faults = [
        _listed("lacks", [key for key in expected if key not in state]),
        _listed("holds unknown", [key for key in state if key not in expected]),
        _listed("has other shapes:", wrong),
    ]
    if any(faults):
        raise UnreadableWeights(path, "; ".join(filter(None, faults)), remedy(name))


def build(kind: type[Any], config: Any, state: State, dtype: torch.dtype, path: Path, name: str) -> Any:
    """A transformers model of this class and configuration with these weights, ready to evaluate.

    Raises:
        UnreadableWeights: the keys or shapes are not the model's.
    """
    require_shapes(state, shapes_of(kind, config), path, name)
    disable_progress_bar()  # a worker's log is no place for it
    cast = {key: tensor.to(dtype) for key, tensor in state.items()}
    return kind.from_pretrained(None, config=config, state_dict=cast, dtype=dtype).eval().requires_grad_(False)


def shapes_of(kind: type[Any], config: Any) -> dict[str, torch.Size]:
    """Every key of a transformers model of this class and configuration, and its shape; no weight is made."""
    with torch.device("meta"):
        return {key: tensor.shape for key, tensor in kind(config).state_dict().items()}


def head(module: torch.nn.Module, state: State, prefix: str) -> Any:
    """A module with the weights that stand under a prefix, in 32 bits whatever the precision, ready to evaluate."""
    module.load_state_dict({key: state[f"{prefix}{key}"] for key in module.state_dict()})
    return module.float().eval().requires_grad_(False)


def first_of(folder: Path, names: Iterable[str], name: str) -> Path:
    """The first of the files that is there. Raises `UnreadableWeights`."""
    names = list(names)
    for each in names:
        if (folder / each).is_file():
            return folder / each
    raise UnreadableWeights(folder, f"it holds no {' or '.join(names)}", remedy(name))


def _told(error: Exception) -> str:
    if isinstance(error, SafetensorError):
        return f"it is damaged or cut short: {error}"
    _, found, what = str(error).partition("GLOBAL ")
    code = f" ({what.split()[0]})" if found else ""
    return f"it holds more than tensors{code}, which could run code, and was refused"


def _listed(what: str, keys: list[str]) -> str:
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    return f"it {what} {', '.join(keys[:SHOWN])}{more}" if keys else ""
