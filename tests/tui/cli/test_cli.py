"""The command line teaches, does the work in a process of its own, and says in one line what a person can mend."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

import sample_data
from engine.demo import load_sample
from engine.runs import GenerateWants, Wants, start_run
from store import Home
from store.blobs import blob_path, keep_image
from store.records import PhotographFacts, add_photograph
from store.work import add_run, heartbeat, set_run_state, start_worker
from tui.cli import main
from tui.cli.main import COMMANDS, at_terminal

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `widespectrum --home …` with arguments."""
    return lambda *arguments: CliRunner().invoke(main, ["--home", str(tmp_path / "home"), *arguments])


@pytest.fixture
def empty(tmp_path: Path) -> None:
    """The home of `command`, with nothing in it."""
    Home(tmp_path / "home").close()


def test_help_shows_every_command_with_what_it_is_for(command: Command) -> None:
    shown = command("--help").output
    assert all(name in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_in_the_words_of_the_list(name: str, command: Command) -> None:
    found = command(name, "--help")
    assert found.exit_code == 0
    assert "--home" in found.output


def test_a_wrong_command_is_answered_with_the_nearest_right_ones(command: Command) -> None:
    found = command("scroe")
    assert found.exit_code != 0
    assert "did you mean score" in found.output


def test_a_command_that_is_near_to_none_is_answered_with_all_of_them(command: Command) -> None:
    found = command("nosuch")
    assert found.exit_code != 0
    assert "did you mean" not in found.output
    assert "known: demo, add, generate" in found.output


def test_a_wrong_scorer_is_answered_with_the_nearest_right_ones_and_starts_nothing(command: Command) -> None:
    found = command("score", "consee")
    assert found.exit_code == 1
    assert "did you mean conse" in found.output
    assert "no runs yet" in command("runs").output


@pytest.mark.parametrize(
    ("scorer", "words"),
    [
        ("clip:openai/clip-vit-base-patch32", "widespectrum models fetch clip:openai/clip-vit-base-patch32"),
        ("clip:/no/such/folder", "neither a folder of this machine nor OWNER/NAME"),
    ],
)
def test_a_scorer_whose_weights_are_not_here_is_refused_at_once(command: Command, scorer: str, words: str) -> None:
    found = command("score", scorer, "--no-wait")
    assert found.exit_code == 1
    assert words in found.output
    assert "no runs yet" in command("runs").output


def test_a_wrong_dimension_is_answered_with_the_nearest_right_ones(command: Command, tmp_path: Path) -> None:
    with Home(tmp_path / "home") as home:
        load_sample(home)
    found = command("generate", "--dimension", "intentional_blurr")
    assert found.exit_code == 1
    assert "did you mean intentional_blur" in found.output


def test_nothing_to_start_from_is_said_before_anything_is_queued(command: Command) -> None:
    found = command("generate")
    assert found.exit_code == 1
    assert "no original to start from" in found.output
    assert "no runs yet" in command("runs").output


def test_where_no_photograph_is_conventional_it_is_said_how_many_others_there_are(
    command: Command, tmp_path: Path
) -> None:
    with Home(tmp_path / "home") as home, home.database.write() as session:
        blob = keep_image(home, Image.new("RGB", (40, 30), "red"))
        add_photograph(session, blob, "photograph", PhotographFacts(title="mine", caption="a red door"))
    found = " ".join(command("generate").output.split())
    assert "no image of “conventional” has a caption; “all” would start from 1" in found


def test_a_home_that_is_a_file_is_a_clear_error(command: Command, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    found = command("report")
    assert found.exit_code != 0
    assert "Traceback" not in found.output
    assert str(tmp_path / "home") in found.output


def test_a_database_of_something_else_is_refused_and_left_as_it_is(command: Command, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    database = tmp_path / "home" / "widespectrum.sqlite"
    database.write_bytes(b"a diary, not a database")
    found = command("report")
    assert found.exit_code == 1
    assert "left as it is" in found.output
    assert database.read_bytes() == b"a diary, not a database"


def test_on_a_full_disk_what_is_there_is_read_and_nothing_is_started(
    command: Command, tmp_path: Path, full_disk: Callable
) -> None:
    with Home(tmp_path / "home") as home:
        load_sample(home)
    with full_disk(0):
        read = command("report", "--json")
        listed = command("runs")
        started = command("score")
    assert read.exit_code == listed.exit_code == 0
    assert json.loads(read.stdout)["boards"]
    assert os.strerror(errno.EFBIG) in read.stderr
    assert "no runs yet" in listed.stdout
    assert started.exit_code == 1
    assert os.strerror(errno.EFBIG) in started.output
    assert "--read-only" in started.output


@pytest.mark.parametrize("words", [("score",), ("generate",), ("rebuild",), ("runs", "pause", "1"), ("add", "/")])
def test_read_only_looks_and_changes_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    refused = CliRunner().invoke(main, ["--read-only", "--home", home, *words])
    assert refused.exit_code == 1
    assert "--read-only" in refused.output
    assert list(tmp_path.iterdir()) == []


LOOKING = ("report", "runs", "runs list", "runs watch 1", "runs failures 1", "runs resume 1", "rebuild", "reproduce 1")


@pytest.mark.parametrize("words", [*LOOKING, "prompts export p.csv", "prompts edit 1 murk", "--read-only report"])
def test_a_home_that_is_not_there_is_said_to_be_missing_and_is_not_made(words: str, tmp_path: Path) -> None:
    home = tmp_path / "mistyped"
    found = CliRunner().invoke(main, ["--home", str(home), *words.split()])
    assert found.exit_code == 1
    assert f"there is no home at {home}" in found.output
    assert "widespectrum demo" in found.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("empty")
def test_a_database_that_breaks_under_a_command_is_said_in_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr("engine.report.report", broken)
    found = command("report")
    assert (found.exit_code, found.output) == (
        1,
        "Error: the database can't be read: database disk image is malformed\n",
    )


def test_without_a_terminal_the_instrument_says_what_to_do_instead(command: Command) -> None:
    found = command()
    assert found.exit_code == 1
    assert "widespectrum report" in found.output


@pytest.mark.usefixtures("empty")
def test_an_empty_home_reports_no_pairs_and_the_published_board(command: Command) -> None:
    found = json.loads(command("report", "--json").output)
    assert found["pairs"] == 0
    assert found["scorers"] == {}
    assert {row["kind"] for row in found["boards"]["hpsv3"]} == {"published"}
    said = command("report")
    assert "no pairs yet: `widespectrum generate` makes some" in said.stderr
    assert "Board: hpsv3" in said.stdout


def test_a_folder_is_added_with_its_metadata_and_what_is_refused_is_named(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "grit"
    folder.mkdir()
    first, second = sample_data.photographs()[:2]
    for sample, name in ((first, "one.jpg"), (second, "two.jpg")):
        with sample.path() as path:
            shutil.copy(path, folder / name)
    (folder / "three.jpg").write_bytes(b"no image")
    (folder / "metadata.csv").write_text("file_name,caption,author\none.jpg,a cat on a stair,Ada\n")
    found = command("add", str(folder))
    assert found.exit_code == 0
    assert "2 added, 0 known already, 1 refused" in found.output
    assert "three.jpg" in found.output
    assert "0 added, 2 known already" in command("add", str(folder)).output


def test_unknown_dimensions_in_metadata_stop_the_whole_folder(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "grit"
    folder.mkdir()
    with sample_data.photographs()[0].path() as path:
        shutil.copy(path, folder / "one.jpg")
    (folder / "metadata.csv").write_text("file_name,dimensions\none.jpg,film_artefacts\n")
    found = command("add", str(folder))
    assert found.exit_code == 1
    assert "film_artifacts" in found.output
    assert "metadata.csv" in found.output
    with Home(tmp_path / "home") as home:
        assert home.database.reader().execute("SELECT count(*) FROM image").fetchone()[0] == 0


def test_the_main_job_from_photographs_to_report(command: Command, tmp_path: Path) -> None:
    """Two photographs, two pairs each, both controls and the probes, by a real worker process."""
    with Home(tmp_path / "home") as home:
        load_sample(home)
        rows = home.database.reader().execute("SELECT image_id FROM photograph WHERE conventional LIMIT 2").fetchall()
    originals = ",".join(str(row[0]) for row in rows)
    made = command("generate", "--originals", originals, "--per-original", "2", "--score", "conse", "--score", "polish")
    assert made.exit_code == 0, made.output
    report = json.loads(command("report", "--json").output)
    assert report["pairs"] == 4
    for name in ("conse", "polish"):
        scorer = report["scorers"][name]
        assert (scorer["role"], scorer["pairs"], scorer["failed"]) == ("control", 4, 0)
        assert scorer["preference"]["low"] <= scorer["preference"]["value"] <= scorer["preference"]["high"]
    assert report["generators"]["darkroom"]["dimensions"]
    assert "generate darkroom  done" in command("runs").output
    again = command("generate", "--originals", originals, "--per-original", "2", "--score", "conse")
    assert "Adds nothing" in again.output
    text = command("report").output
    assert "puts the original first" in text
    assert "overruled" not in text
    assert command("report", "--markdown").output.count("|") > 20
    assert "margin" in command("report", "--csv").output
    assert command("rebuild").exit_code == 0
    assert json.loads(command("report", "--json").output) == report


def test_all_runs_are_cancelled_at_once_but_not_by_leaving_the_number_out(command: Command, tmp_path: Path) -> None:
    with Home(tmp_path / "home") as home, home.database.write() as session:
        for name in ("one", "two"):
            add_run(session, name, Wants(probes=True).to_json())
    assert command("runs", "cancel").exit_code == 2
    assert command("runs", "cancel", "1", "--all").exit_code == 2
    assert "2 runs cancelled" in command("runs", "cancel", "--all").output
    assert command("runs").output.count("cancelled") == 2


def test_a_run_that_nobody_works_on_says_why_and_how_it_goes_on(command: Command, tmp_path: Path) -> None:
    with Home(tmp_path / "home") as home, home.database.write() as session:
        run = add_run(session, "one", Wants(probes=True).to_json())
    assert "no worker has it yet; `widespectrum runs resume 1` goes on" in one_line(command("runs").output)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with Home(tmp_path / "home") as home, home.database.write() as session:
        set_run_state(session, run, "running")
        worker = start_worker(session, "cpu")
        heartbeat(session, worker, run_id=run, pid=gone.pid)
    ended = "its last worker ended: the process is gone; `widespectrum runs resume 1` goes on"
    assert ended in one_line(command("runs").output)
    with Home(tmp_path / "home") as home, home.database.write() as session:
        start_worker(session, "cpu")
    assert f"waits for worker {os.getpid()}" in one_line(command("runs").output)


def one_line(text: str) -> str:
    """What a table of one row says in its last column, which it may break."""
    return " ".join(text.split())


@pytest.mark.usefixtures("empty")
def test_steering_a_run_that_does_not_exist_says_so(command: Command) -> None:
    for verb in ("watch", "pause", "resume", "cancel", "retry", "failures"):
        found = command("runs", verb, "7")
        assert found.exit_code == 1
        assert "there is no run 7" in found.output


def test_score_says_at_which_precision_on_which_cards_and_how_many_at_once(command: Command) -> None:
    for arguments, words in (
        (("--precision", "fp8"), "'fp32', 'bf16', 'publisher'"),
        (("--batch-size", "many"), "'many' is no number"),
        (("--batch-size", "0"), "a batch is of 1 to 1024"),
        (("--batch-size", "4,8"), "one number or auto, not '4,8'"),
        (("--gpus", "0;1"), "no number, nor several with commas"),
        (("--gpus", "5"), "no graphics card 5 to use here: what can be used is cpu"),
    ):
        found = command("score", *arguments)
        assert found.exit_code != 0
        assert words in " ".join(found.output.split())
    assert "no runs yet" in command("runs").output


def test_where_nothing_failed_there_is_nothing_to_list_and_to_try_again(command: Command, tmp_path: Path) -> None:
    with Home(tmp_path / "home") as home, home.database.write() as session:
        run_id = add_run(session, "one", Wants(probes=True).to_json())
    for verb in ("failures", "retry"):
        found = command("runs", verb, str(run_id))
        assert found.exit_code == 0
        assert f"nothing failed in run {run_id}" in found.output
        assert "worker" not in found.output


@pytest.mark.usefixtures("empty")
def test_runs_are_listed_by_the_same_word_as_models(command: Command) -> None:
    assert command("runs", "list").output == command("runs").output


@pytest.mark.parametrize("charset", ["ascii", "latin-1"])
@pytest.mark.usefixtures("empty")
def test_a_report_is_printed_whatever_the_locale_can_write(charset: str, tmp_path: Path) -> None:
    runner = CliRunner(charset=charset)
    home = ["--home", str(tmp_path / "home")]
    tables = runner.invoke(main, [*home, "report"])
    assert tables.exit_code == 0
    assert b"Luxe, Calme" in tables.stdout_bytes
    plain = json.loads(runner.invoke(main, [*home, "report", "--json"]).stdout_bytes.decode("utf-8"))
    assert plain == json.loads(CliRunner().invoke(main, [*home, "report", "--json"]).stdout_bytes)


def test_ctrl_c_while_the_program_still_loads_ends_in_silence() -> None:
    code = """
import sys
class Finder:
    def find_spec(name, *_):
        if name == "tui.cli.main":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder)
import tui.cli
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


def test_streams_that_were_closed_before_the_start_are_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert not at_terminal()


@pytest.mark.parametrize("given", ["", "~nobody-of-that-name/x"])
def test_a_home_that_can_not_be_meant_is_an_error_of_its_option(given: str) -> None:
    found = CliRunner().invoke(main, ["--home", given, "runs"])
    assert found.exit_code == 2
    assert "Invalid value for '--home'" in found.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--singles", "-1"), "not in the range"),
        (("--originals", "²"), "originals are conventional"),
        (("--originals", "9" * 30), "no original to start from"),
    ],
)
def test_numbers_that_are_none_are_named(words: tuple[str, ...], said: str, command: Command) -> None:
    found = command("generate", *words)
    assert found.exit_code in (1, 2)
    assert said in found.output


@pytest.mark.usefixtures("empty")
def test_an_id_beyond_every_number_is_no_image(command: Command) -> None:
    assert "no image" in command("reproduce", "9" * 30).output


def test_a_run_in_which_something_failed_ends_with_1(command: Command, tmp_path: Path) -> None:
    with Home(tmp_path / "home") as home, home.database.write() as session:
        blob = keep_image(home, Image.new("RGB", (40, 30), "red"))
        add_photograph(session, blob, "photograph", PhotographFacts(caption="a red thing"))
        blob_path(home, blob.sha256, blob.suffix).write_bytes(b"damaged")
    found = command("score", "polish", "--no-probes")
    assert found.exit_code == 1
    assert "1 failed" in found.output
    assert "runs failures 1" in found.output


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_a_run_that_is_done_stays_done(verb: str, command: Command, tmp_path: Path) -> None:
    with Home(tmp_path / "home") as home, home.database.write() as session:
        run = add_run(session, "score", Wants(scorers=("conse",)).to_json())
        set_run_state(session, run, "done")
    found = command("runs", verb, str(run))
    assert found.exit_code == 1
    assert "is done already" in found.output


def test_a_catalogue_that_can_not_be_read_is_named_and_hides_no_run(command: Command, tmp_path: Path) -> None:
    with Home(tmp_path / "home") as home:
        load_sample(home)
        run = start_run(home, "dark", Wants(GenerateWants(per_original=1)))
    (tmp_path / "home" / "catalogue.toml").write_text("[no table")
    listed = command("runs")
    assert listed.exit_code == 0
    assert "dark" in listed.output
    watched = command("runs", "watch", str(run))
    assert watched.exit_code == 1
    assert "Error: catalogue" in watched.output


@pytest.mark.parametrize("code", [0, 1])
def test_the_terminal_ends_with_the_code_that_it_left_with(
    command: Command, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(sys.modules["tui.cli.main"], "at_terminal", lambda: True)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("tui.app.Widespectrum.run", lambda self: None)
    monkeypatch.setattr("tui.app.Widespectrum.return_code", code)
    assert command().exit_code == code
