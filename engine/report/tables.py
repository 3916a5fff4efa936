"""Arranges a report as tables for people: plain data, which the terminal, Markdown and CSV each draw in their way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from engine.boards import BoardRow
from engine.report.obedience import in_order
from engine.statistics.doses import plotted
from engine.statistics.estimate import Estimate
from engine.taxonomy import DIMENSIONS, TAXONOMIES
from sample_data import published
from store.queries.judges import MAIN_CONCEPTS, REQUESTED_EFFECTS

Unit = Literal["text", "count", "share", "difference", "ratio", "percentile", "number"]


class TakenRank(int):
    """The rank that a single image would take among the means, which has it in brackets: it is not among them."""


Cell = str | int | float | Estimate | None
OTHER = "other"
"""What dimensions are called that an import brought and no taxonomy has."""
NO_INTERVAL = "[–]"
NO_INTERVAL_NOTE = f"{NO_INTERVAL}: no interval, which needs at least two clusters."


@dataclass(frozen=True)
class Column:
    """A heading, and how what stands under it is written: see `FORMATS`.

    Args:
        counted: the n of each estimate is written behind it, as no other column says it.
    """

    title: str
    unit: Unit = "text"
    counted: bool = False


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

    def texts(self, row: tuple[Cell, ...]) -> list[str]:
        """The cells of a row as people read them."""
        return [shown(cell, column.unit, column.counted) for cell, column in zip(row, self.columns, strict=True)]


def tables(report: Mapping[str, Any]) -> list[Table]:
    """The tables of a report that `report` computed; those without rows are left out."""
    found = [
        _first(report),
        _values(report),
        *_by_dimension(report),
        _by_source(report),
        _judges(report),
        _emotions(report),
        *_witnessed(report),
        _generators(report),
        _judged(report),
        *_rated(report),
        _beside_base(report),
        *_by_generator_and_dimension(report),
        _doses(report),
        *_doses_by_dimension(report),
        *(_board(report, key) for key in report["boards"]),
    ]
    return [_explained(table) for table in found if table.rows]


def _explained(table: Table) -> Table:
    """The same, saying what stands where an interval would if one of its figures has none."""
    cells = (cell for row in table.rows for cell in row)
    if not any(isinstance(cell, Estimate) and cell.value is not None and cell.low is None for cell in cells):
        return table
    return replace(table, note="\n".join(filter(None, (table.note, NO_INTERVAL_NOTE))))


def _by_taxonomy(table: Table, dimensions: Sequence[str]) -> list[Table]:
    """A table for each taxonomy, with its name in the headings, and the note below the last.

    Args:
        dimensions: of each row.
    """
    kinds = [TAXONOMIES[DIMENSIONS[name].taxonomy] if name in DIMENSIONS else OTHER for name in dimensions]
    found = [kind for kind in (*TAXONOMIES.values(), OTHER) if kind in kinds]
    return [
        Table(
            _of_kind(kind, table.title),
            tuple(replace(column, title=_of_kind(kind, column.title)) for column in table.columns),
            tuple(row for row, its in zip(table.rows, kinds, strict=True) if its == kind),
            table.note if kind == found[-1] else "",
        )
        for kind in found
    ]


def _of_kind(kind: str, heading: str) -> str:
    return heading.replace("dimension", f"{kind} dimension")


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
        Column("scorer"), Column("margin", "number", True), Column("Δ under P_o", "number", True),
        Column("wide under P_o", "number", True), Column("cut prompts", "count"), Column("failed", "count"),
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


def _by_dimension(report: Mapping[str, Any]) -> list[Table]:
    scorers = _cells_by(report, "dimensions")
    names = in_order(_names(scorers))
    note = "A pair counts in each dimension it asks for, and in those related to them."
    table = Table("Wide image first, by dimension", *_preferences("dimension", scorers, names), note)
    return _by_taxonomy(table, names)


def _by_source(report: Mapping[str, Any]) -> Table:
    scorers = _cells_by(report, "sources")
    return Table("Wide image first, by source", *_preferences("source", scorers, _names(scorers)))


Cells = Mapping[str, Mapping[str, Any]]
"""Scorer -> dimension or source -> its figures."""


def _cells_by(report: Mapping[str, Any], by: str) -> Cells:
    return {key: each[by] for key, each in report["scorers"].items() if each["pairs"]}


def _names(scorers: Cells) -> list[str]:
    return list(dict.fromkeys(name for cells in scorers.values() for name in cells))


def _preferences(
    what: str, scorers: Cells, names: Sequence[str]
) -> tuple[tuple[Column, ...], tuple[tuple[Cell, ...], ...]]:
    """The columns, of scorers, and the rows, of dimensions or sources."""
    columns = (Column(what), *(Column(key, "share", counted=True) for key in scorers))
    return columns, tuple((_title(name), *(_preference(cells, name) for cells in scorers.values())) for name in names)


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
    Column("witnessed", "share", True), Column("asked", "count"), Column("covered", "share"),
    Column("asked alone", "share", True), Column("with others", "share", True),
)  # fmt: skip
OBEDIENCE_NOTE = (
    "Witnessed: of the asked effects that a probe could witness, how many it did. Covered: for how many of the asked "
    "effects a probe could speak at all; of the rest nothing is known. An effect counts in its dimension and in those "
    "related to it."
)


def _witnessed(report: Mapping[str, Any]) -> list[Table]:
    rows = tuple((_title(name), *_obedience(each)) for name, each in report["probes"].items())
    columns = (Column("dimension"), *OBEDIENCE_COLUMNS)
    return _by_taxonomy(
        Table("Was it carried out? By dimension", columns, rows, OBEDIENCE_NOTE), list(report["probes"])
    )


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


def _who_chose(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """People, then each judge by name, where they said something."""
    if "people" in found:
        yield "people", found["people"]
    yield from found.get("judges", {}).items()


def _judged(report: Mapping[str, Any]) -> Table:
    columns = (
        Column("generator"), Column("by"), Column("said wide", "share", True), Column("picked", "share", True),
        Column("ties", "count"), Column("neither", "count"), Column("judged", "count"), Column("covered", "share"),
    )  # fmt: skip
    counts = ("ties", "neither", "judged", "coverage")
    rows = tuple(
        (key, who, *_estimates(said, "wide", "picked"), *(said[name] for name in counts))
        for key, each in report["generators"].items()
        for who, said in _who_chose(each["obedience"])
    )
    note = (
        "Which image follows P_a, as people and pairwise judges say. Said wide: of the verdicts for one of the images, "
        "the last of each person on each pair. Picked: of all verdicts, ties and neither among them, those for the "
        "wide one, which of a judge is the paper's llm_win. Covered: how many of the pairs were judged."
    )
    return Table("Obedience, as people and judges see it", columns, rows, note)


def _rated(report: Mapping[str, Any]) -> list[Table]:
    """What was rated overall, and the dimensions."""
    rated = [
        (rating, (key, judge, RATINGS.get(rating) or _title(rating), *_estimates(cell, "change", "after"),
                  cell["coverage"], each["beside"], _beside(cell, "difference")))
        for key, each in report["generators"].items()
        for found in (each["obedience"], *each["dimensions"].values())
        for judge, ratings in found.get("ratings", {}).items()
        for rating, cell in ratings.items()
    ]  # fmt: skip
    columns = (
        Column("generator"), Column("judge"), Column("of"), Column("change", "number", True),
        Column("wide image", "number", True), Column("covered", "share"), Column("base", "text"),
        Column("difference", "number", True),
    )  # fmt: skip
    of_dimensions = (*columns[:2], Column("dimension"), *columns[3:])
    note = (
        "What a judge rated in images under P_a: main concepts and requested effects from 0 to 100, dimensions from 0 "
        "to 2. Change: how much more of it the wide image shows than the original. Covered: how many of the pairs "
        "were rated. Difference: of the changes, over the requests that generator and base both made."
    )
    title = "Obedience, as judges rate it"
    overall = tuple(row for rating, row in rated if rating in RATINGS)
    by_dimension = tuple(row for rating, row in rated if rating not in RATINGS)
    dimensions = [rating for rating, _ in rated if rating not in RATINGS]
    return [
        Table(title, columns, overall, note),
        *_by_taxonomy(Table(f"{title}, by dimension", of_dimensions, by_dimension, note), dimensions),
    ]


RATINGS = {REQUESTED_EFFECTS: "requested effects", MAIN_CONCEPTS: "main concepts"}
BY_DIMENSION = "Obedience, by generator and dimension"
BESIDE_COLUMNS = (
    Column("own", "share", True), Column("its base", "share", True), Column("difference", "difference", True),
)  # fmt: skip
BESIDE_NOTE = (
    "Both over the same requests: pairs of one P_o, P_a and seed that generator and base both made. The interval of a "
    "difference is that of what differs within each original prompt."
)


def _beside_base(report: Mapping[str, Any]) -> Table:
    columns = (Column("generator"), Column("base"), Column("by"), *BESIDE_COLUMNS, Column("compared", "count"))
    rows = tuple(
        (key, each["beside"], who, *(_beside(said, name) for name in ("own", "base", "difference")),
         said["beside_base"]["difference"]["n"])
        for key, each in report["generators"].items()
        for who, said in _who_says(each["obedience"])
        if "beside_base" in said
    )  # fmt: skip
    return Table("Obedience, aligned beside its base", columns, rows, BESIDE_NOTE)


def _by_generator_and_dimension(report: Mapping[str, Any]) -> list[Table]:
    columns = (
        Column("generator"), Column("dimension"), Column("by"), Column("obeyed", "share"), Column("n", "count"),
        Column("covered", "share"),
    )  # fmt: skip
    said_of = [
        (key, name, who, said)
        for key, each in report["generators"].items()
        for name, cell in each["dimensions"].items()
        for who, said in _who_says({**cell, "probes": cell})
    ]
    if len(report["generators"]) == 1 and {who for _, _, who, _ in said_of} == {"probes"}:
        said_of = []  # the table over all sources says the same
    rows = [
        (key, _title(name), who, obeyed, obeyed.n, said["coverage"])
        for key, name, who, said in said_of
        for obeyed in _estimates(said, "wide" if "wide" in said else "witnessed")
    ]
    note = "Obeyed: as probes witnessed, or as people or judges said that the wide image follows P_a."
    dimensions = [name for _, name, *_ in said_of]
    if not any("beside_base" in said for *_, said in said_of):
        return _by_taxonomy(Table(BY_DIMENSION, columns, tuple(rows), note), dimensions)
    beside = (tuple(_beside(said, side) for side in ("own", "base", "difference")) for *_, said in said_of)
    wide_rows = tuple((*row, *more) for row, more in zip(rows, beside, strict=True))
    table = Table(BY_DIMENSION, (*columns, *BESIDE_COLUMNS), wide_rows, f"{note} {BESIDE_NOTE}")
    return _by_taxonomy(table, dimensions)


def _who_says(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Everyone whose figure is a share: probes, people, and each pairwise judge."""
    if found["probes"]["asked"]:
        yield "probes", found["probes"]
    yield from _who_chose(found)


