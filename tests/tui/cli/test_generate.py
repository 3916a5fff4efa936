"""`generate` as it is typed: prompts from a file, settings, and sweeps of strength."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.demo import load_sample
from engine.models.places import use
from engine.plan.wants import Wants
from engine.verify.layouts.pipelines import PIPELINES
from store import Home
from tui.cli import main

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `widespectrum --home … generate` with arguments."""
    return lambda *arguments: CliRunner().invoke(main, ["--home", str(tmp_path / "home"), "generate", *arguments])


@pytest.fixture
def sample(tmp_path: Path) -> Home:
    """The home, with the sample photographs."""
    home = Home(tmp_path / "home")
    load_sample(home)
    return home


def wanted(home: Home) -> Wants:
    return Wants.from_json(json.loads(home.database.reader().execute("SELECT wants FROM run").fetchone()[0]))


def test_a_sweep_makes_the_same_subject_seed_and_effect_at_each_strength(command: Command, sample: Home) -> None:
    done = command("--originals", "1,2", "--per-original", "1", "--singles", "1", "--strength", "0:1:0.25", "--wait")
    assert done.exit_code == 0, done.output
    assert "run 1 is queued. Adds 8 pairs, 8 images, " in done.output
    rows = sample.database.reader().execute(
        "SELECT p.original_image_id, p.seed, d.effect, d.strength "
        "FROM pair p JOIN pair_dimension d ON d.pair_id = p.id WHERE d.asked ORDER BY 1, 4"
    )
    pairs = [tuple(row) for row in rows]
    assert [pair[3] for pair in pairs] == [0.25, 0.5, 0.75, 1.0] * 2
    assert len({pair[:3] for pair in pairs}) == 2


def test_how_the_work_is_to_be_done_is_kept_with_the_run(command: Command, sample: Home) -> None:
    how = ("--memory", "offload", "--batch-size", "2", "--precision", "bf16", "--originals", "1", "--per-original", "1")
    done = command(*how, "--gpus", "", "--no-wait")
    assert done.exit_code == 2, "no number"
    done = command(*how, "--batch-size", "auto", "--wait")
    assert done.exit_code == 0, done.output
    kept = wanted(sample)
    assert kept.generate is not None
    assert (kept.generate.memory, kept.generate.batch_size, kept.precision) == ("offload", None, "bf16")
    assert kept.generate.singles == 1, "half of one, rounded as in the form"


def test_prompts_of_a_file_and_settings_reach_the_generator(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("\ufeffa dog\n\n  a café at night \na dog\n", "utf-8")
    with Home(tmp_path / "home") as home:
        use("sdxl", PIPELINES["sdxl"](tmp_path / "weights"), home.folder)
        arguments = ("--generator", "sdxl", "--originals", f"prompts:{file}", "--per-original", "1")
        done = command(*arguments, "--set", "size=32", "--set", "steps=2", "--wait")
        assert done.exit_code == 0, done.output
        assert wanted(home).generate.prompts == ("a dog", "a café at night")  # type: ignore[union-attr]
        made = home.database.reader().execute("SELECT width, height FROM image JOIN blob USING (sha256)").fetchall()
        assert [tuple(row) for row in made] == [(32, 32)] * 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--strength", "0:2:0.5"), "within 0 and 1"),
        (("--strength", "0:1:0"), "steps of 0.01"),
        (("--strength", "0:1"), "FROM:TO:STEP"),
        (("--strength", "0:1:0.5", "--strength", "0.3"), "stands alone"),
        (("--strength", "much"), "a number, not 'much'"),
        (("--set", "steps"), "NAME=VALUE"),
        (("--set", "steps=3"), "darkroom takes no settings"),
        (("--originals", "prompts:nowhere.txt"), "can't be read"),
        (("--originals", "prompts:/dev/zero"), "goes on beyond 100,000,000 characters"),
        (("--generator", "sdxl", "--set", "stepz=3"), "unknown setting stepz"),
        (("--generator", "sdlx"), "did you mean sdxl"),
        (("--gpus", "7"), "no graphics card 7 to use here"),
        (("--batch-size", "0"), "a batch is of 1 to 1024, not 0"),
        (("--generator", "sdxl", "--set", "strength=0.5"), "NAME-img2img"),
        (("--generator", "sdxl-img2img", "--set", "strength=0"), "strength must be above 0"),
        (("--generator", "sdxl-img2img", "--set", "strength=1.2"), "strength must be a number from 0 to 1"),
        (("--generator", "sdxl-img2img", "--originals", "source:sdxl"), "unknown source of pairs 'sdxl'"),
        (("--generator", "sdxl"), "sdxl can't be used yet (not here: widespectrum models fetch sdxl)"),
        (("--score", "polish", "--score", "hpsv2.1"), "widespectrum models fetch hpsv2.1"),
        (("--score", "judge-effects:qwen2.5-vl-7b"), "widespectrum models fetch qwen2.5-vl-7b"),
        (("--writer", "qwen2.5-7b-instruct"), "widespectrum models fetch qwen2.5-7b-instruct"),
        (("--no-wait", "--generator", "nano-banana"), "set OPENROUTER_API_KEY to the service's key"),
    ],
)
def test_what_makes_no_sense_or_lacks_its_model_is_said_in_one_line_and_starts_nothing(
    command: Command, sample: Home, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    done = command(*arguments)
    assert done.exit_code == 1
    assert words in done.output
    assert "Traceback" not in done.output
    assert sample.database.reader().execute("SELECT count(*) FROM run").fetchone()[0] == 0
