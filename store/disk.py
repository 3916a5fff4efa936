"""What the disk says of itself. SQLite knows only that it failed; the system knows why."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

TRIED_BYTES = 65536
"""More than SQLite asks for at once when it opens a database."""


def refusal(folder: Path) -> str:
    """Why nothing can be written into a folder, in the system's words (`No space left on device`); "" where it can.

    A file without a name is written, so that nothing is left behind.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(TRIED_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return ""
