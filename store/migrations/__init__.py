"""Numbered migrations: `NNNN_name.sql`, applied in order, counted in `PRAGMA user_version`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

APPLICATION_ID = 0x77737065
"""`PRAGMA application_id` of every widespectrum database: "wspe"."""


@cache
def scripts() -> tuple[str, ...]:
    """The SQL of each migration, in order; number i (from 1) brings the schema to version i."""
    found = sorted((file for file in files(__name__).iterdir() if file.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(file.read_text(encoding="utf-8") for file in found)


def latest() -> int:
    """The schema version this program writes."""
    return len(scripts())


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of a database; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to the newest version: each migration is one transaction, whole or not at all."""
    while version_of(connection) < latest():
        connection.execute("BEGIN IMMEDIATE")
        try:
            _apply_next(connection)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


def _apply_next(connection: sqlite3.Connection) -> None:
    """The next migration, inside a transaction: the version is read in it, as another process may have been first."""
    version = version_of(connection)
    if version >= latest():
        return
    for statement in _statements(scripts()[version]):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={version + 1}")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, each ending at the end of a line. `executescript` would commit beforehand."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
