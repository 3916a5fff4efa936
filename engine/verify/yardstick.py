"""Yardsticks: environments of their own with the publishers' packages, built when first needed and kept.

The packages can't live beside current transformers and diffusers, and their code is what our values are held against,
so it runs in another process with another Python environment. Each is made from one pinned file of requirements; its
folder's name says which, so that other requirements make another environment. Nothing of them is imported here.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from engine.verify.errors import YardstickFailed, YardstickUnavailable

VARIABLE = "WIDESPECTRUM_YARDSTICKS"
SOURCES = Path(__file__).with_name("yardsticks")
READY = "ready"
LINES_TOLD = 6

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Job:
    """What a publisher's code is asked for.

    Args:
        folder: weights in the published layout.
        cells: (image file, prompt) each.
        device: as torch names it.
        precision: `fp32` or `publisher`; a publisher's code that lacks one refuses it.
        reload: call the package's function as it is, though it reads the checkpoint each time.
        threads: processor threads; None for as many as torch takes.
    """

    folder: Path
    cells: Sequence[tuple[Path, str]]
    device: str = "cpu"
    precision: str = "fp32"
    reload: bool = False
    threads: int | None = None


@dataclass(frozen=True)
class Answer:
    """Values [n] of a job's cells, the seconds that each and the loading took, and the versions that gave them."""

    values: list[float]
    seconds: list[float]
    loading: float
    threads: int
    versions: dict[str, str]


@dataclass(frozen=True)
class Yardstick:
    """One publisher's environment. `source` holds its requirements and its code; `folder` is where it is kept."""

    name: str
    source: Path
    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def ready(self) -> bool:
        """Whether it has been built."""
        return (self.folder / READY).exists()

    def build(self, tell: Tell) -> None:
        """Build it, unless it is there. Takes a minute or two, a package registry and about a gigabyte.

        Raises:
            YardstickUnavailable: no registry, no room, or no module `venv`; nothing half-built stays.
        """
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.folder}.lock"):
                if not self.ready:
                    self._build(tell)
        except OSError as error:
            raise self._unavailable(str(error)) from error

    def _build(self, tell: Tell) -> None:
        tell(f"building the yardstick {self.name} in {self.folder}: a minute or two, once")
        shutil.rmtree(self.folder, ignore_errors=True)
        requirements = str(self.source / "requirements.txt")
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
        try:
            self._run([sys.executable, "-m", "venv", str(self.folder)])
            self._run([*pip, "--constraint", requirements, "torch"])  # with what it needs on this machine
            self._run([*pip, "--no-deps", "--requirement", requirements])  # what the packages say they need is not so
        except YardstickUnavailable:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        (self.folder / READY).touch()

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
        if done.returncode:
            raise self._unavailable(_last_lines(done.stderr or done.stdout))

    def _unavailable(self, said: str) -> YardstickUnavailable:
        return YardstickUnavailable(
            f"the yardstick {self.name} can't be built in {self.folder}. It is installed once, with pip from a "
            f"package registry; {VARIABLE} names another folder to keep yardsticks in. What was said:\n{said}"
        )

    def packaged(self, file: str) -> Path:
        """A file of a package that is installed in it, such as `clip/__init__.py`."""
        return next(self.folder.glob(f"lib/python*/site-packages/{file}"))

    def ask(self, job: Job) -> Answer:
        """The values that the publisher's code gives. Raises `YardstickFailed`."""
        with tempfile.TemporaryDirectory(prefix="yardstick-") as scratch:
            asked, answered = Path(scratch) / "job.json", Path(scratch) / "answer.json"
            asked.write_text(json.dumps(_as_json(job)), encoding="utf-8")
            command = [self.python, "-P", SOURCES / "run.py", self.source / "publisher.py", asked, answered]
            done = subprocess.run(
                [str(part) for part in command],
                capture_output=True,
                text=True,
                check=False,
                env=_environment(HF_HUB_OFFLINE="1", TMPDIR=scratch, **_threads(job.threads)),
            )
            if done.returncode or not answered.exists():
                said = _last_lines(done.stderr) or f"it ended with {done.returncode}"
                raise YardstickFailed(f"the publisher's code of {self.name} gave no values. What it said:\n{said}")
            return Answer(**json.loads(answered.read_text(encoding="utf-8")))


def yardstick(name: str) -> Yardstick:
    """One yardstick by name, built or not."""
    source = SOURCES / name
    made_from = (source / "requirements.txt").read_bytes()
    here = f"{sys.version_info.major}.{sys.version_info.minor} {platform.machine()}"
    key = hashlib.sha256(made_from + here.encode()).hexdigest()[:12]
    return Yardstick(name, source, kept_in() / f"{name}-{key}")


def kept_in() -> Path:
    """The folder that holds the environments: `WIDESPECTRUM_YARDSTICKS`, or one in the user's cache."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser().absolute() if named else user_cache_path("widespectrum") / "yardsticks"


def _as_json(job: Job) -> dict[str, object]:
    told = {"folder": str(job.folder), "device": job.device, "precision": job.precision, "reload": job.reload}
    return {**told, "cells": [[str(image), prompt] for image, prompt in job.cells]}


def _environment(**settings: str) -> dict[str, str]:
    """This process's environment without what would let another Python find our packages."""
    ours = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    kept = {key: value for key, value in os.environ.items() if key not in ours}
    return {**kept, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1", **settings}


def _threads(count: int | None) -> dict[str, str]:
    return {"OMP_NUM_THREADS": str(count)} if count else {}


def _last_lines(said: str) -> str:
    return "\n".join(said.strip().splitlines()[-LINES_TOLD:])
