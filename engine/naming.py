"""How the versions of one scorer or source are told apart where a name is the key: in reports and on boards."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Row: TypeAlias = sqlite3.Row | Mapping[str, Any]


def version_keys(rows: Sequence[Row]) -> dict[int, str]:
    """id -> key, for rows of `scorer` or `source`: versions are never merged, so each has a key of its own.

    The newest version bears the plain name, one that worked here before one that was imported; each other is
    `name@version`, and where that is taken too, `name@version@origin`.
    """
    keys: dict[int, str] = {}
    for row in sorted(rows, key=_newest_first):
        facts = dict(row)
        candidates = (row["name"], f"{row['name']}@{row['version']}")
        last = f"{candidates[1]}@{facts.get('origin', row['id'])}"
        keys[row["id"]] = next((key for key in candidates if key not in keys.values()), last)
    return keys


def _newest_first(row: Row) -> tuple[bool, int]:
    return dict(row).get("origin", "here") != "here", -row["id"]
