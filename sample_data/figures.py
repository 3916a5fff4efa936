"""The published figures as typed rows, each table with its source. Computes nothing from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table was published. `authors` are family names; empty where the table is credited to a project."""

    authors: tuple[str, ...]
    title: str
    venue: str
    year: int
    identifiers: tuple[str, ...]
    url: str | None

    @property
    def short(self) -> str:
        """For a table's foot: "Guo, Qian, Hasan, Du, ICML 2026"."""
        return f"{', '.join(self.authors) or self.title}, {self.venue} {self.year}"


@dataclass(frozen=True, slots=True)
class GeneratorFigures:
    """What wide prompts cost one generator; None where a figure was not published."""

    generator: str
    delta_hpsv2: float | None
    delta_hpsv3: float
    hpsv3_after: float
    delta_image_reward: float | None
    delta_judge: float | None
    judge_after: float | None
    llm_win: float | None
    later_addition: bool


@dataclass(frozen=True, slots=True)
class ScorerFigures:
    """How often one scorer put the wide image first under the wide prompt, 0 to 1."""

    scorer: str
    preference: float
    f1: float
    auroc: float | None


@dataclass(frozen=True, slots=True)
class EmotionFigures:
    """Share of portraits, by emotion, that one scorer preferred to the happy one, 0 to 1."""

    scorer: str
    anger: float
    fear: float
    sadness: float


@dataclass(frozen=True, slots=True)
class PhotographFigures:
    """How far HPSv3 put clean images above photographs: of all, or of one dimension."""

    selection: str
    hpsv3_clean_minus_photograph: float
    n: int | None


@dataclass(frozen=True, slots=True)
class ExhibitFigures:
    """HPSv3 of one artwork, or its mean over a collection, which has neither artist nor year."""

    title: str
    artist: str | None
    year: int | None
    hpsv3: float
    kind: Literal["artwork", "collection"]
    n: int


@dataclass(frozen=True, slots=True)
class LeaderboardFigures:
    """Mean HPSv3 of one generator over the benchmark's prompts."""

    generator: str
    hpsv3: float


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """Rows of one published table, what it shows, and what each column means (name -> description)."""

    source: Source
    about: str
    columns: Mapping[str, str]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """Every published table that the program compares itself with."""

    generators: Table[GeneratorFigures]
    reward_models: Table[ScorerFigures]
    emotion: Table[EmotionFigures]
    photographs: Table[PhotographFigures]
    hpsv3_exhibits: Table[ExhibitFigures]
    hpsv3_leaderboard: Table[LeaderboardFigures]


@cache
def published() -> Published:
    """The figures of `published.json`."""
    content = json.loads(files("sample_data").joinpath("published.json").read_text(encoding="utf-8"))
    sources = {name: _source(**fields) for name, fields in content["sources"].items()}

    def table(name: str, row: type[Row]) -> Table[Row]:
        fields: dict[str, Any] = content[name]
        rows = tuple(row(**values) for values in fields["rows"])
        return Table(sources[fields["source"]], fields["about"], MappingProxyType(fields["columns"]), rows)

    return Published(
        generators=table("generators", GeneratorFigures),
        reward_models=table("reward_models", ScorerFigures),
        emotion=table("emotion", EmotionFigures),
        photographs=table("photographs", PhotographFigures),
        hpsv3_exhibits=table("hpsv3_exhibits", ExhibitFigures),
        hpsv3_leaderboard=table("hpsv3_leaderboard", LeaderboardFigures),
    )


def _source(authors: list[str], identifiers: list[str], **fields: Any) -> Source:
    return Source(authors=tuple(authors), identifiers=tuple(identifiers), **fields)
