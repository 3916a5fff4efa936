"""Where models lie: `models.toml` in the home, written by `widespectrum models`, read whenever weights are needed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from engine.models.catalogue import COMMIT, Entry, entry
from engine.registry import UnknownName

FILE = "models.toml"


class MissingWeights(RuntimeError):
    """A model's weights are not here: says which files, and the two commands that bring them.

    Attributes:
        name: the model.
        files: what is missing, as patterns of the catalogue.
        incomplete: whether there is a folder that lacks them.
    """

    def __init__(self, name: str, what: str, files: list[str], entry: Entry | None = None, incomplete: bool = True):
        size = f" ({entry.gigabytes:g} GB, {entry.licence})" if entry and entry.gigabytes else ""
        gate = " (gated: accept its licence on the hub first, and set HF_TOKEN)" if entry and entry.gated else ""
        super().__init__(
            f"{name}: {what}; fetch them{size} with `widespectrum models fetch {name}`{gate}, "
            f"or point to a folder that holds them with `widespectrum models use {name} FOLDER`"
        )
        self.name, self.files, self.incomplete = name, files, incomplete


class BadModelsFile(ValueError):
    """The home's `models.toml` can't be read: names it and the reason."""


@dataclass(frozen=True)
class Place:
    """The folder of one model.

    Args:
        folder: absolute.
        commits: repository -> the commit that was fetched; empty for a folder that someone pointed to, unless it is a
            snapshot of one.
        sha256: file, relative to the folder -> its digest when it was fetched.
    """

    folder: Path
    commits: Mapping[str, str] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)


def places(home: Path) -> dict[str, Place]:
    """Model name -> place, of every model that was fetched or pointed to. Raises `BadModelsFile`."""
    path = home / FILE
    if not path.exists():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: Place(**{**table, "folder": Path(table["folder"])}) for name, table in tables.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, KeyError, AttributeError) as error:
        raise BadModelsFile(f"{path} can't be read: {error}") from error


def locate(name: str, home: Path) -> Path:
    """The folder that holds a model's files, all of them there.

    For `clip:FOLDER` that folder itself.

    Raises:
        MissingWeights: never fetched or pointed to, or files are gone.
        UnknownName: the catalogue has no such model, and nobody pointed to a folder for it.
        BadModelsFile, BadCatalogue.
    """
    kind, _, given = name.partition(":")
    if kind == "clip" and given and Path(given).expanduser().is_dir():
        return Path(given).expanduser().absolute()
    name = holder(name, home)
    place = places(home).get(name)
    if place is None:
        known = entry(name, home)
        raise MissingWeights(
            name, f"its weights are not here ({', '.join(known.files)})", known.files, known, incomplete=False
        )
    require_files(name, place.folder, home)
    return place.folder


def use(name: str, folder: Path, home: Path) -> Place:
    """Let a model be read from a folder of the user's. Raises `MissingWeights` if files are missing there."""
    name, folder = holder(name, home), folder.expanduser().absolute()
    require_files(name, folder, home)
    place = Place(folder, _commits(name, folder, home))
    note(name, place, home)
    return place


def _commits(name: str, folder: Path, home: Path) -> dict[str, str]:
    """The commit of a snapshot in the hub library's cache, `models--OWNER--NAME/snapshots/COMMIT`; else nothing."""
    known = _known(name, home)
    if not known or len(known.sources) != 1 or not COMMIT.fullmatch(folder.name):
        return {}
    repo = known.sources[0].repo
    is_its = folder.parent.parts[-2:] == (f"models--{repo.replace('/', '--')}", "snapshots")
    return {repo: folder.name} if is_its else {}


def holder(name: str, home: Path) -> str:
    """The model whose folder a model is read from: itself, unless the catalogue says that it shares another's."""
    known = _known(name, home)
    return (known.shares if known else "") or name


def require_files(name: str, folder: Path, home: Path) -> None:
    """Raises `MissingWeights` where the folder lacks files that the catalogue lists for the model."""
    if not folder.is_dir():
        raise MissingWeights(name, f"its folder {folder} is not there", [str(folder)])
    known = _known(name, home)
    missing = known.missing_in(folder) if known else []
    if missing:
        raise MissingWeights(name, f"its folder {folder} lacks {', '.join(missing)}", missing, known)


def note(name: str, place: Place, home: Path) -> None:
    """Write a model's place into `models.toml`, beside the others."""
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / f".{FILE}.lock"):
        every = {**places(home), name: place}
        temporary = home / f".{FILE}.new"
        temporary.write_text("\n".join(_table(*each) for each in sorted(every.items())), encoding="utf-8")
        temporary.replace(home / FILE)


def folder_name(name: str) -> str:
    """A model's name as the name of a folder."""
    return name.replace("/", "--").replace(":", "--")


def _known(name: str, home: Path) -> Entry | None:
    """The catalogue's entry; None for a model of another package, which the catalogue need not know."""
    try:
        return entry(name, home)
    except UnknownName:
        return None


def _table(name: str, place: Place) -> str:
    lines = [f"[{_quoted(name)}]", f"folder = {_quoted(str(place.folder))}"]
    for key, values in (("commits", place.commits), ("sha256", place.sha256)):
        if values:
            lines += ["", f"[{_quoted(name)}.{key}]", *(f"{_quoted(k)} = {_quoted(v)}" for k, v in values.items())]
    return "\n".join(lines) + "\n"


def _quoted(text: Any) -> str:
    """A TOML basic string: JSON's escapes are valid there."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
