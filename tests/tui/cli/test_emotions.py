"""`emotions` as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.generators.base import Manner
from engine.models.places import use
from engine.plan.wants import Wants
from engine.verify.layouts.pipelines import PIPELINES
from store import Home
from tui.cli import main

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `widespectrum --home …` with arguments."""
    return lambda *arguments: CliRunner().invoke(main, ["--home", str(tmp_path / "home"), *arguments])


def test_portraits_made_from_text_are_edited_and_reported(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "captions.txt"
    file.write_text("a portrait of a ___ woman\na happy man\n", "utf-8")
    small = ("--set", "size=32", "--set", "steps=2", "--score", "polish", "--memory", "full", "--batch-size", "2")
    with Home(tmp_path / "home") as home:
        use("sdxl", PIPELINES["sdxl"](tmp_path / "weights"), home.folder)
        made = command("emotions", "--portraits", f"prompts:{file}", "--generator", "sdxl", *small)
        assert made.exit_code == 0, made.output
        edited = command("emotions", "--portraits", "source:sdxl", "--generator", "sdxl-img2img", *small)
        assert edited.exit_code == 0, edited.output
        query = "SELECT count(*), count(DISTINCT original_image_id) FROM pair"
        assert home.database.reader().execute(query).fetchone()[:] == (12, 2)
        first = home.database.reader().execute("SELECT wants FROM run ORDER BY id").fetchone()
        wants = Wants.from_json(json.loads(first[0])).generate
        assert wants is not None
        assert wants.emotions == ("sad", "angry", "fearful")
        assert wants.manner == Manner("full", 2)
    told = command("report", "--markdown")
    assert "The emotion test" in told.output
    assert "sdxl-img2img" in told.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--portraits"),
        (("--portraits", "prompts:nowhere.txt"), "can't be read"),
        (("--portraits", "conventional"), "no original to start from"),
        (("--portraits", "conventional", "--emotion", "happy"), "another than happy"),
        (("--portraits", "conventional", "--generator", "sdxl"), "sdxl-img2img"),
        (("--portraits", "source:nowhere"), "unknown source of pairs"),
        (("--portraits", "conventional", "--generator", "kontext"), "did you mean flux.1-kontext-dev"),
    ],
)
def test_what_makes_no_sense_is_said_and_starts_nothing(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = command("emotions", *arguments)
    assert done.exit_code
    assert words in done.output
    assert "Traceback" not in done.output
    with Home(tmp_path / "home") as home:
        assert home.database.reader().execute("SELECT count(*) FROM run").fetchone()[0] == 0
