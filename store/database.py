"""The SQLite file: opened safely, written through SQLModel in immediate transactions, read as plain rows.

Screens read through `reader()`, the standard library's driver, since rows are what they need and importing an
object mapper would double the time to the first screen. Everything that writes goes through `write()`.
"""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from store import migrations
from store.disk import refusal
from store.errors import HomeUnusable, NewerDatabase, NotADatabase, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

BUSY_SECONDS = 10
NETWORK_FILE_SYSTEMS = {
    *("nfs", "nfs4", "lustre", "cifs", "smb3", "9p", "beegfs", "gpfs", "ceph", "afs"),
    *("fuse.sshfs", "fuse.glusterfs", "fuse.ceph"),
}
DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
OUTSIDE = {
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN),
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PERM),
}
"""Errors whose cause is the disk or another process, not the statement."""
UNTOLD = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
"""Of those, the ones whose cause only the system can tell."""
TO_MAKE, TO_WRITE, TO_READ, FROZEN = "rwc", "rw", "ro", "ro&immutable=1"
"""How SQLite opens the file. A reader too needs a small file of shared memory beside a database with a write-ahead
log. Where it may not write that and nobody has, the file is read as if nobody could change it, until somebody does."""
ATTEMPTS = 20


class Database:
    """One database file. Opening checks it, and migrates it to the newest version.

    Args:
        read_only: change nothing, and `write` refuses. Works on a full disk and where one may not write.

    Attributes:
        journal_mode: `wal`, or `delete` where the file system can't do it.
        remark: what a reader should know of how it was opened, or nothing.

    Raises:
        NotADatabase: the file exists and is something else, or damaged; it is left as it was.
        NewerDatabase: a newer version of the program wrote it; it is left as it was.
        HomeUnusable: it can't be opened or written; or read, as it is missing or of an older version.
    """

    def __init__(self, path: Path, read_only: bool = False):
        self.path, self.read_only, self.remark = path, read_only, ""
        self._readers: dict[threading.Thread, sqlite3.Connection] = {}
        self._lock = threading.Lock()
        _check(path)
        try:
            if read_only:
                self._open_to_read()
            else:
                self._open_to_write()
        except sqlite3.DatabaseError as error:
            purpose = "reading" if read_only else "writing"
            raise _told(error, path, f"can't be opened for {purpose}") from error

    def _open_to_write(self) -> None:
        self._mode = TO_MAKE
        with closing(self._connect()) as connection:
            _refuse_foreign(self.path, connection)  # once more, with what stands only in the journal
            migrations.migrate(connection)
            self.journal_mode = _set_journal_mode(connection, self.path)
        self._mode = TO_WRITE  # from now on a file that is gone is not made again

    def _open_to_read(self) -> None:
        if not self.path.exists() or self.path.stat().st_size == 0:
            raise HomeUnusable(f"{self.path}: there is no database to read")
        try:
            self._look(TO_READ)
        except sqlite3.OperationalError as error:
            if _code(error) not in UNTOLD:
                raise
            self._look(FROZEN)
            self.remark = _remark(self.path)

    def _thaw(self) -> None:
        """Read what others write from now on, if one has begun to: the shared memory that was missing is there then."""
        if not self.path.with_name(f"{self.path.name}-shm").exists():
            return
        try:
            self._look(TO_READ)
        except sqlite3.OperationalError as error:
            if _code(error) not in UNTOLD:
                raise
            self._mode = FROZEN  # it may not be read either
        else:
            self._readers.clear()  # not closed: another thread may just be reading

    def _look(self, mode: str) -> None:
        self._mode = mode
        with closing(self._connect()) as connection:
            _refuse_foreign(self.path, connection)
            version = migrations.version_of(connection)
            self.journal_mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if version < migrations.latest():
            raise HomeUnusable(
                f"{self.path} has schema version {version}, and this program reads {migrations.latest()}: "
                "open it once where it can be written, and it is brought up to date"
            )

    def _connect(self) -> sqlite3.Connection:
        connection = self._connect_plain()
        connection.row_factory = sqlite3.Row
        return connection

    def _connect_plain(self) -> sqlite3.Connection:
        """A connection in which the driver begins no transaction of its own."""
        address = f"{self.path.absolute().as_uri()}?mode={self._mode}"
        connection = sqlite3.connect(
            address, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True
        )
        _set_pragmas(connection)
        return connection

    def reader(self) -> sqlite3.Connection:
        """This thread's connection for reading; it refuses to write."""
        thread = threading.current_thread()
        with self._lock:
            if self._mode == FROZEN:
                self._thaw()
            if thread not in self._readers:
                for ended in [other for other in self._readers if not other.is_alive()]:
                    self._readers.pop(ended).close()
                self._readers[thread] = self._connect()
                self._readers[thread].execute("PRAGMA query_only=ON")
            return self._readers[thread]

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection whose reads all see the database as one moment left it, whatever others commit meanwhile.

        Beside a write-ahead log that keeps nobody waiting. Without one a reader keeps every writer out for as long as
        it reads, so there it is a copy, made in one go and gone at the end.
        """
        with closing(self._connect()) as connection:
            if self.journal_mode == "wal":
                connection.execute("PRAGMA query_only=ON")
                connection.execute("BEGIN")
                yield connection
                return
            with closing(sqlite3.connect("")) as copy:  # a file that SQLite deletes
                connection.backup(copy)
                copy.row_factory = sqlite3.Row
                copy.execute("PRAGMA query_only=ON")
                yield copy

    @cached_property
    def engine(self) -> Engine:
        """The SQLAlchemy engine behind `write()`."""
        from sqlalchemy import create_engine, event
        from sqlalchemy.pool import QueuePool

        engine = create_engine("sqlite://", creator=self._connect_plain, poolclass=QueuePool)

        @event.listens_for(engine, "begin")
        def _on_begin(connection) -> None:  # type: ignore[no-untyped-def]
            # A deferred transaction that reads and then writes fails under other writers; this one waits its turn.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        return engine

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed whole at the end, or rolled back if anything is raised.

        What it returned can be read after it has ended.

        Raises:
            HomeUnusable: the disk is full, or another process kept the database to itself, or it was opened for
                reading only; nothing was written.
            NotADatabase: it is damaged; nothing was written.
        """
        from sqlalchemy.exc import DatabaseError
        from sqlmodel import Session

        if self.read_only:
            raise HomeUnusable(f"{self.path}: was opened for reading only; nothing was changed")
        if not self.path.exists():  # what is open could still be written, and would be lost
            raise HomeUnusable(f"{self.path} is not there any more; nothing was changed")
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        except DatabaseError as error:
            if isinstance(error.orig, sqlite3.Error) and _code(error.orig) in OUTSIDE | DAMAGE:
                raise _told(error.orig, self.path, "can't be written", "; nothing was changed") from error
            raise

    def close(self) -> None:
        """Close the connections of every thread. A thread that reads afterwards opens a new one."""
        with self._lock:
            while self._readers:
                self._readers.popitem()[1].close()
        if "engine" in self.__dict__:
            self.engine.dispose()


