"""Opening a database, and what several threads and processes may do with it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress

import pytest
from sqlalchemy import text

from store import Home, HomeUnusable, NewerDatabase, NotADatabase, database, migrations
from store.database import Database, file_system_in
from store.tables import Prompt


def test_a_missing_file_becomes_a_database_of_the_newest_version(tmp_path):
    opened = Database(tmp_path / "new.sqlite")
    assert migrations.version_of(opened.reader()) == migrations.latest()
    assert opened.journal_mode == "wal"
    opened.close()


def test_an_empty_file_becomes_a_database(tmp_path):
    (tmp_path / "empty.sqlite").touch()
    opened = Database(tmp_path / "empty.sqlite")
    assert migrations.version_of(opened.reader()) == migrations.latest()
    opened.close()


def test_opening_again_finds_what_was_written(tmp_path):
    with Home(tmp_path) as home, home.database.write() as session:
        session.add(Prompt(text="a bear"))
    with Home(tmp_path) as home:
        assert home.database.reader().execute("SELECT text FROM prompt WHERE id > 0").fetchall()[0][0] == "a bear"


def other_program(path, journal="delete"):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.execute("CREATE TABLE bookmark (url TEXT)")
        connection.execute("INSERT INTO bookmark VALUES ('a')")
        connection.commit()


def newer(path):
    Database(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version={migrations.latest() + 1}")


def garbled(path):
    Database(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xa5" * (len(whole) - 100))


def cut_short(path):
    Database(path).close()
    path.write_bytes(path.read_bytes()[:5000])


def cut_to_the_header(path):
    Database(path).close()
    path.write_bytes(path.read_bytes()[:100])


REFUSED = {
    "a long text": (lambda path: path.write_text("dear diary " * 10_000), NotADatabase, "not an SQLite database"),
    "a text": (lambda path: path.write_text("dear diary"), NotADatabase, "not an SQLite database"),
    "a database of another program": (other_program, NotADatabase, "another program"),
    "another program's, with a journal": (lambda path: other_program(path, "wal"), NotADatabase, "another program"),
    "a newer version": (newer, NewerDatabase, "update widespectrum"),
}
DAMAGED = {"garbled pages": garbled, "a file cut short": cut_short, "a page cut short": cut_to_the_header}


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_cannot_be_ours_is_refused_and_left_as_it_was(tmp_path, everything_in, what):
    make, error, reason = REFUSED[what]
    make(tmp_path / "widespectrum.sqlite")
    before = everything_in(tmp_path)
    with pytest.raises(error, match=reason) as caught:
        Home(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert everything_in(tmp_path) == before


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_database_is_refused_and_left_as_it_was(tmp_path, what):
    path = tmp_path / "widespectrum.sqlite"
    DAMAGED[what](path)
    before = path.read_bytes()
    with pytest.raises(NotADatabase, match=r"damaged|not an SQLite"):
        Home(tmp_path)
    assert path.read_bytes() == before
    assert not (tmp_path / "images").exists()


def test_a_newer_version_that_stands_only_in_the_journal_is_refused_too(tmp_path):
    path = tmp_path / "widespectrum.sqlite"
    Database(path).close()
    with closing(sqlite3.connect(path)) as newer_program:
        newer_program.execute(f"PRAGMA user_version={migrations.latest() + 1}")
        assert int.from_bytes(path.read_bytes()[60:64]) == migrations.latest()
        with pytest.raises(NewerDatabase):
            Database(path)


def test_a_file_whose_last_writer_was_killed_is_recovered(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_file_system", lambda folder: "nfs")
    path = tmp_path / "widespectrum.sqlite"
    Database(path).close()
    killed = (
        f"import os, sqlite3; c = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        "c.execute('PRAGMA cache_size=1'); c.execute('BEGIN')\n"
        "c.executemany('INSERT INTO prompt (text) VALUES (?)', [(f'{i} ' * 200,) for i in range(400)])\n"
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == -9
    assert path.with_name(f"{path.name}-journal").exists()
    opened = Database(path)
    assert opened.reader().execute("SELECT count(*) FROM prompt").fetchone()[0] == 1
    assert opened.reader().execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    opened.close()


@pytest.mark.parametrize(
    ("kind", "mode"), [("ext4", "wal"), ("", "wal"), ("nfs4", "delete"), ("lustre", "delete"), ("fuse.sshfs", "delete")]
)
def test_the_journal_is_one_that_the_file_system_can_do(tmp_path, monkeypatch, kind, mode):
    monkeypatch.setattr(database, "_file_system", lambda folder: kind)
    opened = Database(tmp_path / "new.sqlite")
    assert opened.journal_mode == mode
    assert opened.reader().execute("PRAGMA journal_mode").fetchone()[0] == mode
    opened.close()


def test_a_database_that_was_moved_to_a_network_changes_its_journal(tmp_path, monkeypatch):
    with Home(tmp_path) as home:
        assert home.database.journal_mode == "wal"
    monkeypatch.setattr(database, "_file_system", lambda folder: "nfs")
    with Home(tmp_path) as home, home.database.write() as session:
        session.add(Prompt(text="a bear"))
        assert home.database.journal_mode == "delete"


MOUNTS = """\
rootfs / ext4 rw 0 0
box:/data /data nfs4 rw 0 0
auto /scratch autofs rw 0 0
box:/scratch /scratch lustre rw 0 0
disk /data/local xfs rw 0 0
box:/x /my\\040pictures cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/data/a", "nfs4"),
        ("/data/local/a", "xfs"),
        ("/database", "ext4"),
        ("/scratch/a/b", "lustre"),
        ("/my pictures/a", "cifs"),
    ],
)
def test_a_folder_is_on_the_deepest_and_latest_mount(tmp_path, folder, kind):
    assert file_system_in(MOUNTS, type(tmp_path)(folder)) == kind


