"""`prompts` as it is typed: one edit, and a table that goes out and comes back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.demo import load_sample
from engine.plan.wants import GenerateWants, Wants
from engine.runs import progress, start_run
from engine.worker.worker import Worker
from store import Home
from store.queries.pairs import pair_detail
from tui.cli import main

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `widespectrum --home … --as ann prompts` with arguments."""
    return lambda *arguments: CliRunner().invoke(
        main, ["--home", str(tmp_path / "home"), "--as", "ann", "prompts", *arguments]
    )


@pytest.fixture
def made(tmp_path: Path) -> Home:
    """The home, with two pairs."""
    home = Home(tmp_path / "home")
    load_sample(home)
    start_run(home, "two", Wants(GenerateWants(originals=(1, 2), per_original=1)))
    Worker(home).run()
    return home


def test_one_edit_makes_one_pair(command: Command, made: Home) -> None:
    done = command("edit", "1", "Murk above all, then the rest", "--wait")
    assert done.exit_code == 0, done.output
    assert progress(made, 2).left == 0
    new = pair_detail(made.database.reader(), 3)
    assert new
    assert (new.wide_prompt, new.writer) == ("Murk above all, then the rest", "hand")
    assert new.written is not None
    assert new.written["author"] == "ann"
    refused = command("edit", "1", " ")
    assert refused.exit_code == 1
    assert "empty" in refused.output
    refused = command("edit", str(10**30), "murk")
    assert f"there is no pair {10**30}" in refused.output


def test_a_table_goes_out_and_what_was_changed_in_it_comes_back(command: Command, made: Home, tmp_path: Path) -> None:
    table = tmp_path / "prompts.csv"
    assert command("export", str(table)).exit_code == 0
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["pair", "source", "original_prompt", "wide_prompt"]
    assert len(rows) == 3
    done = command("import", str(table))
    assert (done.exit_code, "nothing to do" in done.output) == (0, True)
    rows[2][3] = "A veil, “thick”, above all"
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    done = command("import", str(table), "--wait")
    assert done.exit_code == 0, done.output
    counted = made.database.reader().execute("SELECT count(*) FROM pair WHERE writer = 'hand'").fetchone()[0]
    assert counted == 1
    assert pair_detail(made.database.reader(), 3).wide_prompt == rows[2][3]  # type: ignore[union-attr]


def test_a_table_is_written_where_a_home_is_only_looked_at(made: Home, tmp_path: Path) -> None:
    table = tmp_path / "prompts.csv"
    looking = CliRunner().invoke(main, ["--read-only", "--home", str(made.folder), "prompts", "export", str(table)])
    assert looking.exit_code == 0, looking.output
    assert len(table.read_text("utf-8-sig").splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pair,wide_prompt\none,murk\n", "line 2: there is no pair 'one'"),
        ("pair,wide_prompt\n77,murk\n", "line 2: there is no pair '77'"),
        (f"pair,wide_prompt\n{10**30},murk\n", f"line 2: there is no pair '{10**30}'"),
        ("pair,wide_prompt\n1,murk\n1,fog\n", "line 3: pair 1 was changed before"),
        ("pair,wide_prompt\n1,murk\n2,\n", "pair 2: the edited prompt is empty"),
        ("pair,prompt\n1,murk\n", "lacks the column wide_prompt"),
        (b"pair,wide_prompt\n1,\xff\n", "can't be read as a table"),
        ('pair,wide_prompt\n1,"murk\n2,fog\n', "can't be read as a table"),
        ("", "lacks the column pair, wide_prompt"),
        ("\ufeff", "lacks the column pair, wide_prompt"),
    ],
)
def test_a_table_that_is_wrong_is_told_by_its_line_and_nothing_of_it_is_kept(
    command: Command, made: Home, tmp_path: Path, text: str | bytes, words: str
) -> None:
    table = tmp_path / "prompts.csv"
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = command("import", str(table))
    assert done.exit_code == 1
    assert words in done.output
    assert made.database.reader().execute("SELECT count(*) FROM written_prompt").fetchone()[0] == 0
