"""The worked example of CONTRIBUTING is a whole scorer, and works from another package through an entry point."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.scorers import SCORERS

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package that holds the example, as CONTRIBUTING prints it, and names it as an entry point."""
    example = re.search(r"<!-- example: a scorer -->\n```python\n(.*?)```", CONTRIBUTING.read_text("utf-8"), re.DOTALL)
    assert example
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_package" / "__init__.py").touch()
    (tmp_path / "my_package" / "daylight.py").write_text(example.group(1), "utf-8")
    facts = tmp_path / "my_package-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1\n")
    (facts / "entry_points.txt").write_text("[widespectrum.scorers]\nmy-daylight = my_package.daylight:Daylight\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for module in [name for name in sys.modules if name.split(".")[0] == "my_package"]:
        del sys.modules[module]


@pytest.mark.usefixtures("package")
def test_a_scorer_of_another_package_is_known_by_name_and_imported_only_when_loaded() -> None:
    assert "my-daylight" in SCORERS.names()
    assert "my_package.daylight" in SCORERS.summary("my-daylight")
    assert "my_package" not in sys.modules
    assert SCORERS.load("my-daylight").name == "daylight"


def test_the_example_passes_the_check_of_types_in_this_repository() -> None:
    example = re.search(r"<!-- example: a scorer -->\n```python\n(.*?)```", CONTRIBUTING.read_text("utf-8"), re.DOTALL)
    assert example
    methods = [node for node in ast.walk(ast.parse(example.group(1))) if isinstance(node, ast.FunctionDef)]
    assert len(methods) == 3
    for method in methods:
        assert method.returns is not None
        assert all(argument.annotation for argument in method.args.args[1:])


@pytest.mark.usefixtures("package")
def test_the_example_scores_a_white_image_above_a_black_one() -> None:
    scorer = SCORERS.load("my-daylight")()
    cells = [(Image.new("RGB", (4, 4), colour), "anything") for colour in ("black", "white")]
    np.testing.assert_allclose(scorer.score(cells), [0.0, 1.0])
