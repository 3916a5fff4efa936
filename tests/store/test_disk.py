"""The system says why nothing can be written."""

from __future__ import annotations

import errno
import os

from store.disk import refusal


def test_a_folder_that_can_be_written_is_not_refused_and_stays_empty(tmp_path):
    assert refusal(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_in_the_words_of_the_system(tmp_path, full_disk, unwritable):
    with full_disk(1000):
        assert refusal(tmp_path) == os.strerror(errno.EFBIG)
    with unwritable() as folder:
        assert refusal(folder) == os.strerror(errno.EACCES)
    assert refusal(tmp_path / "gone") == os.strerror(errno.ENOENT)
    assert list(tmp_path.iterdir()) == []
