"""The part of the report on sweeps: figures by strength of what was asked, so that curves can be drawn."""

from __future__ import annotations

import sqlite3
from typing import Any

from engine.naming import version_keys
from engine.report.obedience import in_order
from engine.statistics.bootstrap import Bootstrap
from engine.statistics.doses import Curve, doses
from store.queries import pairs


def by_strength(reader: sqlite3.Connection, bootstrap: Bootstrap, leave_truncated_out: bool) -> dict[str, Any]:
    """Each scorer's mean margin and the share that probes witnessed, over all swept sets and by dimension."""
    found = doses(reader, bootstrap, leave_truncated_out)
    keys = version_keys(pairs.scorers(reader))
    names = {name for _, name in found.margins} | found.witnessed.keys()

    def of(dimension: str) -> dict[str, Any]:
        curves = {keys[who]: curve for (who, name), curve in sorted(found.margins.items()) if name == dimension}
        return {
            "witnessed": _points(found.witnessed.get(dimension, {})),
            "margins": {key: _points(curve) for key, curve in curves.items()},
        }

    return {"sets": found.sets, **of(""), "dimensions": {name: of(name) for name in in_order(names - {""})}}


def _points(curve: Curve) -> list[dict[str, Any]]:
    return [{"strength": strength, **figure.as_dict()} for strength, figure in curve.items()]
