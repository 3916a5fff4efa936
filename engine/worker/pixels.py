"""Decoded images, kept as long as they are likely to be needed again: a pair is edited, measured and scored in turn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from store import BrokenImage, Home
from store.blobs import open_blob

MOST_BYTES = 256 * 2**20


class Pixels:
    """The latest decoded images, up to `MOST_BYTES` in all."""

    def __init__(self, home: Home, pool: ThreadPoolExecutor):
        self._home, self._pool = home, pool
        self._kept: OrderedDict[str, Image.Image] = OrderedDict()
        self._bytes = 0

    def put(self, sha256: str, image: Image.Image) -> None:
        """Keep an image whose blob decodes to exactly these pixels."""
        if sha256 not in self._kept:
            self._kept[sha256] = image
            self._bytes += _size(image)
        self._kept.move_to_end(sha256)
        while self._bytes > MOST_BYTES and len(self._kept) > 1:
            self._bytes -= _size(self._kept.popitem(last=False)[1])

    def of(self, files: Mapping[str, str]) -> dict[str, Image.Image | BrokenImage]:
        """sha256 -> image, or the reason why it can't be read, for each sha256 -> suffix of a blob."""
        missing = [sha256 for sha256 in files if sha256 not in self._kept]
        read = dict(zip(missing, self._pool.map(lambda each: self._open(each, files[each]), missing), strict=True))
        found = {sha256: read.get(sha256) or self._kept[sha256] for sha256 in files}
        for sha256, image in found.items():
            if isinstance(image, Image.Image):
                self.put(sha256, image)
        return found

    def _open(self, sha256: str, suffix: str) -> Image.Image | BrokenImage:
        try:
            return open_blob(self._home, sha256, suffix)
        except BrokenImage as error:
            return error


def _size(image: Image.Image) -> int:
    return image.width * image.height * 3
