"""Disks that are full and people who may not write."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@pytest.fixture
def full_disk() -> Callable[[int], AbstractContextManager]:
    """`full_disk(bytes)`: no file can grow beyond so many bytes."""

    @contextmanager
    def limit(size: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit


@pytest.fixture
def unwritable() -> Iterator[Callable[[], AbstractContextManager[Path]]]:
    """`unwritable()`: a folder that may be read and not written, not even by root while inside."""

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        @contextmanager
        def enter() -> Iterator[Path]:
            folder.chmod(0o555)
            if os.geteuid() == 0:
                os.seteuid(NOBODY)
            try:
                yield folder
            finally:
                os.seteuid(os.getuid())
                folder.chmod(0o755)

        yield enter


@pytest.fixture
def everything_in() -> Callable[[Path], dict[str, bytes | None]]:
    """`everything_in(folder)`: each file's bytes by path; None for a folder."""

    def read(folder: Path) -> dict[str, bytes | None]:
        return {str(path): None if path.is_dir() else path.read_bytes() for path in sorted(folder.rglob("*"))}

    return read
