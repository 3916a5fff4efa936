"""Numbered migrations: `NNNN_name.sql`, applied in order, counted in `PRAGMA user_version`."""

from __future__ import annotations

import sqlite3
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


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to the newest version: each migration is one transaction, whole or not at all."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    for number, script in enumerate(scripts()[version:], start=version + 1):
        try:
            marks = f"PRAGMA application_id={APPLICATION_ID};\nPRAGMA user_version={number};"
            connection.executescript(f"BEGIN IMMEDIATE;\n{script}\n{marks}\nCOMMIT;")
        except sqlite3.Error:
            connection.rollback()
            raise
