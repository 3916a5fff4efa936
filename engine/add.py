"""Adding a person's own photographs and artworks: a folder of images, and what is known of them beside it.

Captions and credits stand in `metadata.csv` or `metadata.jsonl`, in the way of Hugging Face's image folders: one row
an image, named by the column `file_name`. The metadata is checked as a whole before anything is stored; after that
each image is added by itself, and one that can't be read is refused by itself.
"""

from __future__ import annotations

import csv
import io
import json
import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.registry import UnknownName
from engine.taxonomy import dimension
from store import BrokenImage, Home
from store.blobs import MAX_BYTES, SUFFIXES, keep_bytes
from store.home import DATABASE
from store.records import PhotographFacts, add_photograph

METADATA = ("metadata.csv", "metadata.jsonl")
TEXTS = ("title", "caption", "wide_prompt", "author", "license", "license_url", "url", "collection")
COLUMNS = ("file_name", "kind", *TEXTS, "dimensions", "conventional")
KINDS = ("photograph", "artwork")
IMAGE_SUFFIXES = {*SUFFIXES.values(), ".jpeg", ".tiff"}
TRUTH = {"": False, "false": False, "no": False, "0": False, "true": True, "yes": True, "1": True}
KEPT_BY_A_HOME = ("images", "thumbnails")
MOST_CHARACTERS = 10_000
MOST_METADATA_BYTES = 64 * 2**20
MOST_PROBLEMS_SHOWN = 10

OnProgress = Callable[[int, int, str], None]
"""Called with (images done, images in all, the file at hand)."""


class AddError(ValueError):
    """The folder or its metadata can't be used; nothing was stored. Names file, line and reason of each problem."""

    def __init__(self, problems: list[str]):
        shown = problems[:MOST_PROBLEMS_SHOWN]
        more = [f"and {len(problems) - len(shown)} more"] if len(problems) > len(shown) else []
        super().__init__("\n".join([*shown, *more]))


@dataclass(frozen=True)
class AddReport:
    """What became of a folder.

    Args:
        added: new photographs and artworks.
        known: images that were there already, byte by byte; they keep what is known of them.
        refused: (file, reason) of each that can't be read.
        unknown_columns: columns of the metadata that mean nothing here, and were passed over.
    """

    added: int
    known: int
    refused: list[tuple[str, str]]
    unknown_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    """What the metadata says of one image."""

    kind: str
    facts: PhotographFacts


def add_folder(home: Home, folder: Path, on_progress: OnProgress | None = None) -> AddReport:
    """Add every image of a folder and of those below it.

    Args:
        folder: its name is the collection of images that have none.

    Raises:
        AddError: no such folder, no image in it, one in which a home keeps its own, or a problem anywhere in its
            metadata; nothing was stored.
        HomeUnusable: the disk is full; what was added until then stays.
    """
    root = folder.expanduser().resolve()
    if not root.is_dir():
        raise AddError([f"{folder}: there is no such folder"])
    if any(each.name in KEPT_BY_A_HOME and (each.parent / DATABASE).exists() for each in (root, *root.parents)):
        raise AddError([f"{folder}: a home keeps its images there; what was made would come back as a photograph"])
    rows, unknown_columns = _read_metadata(root)
    files = sorted({*_images_below(root), *rows})
    if not files:
        raise AddError([f"{folder}: no image in it ({', '.join(sorted(IMAGE_SUFFIXES))})"])
    counts, refused = {True: 0, False: 0}, []
    for done, name in enumerate(files):
        if on_progress:
            on_progress(done, len(files), name)
        row = rows.get(name) or _Row(KINDS[0], PhotographFacts())
        try:
            counts[_add(home, root, name, row)] += 1
        except (BrokenImage, OSError) as error:
            refused.append((name, _reason(error)))
    if on_progress:
        on_progress(len(files), len(files), "")
    return AddReport(counts[True], counts[False], refused, unknown_columns)


def _add(home: Home, root: Path, name: str, row: _Row) -> bool:
    """Whether the image is new."""
    path = root / name
    if not _real(path).is_relative_to(root):
        raise BrokenImage("a link that leads out of the folder")
    if not _is_file(path):
        raise BrokenImage("not a file")
    if path.stat().st_size > MAX_BYTES:
        raise BrokenImage(f"over the limit of {MAX_BYTES // 2**20} MiB")
    defaults = {"title": row.facts.title or _clean(path.stem), "collection": row.facts.collection or _clean(root.name)}
    facts = PhotographFacts(**{**vars(row.facts), **defaults})
    blob = keep_bytes(home, path.read_bytes(), "")
    with home.database.write() as session:
        return add_photograph(session, blob, row.kind, facts)[1]


def _real(path: Path) -> Path:
    """Where a path leads; also that of a link to itself or of a name that no file can have, which lead nowhere."""
    return Path(os.path.realpath(path))


