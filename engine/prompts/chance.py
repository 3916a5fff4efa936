"""Draws that depend on their key alone.

`random.Random` promises the same `random()` in every Python, but not the same `sample` or `choice`; ranking by
digest needs no promise, and a draw does not change when others are added before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256


def shuffled(items: Iterable[str], *key: object) -> list[str]:
    """The items in an order that depends on `key` and on each item alone."""
    prefix = "\x1f".join(map(str, key))
    return sorted(items, key=lambda item: sha256(f"{prefix}\x1f{item}".encode()).digest())
