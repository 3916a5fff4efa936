"""`widespectrum report`: every figure with its n and 95% interval, as tables, JSON, Markdown or CSV."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from store import Home
from tui.cli.main import Options, home_option, speaks_unicode
from tui.text import plain

if TYPE_CHECKING:
    from engine.report import Table as Figures

WIDTH_OF_A_FILE = 160
"""Columns where there is no terminal to ask: wide enough that few tables come in parts."""
WIDEST_TEXT = 28
"""Columns that a text is given before it goes on below."""
GAP = 2


@click.command()
@home_option
@click.option("--json", is_flag=True, help="One JSON object, the same to the last digit each time.")
@click.option("--markdown", is_flag=True, help="Markdown tables.")
@click.option("--csv", is_flag=True, help="CSV tables, one after another.")
@click.option("--leave-truncated-out", is_flag=True, help="Leave out cells whose prompt a scorer's text limit cut.")
@click.pass_obj
def report(options: Options, leave_truncated_out: bool, **forms: bool) -> None:
    """Print preference, F1, AUROC, margin and Δ by scorer, dimension and source; what judges said; the emotion test;
    obedience by generator and dimension, beside the base model; margins by strength; boards.

    Intervals are 95%, by a seeded bootstrap over original prompts. Ties are counted apart and are not wins.
    """
    asked = [form for form, is_asked in forms.items() if is_asked]
    if len(asked) > 1:
        raise click.UsageError(f"one format at a time, not {' and '.join(f'--{form}' for form in asked)}")
    with options.open_home_to_read() as home:
        print_report(home, next(iter(asked), None), leave_truncated_out)


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
        if not found["pairs"]:
            click.echo("no pairs yet: `widespectrum generate` makes some, `widespectrum score` scores them", err=True)
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = WIDTH_OF_A_FILE
        for table in tables:
            console.print(Text(plain(table.title), style="bold"))
            for number, part in enumerate(_parts(table, console.width)):
                console.print(*([""] if number else []), _drawn(part), sep="\n")
            for line in table.note.splitlines():
                console.print(Text(plain(line), style="dim"))
            console.print()


def _parts(table: Figures, width: int) -> list[Figures]:
    """The table, or its columns in several where there is no room for all; in each the texts that name the rows.

    No figure and no name is ever cut short.
    """
    cells = [[column.title for column in table.columns], *(table.texts(row) for row in table.rows)]
    is_text = [column.unit == "text" for column in table.columns]
    needs = [
        GAP + min(max(map(len, texts)), WIDEST_TEXT if text else width)
        for texts, text in zip(zip(*cells, strict=True), is_text, strict=True)
    ]
    room = width + GAP
    if sum(needs) <= room:
        return [table]
    names = is_text.index(True) + 1
    while names + 1 < len(needs) and is_text[names] and sum(needs[: names + 1]) + max(needs[names + 1 :]) <= room:
        names += 1
    parts = [list(range(names))]
    for i in range(names, len(needs)):
        if len(parts[-1]) > names and sum(needs[each] for each in (*parts[-1], i)) > room:
            parts.append(list(range(names)))
        parts[-1].append(i)
    return [_only(table, part) for part in parts]


def _only(table: Figures, kept: list[int]) -> Figures:
    columns = tuple(table.columns[i] for i in kept)
    return replace(table, columns=columns, rows=tuple(tuple(row[i] for i in kept) for row in table.rows))


def _drawn(table: Figures) -> Table:
    drawn = Table(box=None, pad_edge=False)
    for column in table.columns:
        is_text = column.unit == "text"
        drawn.add_column(Text(plain(column.title)), justify="left" if is_text else "right", no_wrap=not is_text)
    for row in table.rows:
        drawn.add_row(*(Text(plain(text)) for text in table.texts(row)))
    return drawn
