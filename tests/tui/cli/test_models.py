"""`widespectrum models`: the list, pointing to a folder, and what is said where nothing can be fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.models.catalogue import built_in
from engine.scorers import SCORERS
from engine.scorers.loading import open_scorer
from engine.verify.layouts import LAYOUTS
from tui.cli import main

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `widespectrum --home … models` with arguments."""
    return lambda *arguments: CliRunner().invoke(main, ["--home", str(tmp_path / "home"), "models", *arguments])


def test_the_list_shows_every_scorer_and_generator_with_its_licence_and_whether_it_is_here(command: Command) -> None:
    shown = command("list").output
    lines = {line.split()[0]: line for line in shown.splitlines() if line.strip()}
    twins = {name for name, each in built_in().items() if each.edits and each.shares}
    assert {*SCORERS.names(), *built_in()} - twins <= lines.keys()
    assert not twins & lines.keys(), "they share the weights of what is listed"
    assert "NAME-img2img" in shown
    assert "reward model" in lines["hpsv2.1"]
    assert "Apache-2.0" in lines["hpsv2.1"]
    assert "not here" in lines["hpsv2.1"]
    assert "built in" in lines["polish"]
    assert "from flux.1-dev" in lines["prefflux"]
    assert command().output == shown


def test_what_stands_at_no_commit_is_said_to_be_not_pinned(command: Command) -> None:
    (said,) = [line for line in command("list").output.splitlines() if line.startswith("Not pinned")]
    assert {"qwen2.5-7b-instruct", "flux.1-krea-dev"} <= set(said.replace(",", "").split())
    assert not {"hpsv2.1", "sdxl", "nano-banana", "polish"} & set(said.replace(",", "").split())


def test_a_list_makes_no_home(command: Command, tmp_path: Path) -> None:
    command("list")
    assert not (tmp_path / "home").exists()


def test_a_model_that_was_pointed_to_is_listed_with_its_folder_and_opens(command: Command, tmp_path: Path) -> None:
    folder = LAYOUTS["clip"](tmp_path / "w")
    assert command("use", "clip", str(folder)).output.startswith("clip is read from")
    lines = command("list").output
    assert "not here" not in next(line for line in lines.splitlines() if line.startswith("clip "))
    assert open_scorer("clip", tmp_path / "home").name == "clip"


def test_a_folder_is_kept_for_no_model_that_nobody_knows(command: Command, tmp_path: Path) -> None:
    found = command("use", "hpsv21", str(tmp_path))
    assert found.exit_code == 1
    assert "did you mean hpsv2.1" in found.output
    assert not (tmp_path / "home" / "models.toml").exists()


@pytest.mark.parametrize("narrow", [False, True])
def test_a_folder_is_listed_in_one_piece_however_narrow_the_terminal(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, narrow: bool
) -> None:
    folder = LAYOUTS["hpsv2.1"](tmp_path / "a folder whose name is long enough to fill a line of a terminal by itself")
    command("use", "hpsv2.1", str(folder))
    if narrow:
        monkeypatch.setattr("tui.cli.models.terminal_width", lambda: 80)
    assert str(folder) in command("list").output


def test_a_folder_that_lacks_files_is_refused_in_one_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = command("use", "hpsv2.1", str(tmp_path / "empty"))
    assert found.exit_code == 1
    assert "lacks HPS_v2.1_compressed.pt, open_clip_config.json" in found.output
    assert found.output.count("\n") == 1


def test_a_fetch_without_the_hub_says_what_is_needed_and_how_to_do_without(command: Command) -> None:
    found = command("fetch", "hpsv2.1")
    assert found.exit_code == 1
    for part in ("HPS_v2.1_compressed.pt", "xswu/HPSv2", "2 GB", "models use hpsv2.1 FOLDER"):
        assert part in found.output


def test_a_wrong_name_is_answered_with_the_nearest(command: Command, tmp_path: Path) -> None:
    found = command("fetch", "hpsv21")
    assert found.exit_code == 1
    assert "did you mean hpsv2.1" in found.output


def test_a_catalogue_of_ones_own_that_cannot_be_read_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "catalogue.toml").write_text("[mine\n")
    found = command("list")
    assert found.exit_code == 1
    assert "catalogue.toml" in found.output