def test_a_system_without_a_mount_table_names_no_file_system(tmp_path):
    assert file_system_in("", tmp_path) == ""


def test_each_connection_waits_checks_references_and_is_fast_to_commit(home):
    with home.database.write() as session:
        written = [session.execute(text(f"PRAGMA {name}")).scalar() for name in ("foreign_keys", "synchronous")]
        assert session.execute(text("PRAGMA busy_timeout")).scalar() == 10_000
    assert written == [1, 1]
    assert home.database.reader().execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_a_reader_refuses_to_write(home):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        home.database.reader().execute("DELETE FROM prompt")


def test_a_reader_sees_what_was_committed_and_nothing_before(home):
    count = "SELECT count(*) FROM prompt WHERE id > 0"
    with home.database.write() as session:
        session.add(Prompt(text="a bear"))
        session.flush()
        assert home.database.reader().execute(count).fetchone()[0] == 0
    assert home.database.reader().execute(count).fetchone()[0] == 1


def test_a_transaction_that_raises_leaves_nothing(home):
    with suppress(KeyError), home.database.write() as session:
        session.add(Prompt(text="a bear"))
        session.flush()
        raise KeyError
    assert home.database.reader().execute("SELECT count(*) FROM prompt WHERE id > 0").fetchone()[0] == 0


def test_what_a_transaction_returned_can_be_read_after_it(home):
    with home.database.write() as session:
        prompt = Prompt(text="a bear")
        session.add(prompt)
    assert prompt.text == "a bear"


def test_a_folder_whose_name_has_signs_of_an_address_is_written_and_read(tmp_path):
    with Home(tmp_path / "100% what? #1 & é") as home:
        with home.database.write() as session:
            session.add(Prompt(text="a bear"))
        assert home.database.reader().execute("SELECT count(*) FROM prompt").fetchone()[0] == 2


