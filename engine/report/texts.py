"""Writes tables down as Markdown and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from engine.report.tables import Cell, Column, Table
from engine.statistics.estimate import Estimate


def to_markdown(tables: Sequence[Table]) -> str:
    """All tables, each under a heading with its note below it."""
    return "\n".join(_markdown(table) for table in tables)


def _markdown(table: Table) -> str:
    heads = " | ".join(_plain(column.title) for column in table.columns)
    rules = " | ".join(":---" if column.unit == "text" else "---:" for column in table.columns)
    rows = [" | ".join(_plain(text) for text in table.texts(row)) for row in table.rows]
    lines = [f"## {_plain(table.title)}", "", *(f"| {line} |" for line in (heads, rules, *rows)), ""]
    notes = [_plain(note) for note in table.note.splitlines()]
    return "\n".join([*lines, *(text for note in notes for text in (note, ""))])


def _plain(text: str) -> str:
    """Names come from files and people: on one line, and nothing in them is a mark."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return "".join(f"\\{each}" if each in "\\`*_|<>#" else each for each in line)


def to_csv(table: Table) -> str:
    """One table at full precision; an estimate becomes four columns: its value, low, high and n."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    estimated = [any(isinstance(row[i], Estimate) for row in table.rows) for i in range(len(table.columns))]
    columns = list(zip(table.columns, estimated, strict=True))
    writer.writerow([head for column, wide in columns for head in _heads(column, wide)])
    for row in table.rows:
        writer.writerow([each for cell, wide in zip(row, estimated, strict=True) for each in _values(cell, wide)])
    return out.getvalue()


def _heads(column: Column, wide: bool) -> list[str]:
    return [column.title, *(f"{column.title} {part}" for part in ("low", "high", "n"))] if wide else [column.title]


def _values(cell: Cell, wide: bool) -> list[object]:
    if isinstance(cell, Estimate):
        return [cell.value, cell.low, cell.high, cell.n]
    return [cell, None, None, None] if wide else [cell]
