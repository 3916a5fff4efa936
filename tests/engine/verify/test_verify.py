"""`verify`: on random weights and said so, on real ones where they are, and failing where values differ."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from engine.models.places import use
from engine.registry import UnknownName
from engine.verify import Agreement, Compared, NoPublisher, VerifyReport, references, verify
from engine.verify.cells import write_cells
from engine.verify.layouts import LAYOUTS
from engine.verify.standards import STANDARDS, unit_in_last_place
from tui.cli import main


def agreement(*cells: Compared) -> Agreement:
    return Agreement("clip", "some weights", False, "cpu", "fp32", 1e-5, cells)


@pytest.mark.parametrize("name", ["clip", "pickscore", "blip-itm", "blip-itc"])
def test_what_transformers_publishes_agrees_on_random_weights_and_that_is_said(name: str, tmp_path: Path) -> None:
    told: list[str] = []
    report = verify(tmp_path, [name], tell=told.append)
    assert report.passed
    (found,) = report.agreements
    assert found.random
    assert len(found.cells) == 24
    assert any(line.startswith("ATTENTION") and "RANDOM" in line for line in told)
    assert any(f"models fetch {name.replace('itc', 'itm')}" in line for line in told)


def test_weights_that_are_here_are_the_ones_compared(tmp_path: Path) -> None:
    use("clip", LAYOUTS["clip"](tmp_path / "w"), tmp_path)
    told: list[str] = []
    (found,) = verify(tmp_path, ["clip"], tell=told.append).agreements
    assert found.passed
    assert not found.random
    assert str(tmp_path / "w") in found.weights
    assert not any("RANDOM" in line for line in told)


def test_a_scorer_that_differs_is_told_by_its_values_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = references.reference_values

    def wrong(*arguments: object) -> list[float]:
        values = right(*arguments)
        return [values[0] + 1e-4, *values[1:]]

    monkeypatch.setattr(references, "reference_values", wrong)
    done = CliRunner().invoke(main, ["--home", str(tmp_path), "models", "verify", "clip"])
    assert done.exit_code == 1
    assert done.output.count("DIFFERS") == 2
    assert "RANDOM WEIGHTS: clip DIFFERS in 1 of 24 values" in done.output


def test_the_command_prints_every_value_and_the_verdict(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--home", str(tmp_path), "models", "verify", "--random", "small", "clip"])
    assert done.exit_code == 0
    assert done.output.count("e-0") >= 24
    assert "clip agrees with its publisher's code: largest difference" in done.output


@pytest.mark.parametrize(("name", "error"), [("polish", NoPublisher), ("hpsv2.2", UnknownName)])
def test_a_scorer_without_a_publisher_is_refused_before_anything_is_built(
    name: str, error: type[Exception], tmp_path: Path
) -> None:
    told: list[str] = []
    with pytest.raises(error, match="hpsv2"):
        verify(tmp_path, ["clip", name], tell=told.append)
    assert told == []


def test_an_unknown_precision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fp32, publisher"):
        verify(tmp_path, ["clip"], precision="fp8")


def test_no_number_agrees_with_nothing() -> None:
    found = agreement(Compared("a", "b", 1.0, 1.0, 1e-5), Compared("a", "c", math.nan, 1.0, 1e-5))
    assert not found.passed
    assert math.isnan(found.largest)
    assert not VerifyReport((found,)).passed


def test_a_difference_of_the_tolerance_passes_and_one_above_does_not() -> None:
    assert agreement(Compared("a", "b", 0.25, 0.5, 0.25)).passed
    assert not agreement(Compared("a", "b", 0.25, 0.5, 0.2499)).passed


def test_a_reference_in_fp32_takes_no_shortcut_of_a_card_either(tmp_path: Path) -> None:
    shortened: set[bool] = set()
    watch = torch.nn.modules.module.register_module_forward_pre_hook(
        lambda *_: shortened.add(torch.backends.cudnn.allow_tf32)
    )
    with watch:
        references.reference_values("clip", LAYOUTS["clip"](tmp_path / "w"), write_cells(tmp_path)[:1], "cpu", "fp32")
    assert shortened == {False}
    assert torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize(
    ("name", "value", "precision", "device", "allowed"),
    [
        ("hpsv2.1", 0.3, "fp32", "cpu", 1e-5),
        ("imagereward", -3.0, "fp32", "cpu", 1e-4),
        ("hpsv3", 9.0, "fp32", "cuda:0", 1e-3),
        ("pickscore", 20.0, "fp32", "cpu", 2e-4),
        ("hpsv2.1", 0.3, "publisher", "cpu", 1e-5),
        ("hpsv2.1", 0.3, "publisher", "cuda", 2**-12),
        ("imagereward", -1.5, "publisher", "cuda", 2**-10),
        ("hpsv3", 9.0, "publisher", "cuda", 2**-4),
    ],
)
def test_what_is_allowed(name: str, value: float, precision: str, device: str, allowed: float) -> None:
    assert STANDARDS[name].allowed(value, precision, device) == pytest.approx(allowed)


def test_a_card_is_compared_as_the_publishers_code_can_compute_there() -> None:
    assert STANDARDS["hpsv2.1"].precision("cuda:0") == "publisher"
    assert STANDARDS["hpsv3"].precision("cuda:0") == STANDARDS["hpsv2.1"].precision("cpu") == "fp32"


def test_units_in_the_last_place_are_those_of_the_format() -> None:
    assert unit_in_last_place(1.0, 10) == unit_in_last_place(-1.99, 10) == 2**-10
    assert unit_in_last_place(0.25, 10) == 2**-12
    assert unit_in_last_place(0.0, 10) == unit_in_last_place(1e-9, 10) == 2**-24
