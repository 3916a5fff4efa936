"""Features that were computed in this run, so that an image or a text is encoded once for all its cells."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

IMAGES, TEXTS = 1024, 8192
"""How many of each are kept, of all scorers together."""


class Features:
    """The latest features, the longest unused forgotten first."""

    def __init__(self, capacity: int):
        self._capacity = capacity
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any | None:
        """The features under a key, or None."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: Hashable, features: Any) -> None:
        """Keep features under a key."""
        self._kept[key] = features
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
