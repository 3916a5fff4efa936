"""A database in memory whose rows a test writes itself, so that it can compute from the same rows another way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from store import migrations


@contextmanager
def raw_store() -> Iterator[sqlite3.Connection]:
    """An empty database of the newest version, as readers see one."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    migrations.migrate(connection)
    yield connection
    connection.close()


DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "source": {"version": "1", "kind": "generator", "base": "", "about": ""},
    "scorer": {"version": "1", "origin": "here", "role": "control", "kind": "dual", "reads_prompt": 1, "about": ""},
    "image": {"kind": "generated", "provenance": "{}", "created": 0.0},
    "pair": {"writer": "1", "created": 0.0},
    "pair_dimension": {"effect": "", "strength": 0.5, "asked": 1},
    "witness": {"probe_id": 1, "original": 0.0, "wide": 0.0},
    "verdict": {"at": 0.0, "fidelity": "pixels", "order_shown": "wide-original"},
    "withdrawal": {"at": 0.0},
    "score": {"truncated": 0},
    "margin": {"oiop": None, "oidp": 0.0, "diop": None, "didp": 0.0, "truncated": 0},
}


def add(store: sqlite3.Connection, table: str, **values: Any) -> int:
    """A row; what is not named has its default. Returns its id."""
    row = {**DEFAULTS.get(table, {}), **values}
    names, places = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    return store.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values())).lastrowid or 0


def add_images(store: sqlite3.Connection, count: int) -> None:
    """Images 1 … count, all of one file."""
    add(store, "blob", sha256="0", suffix=".png", size=1, width=8, height=6)
    for number in range(1, count + 1):
        add(store, "image", id=number, key=str(number), sha256="0")


def add_pair(
    store: sqlite3.Connection, source: int, original: int, wide: int, seed: int, images: tuple[int, int]
) -> int:
    """A pair of two prompts, which are made where they are missing."""
    for prompt in (original, wide):
        store.execute("INSERT OR IGNORE INTO prompt (id, text) VALUES (?, ?)", (prompt, f"prompt {prompt}"))
    key = f"pair {store.execute('SELECT count(*) FROM pair').fetchone()[0]}"
    prompts = {"original_prompt_id": original, "wide_prompt_id": wide}
    made = {"original_image_id": images[0], "wide_image_id": images[1]}
    return add(store, "pair", key=key, source_id=source, seed=seed, **prompts, **made)
