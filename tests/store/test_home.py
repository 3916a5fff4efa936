"""The folder that holds a database with its images, thumbnails and logs."""

from __future__ import annotations

import errno
import os
import re
from functools import partial

import pytest

from store import Home, HomeUnusable, NotADatabase, default_home, migrations
from store.tables import Prompt


def test_a_new_home_has_its_folders_and_its_database(tmp_path):
    with Home(tmp_path / "a" / "b") as home:
        assert home.images.is_dir()
        assert home.thumbnails.is_dir()
        assert home.logs.is_dir()
        assert home.database.path == tmp_path / "a" / "b" / "widespectrum.sqlite"


def test_the_default_home_is_what_the_variable_names(tmp_path, monkeypatch):
    monkeypatch.setenv("WIDESPECTRUM_HOME", str(tmp_path / "named"))
    with Home() as home:
        assert home.folder == tmp_path / "named"


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_the_default_home_is_the_users_data_folder(monkeypatch, value):
    monkeypatch.setattr(os, "environ", {"HOME": "/nowhere", **({} if value is None else {"WIDESPECTRUM_HOME": value})})
    assert default_home().name == "widespectrum"
    assert str(default_home()).startswith("/nowhere")


def test_a_tilde_stands_for_the_users_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with Home("~/pictures") as home:
        assert home.folder == tmp_path / "pictures"


def test_a_relative_home_stays_where_it_was_when_the_folder_changes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Home("here") as home:
        monkeypatch.chdir("/")
        assert home.images == tmp_path / "here" / "images"
        with home.database.write() as session:
            session.add(Prompt(text="a bear"))


@pytest.mark.parametrize("place", ["file", "file/inside"])
def test_a_home_that_is_a_file_is_an_error_that_names_it(tmp_path, everything_in, place):
    (tmp_path / "file").write_text("mine")
    before = everything_in(tmp_path)
    with pytest.raises(HomeUnusable, match="file"):
        Home(tmp_path / place)
    assert everything_in(tmp_path) == before


def test_a_home_that_cannot_be_made_is_an_error_that_names_it(unwritable):
    with unwritable() as folder, pytest.raises(HomeUnusable, match="ermission denied") as caught:
        Home(folder / "home")
    assert str(folder) in str(caught.value)


