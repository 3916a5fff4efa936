"""The home: the folder that holds one database with its images, thumbnails and logs."""

from __future__ import annotations

import os
from pathlib import Path

from store.database import Database
from store.disk import refusal
from store.errors import HomeUnusable, NoHome, NotADatabase

VARIABLE = "WIDESPECTRUM_HOME"
DATABASE = "widespectrum.sqlite"


def default_home() -> Path:
    """`WIDESPECTRUM_HOME`, or else the user's data folder of the platform."""
    if os.environ.get(VARIABLE):
        return whole_path(Path(os.environ[VARIABLE]))
    from platformdirs import user_data_path

    return user_data_path("widespectrum", appauthor=False)


def whole_path(folder: Path) -> Path:
    """A home's folder from the root, with `~` as the user's own. Raises `HomeUnusable` where there is no such user."""
    try:
        return folder.expanduser().absolute()
    except RuntimeError as error:
        raise HomeUnusable(f"home {folder}: {error}") from error


def _is_empty(file: Path) -> bool:
    """Whether a file is there with nothing in it; one that can't be looked at is refused where it is opened."""
    try:
        return file.is_file() and file.stat().st_size == 0
    except OSError:
        return False


class Home:
    """One open home.

    Args:
        folder: by default `default_home()`.
        read_only: change nothing; works on a full disk and where one may not write.
        make: make it if it is missing; one that is only read is never made.

    Attributes:
        remark: what whoever reads it should know of how it was opened, or nothing.

    Raises:
        HomeUnusable: it can't be made or written.
        NoHome: it is missing, and isn't to be made.
        NotADatabase, NewerDatabase: see `Database`.
    """

    def __init__(self, folder: Path | str | None = None, read_only: bool = False, make: bool = True):
        self.folder = whole_path(Path(folder or default_home()))
        path = self.folder / DATABASE
        if read_only or not make:
            self._require(path)
        if _is_empty(path) and self.images.is_dir() and any(self.images.iterdir()):
            raise NotADatabase(f"{path} is empty, but it had images: it has lost its contents; it was left as it is")
        if read_only:
            self.database = Database(path, read_only=True)
        else:
            self._make(self.folder)
            if not os.access(self.folder, os.W_OK):
                why = refusal(self.folder) or "you may not write there"
                raise HomeUnusable(f"home {self.folder} can't be written: {why}")
            self.database = Database(path)  # before the folders, as it may refuse the file that is there
            self._make(self.images, self.thumbnails, self.logs)
        self.remark = self.database.remark

    @classmethod
    def to_read(cls, folder: Path | str | None = None) -> Home:
        """Open a home that is there; for reading only if it can't be written, which `remark` says then."""
        try:
            return cls(folder, make=False)
        except HomeUnusable as error:
            try:
                home = cls(folder, read_only=True)
            except HomeUnusable:
                raise error from None
            home.remark = "; ".join(filter(None, (str(error), home.remark)))
            return home

    def _require(self, database: Path) -> None:
        try:
            database.lstat()
        except FileNotFoundError as error:
            hint = "`widespectrum add FOLDER` makes one, and `widespectrum demo` one of sample photographs"
            raise NoHome(f"there is no home at {self.folder}: {hint}") from error
        except OSError as error:
            raise HomeUnusable(f"home {self.folder}: can't be read: {error.strerror}") from error

    def _make(self, *folders: Path) -> None:
        try:
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HomeUnusable(f"home {self.folder}: can't be made or written: {error.strerror}") from error

    @property
    def images(self) -> Path:
        """Content-addressed image files."""
        return self.folder / "images"

    @property
    def thumbnails(self) -> Path:
        """Small images, by sha256 and size; may be deleted at any time."""
        return self.folder / "thumbnails"

    @property
    def sketches(self) -> Path:
        """What workers are making just now, one small file each; made by the first of them."""
        return self.folder / "sketches"

    def sketch(self, worker_id: int) -> Path:
        """Where the sketch of a worker lies while there is one."""
        return self.sketches / f"worker-{worker_id}.png"

    @property
    def logs(self) -> Path:
        """One log file per worker."""
        return self.folder / "logs"

    @property
    def is_there(self) -> bool:
        """Whether its database is where it was opened: a folder may be moved or deleted, a disk taken away."""
        return os.access(self.database.path, os.F_OK)

    def close(self) -> None:
        """Close the database, for every thread."""
        self.database.close()

    def __enter__(self) -> Home:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
