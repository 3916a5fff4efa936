"""HPSv2 as its publisher computes it: the function `hpsv2.score()` of the package `hpsv2` 1.2.0.

What is done to the package, so that it runs here and on the weights of a folder; no line that computes is changed:

- It imports `turtle` by mistake, which needs a desktop: an empty module answers.
- Its vocabulary file was never packed: the same file of clip-anytorch is laid in its place.
- It would first download the model that HPSv2 was tuned from, only to overwrite it: its table of models is filled with
  the same model, made by the same call without `pretrained`, so `score()` finds it there. The other arguments that the
  package gives are their defaults.
- The sizes are ViT-H-14's of the package, or those of the folder's `open_clip_config.json` where they differ, through
  open_clip's own `add_model_config`; the vocabulary is the package's, or the folder's where that is another.
- Precision is what the package has: fp16 autocast on a CUDA device, fp32 on a processor.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
import tempfile
import types
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGE = "hpsv2"
MODEL = "ViT-H-14"
VOCABULARY = "bpe_simple_vocab_16e6.txt.gz"
REAL_MERGES = 48894


def prepare() -> None:
    """Make the package importable."""
    sys.modules.setdefault("turtle", types.ModuleType("turtle")).forward = None  # type: ignore[attr-defined]
    os.environ["HPS_ROOT"] = tempfile.mkdtemp(prefix="hpsv2-")  # a folder that it makes whatever it does
    package, clip = _folder_of("hpsv2"), _folder_of("clip")
    packed = package / "src" / "open_clip" / VOCABULARY
    if not packed.exists():
        shutil.copy(clip / VOCABULARY, packed)


def _folder_of(package: str) -> Path:
    """Where an installed package lies; it isn't imported."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"{package} is not installed here")
    return Path(found.origin).parent


class Publisher:
    """The package's model and function with the weights of a folder."""

    def __init__(self, folder: Path, device: str, precision: str):
        prepare()
        from hpsv2 import img_score
        from hpsv2.src.open_clip import create_model_and_transforms, factory, tokenizer

        if precision == "fp32" and device.startswith("cuda"):
            raise SystemExit("hpsv2 computes in fp16 autocast on CUDA; it has no other precision there")
        _use_sizes(folder, factory)
        _use_vocabulary(folder, tokenizer)
        img_score.device = device
        model, _, preprocess = create_model_and_transforms(
            MODEL, precision="amp", device=device, light_augmentation=True, aug_cfg={}, output_dict=True
        )
        img_score.model_dict.update(model=model, preprocess_val=preprocess)
        self._module = img_score
        self._checkpoint = str(next(iter(sorted(folder.glob("HPS_v2*_compressed.pt")))))

    def score_reloading(self, image: str, prompt: str) -> float:
        """`hpsv2.score()` as it is, which reads the checkpoint at every call."""
        return self._module.score(image, prompt, cp=self._checkpoint)[0]

    def score(self, image: str, prompt: str) -> float:
        """The same function, whose reading of the checkpoint finds it read after the first time."""
        torch, model = self._module.torch, self._module.model_dict["model"]
        value = self.score_reloading(image, prompt)
        if not isinstance(torch, _Read):
            self._module.torch = _Read(torch)
            model.load_state_dict = lambda _state: None
        return value


class _Read:
    """The module `torch` for a model that has its weights: `load` has nothing to do."""

    def __init__(self, torch: types.ModuleType):
        self._torch = torch

    def __getattr__(self, name: str) -> object:
        return getattr(self._torch, name)

    def load(self, *_arguments: object, **_options: object) -> dict[str, None]:
        return {"state_dict": None}


def _use_sizes(folder: Path, factory: Any) -> None:
    stated = json.loads((folder / "open_clip_config.json").read_text(encoding="utf-8"))["model_cfg"]
    if stated != factory.get_model_config(MODEL):
        path = Path(tempfile.mkdtemp(prefix="open-clip-")) / f"{MODEL}.json"
        path.write_text(json.dumps(stated), encoding="utf-8")
        factory.add_model_config(path)


def _use_vocabulary(folder: Path, tokenizer: Any) -> None:
    merges = (folder / "merges.txt").read_text(encoding="utf-8").strip().split("\n")
    with gzip.open(tokenizer.default_bpe(), "rt", encoding="utf-8") as stream:
        packaged = stream.read().split("\n")[1 : REAL_MERGES + 1]
    if merges[1:] != packaged:
        path = Path(tempfile.mkdtemp(prefix="vocabulary-")) / VOCABULARY
        with gzip.open(path, "wt", encoding="utf-8") as stream:
            stream.write("\n".join(merges))
        tokenizer._tokenizer = tokenizer.SimpleTokenizer(str(path))
