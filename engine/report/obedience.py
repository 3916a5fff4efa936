"""The part of the report on obedience: what probes, people and judges say of generators, each beside its base."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.naming import version_keys
from engine.statistics.bootstrap import Bootstrap
from engine.statistics.clusters import Row
from engine.statistics.generators import (
    BesideBase,
    Judged,
    Rated,
    beside_base,
    generator_sources,
    judged,
    rated,
    shown_in,
)
from engine.statistics.obedience import Obedience, obedience
from engine.taxonomy import DIMENSIONS
from store.queries import judges, tallies
from store.queries import obedience as queries
from store.queries.judges import MAIN_CONCEPTS, REQUESTED_EFFECTS
from store.queries.obedience import READINGS, By

Beside = Mapping[By, Mapping[tuple[int, str], BesideBase]]


def probes(reader: sqlite3.Connection, bootstrap: Bootstrap) -> dict[str, Any]:
    """What probes witnessed over all sources, by dimension."""
    seen, wanted = _by_shown(tallies.witnesses(reader)), _by_shown(tallies.asked(reader))
    names = in_order(wanted.keys() - {""})
    return {name: _probes(obedience(seen.get(name, []), wanted[name], bootstrap.share)) for name in names}


def generators(reader: sqlite3.Connection, bootstrap: Bootstrap, tell: Callable[[str], None]) -> dict[str, Any]:
    """Every source that made its wide images, over all its pairs and by dimension."""
    rows = generator_sources(reader)
    keys, bases = version_keys(rows), queries.bases(reader)
    said = _Said(reader, bootstrap)
    found = {}
    for row in rows:
        own, base = row["id"], bases.get(row["id"])
        tell(f"{keys[own]}: obedience")
        beside: Beside = {by: beside_base(reader, by, own, base, bootstrap) for by in READINGS} if base else {}
        found[keys[own]] = {
            **{name: row[name] for name in ("version", "base", "pairs")},
            "beside": keys.get(base) if base else None,
            "obedience": {"probes": said.by_probes(own, "", beside), **said.by_others(own, "", beside)},
            "dimensions": {
                name: {**said.by_probes(own, name, beside), **said.by_others(own, name, beside)}
                for name in said.dimensions(own)
            },
        }
    return found


class _Said:
    """All that was said, read once for all sources."""

    def __init__(self, reader: sqlite3.Connection, bootstrap: Bootstrap):
        self._bootstrap = bootstrap
        self._seen = _by_source(tallies.witnesses(reader))
        self._wanted = _by_source(tallies.asked(reader))
        self._names = version_keys(judges.judges(reader))
        self._pairs = queries.pairs_by_dimension(reader)
        self._people, self._judges = (judged(reader, by, bootstrap) for by in ("people", "judges"))
        self._ratings = rated(reader, bootstrap)

    def dimensions(self, source: int) -> list[str]:
        """Those that something could be said of."""
        told = {name for of in (self._people, self._judges) for own, _, name in of if own == source}
        return in_order((self._wanted[source].keys() | told) - {""})

    def by_probes(self, source: int, dimension: str, beside: Beside) -> dict[str, Any]:
        """What probes witnessed."""
        seen, wanted = self._seen[source].get(dimension, []), self._wanted[source].get(dimension, [])
        found = _probes(obedience(seen, wanted, self._bootstrap.share))
        return {**found, **_beside(beside, "probes", 0, dimension)}

    def by_others(self, source: int, dimension: str, beside: Beside) -> dict[str, Any]:
        """What people and judges said; nothing of those who said nothing."""
        pairs = self._pairs.get((source, dimension), 0)
        found: dict[str, Any] = {}
        if people := self._people.get((source, 0, dimension)):
            found["people"] = {**_judged(people, pairs), **_beside(beside, "people", 0, dimension)}
        chosen = {
            name: {**_judged(self._judges[source, who, dimension], pairs), **_beside(beside, "judges", who, dimension)}
            for who, name in self._names.items()
            if (source, who, dimension) in self._judges
        }
        ratings = {
            name: {
                rating: {
                    **_rated(self._ratings[source, who, rating], pairs),
                    **_beside(beside, "ratings", who, rating),
                }
                for rating in ((dimension,) if dimension else (REQUESTED_EFFECTS, MAIN_CONCEPTS))
                if (source, who, rating) in self._ratings
            }
            for who, name in self._names.items()
        }
        ratings = {name: cells for name, cells in ratings.items() if cells}
        return {**found, **({"judges": chosen} if chosen else {}), **({"ratings": ratings} if ratings else {})}


def _probes(found: Obedience) -> dict[str, Any]:
    return {
        "witnessed": found.witnessed.as_dict(),
        "could_witness": found.could_witness,
        "asked": found.asked,
        "coverage": found.coverage,
        "single": found.single.as_dict(),
        "several": found.several.as_dict(),
    }


def _judged(found: Judged, pairs: int) -> dict[str, Any]:
    return {
        "wide": found.wide.as_dict(),
        "picked": found.picked.as_dict(),
        "ties": found.ties,
        "neither": found.neither,
        "judged": found.pairs,
        "pairs": pairs,
        "coverage": found.pairs / pairs if pairs else None,
    }


def _rated(found: Rated, pairs: int) -> dict[str, Any]:
    return {
        "change": found.change.as_dict(),
        "after": found.after.as_dict(),
        "pairs": pairs,
        "coverage": found.change.n / pairs if pairs else None,
    }


def _beside(beside: Beside, by: By, who: int, dimension: str) -> dict[str, Any]:
    found = beside.get(by, {}).get((who, dimension))
    if found is None:
        return {}
    return {"beside_base": {name: getattr(found, name).as_dict() for name in ("own", "base", "difference")}}


def _by_source(rows: Iterable[Row]) -> Mapping[int, Mapping[str, list[Row]]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["source_id"]].append(row)
    return defaultdict(dict, {source: _by_shown(of) for source, of in groups.items()})


def _by_shown(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """An effect counts in all (""), in its own dimension and in those that this one is related to, as its pair does."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for shown in shown_in(row["dimension"]):
            groups[shown].append(row)
    return groups


def in_order(dimensions: Iterable[str]) -> list[str]:
    """Those of the taxonomies in their order, then what an import called otherwise."""
    found = set(dimensions)
    return [name for name in DIMENSIONS if name in found] + sorted(found - DIMENSIONS.keys())