def _beside(found: Mapping[str, Any], side: str) -> Estimate | None:
    return Estimate(**found["beside_base"][side]) if "beside_base" in found else None


Curve = Mapping[float, Estimate]
BAR = 16
"""Cells of the longest bar of a curve."""


def _curves(cell: Mapping[str, Any]) -> Iterator[tuple[str, Unit, Curve]]:
    """Whose figures, their unit, and the figures by strength."""
    of_probes: tuple[str, Unit, Any] = ("witnessed", "share", cell["witnessed"])
    of_scorers: list[tuple[str, Unit, Any]] = [(key, "number", points) for key, points in cell["margins"].items()]
    for who, unit, points in (of_probes, *of_scorers):
        if points:
            yield who, unit, {point["strength"]: Estimate(**_figure(point)) for point in points}


def _doses(report: Mapping[str, Any]) -> Table:
    """Every point of the curves over all swept sets, with a bar for its size."""
    columns = (
        Column("of"), Column("strength", "number"), Column("bar"), Column("witnessed", "share"),
        Column("margin", "number"), Column("n", "count"),
    )  # fmt: skip
    rows = []
    for who, unit, curve in _curves(report["doses"]):
        most = 1.0 if unit == "share" else max(abs(figure.value or 0.0) for figure in curve.values())
        for strength, figure in curve.items():
            share, margin = (figure, None) if unit == "share" else (None, figure)
            rows.append((who, strength, _bar(figure.value, most), share, margin, figure.n))
    note = (
        f"Over {report['doses']['sets']} swept sets: pairs of one original, one P_o, the same effects and one seed, in "
        "which the strength alone rises. Of scorers the mean margin in their own unit, of probes the share of effects "
        "that they witnessed. Bars: its size, beside the curve's largest or 100%. At strength 0 a margin would be 0."
    )
    return Table("Dose and response", columns, tuple(rows), note)


