"""The home: the folder that holds one database with its images, thumbnails and logs."""

from __future__ import annotations

import os
from pathlib import Path

from store.database import Database
from store.errors import HomeUnusable

VARIABLE = "WIDESPECTRUM_HOME"


def default_home() -> Path:
    """`WIDESPECTRUM_HOME`, or else the user's data folder of the platform."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    from platformdirs import user_data_path

    return user_data_path("widespectrum", appauthor=False)


class Home:
    """One open home.

    Args:
        folder: made if missing; by default `default_home()`.

    Raises:
        HomeUnusable: it can't be made or written.
        NotADatabase, NewerDatabase: see `Database`.
    """

    def __init__(self, folder: Path | str | None = None):
        self.folder = Path(folder or default_home()).expanduser().absolute()
        self._make(self.folder)
        if not os.access(self.folder, os.W_OK):
            raise HomeUnusable(f"home {self.folder}: you may not write there")
        self.database = Database(self.folder / "widespectrum.sqlite")  # first, as it may refuse the file that is there
        self._make(self.images, self.thumbnails, self.logs)

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
    def logs(self) -> Path:
        """One log file per worker."""
        return self.folder / "logs"

    def close(self) -> None:
        """Close the database, for every thread."""
        self.database.close()

    def __enter__(self) -> Home:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
