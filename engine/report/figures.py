"""Computes the report of a home."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from engine.boards import Board, board, boards
from engine.naming import version_keys
from engine.prompts import emotions
from engine.report import judges
from engine.report.doses import by_strength
from engine.report.obedience import generators, in_order, probes
from engine.statistics.bootstrap import FEWEST_CLUSTERS, Bootstrap
from engine.statistics.clusters import Row, cluster_sums
from engine.statistics.f1 import f1
from engine.statistics.intervals import CONFIDENCE
from store import Home
from store.queries import pairs, tallies

Progress = Callable[[str], None]
"""Told, as a short text, which part is computed next."""


def report(
    home: Home,
    *,
    leave_truncated_out: bool = False,
    resamples: int = 2000,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Every figure of a home, as plain JSON values: no NaN, and None where there is nothing to say.

    All figures are of one moment, so that they agree with each other while a run goes on.

    Args:
        leave_truncated_out: leave out the pairs whose wide prompt was cut by the scorer's text limit.
        resamples, seed: of the bootstrap behind the intervals.
        progress: told what is computed next.
    """
    bootstrap, tell = Bootstrap(resamples, seed), progress or (lambda _: None)
    with home.database.snapshot() as reader:
        failures = tallies.failures(reader)
        return {
            "program": f"widespectrum {version('widespectrum')}",
            "pairs": pairs.count_pairs(reader),
            "leave_truncated_out": leave_truncated_out,
            "intervals": _intervals(bootstrap),
            "failed": {f"{row['stage']} {row['model']}": row["n"] for row in failures},
            "scorers": _scorers(reader, bootstrap, leave_truncated_out, failures, tell),
            "judges": judges.figures(reader, bootstrap),
            "probes": _probes(reader, bootstrap, tell),
            "generators": generators(reader, bootstrap, tell),
            "doses": _doses(reader, bootstrap, leave_truncated_out, tell),
            **_boards(reader, bootstrap, tell),
        }


def _intervals(bootstrap: Bootstrap) -> dict[str, Any]:
    """How the intervals were made."""
    return {
        "confidence": CONFIDENCE,
        "method": "bias-corrected and accelerated bootstrap over clusters; analytic "
        f"below {FEWEST_CLUSTERS} clusters, and where nothing varies",
        "clusters": "original prompts; of collections and the emotion test the photographs or original images",
        "resamples": bootstrap.resamples,
        "seed": bootstrap.seed,
    }


def _scorers(
    reader: sqlite3.Connection, bootstrap: Bootstrap, leave_out: bool, failures: Sequence[Row], tell: Progress
) -> dict[str, Any]:
    rows = pairs.scorers(reader)
    keys = version_keys(rows)
    sources = version_keys(pairs.sources(reader))
    failed = {row["model"]: row["n"] for row in failures if row["stage"] == "score"}
    truncated = {key: int(sum(row["truncated"] for row in of)) for key, of in _grouped(tallies.by_scorer(reader))}
    overall = dict(_grouped(tallies.by_scorer(reader, leave_out)))
    by_dimension = _nested(tallies.by_dimension(reader, leave_out), "dimension")
    by_source = _nested(tallies.by_source(reader, leave_out), "source_id")
    by_emotion = _nested(tallies.by_effect(reader, emotions.DIMENSION, leave_out), "source_id")
    found = {}
    for row in rows:
        scorer = row["id"]
        tell(f"{keys[scorer]}: preference, margin and AUROC")
        dimensions = {name: by_dimension[scorer][name] for name in in_order(by_dimension[scorer])}
        found[keys[scorer]] = {
            **{name: row[name] for name in ("role", "version", "origin")},
            "reads_prompt": bool(row["reads_prompt"]),
            **_first(overall.get(scorer, []), bootstrap),
            "truncated": truncated.get(scorer, 0),
            "failed": failed.get(f"{row['name']} {row['version']}", 0) if row["origin"] == "here" else 0,
            **_over_pairs(reader, scorer, bootstrap, leave_out),
            "dimensions": {name: _cell(of, bootstrap) for name, of in dimensions.items()},
            "sources": {sources[source]: _cell(of, bootstrap) for source, of in by_source[scorer].items()},
            "emotions": {sources[source]: _emotions(of, bootstrap) for source, of in by_emotion[scorer].items()},
        }
    return found


