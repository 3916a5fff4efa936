"""Every scorer with weights against its publisher's own code, on small random weights: `make parity`.

Builds the yardsticks where they are not built, with pip from a package registry; so it is not among the ordinary tests.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from engine.models.catalogue import built_in
from engine.scorers import SCORERS
from engine.verify import YardstickFailed, verify
from engine.verify.standards import STANDARDS
from engine.verify.yardstick import yardstick
from tests.goldens import record


@pytest.mark.parametrize("name", STANDARDS)
def test_a_scorer_gives_its_publishers_values(name: str, tmp_path: Path) -> None:
    report = verify(tmp_path, [name], random="small")
    (agreement,) = report.agreements
    print(f"{name}: largest difference {agreement.largest:.2e}, tolerance {agreement.tolerance:.0e}")
    assert report.passed, agreement
    assert len({round(cell.theirs, 4) for cell in agreement.cells}) > 20  # values that would tell a difference


def test_hpsv3s_own_precision_is_refused_where_its_code_lacks_it(tmp_path: Path) -> None:
    with pytest.raises(YardstickFailed, match="on a CUDA device alone"):
        verify(tmp_path, ["hpsv3"], random="small", precision="publisher")


def test_every_scorer_of_the_catalogue_has_a_standard() -> None:
    assert {name for name in SCORERS.names() if name in built_in()} == STANDARDS.keys()


@pytest.mark.parametrize("name", record.NAMES)
def test_goldens_are_what_the_publishers_code_gives_today(name: str, tmp_path: Path) -> None:
    kept = json.loads(record.path_of(name).read_text(encoding="utf-8"))
    assert np.array(record.recorded(name, tmp_path)["values"]) == pytest.approx(np.array(kept["values"]), abs=2e-6)


def test_the_instruction_that_is_fetched_is_the_one_that_the_package_runs_with() -> None:
    (packaged,) = built_in()["hpsv3"].packages
    asked = yardstick("hpsv3")
    asked.build(print)
    data = asked.packaged(packaged.file).read_bytes()
    assert hashlib.sha256(data).hexdigest() == packaged.digest
