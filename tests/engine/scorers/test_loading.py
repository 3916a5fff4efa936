"""Opening scorers by name, with weights and without, from this program and from another package."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.models.places import MissingWeights, use
from engine.registry import UnknownName
from engine.scorers.loading import open_scorer
from engine.verify.layouts import LAYOUTS


def test_a_control_needs_no_weights(tmp_path: Path) -> None:
    assert open_scorer("polish", tmp_path).name == "polish"


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_scorer_opens_from_the_folder_that_was_pointed_to(tmp_path: Path, name: str) -> None:
    use(name, LAYOUTS[name](tmp_path / "weights"), tmp_path)
    assert open_scorer(name, tmp_path).name == name


def test_precision_and_device_reach_the_scorer(tmp_path: Path) -> None:
    use("clip", LAYOUTS["clip"](tmp_path / "weights"), tmp_path)
    assert open_scorer("clip", tmp_path, device="cpu", precision="bf16").version.endswith("bf16")


def test_weights_that_are_not_here_are_told_with_the_command_that_brings_them(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="models fetch pickscore"):
        open_scorer("pickscore", tmp_path)


def test_any_clip_folder_opens_by_its_path_and_keeps_the_name_it_was_asked_by(tmp_path: Path) -> None:
    name = f"clip:{LAYOUTS['clip'](tmp_path / 'weights')}"
    assert open_scorer(name, tmp_path).name == name


def test_a_clip_repository_that_is_not_here_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="models fetch clip:openai/clip-vit-base-patch32"):
        open_scorer("clip:openai/clip-vit-base-patch32", tmp_path)


def test_a_wrong_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="pickscore"):
        open_scorer("pickscor", tmp_path)
