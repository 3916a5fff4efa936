"""Obedience by generator and dimension, as probes, people and judges see it, and beside its base model.

A probe says whether an effect is there, a person or a pairwise judge which image follows P_a, a rating judge how much
of it an image shows. These are different quantities, and are never added up.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from engine.naming import version_keys
from engine.statistics.clusters import Row, cluster_sums
from engine.statistics.differences import mean_difference, share_difference
from engine.statistics.estimate import NOTHING, Estimate
from engine.statistics.intervals import mean_estimate, share_estimate
from engine.statistics.witnessed import witness_cells
from engine.taxonomy import DIMENSIONS
from store.queries import judges, obedience, pairs, tallies
from store.queries.obedience import By

FIGURES = ("couples", "own_n", "own_total", "base_n", "base_total")


class Estimators(Protocol):
    """How figures are made of sums by cluster: `ANALYTIC`, or a report's `Bootstrap`."""

    def share(self, n: np.ndarray, hits: np.ndarray, /) -> Estimate:
        """See `engine.statistics.intervals.share_estimate`."""

    def mean(self, n: np.ndarray, total: np.ndarray, /) -> Estimate:
        """See `engine.statistics.intervals.mean_estimate`."""

    def share_difference(
        self, couples: np.ndarray, own_n: np.ndarray, own: np.ndarray, base_n: np.ndarray, base: np.ndarray, /
    ) -> Estimate:
        """See `engine.statistics.differences.share_difference`."""

    def mean_difference(
        self, couples: np.ndarray, own_n: np.ndarray, own: np.ndarray, base_n: np.ndarray, base: np.ndarray, /
    ) -> Estimate:
        """See `engine.statistics.differences.mean_difference`."""


class _Analytic:
    share = staticmethod(share_estimate)
    mean = staticmethod(mean_estimate)
    share_difference = staticmethod(share_difference)
    mean_difference = staticmethod(mean_difference)


ANALYTIC: Estimators = _Analytic()
"""The estimators of screens."""


@dataclass(frozen=True, slots=True)
class BesideBase:
    """A generator beside its base model, over the requests (P_o, P_a, seed) of which something was said on both sides.

    Args:
        own, base: the same figure of either.
        difference: own − base; its n is how many requests (for probes: effects of requests) are compared.
    """

    own: Estimate
    base: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Judged:
    """What people, or one judge, said of the pairs of one generator.

    Args:
        wide: how often the wide image was said to follow P_a, of the verdicts for one of the images.
        picked: the same of all verdicts, ties and neither among them: the paper's llm_win.
        ties, neither: the other verdicts.
        pairs: how many pairs were judged.
    """

    wide: Estimate
    picked: Estimate
    ties: int
    neither: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Rated:
    """What one judge rated in the pairs of one generator.

    Args:
        change: the mean of how much more the wide image shows than the original one.
        after: the mean of what the wide image shows.
    """

    change: Estimate
    after: Estimate


def beside_base(
    reader: sqlite3.Connection, by: By, own: int, base: int, estimators: Estimators = ANALYTIC
) -> dict[tuple[int, str], BesideBase]:
    """(who, dimension; "" for all) → a source beside its base: see `store.queries.obedience`."""
    single = estimators.mean if by == "ratings" else estimators.share
    difference = estimators.mean_difference if by == "ratings" else estimators.share_difference
    found = {}
    for key, tables in _shown(obedience.couples(reader, by, own, base), by).items():
        couples, own_n, own_total, base_n, base_total = _summed(tables)
        found[key] = BesideBase(
            single(own_n, own_total),
            single(base_n, base_total),
            difference(couples, own_n, own_total, base_n, base_total),
        )
    return found


def judged(reader: sqlite3.Connection, by: By, estimators: Estimators = ANALYTIC) -> dict[tuple[int, int, str], Judged]:
    """(source id, who, dimension; "" for all) → what people or judges said."""
    found = {}
    for key, rows in grouped(obedience.readings(reader, by), "source_id", "who", "dimension").items():
        n, wide, ties, neither, judged_pairs = cluster_sums(rows, "n", "total", "ties", "neither", "pairs")
        decided = n > 0
        found[key] = Judged(
            wide=estimators.share(n[decided], wide[decided]),
            picked=estimators.share(n + ties + neither, wide),
            ties=int(ties.sum()),
            neither=int(neither.sum()),
            pairs=int(judged_pairs.sum()),
        )
    return found


def rated(reader: sqlite3.Connection, estimators: Estimators = ANALYTIC) -> dict[tuple[int, int, str], Rated]:
    """(source id, who, dimension) → what judges rated."""
    found = {}
    for key, rows in grouped(obedience.readings(reader, "ratings"), "source_id", "who", "dimension").items():
        n, change, after = cluster_sums(rows, "n", "total", "after")
        found[key] = Rated(estimators.mean(n, change), estimators.mean(n, after))
    return found


def shown_in(dimension: str) -> tuple[str, ...]:
    """Where an effect of a dimension counts: in all (""), in its dimension, and in those that this is related to."""
    return "", dimension, *(DIMENSIONS[dimension].related if dimension in DIMENSIONS else ())


def _shown(rows: Iterable[Row], by: By) -> dict[tuple[int, str], list[np.ndarray]]:
    """(who, dimension) → tables of cluster and `FIGURES`, of all that counts there; for probes, "" too."""
    found: dict[tuple[int, str], list[np.ndarray]] = defaultdict(list)
    for (who, dimension), of in grouped(rows, "who", "dimension").items():
        table = np.array([[row[name] for name in ("cluster", *FIGURES)] for row in of], float)
        for shown in shown_in(dimension) if by == "probes" else (dimension,):
            found[who, shown].append(table)
    return found


