"""`widespectrum prompts`: wide prompts in a person's words, one at a time or many in a table."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from tui.cli.main import Options, curator_name, home_option
from tui.cli.watching import follow_to_its_end
from tui.cli.work import wait_option
from tui.figures import plural
from tui.text import plain

COLUMNS = ("pair", "source", "original_prompt", "wide_prompt")
_PAIRS = """
    SELECT p.id, s.name, o.text, a.text FROM pair p JOIN source s ON s.id = p.source_id
    JOIN prompt o ON o.id = p.original_prompt_id JOIN prompt a ON a.id = p.wide_prompt_id ORDER BY p.id
"""


@click.group()
@home_option
def prompts() -> None:
    """Edit wide prompts by hand.

    What is edited is kept beside the original, with who and when, and makes a new pair from the same start and seed: a
    new image and new scores. Nothing of the old pair changes.
    """


@prompts.command()
@click.argument("pair", type=int)
@click.argument("text")
@home_option
@wait_option
@click.pass_obj
def edit(options: Options, pair: int, text: str, wait: bool) -> None:
    """Put the P_a of PAIR into other words: TEXT."""
    _edit(options, {pair: text}, wait)


@prompts.command(short_help="Write every pair's prompts to a table.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@home_option
@click.pass_obj
def export(options: Options, file: Path) -> None:
    """Write every pair's prompts to FILE, a table to edit the column wide_prompt of."""
    with options.open_home_to_read() as home:
        rows = home.database.reader().execute(_PAIRS).fetchall()
    try:
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows([COLUMNS, *map(tuple, rows)])
    except OSError as error:
        raise click.ClickException(plain(f"{file}: can't be written: {error}")) from error
    click.echo(f"{len(rows)} pairs in {plain(str(file))}", err=True)


@prompts.command("import", short_help="Take over what was changed in that table.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@home_option
@wait_option
@click.pass_obj
def import_(options: Options, file: Path, wait: bool) -> None:
    """Take over the rows of FILE whose wide_prompt differs from the pair's: all of them, or none if one can't be."""
    _edit(options, _changed(options, file), wait)


def _changed(options: Options, file: Path) -> dict[int, str]:
    """Pair -> its P_a as the table has it, where that is another."""
    csv.field_size_limit(sys.maxsize)
    changed: dict[int, str] = {}
    with options.open_home(make=False) as home:
        there = {str(pair): wide for pair, _, _, wide in home.database.reader().execute(_PAIRS)}
    for number, row in _rows(file):
        pair, text = row["pair"].strip(), row["wide_prompt"]
        if pair not in there:
            raise click.ClickException(plain(f"{file}, line {number}: there is no pair {pair!r}"))
        if text != there[pair]:
            if int(pair) in changed:
                raise click.ClickException(plain(f"{file}, line {number}: pair {pair} was changed before"))
            changed[int(pair)] = text
    return changed


def _rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows of a table, each with the number of its last line."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            # If it were not strict, a quote that never closes would take in every row that follows.
            table = csv.DictReader(stream, restval="", strict=True)
            columns = set(table.fieldnames or ())
            rows = [(table.line_num, row) for row in table]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise click.ClickException(plain(f"{file}: can't be read as a table: {error}")) from error
    if missing := {"pair", "wide_prompt"} - columns:
        raise click.ClickException(plain(f"{file}: lacks the column {', '.join(sorted(missing))}"))
    return rows


def _edit(options: Options, texts: Mapping[int, str], wait: bool) -> None:
    from engine import runs
    from engine.edits import edit_prompts, start_edited

    if not texts:
        click.echo("no wide prompt differs: nothing to do", err=True)
        return
    with options.open_home(make=False) as home:
        try:
            written = edit_prompts(home, texts, curator_name(options))
            started = start_edited(home, written)
        except ValueError as error:
            raise click.ClickException(plain(str(error))) from error
        runs_words = ", ".join(f"run {run_id}" for run_id in started)
        click.echo(f"{plural(len(written), 'edited prompt')} kept; the pairs are made by {runs_words}", err=True)
        for run_id in started:
            if wait:
                follow_to_its_end(home, run_id)
        if not wait:
            click.echo(f"worker {runs.ensure_worker(home)} does it; `widespectrum runs` shows how far it is", err=True)