def _bar(value: float | None, most: float) -> str:
    """The size of a value as a bar of blocks, behind its sign."""
    if value is None:
        return ""
    blocks = "█" * round(abs(value) / most * BAR) if most else ""
    return f"{'−' if value < 0 else '+'}{blocks}"


def _doses_by_dimension(report: Mapping[str, Any]) -> list[Table]:
    """The ends of each curve; what lies between stands in the JSON."""
    rows, dimensions = [], []
    for name, cell in report["doses"]["dimensions"].items():
        for who, unit, curve in _curves(cell):
            weakest, strongest = min(curve), max(curve)
            drawn = plotted([figure.value for figure in curve.values()], 1.0 if unit == "share" else None)
            rows.append((_title(name), who, drawn, weakest, curve[weakest], strongest, curve[strongest]))
            dimensions.append(name)
    columns = (
        Column("dimension"), Column("of"), Column("curve"), Column("weakest", "number"),
        Column("at the weakest", "number", True), Column("strongest", "number"),
        Column("at the strongest", "number", True),
    )  # fmt: skip
    note = (
        "A block for each strength, from the weakest to the strongest, between the lowest and the highest value, 0 "
        "included. Every value with its interval stands in `report --json`, under `doses`."
    )
    return _by_taxonomy(Table("Dose and response, by dimension", columns, tuple(rows), note), dimensions)


