"""`widespectrum report`: every figure with its n and 95% interval, as tables, JSON, Markdown or CSV."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from store import Home
from tui.cli.main import Options, home_option, speaks_unicode
from tui.text import plain

WIDTH_OF_A_FILE = 160
"""Columns where there is no terminal to ask: wide enough that no interval breaks over two lines."""


@click.command()
@home_option
@click.option("--json", "form", flag_value="json", help="One JSON object, the same to the last digit each time.")
@click.option("--markdown", "form", flag_value="markdown", help="Markdown tables.")
@click.option("--csv", "form", flag_value="csv", help="CSV tables, one after another.")
@click.option("--leave-truncated-out", is_flag=True, help="Leave out cells whose prompt a scorer's text limit cut.")
@click.pass_obj
def report(options: Options, form: str | None, leave_truncated_out: bool) -> None:
    """Print preference, F1, AUROC, margin and Δ by scorer, dimension and source; what judges said; the emotion test;
    obedience by generator and dimension, beside the base model; margins by strength; boards.

    Intervals are 95%, by a seeded bootstrap over original prompts. Ties are counted apart and are not wins.
    """
    with options.open_home_to_read() as home:
        print_report(home, form, leave_truncated_out)


def print_report(home: Home, form: str | None = None, leave_truncated_out: bool = False) -> None:
    """Print a home's report to standard output."""
    from engine import report as reports

    found = reports.report(home, leave_truncated_out=leave_truncated_out)
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=not speaks_unicode(), indent=1))
        return
    tables = reports.tables(found)
    if form == "markdown":
        click.echo(reports.to_markdown(tables))
    elif form == "csv":
        click.echo("\n".join(reports.to_csv(table) for table in tables))
    else:
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = WIDTH_OF_A_FILE
        for table in tables:
            console.print(_drawn(table))
            if table.note:
                console.print(Text(plain(table.note), style="dim"))
            console.print()


def _drawn(table: object) -> Table:
    from engine.report import Table as Figures
    from engine.report.tables import shown

    assert isinstance(table, Figures)
    drawn = Table(title=plain(table.title), title_justify="left", box=None, pad_edge=False, title_style="bold")
    for column in table.columns:
        is_text = column.unit == "text"
        drawn.add_column(Text(plain(column.title)), justify="left" if is_text else "right", no_wrap=not is_text)
    for row in table.rows:
        drawn.add_row(*(Text(plain(shown(cell, column.unit))) for cell, column in zip(row, table.columns, strict=True)))
    return drawn
