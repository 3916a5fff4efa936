"""What is known and what is here, for lists: the catalogue, the registered scorers and the home's places in one view.

Imports no scorer and no generator.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from engine.models.catalogue import Entry, known
from engine.models.places import MissingWeights, locate
from engine.scorers import SCORERS

COMES_WITH = "built in"
NOT_HERE = "not here"


class Row(NamedTuple):
    """One model.

    Args:
        what: its role or kind, or the generator that it was aligned from.
        here: whether it can be used now.
        where: the folder, or what is missing, in words.
    """

    name: str
    what: str
    licence: str
    gigabytes: float
    here: bool
    where: str


def overview(home: Path) -> list[Row]:
    """Every scorer, generator and judge that is known: registered scorers first. Raises `BadCatalogue` and the like.

    The twins that edit with a generator's weights are left out: what is said of it holds for them.
    """
    entries = {name: each for name, each in known(home).items() if not (each.shares and each.edits)}
    plain = [name for name in SCORERS.names() if name not in entries]
    scorers = [_row(entries[name], home) for name in SCORERS.names() if name in entries]
    others = [_row(entry, home) for name, entry in entries.items() if name not in SCORERS.names()]
    return [*scorers, *(Row(name, _role(name), "", 0.0, True, COMES_WITH) for name in plain), *others]


def _row(entry: Entry, home: Path) -> Row:
    here, where = presence(entry.name, home) if entry.files or entry.shares else (True, "service")
    return Row(entry.name, _what(entry), entry.licence, entry.gigabytes, here, where)


def presence(name: str, home: Path) -> tuple[bool, str]:
    """Whether a model's weights are here; the folder, or what is missing."""
    try:
        return True, str(locate(name, home))
    except MissingWeights as error:
        return False, f"lacks {', '.join(error.files)}" if error.incomplete else NOT_HERE


def _what(entry: Entry) -> str:
    if entry.kind == "scorer" and entry.name in SCORERS.names():
        return _role(entry.name)
    return f"from {entry.base}" if entry.base else entry.kind


def _role(scorer: str) -> str:
    """A scorer's role, with which its summary begins."""
    return SCORERS.summary(scorer).partition(" · ")[0]
