"""What is known and what is here, for lists: the catalogue, the registered scorers and the home's places in one view.

Imports no scorer and no generator.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from engine.judges import is_judge, model_of
from engine.models.catalogue import Entry, entry, known
from engine.models.places import MissingWeights, locate
from engine.registry import UnknownName
from engine.scorers import SCORERS

COMES_WITH = "built in"
NOT_HERE = "not here"


class NotReady(ValueError):
    """A model lacks its weights, its libraries or its service's key."""


class Row(NamedTuple):
    """One model.

    Args:
        what: its role or kind, or the generator that it was aligned from.
        here: whether it can be used now.
        where: the folder, or what is missing, in words.
        is_pinned: whether the catalogue names its commit.
    """

    name: str
    what: str
    licence: str
    gigabytes: float
    here: bool
    where: str
    is_pinned: bool = True


def overview(home: Path) -> list[Row]:
    """Every scorer, generator and judge that is known: registered scorers first. Raises `BadCatalogue` and the like.

    The twins that edit with a generator's weights are left out: what is said of it holds for them.
    """
    entries = {name: each for name, each in known(home).items() if not (each.shares and each.edits)}
    plain = [name for name in SCORERS.names() if name not in entries]
    scorers = [_row(entries[name], home) for name in SCORERS.names() if name in entries]
    others = [_row(each, home) for name, each in entries.items() if name not in SCORERS.names()]
    return [*scorers, *(Row(name, _role(name), "", 0.0, True, COMES_WITH) for name in plain), *others]


def _row(each: Entry, home: Path) -> Row:
    here, where = presence(each.name, home) if _has_weights(each) else (True, "service")
    return Row(each.name, _what(each), each.licence, each.gigabytes, here, where, each.is_pinned)


def presence(name: str, home: Path) -> tuple[bool, str]:
    """Whether a model's weights are here; the folder, or what is missing."""
    try:
        return True, str(locate(name, home))
    except MissingWeights as error:
        return False, f"lacks {', '.join(error.files)}" if error.incomplete else NOT_HERE


def lacking(name: str, home: Path) -> str:
    """What must be done before a scorer, judge or generator can be used, with the command for it; "" if nothing must.

    Raises `BadCatalogue` and the like.
    """
    each = _known(name, home)
    if each is None:
        return _lacking_folder(name)
    if each.lacking:
        return each.lacking
    if each.kind == "generator" and not each.remote and find_spec("diffusers") is None:
        return "needs the extra “generators”: pip install '.[generators]' in the checkout"
    here, where = presence(each.name, home) if _has_weights(each) else (True, "")
    return "" if here else f"{where}: widespectrum models fetch {each.name}"


def has_weights(name: str, home: Path | None) -> bool:
    """Whether the catalogue knows weights of a scorer, judge, generator or writer; a service has none here."""
    each = _known(name, home)
    return each is not None and _has_weights(each)


def _has_weights(each: Entry) -> bool:
    return bool(each.files or each.shares)


def _known(name: str, home: Path | None) -> Entry | None:
    try:
        return entry(model_of(name) if is_judge(name) else name, home)
    except UnknownName:
        return None


def _lacking_folder(name: str) -> str:
    """What is wrong with the F of `clip:F`; "" for a control or another package's, which brings what it needs."""
    kind, _, folder = name.partition(":")
    wrong = kind == "clip" and not (folder and Path(folder).expanduser().is_dir())
    return "what follows clip: is neither a folder of this machine nor OWNER/NAME of the hub" if wrong else ""


def require_ready(names: Iterable[str], home: Path) -> None:
    """Raises `NotReady` where scorers, judges, generators or writers can't be used yet: says what must be done."""
    missing = {name: said for name in names if (said := lacking(name, home))}
    if missing:
        raise NotReady("; ".join(f"{name} can't be used yet ({said})" for name, said in missing.items()))


def _what(each: Entry) -> str:
    if each.kind == "scorer" and each.name in SCORERS.names():
        return _role(each.name)
    return f"from {each.base}" if each.base else each.kind


def _role(scorer: str) -> str:
    """A scorer's role, with which its summary begins."""
    return SCORERS.summary(scorer).partition(" · ")[0]
