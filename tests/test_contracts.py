"""What holds for the whole program: which folder may import which, what an import loads, what no file may hold."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "transformers", "diffusers", "sklearn", "scipy", "skimage"}


def run(*command):
    return subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)


def loaded_by(code):
    """The top-level packages that are loaded once this code has run in a fresh process."""
    done = run("-c", f"import sys\n{code}\nprint(*{{name.split('.')[0] for name in sys.modules}})")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_terminal_stands_on_the_engine_and_the_engine_on_the_store():
    done = run("-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", ["store", "engine", "tui", "tui.app", "tui.cli"])
def test_an_import_loads_no_model_and_no_mathematics(module):
    assert find_spec(module)
    assert not HEAVY & loaded_by(f"import {module}")


def test_the_first_rows_are_read_without_an_object_mapper(small_home):
    folder = str(small_home.home.folder)
    rows = loaded_by(
        "from store import Home\nfrom store.queries.pairs import *\n"
        f"with Home({folder!r}) as home:\n"
        "    reader = home.database.reader()\n"
        "    assert len(pair_rows(reader, pair_ids(reader, PairFilter()), 1)) == 6"
    )
    assert not {"sqlalchemy", "sqlmodel", "pydantic", "numpy", *HEAVY} & rows


def product_files():
    """Every text that ships or is read by a newcomer, whether or not it is committed yet."""
    kinds = {".py", ".md", ".toml", ".sql", ".tcss", ".json", ".txt", ".cff", ".yml", ".yaml", ".cfg", ".sh", ""}
    folders = [ROOT / name for name in ("store", "engine", "tui", "sample_data", "tests", "docs", ".ci")]
    files = [*ROOT.iterdir(), *(file for folder in folders for file in folder.rglob("*"))]
    return [
        file
        for file in files
        if file.is_file()
        and file.suffix in kinds
        and "__pycache__" not in file.parts
        and not file.name.startswith(".git")
    ]


FORBIDDEN = {
    "a path of somebody's machine": r"(?<![\w.~])/(?:home|root|work|Users)/\w",
    "a package registry": "|".join(("pypi" + r"\.org", "python" + r"hosted\.org", "index" + "-url")),
    "work left undone": r"\b(?:TO" + r"DO|FIX" + r"ME)\b",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what):
    found = []
    for file in product_files():
        lines = file.read_text(encoding="utf-8").splitlines()
        found += [
            f"{file.relative_to(ROOT)}:{n}" for n, line in enumerate(lines, 1) if re.search(FORBIDDEN[what], line)
        ]
    assert found == []
