"""Arranges a report as tables for people: plain data, which the terminal, Markdown and CSV each draw in their way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.statistics.estimate import Estimate
from engine.taxonomy import DIMENSIONS
from sample_data import published

Unit = Literal["text", "count", "share", "ratio", "percentile", "number"]
Cell = str | int | float | Estimate | None


@dataclass(frozen=True)
class Column:
    """A heading, and how what stands under it is written: see `FORMATS`."""

    title: str
    unit: Unit = "text"


@dataclass(frozen=True)
class Table:
    """One table.

    Args:
        title: what it shows.
        columns: each cell of a row stands under one.
        rows: of texts, counts, plain numbers and estimates; None where there is nothing to say.
        note: what a reader must know to read it right; may have several lines.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


def tables(report: Mapping[str, Any]) -> list[Table]:
    """The tables of a report that `report` computed; those without rows are left out."""
    found = [
        _first(report),
        _values(report),
        _preferences(report, "dimensions", "Wide image first, by dimension"),
        _preferences(report, "sources", "Wide image first, by source"),
        _judges(report),
        _emotions(report),
        _witnessed(report),
        _generators(report),
        *(_board(report, key) for key in report["boards"]),
    ]
    return [table for table in found if table.rows]


def _first(report: Mapping[str, Any]) -> Table:
    scorers = report["scorers"]
    columns = (
        Column("scorer"), Column("role"), Column("pairs", "count"), Column("wide first", "share"),
        Column("original first", "share"), Column("ties", "count"), Column("F1", "ratio"), Column("AUROC", "ratio"),
    )  # fmt: skip
    rows = tuple(
        (key, _role(each), each["pairs"], *_estimates(each, "preference", "original_first"), each["ties"],
         *_estimates(each, "f1", "auroc"))
        for key, each in scorers.items()
    )  # fmt: skip
    sentences = [_sentence(key, each) for key, each in scorers.items() if each["pairs"]]
    cut = "Pairs whose wide prompt was cut are left out." if report["leave_truncated_out"] else ""
    note = "\n".join([*sentences, *([cut] if cut else []), _interval_note(report)])
    return Table("Which image each scorer puts first under the wide prompt", columns, rows, note)


def _sentence(key: str, scorer: Mapping[str, Any]) -> str:
    """How often the original came first; only of a reward model is it said that this overrules the prompt."""
    share = _shown_estimate(Estimate(**scorer["original_first"]), "share")
    blind = "" if scorer["reads_prompt"] else ", which never sees the prompt,"
    overrules = ", overruling the prompt" if scorer["role"] == "reward model" and scorer["reads_prompt"] else ""
    return f"{key} ({scorer['role']}){blind} puts the original first in {share} of pairs{overrules}."


def _role(scorer: Mapping[str, Any]) -> str:
    return scorer["role"] if scorer["reads_prompt"] else f"{scorer['role']}, prompt-blind"


def _interval_note(report: Mapping[str, Any]) -> str:
    how = report["intervals"]
    return (
        f"In brackets: {how['confidence']:.0%} intervals, {how['method']} "
        f"({how['resamples']} resamples, seed {how['seed']}). Clusters are {how['clusters']}."
    )


def _values(report: Mapping[str, Any]) -> Table:
    columns = (
        Column("scorer"), Column("margin", "number"), Column("Δ under P_o", "number"),
        Column("wide under P_o", "number"), Column("cut prompts", "count"), Column("failed", "count"),
        Column("version"),
    )  # fmt: skip
    rows = tuple(
        (key, *_estimates(each, "margin", "delta_original_prompt", "after_original_prompt"), each["truncated"],
         each["failed"], each["version"])
        for key, each in report["scorers"].items()
    )  # fmt: skip
    note = (
        "Margin: wide minus original, both under the wide prompt P_a. Δ: the same under the original prompt P_o. "
        "Each scorer has a unit of its own."
    )
    return Table("By how much", columns, rows, note)


def _preferences(report: Mapping[str, Any], by: str, title: str) -> Table:
    """Rows of dimensions or sources, columns of scorers."""
    scorers = {key: each[by] for key, each in report["scorers"].items() if each["pairs"]}
    names = list(dict.fromkeys(name for cells in scorers.values() for name in cells))
    if by == "dimensions":
        known = {name: position for position, name in enumerate(DIMENSIONS)}
        names.sort(key=lambda name: known.get(name, len(known)))
    columns = (Column(by[:-1]), *(Column(key, "share") for key in scorers))
    rows = tuple((_title(name), *(_preference(cells, name) for cells in scorers.values())) for name in names)
    note = "A pair counts in each dimension it asks for, and in those related to them." if by == "dimensions" else ""
    return Table(title, columns, rows, note)


def _preference(cells: Mapping[str, Any], name: str) -> Estimate | None:
    return Estimate(**cells[name]["preference"]) if name in cells else None


