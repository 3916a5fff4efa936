"""A home with a few photographs, models for tests that stand beside the built-in ones, and workers of both sorts."""

from __future__ import annotations

import io
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.worker.worker import Worker
from store import Home
from store.blobs import keep_bytes
from store.records import PhotographFacts, add_photograph

HERE = Path(__file__).parent
BENCHMARKS = HERE.parents[1] / "benchmarks"


def picture(number: int) -> bytes:
    """A JPEG of 64×48 pixels: a rising slope of one colour with a bright square, and some noise."""
    draw = np.random.default_rng(number)
    pixels = np.linspace(40, 180, 64)[None, :, None] * np.array([1, 0.8, 0.6]) + draw.normal(0, 8, (48, 64, 3))
    pixels[10:30, 10 + 5 * number : 30 + 5 * number] = 250 - 20 * number
    buffer = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def _fill(home: Home) -> None:
    with home.database.write() as session:
        for number in range(4):
            facts = PhotographFacts(caption=f"a square thing, number {number}", conventional=True, collection="squares")
            add_photograph(session, keep_bytes(home, picture(number), "test"), "photograph", facts)
        facts = PhotographFacts(caption="a slope", wide_prompt="A murky slope, hardly there.", dimensions=("faded",))
        add_photograph(session, keep_bytes(home, picture(9), "test"), "artwork", facts)


@pytest.fixture(scope="session")
def fill() -> Callable[[Home], None]:
    """Adds four conventional photographs with captions, and one artwork with a wide prompt, to a home."""
    return _fill


@pytest.fixture
def filled(home: Home) -> Home:
    """A home that was filled."""
    _fill(home)
    return home


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to put on the path, in which the models for tests are installed."""
    folder = tmp_path_factory.mktemp("package")
    (folder / "test_models.py").write_text((HERE / "models.py").read_text("utf-8"), "utf-8")
    facts = folder / "test_models-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: test-models\nVersion: 1\n")
    entry_points = runpy.run_path(str(HERE / "models.py"))["ENTRY_POINTS"]
    (facts / "entry_points.txt").write_text(entry_points)
    return folder


@pytest.fixture
def models(package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The models for tests, in this process; those that keep count begin anew."""
    monkeypatch.syspath_prepend(package)
    import test_models  # type: ignore[import-not-found]

    yield test_models
    del sys.modules["test_models"]


@pytest.fixture
def work(models: ModuleType) -> Callable[[Home], str]:
    """Run a worker in this process until nothing is left; returns why it ended."""
    return lambda home: Worker(home).run()


@pytest.fixture
def environment(package: Path) -> dict[str, str]:
    """For worker processes that know the models for tests."""
    return {**os.environ, "PYTHONPATH": str(package), "OMP_NUM_THREADS": "1"}


@pytest.fixture
def spawn(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a worker process on a home; its log can be read from `stderr`."""
    started: list[subprocess.Popen[str]] = []

    def start(home: Home, prelude: str = "", **variables: str) -> subprocess.Popen[str]:
        code = f"import runpy, sys; {prelude}\nsys.argv = ['worker', '--home', {str(home.folder)!r}]\n"
        code += "runpy.run_module('engine.worker', run_name='__main__', alter_sys=True)"
        process = subprocess.Popen(
            [sys.executable, "-c", code], env={**environment, **variables}, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def contents() -> Callable[[Home], dict[str, list[Any]]]:
    """All that a home holds, ids and times aside."""
    return runpy.run_path(str(BENCHMARKS / "contents.py"))["contents"]