def _summed(tables: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Columns [G] by cluster, in the order of the clusters, of tables [rows, cluster and columns]."""
    table = np.concatenate(tables)
    clusters, where = np.unique(table[:, 0], return_inverse=True)
    return [np.bincount(where, column, len(clusters)) for column in table[:, 1:].T]


def grouped(rows: Iterable[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    """Rows by their values of some columns."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in names)].append(row)
    return groups


@dataclass(frozen=True, slots=True)
class Witness:
    """Who says something of obedience.

    Args:
        by: what kind of reading it gives.
        who: a judge's scorer id, or 0.
        name: as it is shown: `probes`, `people`, or a judge's.
    """

    by: By
    who: int
    name: str

    @property
    def key(self) -> str:
        """Names it among the cells."""
        return f"{self.by}{self.who or ''}"


@dataclass(frozen=True, slots=True)
class Obeyed:
    """What one witness says of one generator in one dimension.

    Args:
        figure: a share, or of ratings a mean change.
        said: of how many effects (probes) or pairs (others) something is said.
        asked: how many there are.
        ties, neither: verdicts that chose no image.
        beside: the same beside its base; None without a base that made the same requests.
    """

    figure: Estimate
    said: int
    asked: int
    ties: int = 0
    neither: int = 0
    beside: BesideBase | None = None

    @property
    def coverage(self) -> float | None:
        """Of what share of what was asked something is said."""
        return self.said / self.asked if self.asked else None


Cells = dict[tuple[int, int, str], Obeyed]
"""By (source id, who, dimension; "" for all)."""


@dataclass(frozen=True)
class GeneratorGrid:
    """What is known of every generator's obedience.

    Args:
        sources: source id → name, of all that made their wide images.
        bases: source id → the source of its base model.
        witnesses: by key, those who said something.
        cells: by (source id, key of a witness, dimension; "" for all).
    """

    sources: Mapping[int, str]
    bases: Mapping[int, int]
    witnesses: Mapping[str, Witness]
    cells: Mapping[tuple[int, str, str], Obeyed]


def generator_sources(reader: sqlite3.Connection) -> list[sqlite3.Row]:
    """The sources with pairs that made their wide images; a collection of photographs obeys no prompt."""
    return [row for row in pairs.sources(reader) if row["kind"] != "collection" and row["pairs"]]


def generator_grid(reader: sqlite3.Connection) -> GeneratorGrid:
    """Everything at once, with analytic intervals."""
    sources, names = version_keys(generator_sources(reader)), version_keys(judges.judges(reader))
    bases = {own: base for own, base in obedience.bases(reader).items() if own in sources}
    witnesses: dict[str, Witness] = {}
    cells: dict[tuple[int, str, str], Obeyed] = {}
    for by, read in READ.items():
        found = read(reader)
        beside = {own: beside_base(reader, by, own, base) for own, base in bases.items()} if found else {}
        for (source, who, dimension), cell in found.items():
            if source in sources:
                witness = Witness(by, who, names[who] if who else by)
                witnesses[witness.key] = witness
                of_base = beside.get(source, {}).get((who, dimension))
                cells[source, witness.key, dimension] = replace(cell, beside=of_base)
    return GeneratorGrid(sources, bases, witnesses, cells)


def asked_by_dimension(reader: sqlite3.Connection) -> dict[str, int]:
    """Dimension, "" for all → how many effects all pairs ask for, counted as witnesses are."""
    asked: Counter[str] = Counter()
    for dimension, n in tallies.asked_by_dimension(reader).items():
        asked.update(dict.fromkeys(shown_in(dimension), n))
    return dict(asked)


def _asked(reader: sqlite3.Connection) -> Counter[tuple[int, str]]:
    asked: Counter[tuple[int, str]] = Counter()
    for row in tallies.asked(reader):
        asked.update({(row["source_id"], shown): row["n"] for shown in shown_in(row["dimension"])})
    return asked


def _seen(reader: sqlite3.Connection) -> Cells:
    seen = witness_cells(tallies.witnesses_by_cluster(reader, by_source=True))
    found = {}
    for (source, dimension), n in _asked(reader).items():
        cell = seen.get((source, dimension))
        share = cell.witnessed if cell else NOTHING
        found[source, 0, dimension] = Obeyed(share, share.n, n)
    return found


def _chosen(reader: sqlite3.Connection, by: By) -> Cells:
    found = judged(reader, by)
    of = obedience.pairs_by_dimension(reader) if found else {}
    return {
        (source, who, dimension): Obeyed(said.wide, said.pairs, of[source, dimension], said.ties, said.neither)
        for (source, who, dimension), said in found.items()
    }


def _rated(reader: sqlite3.Connection) -> Cells:
    found = rated(reader)
    of = obedience.pairs_by_dimension(reader) if found else {}
    return {
        (source, who, dimension): Obeyed(said.change, said.change.n, of.get((source, dimension), of[source, ""]))
        for (source, who, dimension), said in found.items()
    }


READ: Mapping[By, Callable[[sqlite3.Connection], Cells]] = {
    "probes": _seen,
    "people": partial(_chosen, by="people"),
    "judges": partial(_chosen, by="judges"),
    "ratings": _rated,
}
