"""Migrations bring any older database to what the tables say."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from store import HomeUnusable, migrations, tables
from store.database import Database


def schema(connection):
    """What SQLite says of every table of ours: columns, keys, indexes, references."""
    found = {}
    for _, name, kind, _, without_rowid, _ in connection.execute("PRAGMA main.table_list").fetchall():
        if kind != "table" or name.startswith(("sqlite_", "prompt_search")):
            continue
        indexes = set()
        for _, index, unique, origin, partial in connection.execute(f"PRAGMA index_list({name})").fetchall():
            columns = tuple(row[2] for row in connection.execute(f"PRAGMA index_info({index})").fetchall())
            indexes.add((index if origin == "c" else origin, unique, partial, columns))
        columns = tuple(tuple(row) for row in connection.execute(f"PRAGMA table_info({name})").fetchall())
        references = {tuple(row)[2:] for row in connection.execute(f"PRAGMA foreign_key_list({name})").fetchall()}
        found[name] = (columns, without_rowid, indexes, references)
    return found


def test_a_migrated_database_has_exactly_the_tables_that_the_classes_describe(home, tmp_path):
    described = create_engine(f"sqlite:///{tmp_path / 'described.sqlite'}")
    ours = list(SQLModel.metadata.tables.values())
    assert tables.Pair.__table__ in ours
    SQLModel.metadata.create_all(described, ours)
    described.dispose()
    with closing(sqlite3.connect(tmp_path / "described.sqlite")) as connection:
        assert schema(home.database.reader()) == schema(connection)


def test_migrations_are_numbered_without_gaps():
    names = sorted(file.name for file in migrations.files(migrations.__name__).iterdir() if file.name.endswith(".sql"))
    assert [int(re.match(r"(\d{4})_\w+\.sql", name)[1]) for name in names] == list(range(1, migrations.latest() + 1))


def test_a_migrated_database_says_whose_it_is_and_is_whole(home):
    reader = home.database.reader()
    assert reader.execute("PRAGMA application_id").fetchone()[0] == migrations.APPLICATION_ID
    assert reader.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert reader.execute("PRAGMA foreign_key_check").fetchall() == []


SECOND = """\
-- A mood of one's own; with a sign that ends a statement.
ALTER TABLE pair ADD COLUMN mood VARCHAR NOT NULL DEFAULT 'none; yet';
CREATE TRIGGER pair_mood AFTER INSERT ON pair BEGIN
  SELECT 1;
  SELECT 2;
END;
-- nothing more
"""


def with_next(monkeypatch, *scripts):
    known = migrations.scripts()
    monkeypatch.setattr(migrations, "scripts", lambda: known + scripts)


def test_a_later_migration_applies_to_what_is_there(small_home, monkeypatch):
    with_next(monkeypatch, SECOND, "CREATE TABLE third (id INTEGER)")
    opened = Database(small_home.home.database.path)
    reader = opened.reader()
    assert migrations.version_of(reader) == migrations.latest()
    assert reader.execute("SELECT mood, count(*) FROM pair GROUP BY 1").fetchall()[0][:] == ("none; yet", 6)
    assert reader.execute("SELECT count(*) FROM third").fetchone()[0] == 0
    opened.close()


def test_a_failing_migration_leaves_the_version_before_it_whole(small_home, monkeypatch):
    path, version = small_home.home.database.path, migrations.latest()
    before = schema(small_home.home.database.reader())
    with_next(monkeypatch, "CREATE TABLE second (id INTEGER);", "DROP TABLE margin;\nSELECT nonsense FROM nowhere;")
    with pytest.raises(HomeUnusable, match="nowhere"):
        Database(path)
    reader = small_home.home.database.reader()
    assert migrations.version_of(reader) == version + 1
    found = schema(reader)
    assert found.pop("second")
    assert found == before
    assert reader.execute("SELECT count(*) FROM margin").fetchone()[0] == 10


def test_failures_outlive_the_making_anew_of_their_table(tmp_path, monkeypatch):
    path, scripts = tmp_path / "older.sqlite", migrations.scripts()
    monkeypatch.setattr(migrations, "scripts", lambda: scripts[:5])
    Database(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO run VALUES (1, 'a', '{}', 'done', 1, 0, 0)")
        connection.execute("INSERT INTO failure VALUES (7, 1, 'score', 'conse 1', '*', 'no such file', 0)")
    monkeypatch.setattr(migrations, "scripts", lambda: scripts)
    opened = Database(path)
    assert tuple(opened.reader().execute("SELECT * FROM failure").fetchone()) == (
        7, 1, "score", "conse 1", "*", "no such file", 0
    )  # fmt: skip
    opened.close()


def test_a_migration_that_another_process_was_first_to_apply_is_not_applied_again(tmp_path):
    path = tmp_path / "raced.sqlite"
    Database(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        migrations._apply_next(connection)  # the version was old when this process looked
        assert migrations.version_of(connection) == migrations.latest()
        connection.rollback()