def _figure(point: Mapping[str, Any]) -> dict[str, Any]:
    return {name: point[name] for name in ("value", "low", "high", "n")}


def _board(report: Mapping[str, Any], key: str) -> Table:
    columns = (
        Column("rank", "count"), Column("name"), Column("kind"), Column("status"), Column("score", "number"),
        Column("n", "count"), Column("percentile", "percentile"), Column("note"),
    )  # fmt: skip
    found = [BoardRow(**row) for row in report["boards"][key]]
    rows = tuple(
        (TakenRank(row.rank) if row.is_single else row.rank, row.name, row.kind, row.status, _score(row), row.n,
         row.percentile, row.note)
        for row in found
    )  # fmt: skip
    about = report["board_notes"][key]
    rejected = f" {about['rejected']} rejected images are left out." if about["rejected"] else ""
    note = (
        f"Scores under these prompts: {about['prompt_set']}. Means are ranked among means; (2) is the rank "
        f"that a single image would take there. Percentiles are among single images.{rejected}"
    )
    return Table(f"Board: {key}", columns, rows, note)


def _score(row: BoardRow) -> Cell:
    return Estimate(row.score, row.low, row.high, row.n or 0) if row.is_estimate else row.score


def _estimates(found: Mapping[str, Any], *names: str) -> tuple[Estimate, ...]:
    return tuple(Estimate(**found[name]) for name in names)


def _title(name: str) -> str:
    return DIMENSIONS[name].title if name in DIMENSIONS else name


def shown(cell: Cell, unit: Unit, counted: bool = False) -> str:
    """A cell as people read it, an estimate with its interval and, if counted, its n."""
    if cell is None:
        return "–"
    if isinstance(cell, Estimate):
        n = f" n {cell.n}" if counted and cell.value is not None else ""
        return _shown_estimate(cell, unit) + n
    if isinstance(cell, TakenRank):
        return f"({cell})"
    return str(cell) if isinstance(cell, str) else FORMATS[unit](cell)


def _number(value: float) -> str:
    """Two decimals, as published scores have, or three significant digits of what is smaller than one."""
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


FORMATS: Mapping[Unit, Callable[[float], str]] = {
    "text": str,
    "count": str,
    "share": "{:.1%}".format,
    "difference": "{:+.1%}".format,
    "ratio": "{:.3f}".format,
    "percentile": "{:.0f}".format,
    "number": _number,
}


def _shown_estimate(found: Estimate, unit: Unit) -> str:
    if found.value is None:
        return "–"
    if found.low is None or found.high is None:
        return f"{shown(found.value, unit)} {NO_INTERVAL}"
    low, high = shown(found.low, unit).rstrip("%"), shown(found.high, unit).rstrip("%")
    return f"{shown(found.value, unit)} [{low}, {high}]"
