"""Loading a published pipeline from its folder: the base, a replaced denoiser if there is one, a LoRA if there is one.

Tensors come from safetensors alone, classes from diffusers and transformers alone; nothing in a folder is ever run.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import load_file

from engine.devices import out_of_memory
from engine.generators.diffusion.families import ENCODERS, FAMILIES, Family
from engine.scorers.checkpoint import remedy
from engine.scorers.weights import UnreadableWeights

INDEX = "model_index.json"
REPLACEMENT, LORA = "replacement", "lora"
LIBRARIES = (None, "diffusers", "transformers", "stable_diffusion")
"""Where the parts of a pipeline may come from; the last is the name that old indices give to a part of diffusers."""
TIED = ("position_ids", "embed_tokens.weight", "shared.weight")
"""Keys that a file may leave out: numbers in order, and T5's vocabulary under its two names."""
SHOWN = 4


def family_of(folder: Path, name: str, families: Mapping[str, Family] = FAMILIES) -> Family:
    """The family of the pipeline in a folder, by its index. Raises `UnreadableWeights`."""
    path = folder / INDEX
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
        kind = index["_class_name"]
        parts = {part: value for part, value in index.items() if isinstance(value, list)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableWeights(path, error, remedy(name)) from error
    if not isinstance(kind, str) or kind not in families:
        raise UnreadableWeights(
            path, f"its pipeline is {kind}; those that work are {', '.join(families)}", remedy(name)
        )
    for part, (library, *_) in parts.items():
        if library not in LIBRARIES:
            raise UnreadableWeights(
                path, f"its {part} is code of its own ({library}), which is never run", remedy(name)
            )
    return families[kind]


def load(folder: Path, name: str, dtype: torch.dtype, families: Mapping[str, Family] = FAMILIES) -> Any:
    """A pipeline on the CPU, ready to be placed. Raises `UnreadableWeights`."""
    family = family_of(folder, name, families)
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    parts = dict(family.parts)
    if (folder / REPLACEMENT).is_dir():
        parts[family.denoiser] = _replacement(folder, family, name, dtype)
    with _readable(folder, name):
        pipeline = getattr(diffusers, family.pipeline).from_pretrained(
            str(folder), dtype=dtype, local_files_only=True, use_safetensors=True, **parts
        )
    for part in ("vae", family.denoiser, *ENCODERS):
        if part not in parts and getattr(pipeline, part, None) is not None:
            _require_whole(getattr(pipeline, part), folder / part, name)
    if (folder / LORA).is_dir():
        _merge_lora(pipeline, family, folder / LORA, name)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _replacement(folder: Path, family: Family, name: str, dtype: torch.dtype) -> Any:
    """The denoiser in `replacement`: a folder with its configuration, or a single file for the base's."""
    files = sorted((folder / REPLACEMENT).rglob("*.safetensors"))
    if not files:
        raise UnreadableWeights(folder / REPLACEMENT, "it holds no .safetensors", remedy(name))
    kind = _kind_of(folder, family, name)
    own = files[0].parent
    with _readable(own, name):
        if (own / "config.json").is_file():
            model = kind.from_pretrained(str(own), dtype=dtype, local_files_only=True, use_safetensors=True)
            _require_whole(model, own, name)
        else:
            settings = {"config": str(folder), "subfolder": family.denoiser, "dtype": dtype}
            model = kind.from_single_file(str(files[0]), local_files_only=True, **settings)
    left = [key for key, tensor in model.state_dict().items() if tensor.is_meta]
    if left:
        raise UnreadableWeights(own, f"it lacks {_some(left)}", remedy(name))
    return model


def _kind_of(folder: Path, family: Family, name: str) -> Any:
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    with _readable(folder, name):
        return getattr(diffusers, index[family.denoiser][1])


def _merge_lora(pipeline: Any, family: Family, folder: Path, name: str) -> None:
    """Add a LoRA to the denoiser's weights for good, so that it costs nothing at work."""
    files = sorted(folder.rglob("*.safetensors"))
    if not files:
        raise UnreadableWeights(folder, "it holds no .safetensors", remedy(name))
    with _readable(folder, name, "it doesn't fit its base model: "):
        if (files[0].parent / "adapter_config.json").is_file():
            merged = _peft_merged(getattr(pipeline, family.denoiser), files[0], name)
            setattr(pipeline, family.denoiser, merged)
        else:
            pipeline.load_lora_weights(str(files[0].parent), weight_name=files[0].name, local_files_only=True)
            pipeline.fuse_lora()
            pipeline.unload_lora_weights()


def _peft_merged(denoiser: Any, file: Path, name: str) -> Any:
    from peft import LoraConfig, PeftModel, set_peft_model_state_dict

    adapted = PeftModel(denoiser, LoraConfig.from_pretrained(str(file.parent)))
    loaded = set_peft_model_state_dict(adapted, load_file(file))
    lacking = [key for key in loaded.missing_keys if "lora_" in key]
    if loaded.unexpected_keys or lacking:
        wrong = loaded.unexpected_keys or lacking
        raise UnreadableWeights(file, f"it doesn't fit its base model: {_some(wrong)}", remedy(name))
    return adapted.merge_and_unload()


def _require_whole(model: Any, folder: Path, name: str) -> None:
    """Raises `UnreadableWeights` where the folder's files lack tensors of the model: loaders only warn of them."""
    there: set[str] = set()
    for path in folder.glob("*.safetensors"):
        with safe_open(path, framework="pt") as stored:
            there.update(stored.keys())
    lacking = [key for key in model.state_dict() if key not in there and not key.endswith(TIED)]
    prefixed = [key for key in lacking if not any(other.endswith(f".{key}") for other in there)] if lacking else []
    if prefixed:
        raise UnreadableWeights(folder, f"it lacks {_some(prefixed)}", remedy(name))


@contextmanager
def _readable(where: Path, name: str, what: str = "") -> Iterator[None]:
    """Whatever the libraries raise over a folder becomes `UnreadableWeights`, in one line."""
    try:
        yield
    except Exception as error:  # loaders raise anything that damaged files make them raise
        if isinstance(error, UnreadableWeights) or out_of_memory(error):
            raise
        said = " ".join(str(error).split())
        raise UnreadableWeights(where, what + (said[:300] or type(error).__name__), remedy(name)) from error


def _some(keys: list[str]) -> str:
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    return f"{', '.join(sorted(keys)[:SHOWN])}{more}"


def encoders_of(pipeline: Any) -> dict[str, Any]:
    """The text encoders that a pipeline has, by name."""
    found = {name: getattr(pipeline, name, None) for name in ENCODERS}
    return {name: part for name, part in found.items() if part is not None}


def scheduler_of(pipeline: Any) -> str:
    """The sampler, as provenance names it."""
    return type(pipeline.scheduler).__name__


def defaults_of(pipeline: Any) -> Mapping[str, Any]:
    """What the pipeline does where a setting says nothing."""
    values = {name: each.default for name, each in inspect.signature(type(pipeline).__call__).parameters.items()}
    part = getattr(pipeline, "transformer", None) or pipeline.unet
    given = getattr(pipeline, "default_sample_size", None) or part.config.sample_size
    edge = given * pipeline.vae_scale_factor
    return {
        "steps": values["num_inference_steps"],
        "guidance": values["guidance_scale"],
        "width": edge,
        "height": edge,
        "text_tokens": values.get("max_sequence_length"),
        "compile": None,
        "strength": values.get("strength"),
    }


def taken_by(pipeline: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the arguments that a call of the pipeline has a name for."""
    names = inspect.signature(type(pipeline).__call__).parameters
    return {name: value for name, value in arguments.items() if name in names}