def test_a_home_below_a_folder_that_may_not_be_entered_is_an_error_that_names_it(unwritable, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    for open_home in (Home, Home.to_read, partial(Home, read_only=True)):
        with unwritable(), pytest.raises(HomeUnusable, match="ermission denied") as caught:
            open_home(locked / "home")
        assert str(locked / "home") in str(caught.value)
    locked.chmod(0o755)


def test_a_folder_that_may_not_be_written_is_an_error_and_stays_empty(unwritable):
    with unwritable() as folder:
        with pytest.raises(HomeUnusable, match=str(folder)):
            Home(folder)
        assert list(folder.iterdir()) == []


def test_a_home_that_may_only_be_read_is_an_error_and_stays_as_it_was(unwritable, everything_in):
    with unwritable() as folder:
        pass
    Home(folder).close()
    before = everything_in(folder)
    with unwritable(), pytest.raises(HomeUnusable, match=f"{folder}.*Permission denied"):
        Home(folder)
    assert everything_in(folder) == before


COUNT = "SELECT count(*) FROM prompt WHERE id > 0"


def add_prompt(home, words):
    with home.database.write() as session:
        session.add(Prompt(text=words))


def test_a_home_that_may_only_be_read_is_read_and_stays_as_it_was(unwritable, everything_in):
    with unwritable() as folder:
        pass
    with Home(folder) as home:
        add_prompt(home, "a bear")
    before = everything_in(folder)
    with unwritable(), Home.to_read(folder) as home:
        assert home.database.reader().execute(COUNT).fetchone()[0] == 1
        assert "Permission denied" in home.remark
        assert "read as it lies on the disk, as nobody is writing it now" in home.remark
        with pytest.raises(HomeUnusable, match="opened for reading only"), home.database.write():
            pass
    assert everything_in(folder) == before


def test_where_another_writes_a_home_that_may_only_be_read_shows_what_was_just_written(unwritable):
    with unwritable() as folder:
        pass
    with Home(folder) as writer:
        add_prompt(writer, "a bear")
        with unwritable(), Home(folder, read_only=True) as home:
            assert home.remark == ""
            add_prompt(writer, "a cub")
            assert home.database.reader().execute(COUNT).fetchone()[0] == 2


def test_a_home_that_may_only_be_read_shows_what_is_written_by_one_who_begins_later(unwritable):
    with unwritable() as folder:
        pass
    with Home(folder) as before:
        add_prompt(before, "a bear")
    with unwritable():
        home = Home(folder, read_only=True)
        assert home.database.reader().execute(COUNT).fetchone()[0] == 1
    folder.chmod(0o755)
    with home, Home(folder) as writer:
        add_prompt(writer, "a cub")
        with unwritable():
            reader = home.database.reader()
            assert reader.execute(COUNT).fetchone()[0] == 2
            version = reader.execute("PRAGMA data_version").fetchone()[0]
            add_prompt(writer, "a kite")
            assert home.database.reader() is reader
            assert reader.execute("PRAGMA data_version").fetchone()[0] != version
            assert reader.execute(COUNT).fetchone()[0] == 3


def test_a_journal_that_can_not_be_read_is_told(unwritable):
    with unwritable() as folder:
        pass
    with Home(folder) as home:
        add_prompt(home, "a bear")
        kept = {path.name: path.read_bytes() for path in folder.glob("widespectrum.sqlite*")}
    for name, data in kept.items():
        if not name.endswith("-shm"):
            (folder / name).write_bytes(data)
    with unwritable(), Home(folder, read_only=True) as home:
        assert re.search(r"without the \d+ KiB in its journal", home.remark)


@pytest.mark.parametrize(
    "look",
    [Home.to_read, partial(Home, read_only=True), partial(Home, make=False)],
    ids=["to_read", "read_only", "make"],
)
def test_a_home_that_is_not_there_is_not_made_by_looking(tmp_path, look):
    with pytest.raises(HomeUnusable, match=f"there is no home at {tmp_path / 'home'}: .*widespectrum demo"):
        look(tmp_path / "home")
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_may_not_be_looked_into_is_not_said_to_be_missing(unwritable):
    with unwritable() as folder:
        pass
    closed = folder / "closed"
    closed.mkdir(mode=0o000)
    with unwritable(), pytest.raises(HomeUnusable, match=f"{closed}.*ermission denied"):
        Home.to_read(closed)
    closed.chmod(0o755)


def test_what_an_older_version_wrote_is_not_read_before_it_is_brought_up_to_date(tmp_path, monkeypatch):
    Home(tmp_path).close()
    monkeypatch.setattr(migrations, "latest", lambda: 1 + len(migrations.scripts()))
    with pytest.raises(HomeUnusable, match="brought up to date"):
        Home(tmp_path, read_only=True)


def test_a_database_without_contents_beside_images_is_refused_and_left_as_it_was(tmp_path, everything_in):
    with Home(tmp_path) as home:
        (home.images / "ab").mkdir()
    (tmp_path / "widespectrum.sqlite").write_bytes(b"")
    before = everything_in(tmp_path)
    with pytest.raises(NotADatabase, match="has lost its contents"):
        Home(tmp_path)
    assert everything_in(tmp_path) == before


def test_a_folder_where_the_system_says_no_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(HomeUnusable, match="may not write"):
        Home(tmp_path)
    assert list(tmp_path.iterdir()) == []


STRANGE = {
    "a folder": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/null"),
    "nothing is there": lambda path: path.symlink_to(path.parent / "gone.sqlite"),
}


@pytest.mark.parametrize("what", STRANGE)
@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_no_file_in_the_place_of_the_database_is_named_and_left_as_it_was(tmp_path, what, read_only):
    STRANGE[what](tmp_path / "widespectrum.sqlite")
    with pytest.raises(HomeUnusable, match=rf"widespectrum\.sqlite: can't be read: it is .*{what}"):
        Home(tmp_path, read_only=read_only)
    assert [path.name for path in tmp_path.iterdir()] == ["widespectrum.sqlite"]


def test_a_file_in_the_place_of_the_images_is_an_error(tmp_path):
    (tmp_path / "images").write_text("mine")
    with pytest.raises(HomeUnusable, match="can't be made"):
        Home(tmp_path)
    assert (tmp_path / "images").read_text() == "mine"


@pytest.mark.parametrize("size", [0, 20_000])
def test_a_home_on_a_full_disk_is_an_error_and_opens_once_there_is_room(tmp_path, full_disk, size):
    with full_disk(size), pytest.raises(HomeUnusable, match=r"widespectrum\.sqlite"):
        Home(tmp_path)
    with Home(tmp_path) as home, home.database.write() as session:
        session.add(Prompt(text="a bear"))


def test_a_home_on_a_full_disk_is_read_and_the_system_says_why_it_is_not_written(tmp_path, full_disk):
    with Home(tmp_path) as home:
        add_prompt(home, "a bear")
    with full_disk(0), Home.to_read(tmp_path) as home:
        assert home.database.reader().execute(COUNT).fetchone()[0] == 1
        assert os.strerror(errno.EFBIG) in home.remark
    with Home(tmp_path) as home:
        add_prompt(home, "a cub")


def test_the_home_of_a_user_that_there_is_not_is_an_error(monkeypatch):
    with pytest.raises(HomeUnusable, match="~nobody-of-that-name/pictures"):
        Home("~nobody-of-that-name/pictures")
    monkeypatch.setenv("WIDESPECTRUM_HOME", "~nobody-of-that-name")
    with pytest.raises(HomeUnusable, match="~nobody-of-that-name"):
        default_home()