def _first(rows: Sequence[Row], bootstrap: Bootstrap) -> dict[str, Any]:
    """How often each image came first, over all pairs."""
    n, wins, ties = cluster_sums(rows, "n", "wins", "ties")
    preference = bootstrap.share(n, wins)
    return {
        "pairs": int(n.sum()),
        "ties": int(ties.sum()),
        "preference": preference.as_dict(),
        "original_first": bootstrap.share(n, n - wins - ties).as_dict(),
        "f1": f1(preference).as_dict(),
    }


def _cell(rows: Sequence[Row], bootstrap: Bootstrap) -> dict[str, Any]:
    n, wins, margins = cluster_sums(rows, "n", "wins", "margins")
    return {"preference": bootstrap.share(n, wins).as_dict(), "margin": bootstrap.mean(n, margins).as_dict()}


def _emotions(rows: Sequence[Row], bootstrap: Bootstrap) -> dict[str, Any]:
    """Of one source: emotion -> how often its image came first under its own prompt, and how often not."""
    found = {}
    for name, of in _by(rows, "effect").items():
        n, wins = cluster_sums(of, "n", "wins")
        found[name] = {
            **_first(of, bootstrap),
            "happy_at_least": bootstrap.share(n, n - wins).as_dict(),
        }
    return found


def _over_pairs(reader: sqlite3.Connection, scorer: int, bootstrap: Bootstrap, leave_out: bool) -> dict[str, Any]:
    """The figures that need each pair's values and not only their sums."""
    rows = [row for row in tallies.margins(reader, scorer) if not (leave_out and row[-1])]
    values = np.array([row[1:8] for row in rows], dtype=float).reshape(len(rows), 7)  # None becomes NaN
    cluster, (oiop, oidp, diop, didp, margin) = values[:, 0].astype(int), values[:, 2:].T

    def mean(figure: np.ndarray) -> dict[str, Any]:
        known = ~np.isnan(figure)
        _, where = np.unique(cluster[known], return_inverse=True)
        return bootstrap.mean(np.bincount(where), np.bincount(where, figure[known])).as_dict()

    return {
        "auroc": bootstrap.auroc(oidp, didp, cluster).as_dict(),
        "margin": mean(margin),
        "delta_original_prompt": mean(diop - oiop),
        "after_original_prompt": mean(diop),
    }


def _probes(reader: sqlite3.Connection, bootstrap: Bootstrap, tell: Progress) -> dict[str, Any]:
    tell("what probes witnessed, by dimension")
    return probes(reader, bootstrap)


def _doses(reader: sqlite3.Connection, bootstrap: Bootstrap, leave_out: bool, tell: Progress) -> dict[str, Any]:
    tell("sweeps of strength")
    return by_strength(reader, bootstrap, leave_out)


def _boards(reader: sqlite3.Connection, bootstrap: Bootstrap, tell: Progress) -> dict[str, Any]:
    found: dict[str, Board] = {}
    for key, scorer_id in boards(reader):
        tell(f"{key}: board")
        found[key] = board(reader, scorer_id, bootstrap.mean)
    return {
        "boards": {key: [asdict(row) for row in each.rows] for key, each in found.items()},
        "board_notes": {key: {"prompt_set": each.prompt_set, "rejected": each.rejected} for key, each in found.items()},
    }


def _by(rows: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def _grouped(rows: Iterable[Row]) -> Iterable[tuple[int, list[Row]]]:
    return _by(rows, "scorer_id").items()


def _nested(rows: Iterable[Row], column: str) -> Mapping[int, dict[Any, list[Row]]]:
    groups: Mapping[int, dict[Any, list[Row]]] = defaultdict(dict)
    for scorer, of in _grouped(rows):
        groups[scorer].update(_by(of, column))
    return groups