def _code(error: sqlite3.Error) -> int:
    """The primary result code of SQLite behind an error of the driver."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _told(error: sqlite3.Error, path: Path, what: str, after: str = "") -> StoreError:
    """An error of SQLite as ours, in words that say what is wrong with the file or the disk."""
    if _code(error) in DAMAGE:
        return NotADatabase(f"{path} is damaged: {error}; it was left as it is")
    why = str(error)
    if _code(error) == sqlite3.SQLITE_FULL:
        why = os.strerror(errno.ENOSPC)
    elif _code(error) in UNTOLD:
        why = refusal(path.parent) or why
    return HomeUnusable(f"{path}: {what}: {why}{after}")


def _remark(path: Path) -> str:
    """How a database is read that nobody seems to be writing, and what is not seen of it."""
    journal = path.with_name(f"{path.name}-wal")
    lost = journal.stat().st_size if journal.exists() else 0
    without = f", without the {lost // 1024} KiB in its journal" if lost else ""
    return f"read as it lies on the disk{without}, as nobody is writing it now"


def _set_pragmas(connection: sqlite3.Connection) -> None:
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", "foreign_keys=ON", "synchronous=NORMAL", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _check(path: Path) -> None:
    """Look at whose a file is without changing anything; a missing or empty file is fine.

    Opened as immutable, SQLite leaves no journal beside a file that it only looked at. It must be SQLite that looks:
    a process that closes a file opened in any other way gives up all locks that it has on it, SQLite's too; another
    process would then take itself for the last one and delete the journal that we write to
    (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    try:
        if path.is_symlink() and not path.exists():
            raise HomeUnusable(f"{path}: can't be read: it is a link to {path.readlink()}, and nothing is there")
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "a pipe, a socket or a device"
            raise HomeUnusable(f"{path}: can't be read: it is {kind} and not a file; it was left as it is")
        if not path.exists() or path.stat().st_size == 0:
            return
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            _refuse_foreign(path, connection)
    except OSError as error:
        raise HomeUnusable(f"{path}: can't be read: {error.strerror}") from error
    except sqlite3.DatabaseError as error:
        if _code(error) == sqlite3.SQLITE_NOTADB:
            raise NotADatabase(f"{path} is not an SQLite database; it was left as it is") from error
        if _code(error) != sqlite3.SQLITE_CORRUPT:  # this look waits for no lock: another may be writing it just now
            raise HomeUnusable(f"{path}: can't be read: {error}") from error


def _refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse a database of another program or of a newer version of this one. Reads only."""
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and connection.execute("PRAGMA application_id").fetchone()[0] != migrations.APPLICATION_ID:
        raise NotADatabase(f"{path} is a database of another program; it was left as it is")
    version = migrations.version_of(connection)
    if version > migrations.latest():
        raise NewerDatabase(
            f"{path} has schema version {version}, and this program knows {migrations.latest()}: "
            "update widespectrum to open it; it was left as it is"
        )


def _set_journal_mode(connection: sqlite3.Connection, path: Path) -> str:
    """WAL where the file system can do it; shared-memory files don't work across a network.

    The change needs the file alone and does not wait for it, unlike a transaction; so where another process is in
    the way, one transaction is waited for, and then it is tried again. Whoever is first spares the others the change.
    """
    wanted = "delete" if _file_system(path.parent) in NETWORK_FILE_SYSTEMS else "wal"
    for _ in range(ATTEMPTS):
        try:
            return connection.execute(f"PRAGMA journal_mode={wanted}").fetchone()[0]
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY:
                raise
            connection.execute("BEGIN EXCLUSIVE")
            connection.rollback()
    return connection.execute("PRAGMA journal_mode").fetchone()[0]


def _file_system(folder: Path) -> str:
    """The type of the file system that holds a folder, or "" where the system has no mount table."""
    table = Path("/proc/mounts")
    if not table.exists():
        return ""
    return file_system_in(table.read_text(encoding="utf-8", errors="replace"), folder.resolve())


def file_system_in(mounts: str, folder: Path) -> str:
    """As `_file_system`, from the text of a mount table: the deepest mount, and of those the latest, holds a folder."""
    parents = {str(parent) for parent in (folder, *folder.parents)}
    found = {place: kind for place, kind in map(_mount, mounts.splitlines()) if place in parents}
    return found[max(found, key=len)] if found else ""


def _mount(line: str) -> tuple[str, str]:
    """The place and type of one mount. Blanks in its place are written as octal numbers."""
    place, kind = line.split()[1:3]
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), place), kind
