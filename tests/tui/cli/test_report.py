"""A report in a terminal: what doesn't fit side by side comes one below the other."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from engine.report import Table
from engine.report.tables import Column
from engine.statistics import Estimate
from tui.cli.main import main
from tui.cli.report import _drawn, _parts, print_report


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_in_a_terminal_no_figure_and_no_name_of_a_row_is_cut_short(width: int) -> None:
    figures = [Estimate(0.414, 0.296, 0.541, 99 + i) for i in range(6)]
    columns = (Column("scorer"), Column("role"), *(Column(f"figure {i}", "share", True) for i in range(6)))
    table = Table("Figures", columns, (("conse", "control", *figures), ("a-longer-name", "reward model", *figures)))
    parts = _parts(table, width)
    assert sum(len(part.columns) - 2 for part in parts) == 6
    out = io.StringIO()
    for part in parts:
        Console(width=width, file=out).print(_drawn(part))
    said = out.getvalue()
    assert "…" not in said
    for i in range(6):
        assert said.count(f"41.4% [29.6, 54.1] n {99 + i}") == 2
    assert said.count("a-longer-name") == said.count("reward model") == len(parts)


def test_the_notes_below_a_table_stand_on_lines_of_their_own(shared_home, capsys) -> None:
    print_report(shared_home.home)
    assert "[–]: no interval, which needs at least two clusters." in capsys.readouterr().out.splitlines()


def test_a_table_that_fits_is_not_taken_apart() -> None:
    table = Table("Figures", (Column("scorer"), Column("pairs", "count")), (("conse", 12),))
    assert _parts(table, 80) == [table]


@pytest.mark.parametrize("formats", [("--json", "--csv"), ("--markdown", "--json"), ("--csv", "--json", "--markdown")])
def test_two_formats_at_once_are_refused_by_name_before_a_home_is_looked_for(
    formats: tuple[str, ...], tmp_path: Path
) -> None:
    refused = CliRunner().invoke(main, ["--home", str(tmp_path / "nowhere"), "report", *formats])
    assert refused.exit_code == 2
    assert f"one format at a time, not {' and '.join(formats)}" in refused.output