def _is_file(path: Path) -> bool:
    """Whether there is a file that can be read to its end: no pipe, no folder, nothing that leads nowhere."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises for a name that is too long


def _reason(error: BrokenImage | OSError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error).removeprefix(": ")


def _images_below(root: Path) -> Iterator[str]:
    """Images by their path from the folder, with `/`; hidden ones are left alone, and linked folders not entered.

    Neither are the images and thumbnails that a home keeps: what was made would come back as a photograph.
    """
    for at, folders, files in os.walk(root):
        kept = KEPT_BY_A_HOME if DATABASE in files else ()
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in kept)
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() in IMAGE_SUFFIXES:
                yield (Path(at) / name).relative_to(root).as_posix()


def _read_metadata(root: Path) -> tuple[dict[str, _Row], tuple[str, ...]]:
    """Path from the folder -> row, and the columns that mean nothing here."""
    found = [root / name for name in METADATA if os.path.lexists(root / name)]
    if not found:
        return {}, ()
    if len(found) > 1:
        raise AddError([f"{root}: both {METADATA[0]} and {METADATA[1]} are there; keep one"])
    path, rows, problems, columns = found[0], dict[str, _Row](), list[str](), dict[str, None]()
    for line, values in (_csv_rows if path.suffix == ".csv" else _json_rows)(path):
        columns |= dict.fromkeys(values)
        try:
            name = _file_name(root, values)
            if name in rows:
                raise ValueError(f"{name} has a row already")
            rows[name] = _row(values)
        except ValueError as error:
            problems.append(f"{path.name}, line {line}: {error}")
    if problems:
        raise AddError(problems)
    return rows, tuple(column for column in columns if column not in COLUMNS)


def _csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        names = [name.strip() for name in reader.fieldnames or ()]
        if "file_name" not in names:
            raise AddError([f"{path.name}, line 1: no column file_name, which says what image a row is about"])
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise AddError([f"{path.name}, line 1: more than one column {_clean(twice[0])}"])
        reader.fieldnames = names
        for values in reader:
            if None in values:
                raise AddError([f"{path.name}, line {reader.line_num}: more fields than the first line has names"])
            yield reader.line_num, {name: value or "" for name, value in values.items()}
    except csv.Error as error:
        raise AddError([f"{path.name}, line {reader.reader.line_num}: {error}"]) from error


def _json_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, text in enumerate(_text(path).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise AddError([f"{path.name}, line {line}: not JSON: {error}"]) from error
        if not isinstance(values, dict):
            raise AddError([f"{path.name}, line {line}: not an object in braces"])
        yield line, values


def _text(path: Path) -> str:
    """The file as text, with or without a byte order mark."""
    try:
        if not _real(path).is_relative_to(path.parent):
            raise AddError([f"{path.name}: a link that leads out of the folder"])
        if not _is_file(path):
            raise AddError([f"{path.name}: not a file"])
        if path.stat().st_size > MOST_METADATA_BYTES:
            raise AddError([f"{path.name}: over the limit of {MOST_METADATA_BYTES // 2**20} MiB"])
        data = path.read_bytes()
    except OSError as error:
        raise AddError([f"{path.name}: {error.strerror}"]) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"{path.name}, line {line}: not UTF-8 (byte 0x{data[error.start]:02x}); save it as UTF-8"
        raise AddError([problem]) from error


def _file_name(root: Path, values: Mapping[str, Any]) -> str:
    """The image that a row is about, as its path from the folder."""
    name = values.get("file_name")
    if not isinstance(name, str) or not name.strip() or "\0" in name:
        raise ValueError("no file_name")
    path = root / name
    if not _real(path).is_relative_to(root):
        raise ValueError(f"{_clean(name)} leads out of the folder")
    if not _is_file(path):
        raise ValueError(f"there is no file {_clean(name)}")
    return Path(os.path.normpath(name)).as_posix()


def _row(values: Mapping[str, Any]) -> _Row:
    kind = str(values.get("kind") or KINDS[0]).strip().lower()
    if kind not in KINDS:
        raise ValueError(f"kind is {' or '.join(KINDS)}, not {_clean(kind)!r}")
    texts = {name: _field(name, values.get(name)) for name in TEXTS}
    facts = PhotographFacts(
        **texts, conventional=_truth(values.get("conventional")), dimensions=_dimensions(values.get("dimensions"))
    )
    return _Row(kind, facts)


def _field(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, not {type(value).__name__}")
    if len(value) > MOST_CHARACTERS:
        raise ValueError(f"{name} is over the limit of {MOST_CHARACTERS:,} characters")
    return _clean(value)


def _clean(text: str) -> str:
    """Text on one line, each control character or lone surrogate a space."""
    return " ".join("".join(" " if unicodedata.category(each) in ("Cc", "Cs") else each for each in text).split())


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = "" if value is None else str(value).strip().lower()
    if text not in TRUTH:
        raise ValueError(f"conventional is true or false, not {_clean(text)!r}")
    return TRUTH[text]


def _dimensions(value: Any) -> tuple[str, ...]:
    """Names in a list, or in one text parted by commas; each once."""
    names = value.split(",") if isinstance(value, str) else [] if value is None else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("dimensions must be a list of names, or a text with commas between them")
    try:
        return tuple(dict.fromkeys(dimension(_clean(name)).name for name in names if name.strip()))
    except UnknownName as error:
        raise ValueError(str(error)) from error
