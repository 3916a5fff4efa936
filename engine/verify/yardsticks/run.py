"""What runs in a yardstick's own environment: the publisher's code scores the cells of a job.

    PYTHON -P run.py PUBLISHER.py JOB.json ANSWER.json

Nothing of widespectrum is installed there, so this file and the publishers' import only the standard library, torch and
the publisher's package. A job says where weights lie, where and how precisely to compute, and which cells:
`{"folder", "device", "precision", "reload", "cells": [[image file, prompt], ...]}`. The answer has the values in the
order of the cells, the seconds that loading and each of them took, and the versions of what computed them.
"""

from __future__ import annotations

import contextlib
import json
import runpy
import sys
import time
from importlib.metadata import version
from pathlib import Path

import torch

COMPUTES = ("torch", "torchvision", "transformers", "timm", "pillow", "numpy")


def make_torchvision_importable() -> None:
    """A torchvision that was built for another torch than the one here asks for two operators when it is imported, and
    fails. Nothing here calls them; it is enough that their names are known."""
    try:
        import torchvision  # noqa: F401
    except (RuntimeError, ImportError):
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        make_torchvision_importable.library = library  # type: ignore[attr-defined]  # its names live as long as it does


def versions(package: str) -> dict[str, str]:
    """What computes the values."""
    found = {}
    for name in (package, *COMPUTES):
        with contextlib.suppress(ModuleNotFoundError):
            found[name] = version(name)
    return found


def answer(script: str, job: dict) -> dict:
    """The publisher's values for a job."""
    make_torchvision_importable()
    torch.backends.cudnn.allow_tf32 = job["precision"] == "publisher"  # torch's default; whoever asks for fp32 means it
    torch.backends.cuda.matmul.allow_tf32 = False  # torch's default too, which NVIDIA's containers turn around
    began = time.perf_counter()
    names = runpy.run_path(script)
    publisher = names["Publisher"](Path(job["folder"]), job["device"], job["precision"])
    score = publisher.score_reloading if job.get("reload") else publisher.score
    loaded = time.perf_counter()
    values, seconds = [], []
    for image, prompt in job["cells"]:
        start = time.perf_counter()
        values.append(float(score(image, prompt)))
        seconds.append(time.perf_counter() - start)
    return {
        "values": values,
        "seconds": seconds,
        "loading": loaded - began,
        "threads": torch.get_num_threads(),
        "versions": versions(names["PACKAGE"]),
    }


if __name__ == "__main__":
    script, job, result = sys.argv[1:]
    with contextlib.redirect_stdout(sys.stderr):  # the packages talk
        answered = answer(script, json.loads(Path(job).read_text(encoding="utf-8")))
    Path(result).write_text(json.dumps(answered), encoding="utf-8")