def _judges(report: Mapping[str, Any]) -> Table:
    columns = (
        Column("judge"), Column("pairs", "count"), Column("wide", "count"), Column("original", "count"),
        Column("ties", "count"), Column("both orders alike", "share"), Column("answers", "count"),
        Column("of no use", "count"), Column("tokens", "count"), Column("cost", "number"), Column("version"),
    )  # fmt: skip
    rows = tuple(
        (key, *(each[name] if each["pairs"] else None for name in ("pairs", "wide", "original", "ties")),
         Estimate(**each["alike"]), *(each[name] for name in ("answers", "unusable", "tokens", "cost", "version")))
        for key, each in report["judges"].items()
    )  # fmt: skip
    note = (
        "A pair counts where the judge answered in both orders; where the two differ, it is a tie. An answer that was "
        "malformed, cut off or refused is of no use and costs all the same. Tokens and cost as far as anybody counted."
    )
    return Table("Which image each judge says follows the wide prompt, and what that cost", columns, rows, note)


def _emotions(report: Mapping[str, Any]) -> Table:
    columns = (
        Column("scorer"), Column("role"), Column("source"), Column("emotion"), Column("pairs", "count"),
        Column("emotion first", "share"), Column("happy at least as high", "share"), Column("ties", "count"),
    )  # fmt: skip
    rows = tuple(
        (key, _role(scorer), source, emotion, each["pairs"], *_estimates(each, "preference", "happy_at_least"),
         each["ties"])
        for key, scorer in report["scorers"].items()
        for source, emotions in scorer["emotions"].items()
        for emotion, each in emotions.items()
    )  # fmt: skip
    note = (
        "Both images under the emotion's own prompt, in which nothing else than the emotion differs from the happy "
        f"portrait's. Emotion first is the paper's accuracy; there, in 100 sets: {_published_emotions()}."
    )
    return Table("The emotion test: a happy portrait and the same one sad, angry, fearful", columns, rows, note)


def _published_emotions() -> str:
    return "; ".join(
        f"{row.scorer} sad {row.sadness:.0%}, angry {row.anger:.0%}, fearful {row.fear:.0%}"
        for row in published().emotion.rows
    )


OBEDIENCE_COLUMNS = (
    Column("witnessed", "share"), Column("asked", "count"), Column("covered", "share"),
    Column("asked alone", "share"), Column("with others", "share"),
)  # fmt: skip
OBEDIENCE_NOTE = (
    "Witnessed: of the asked effects that a probe could witness, how many it did. Covered: for how many of the asked "
    "effects a probe could speak at all; of the rest nothing is known. An effect counts in its dimension and in those "
    "related to it."
)


def _witnessed(report: Mapping[str, Any]) -> Table:
    rows = tuple((_title(name), *_obedience(each)) for name, each in report["probes"].items())
    return Table("Was it carried out? By dimension", (Column("dimension"), *OBEDIENCE_COLUMNS), rows, OBEDIENCE_NOTE)


def _generators(report: Mapping[str, Any]) -> Table:
    columns = (Column("generator"), Column("base"), Column("pairs", "count"), *OBEDIENCE_COLUMNS)
    rows = tuple(
        (key, each["base"] or None, each["pairs"], *_obedience(each["obedience"]["probes"]))
        for key, each in report["generators"].items()
    )
    return Table("Obedience, by generator", columns, rows, OBEDIENCE_NOTE)


def _obedience(found: Mapping[str, Any]) -> tuple[Cell, ...]:
    witnessed, single, several = _estimates(found, "witnessed", "single", "several")
    return witnessed, found["asked"], found["coverage"], single, several


def _board(report: Mapping[str, Any], key: str) -> Table:
    columns = (
        Column("rank", "count"), Column("name"), Column("kind"), Column("status"), Column("score", "number"),
        Column("n", "count"), Column("percentile", "percentile"), Column("note"),
    )  # fmt: skip
    rows = tuple(
        (row["rank"], row["name"], row["kind"], row["status"],
         Estimate(row["score"], row["low"], row["high"], row["n"] or 0), row["n"], row["percentile"], row["note"])
        for row in report["boards"][key]
    )  # fmt: skip
    about = report["board_notes"][key]
    rejected = f" {about['rejected']} rejected images are left out." if about["rejected"] else ""
    note = (
        f"Scores under these prompts: {about['prompt_set']}. Means are ranked among means; a single image has the "
        f"rank that it would take there, and its percentile among single images.{rejected}"
    )
    return Table(f"Board: {key}", columns, rows, note)


def _estimates(found: Mapping[str, Any], *names: str) -> tuple[Estimate, ...]:
    return tuple(Estimate(**found[name]) for name in names)


def _title(name: str) -> str:
    return DIMENSIONS[name].title if name in DIMENSIONS else name


def shown(cell: Cell, unit: Unit) -> str:
    """A cell as people read it, an estimate with its interval."""
    if cell is None:
        return "–"
    if isinstance(cell, Estimate):
        return _shown_estimate(cell, unit)
    return str(cell) if isinstance(cell, str) else FORMATS[unit](cell)


def _number(value: float) -> str:
    """Two decimals, as published scores have, or three significant digits of what is smaller than one."""
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


FORMATS: Mapping[Unit, Callable[[float], str]] = {
    "text": str,
    "count": str,
    "share": "{:.1%}".format,
    "ratio": "{:.3f}".format,
    "percentile": "{:.0f}".format,
    "number": _number,
}


def _shown_estimate(found: Estimate, unit: Unit) -> str:
    if found.value is None:
        return "–"
    if found.low is None or found.high is None:
        return shown(found.value, unit)
    low, high = shown(found.low, unit).rstrip("%"), shown(found.high, unit).rstrip("%")
    return f"{shown(found.value, unit)} [{low}, {high}]"
