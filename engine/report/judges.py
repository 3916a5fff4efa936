"""What a report says of judges themselves: how steady they are, what they said over all pairs, and what they cost."""

from __future__ import annotations

import sqlite3
from typing import Any

from engine.naming import version_keys
from engine.statistics.bootstrap import Bootstrap
from engine.statistics.clusters import cluster_sums
from store.queries import judges


def figures(reader: sqlite3.Connection, bootstrap: Bootstrap) -> dict[str, Any]:
    """Each judge's figures, as plain JSON values."""
    rows = judges.judges(reader)
    keys = version_keys(rows)
    costs = {row["scorer_id"]: row for row in judges.costs(reader)}
    choices = judges.choices(reader)
    found = {}
    for row in rows:
        said = [each for each in choices if each["scorer_id"] == row["id"]]
        n, alike, wide, original, ties = cluster_sums(said, "n", "agreed", "wide", "original", "ties")
        cost = costs.get(row["id"])
        found[keys[row["id"]]] = {
            "version": row["version"],
            "pairs": int(n.sum()),
            "alike": bootstrap.share(n, alike).as_dict(),
            **{name: int(each.sum()) for name, each in (("wide", wide), ("original", original), ("ties", ties))},
            **{name: cost[name] if cost else 0 for name in ("answers", "unusable")},
            **{name: cost[name] if cost else None for name in ("tokens", "cost")},
        }
    return found