def test_threads_have_readers_of_their_own_and_closing_closes_them_all(home):
    readers, opened, closed = [], threading.Barrier(3), threading.Barrier(3)

    def read():
        readers.append(home.database.reader())
        opened.wait()
        closed.wait()

    threads = [threading.Thread(target=read, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    readers.append(home.database.reader())
    opened.wait()
    home.close()
    assert len(set(map(id, readers))) == 3
    for reader in readers:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            reader.execute("SELECT 1")
    closed.wait()
    for thread in threads:
        thread.join()


def test_the_reader_of_a_thread_that_ended_is_closed(home):
    readers = []
    thread = threading.Thread(target=lambda: readers.append(home.database.reader()))
    thread.start()
    thread.join()
    assert home.database.reader() is home.database.reader()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        readers[0].execute("SELECT 1")


def test_closing_twice_is_fine_and_leaves_one_file(tmp_path):
    home = Home(tmp_path)
    with home.database.write() as session:
        session.add(Prompt(text="a bear"))
    home.database.reader().execute("SELECT 1")
    home.close()
    home.close()
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["widespectrum.sqlite"]


def test_a_full_disk_is_said_and_what_was_stored_is_still_there(home, full_disk):
    with home.database.write() as session:
        session.add(Prompt(text="a bear"))
    said = pytest.raises(HomeUnusable, match=r"can't be written: .*nothing was changed")
    with full_disk(0), said, home.database.write() as session:
        session.add(Prompt(text="a cub"))
    with home.database.write() as session:
        session.add(Prompt(text="a kite"))
    rows = home.database.reader().execute("SELECT text FROM prompt WHERE id > 0").fetchall()
    assert [row[0] for row in rows] == ["a bear", "a kite"]


def test_no_space_is_said_in_the_words_of_the_system(home):
    said = pytest.raises(HomeUnusable, match="No space left on device; nothing was changed")
    with said, home.database.write() as session:
        pages = session.execute(text("PRAGMA page_count")).scalar()
        session.execute(text(f"PRAGMA max_page_count={pages}"))  # SQLite then reports what it does on a full disk
        session.add_all(Prompt(text="a bear " * 1000 + str(number)) for number in range(50))
    assert home.database.reader().execute("SELECT count(*) FROM prompt WHERE id > 0").fetchone()[0] == 0


def test_damage_that_is_met_while_writing_is_said(tmp_path):
    with Home(tmp_path) as home, home.database.write() as session:
        session.add_all(Prompt(text=f"a bear, number {number}") for number in range(2000))
    path = tmp_path / "widespectrum.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'prompt'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    whole = bytearray(path.read_bytes())
    whole[(page - 1) * size : page * size] = b"\xa5" * size
    path.write_bytes(whole)
    with Home(tmp_path) as home, pytest.raises(NotADatabase, match="damaged"), home.database.write() as session:
        session.add(Prompt(text="a cub"))


def test_a_database_that_another_keeps_to_itself_is_said(home, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    with closing(sqlite3.connect(home.database.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HomeUnusable, match="locked"), home.database.write() as session:
            session.add(Prompt(text="a bear"))


OPEN_MANY = """
import sys
from store import Home
print("ready", flush=True)
sys.stdin.readline()
for number in range(12):
    with Home(f"{sys.argv[1]}/{number}") as home:
        assert home.database.reader().execute("SELECT count(*) FROM prompt").fetchone()[0] == 1
"""

WRITE_MANY = """
import sys
from store import Home, records
print("ready", flush=True)
sys.stdin.readline()
home = Home(sys.argv[1])
for number in range(15):
    with home.database.write() as session:
        records.prompt_id(session, f"shared {number}")
        records.prompt_id(session, f"{sys.argv[2]} {number}")
    home.database.reader().execute("SELECT count(*) FROM prompt").fetchone()
home.close()
"""


def together(script, *arguments):
    """Run a script in four processes that begin at the same moment; their complaints."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [
        subprocess.Popen([sys.executable, "-c", script, *arguments, str(number)], **pipes) for number in range(4)
    ]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    return [process.communicate()[1] for process in processes]


def test_processes_that_open_a_new_home_at_the_same_moment_all_succeed(tmp_path):
    assert together(OPEN_MANY, str(tmp_path)) == [""] * 4


def test_processes_that_write_at_the_same_time_wait_for_each_other(tmp_path):
    assert together(WRITE_MANY, str(tmp_path)) == [""] * 4
    with Home(tmp_path) as home:
        assert home.database.reader().execute("SELECT count(*) FROM prompt WHERE id > 0").fetchone()[0] == 15 * 5


def test_opening_a_home_twice_in_one_process_gives_up_no_lock_that_another_process_must_see(tmp_path):
    """It would delete the journal as it ends, and what we write then would be lost."""
    with Home(tmp_path) as home:
        reader = home.database.reader()
        assert reader.execute("SELECT count(*) FROM prompt").fetchone()[0] == 1
        Home(tmp_path).close()
        code = "import sys; from store import Home; Home(sys.argv[1]).close()"
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
        with home.database.write() as session:
            session.add(Prompt(text="a bear"))
        assert reader.execute("SELECT count(*) FROM prompt").fetchone()[0] == 2
    with Home(tmp_path) as later:
        assert later.database.reader().execute("SELECT count(*) FROM prompt").fetchone()[0] == 2


@pytest.mark.parametrize("file_system", ["ext4", "nfs"])
def test_a_snapshot_sees_one_moment_while_others_commit(tmp_path, monkeypatch, file_system):
    monkeypatch.setattr(database, "_file_system", lambda folder: file_system)
    monkeypatch.setattr(database, "BUSY_SECONDS", 1)
    count = "SELECT count(*) AS n FROM prompt"
    with Home(tmp_path) as home:
        with home.database.snapshot() as reader:
            before = reader.execute(count).fetchone()["n"]
            with home.database.write() as session:
                session.add(Prompt(text="meanwhile"))
            assert reader.execute(count).fetchone()["n"] == before
        with home.database.snapshot() as reader:
            assert reader.execute(count).fetchone()["n"] == before + 1


def test_nothing_can_be_written_through_a_snapshot(home):
    with home.database.snapshot() as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("INSERT INTO prompt (text) VALUES ('a bear')")


def test_a_database_that_was_deleted_is_not_written_into_nothing_nor_made_again(home):
    with home.database.write() as session:
        session.add(Prompt(text="a bear"))
    home.database.path.unlink()
    with pytest.raises(HomeUnusable, match="not there any more"), home.database.write() as session:
        session.add(Prompt(text="a cub"))
    home.close()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        home.database.reader()
    assert not home.database.path.exists()
