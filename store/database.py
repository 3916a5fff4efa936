"""The SQLite file: opened safely, written through SQLModel in immediate transactions, read as plain rows.

Screens read through `reader()`, the standard library's driver, since rows are what they need and importing an
object mapper would double the time to the first screen. Everything that writes goes through `write()`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from store import migrations
from store.errors import HomeUnusable, NewerDatabase, NotADatabase

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

BUSY_SECONDS = 10
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "lustre", "cifs", "smb3", "9p", "fuse.sshfs", "beegfs", "gpfs"}


class Database:
    """One database file. Opening checks it, and migrates it to the newest version.

    Raises:
        NotADatabase: the file exists and is something else; it is left as it was.
        NewerDatabase: a newer version of the program wrote it; it is left as it was.
        HomeUnusable: it can't be opened or written.
    """

    def __init__(self, path: Path):
        self.path = path
        self._local = threading.local()
        _check(path)
        try:
            with closing(self._connect()) as connection:
                self.journal_mode = _set_journal_mode(connection, path)
                self.migrated = connection.execute("PRAGMA user_version").fetchone()[0] < migrations.latest()
                if self.migrated:
                    migrations.migrate(connection)
        except sqlite3.OperationalError as error:
            raise HomeUnusable(f"{path}: can't be opened for writing: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        _set_pragmas(connection)
        return connection

    def reader(self) -> sqlite3.Connection:
        """This thread's connection for reading; it refuses to write."""
        if not hasattr(self._local, "reader"):
            self._local.reader = self._connect()
            self._local.reader.execute("PRAGMA query_only=ON")
        return self._local.reader

    @cached_property
    def engine(self) -> Engine:
        """The SQLAlchemy engine behind `write()`."""
        from sqlalchemy import create_engine, event

        engine = create_engine(f"sqlite:///{self.path}", connect_args={"timeout": BUSY_SECONDS})

        @event.listens_for(engine, "connect")
        def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = None  # the driver must not begin a transaction of its own
            _set_pragmas(connection)

        @event.listens_for(engine, "begin")
        def _on_begin(connection) -> None:  # type: ignore[no-untyped-def]
            # A deferred transaction that reads and then writes fails under other writers; this one waits its turn.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        return engine

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed whole at the end, or rolled back if anything is raised."""
        from sqlmodel import Session

        with Session(self.engine) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close this thread's reader and the writers' connections."""
        if hasattr(self._local, "reader"):
            self._local.reader.close()
            del self._local.reader
        if "engine" in self.__dict__:
            self.engine.dispose()


def _set_pragmas(connection: sqlite3.Connection) -> None:
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", "foreign_keys=ON", "synchronous=NORMAL", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _check(path: Path) -> None:
    """Look at a file without changing it; a missing or empty one is fine."""
    try:
        if not path.exists() or path.stat().st_size == 0:
            return
        with path.open("rb") as file:
            header = file.read(16)
    except OSError as error:
        raise HomeUnusable(f"{path}: can't be read: {error.strerror}") from error
    if header != b"SQLite format 3\0":
        raise NotADatabase(f"{path} is not an SQLite database; it was left as it is")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise NotADatabase(f"{path} is damaged or not a database: {error}; it was left as it is") from error
    if tables and application != migrations.APPLICATION_ID:
        raise NotADatabase(f"{path} is a database of another program; it was left as it is")
    if version > migrations.latest():
        raise NewerDatabase(
            f"{path} has schema version {version}, and this program knows {migrations.latest()}: "
            "update widespectrum to open it; it was left as it is"
        )


def _set_journal_mode(connection: sqlite3.Connection, path: Path) -> str:
    """WAL where the file system can do it; shared-memory files don't work across a network."""
    wanted = "delete" if _file_system(path.parent) in NETWORK_FILE_SYSTEMS else "wal"
    return connection.execute(f"PRAGMA journal_mode={wanted}").fetchone()[0]


def _file_system(folder: Path) -> str:
    """The type of the file system that holds a folder, or "" where the system has no mount table."""
    table = Path("/proc/mounts")
    if not table.exists():
        return ""
    mounts = [line.split()[1:3] for line in table.read_text(encoding="utf-8", errors="replace").splitlines()]
    parents = {str(parent) for parent in (folder.resolve(), *folder.resolve().parents)}
    return max((mount for mount in mounts if mount[0] in parents), key=lambda mount: len(mount[0]), default=["", ""])[1]
