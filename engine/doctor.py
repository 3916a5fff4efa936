"""Examining an installation and a home: what is there, what is broken, and what to do about it."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from engine.models.fetching import changed_files, digest_of
from engine.models.here import presence
from engine.models.places import BadModelsFile, Place, places
from engine.scorers import SCORERS
from engine.scorers.loading import takes_folder
from store import Home, NoHome, StoreError, default_home
from store.blobs import blob_path
from store.disk import refusal
from store.queries import work as queries

OLDEST_SQLITE = (3, 37)
LEAST_FREE_BYTES = 2**30


class Check(NamedTuple):
    """One thing that was looked at: whether it is as it should be, and what was found."""

    name: str
    ok: bool
    detail: str


class _Wrong(Exception):
    """A finding whose words say all."""


def examine(home: Home | Path | None = None) -> Iterator[Check]:
    """Look at everything. Reads every image file and all weights of the home; loads torch and the packaged scorers.

    Args:
        home: open, or where it should be; by default the default home. One that can't be opened is itself a finding.
    """
    folder = _folder(home)
    yield _python()
    yield from _torch()
    yield _torchvision()
    yield from _scorers(folder)
    yield _sqlite()
    yield from _disk(folder)
    if isinstance(home, Home):
        yield from _home(home)
    else:
        try:
            with Home.to_read(home) as opened:
                yield from _home(opened)
        except NoHome as error:  # before its first use nothing is wrong with a machine
            yield Check("home", True, str(error))
        except StoreError as error:
            yield Check("home", False, str(error))
    yield from _weights(folder)


def _tried(name: str, look: Callable[[], str]) -> Check:
    """What looking finds, or the error that it meets."""
    try:
        return Check(name, True, look())
    except _Wrong as finding:
        return Check(name, False, str(finding))
    except Exception as error:  # whatever is broken is the finding
        return Check(name, False, f"{type(error).__name__}: {error}")


def _python() -> Check:
    return Check("python", True, f"{platform.python_version()} on {platform.platform()}")


def _torch() -> Iterator[Check]:
    yield (torch := _tried("torch", lambda: import_module("torch").__version__))
    yield _tried("devices", _devices)
    if torch.ok:
        for number in range(import_module("torch").cuda.device_count()):
            yield _tried(f"card {number}", partial(_card, f"cuda:{number}"))


def _devices() -> str:
    torch = import_module("torch")
    names = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("Apple GPU")
    return ", ".join(["processor", *names])


def _card(name: str) -> str:
    """A card that is listed may still not compute, where torch was built for others; or shorten what it multiplies."""
    facts = import_module("torch").cuda.get_device_properties(name)
    if not computes_whole(name):
        raise _Wrong("it shortens 32 bits to TF32's 19: is NVIDIA_TF32_OVERRIDE set?")
    return f"{facts.name}, {facts.total_memory / 2**30:.0f} GiB, computes, and its fp32 keeps all 32 bits"


def computes_whole(device: str) -> bool:
    """Whether what scorers in fp32 do, products of matrices and convolutions, keeps the digits that TF32 drops."""
    torch = import_module("torch")
    from engine.scorers.precision import chosen

    where = torch.device(device)
    fine, one = torch.full((256, 256), 1 + 2**-20, device=where), torch.eye(256, device=where)
    image = fine.reshape(1, 256, 16, 16)
    with chosen("fp32", where, publisher_autocasts=False).computing(where):
        convolved = torch.nn.functional.conv2d(image, one[:, :, None, None])
        return torch.equal(fine @ one, fine) and torch.equal(convolved, image)


def _torchvision() -> Check:
    """Not needed; but where one is installed that doesn't fit torch, transformers falls over it."""
    try:
        found = version("torchvision")
    except PackageNotFoundError:
        found = ""
    if not found and find_spec("torchvision") is None:
        return Check("torchvision", True, "not installed, and not needed")
    check = _tried("torchvision", lambda: f"{found}, fits torch" if import_module("torchvision") else "")
    remedy = "; it doesn't fit torch: install the one that does, or remove it"
    return check if check.ok else check._replace(detail=f"{found}: {check.detail}{remedy}")


def _folder(home: Home | Path | None) -> Path:
    return home.folder if isinstance(home, Home) else home or default_home()


def _scorers(home: Path) -> Iterator[Check]:
    for name in SCORERS.names():
        yield _tried(f"scorer {name}", partial(_scorer, name, home))


def _scorer(name: str, home: Path) -> str:
    """The version of a scorer that comes with the program; of another, where its weights are, if they are anywhere."""
    scorer = SCORERS.load(name)
    return presence(name, home)[1] if takes_folder(scorer) else scorer().version


def _weights(home: Path) -> Iterator[Check]:
    """Fetched files that are gone or are no longer what arrived. What someone pointed to is their own business."""
    try:
        known = places(home)
    except BadModelsFile as error:
        yield Check("models", False, str(error))
        return
    for name, place in known.items():
        if place.sha256:
            yield _tried(f"weights {name}", partial(_as_fetched, name, place))


def _as_fetched(name: str, place: Place) -> str:
    if changed := changed_files(place):
        raise _Wrong(f"changed or gone: {', '.join(changed)}; `widespectrum models fetch {name}` brings them again")
    return "as they were fetched"


def _sqlite() -> Check:
    options = {row[0] for row in sqlite3.connect(":memory:").execute("PRAGMA compile_options")}
    lacks = []
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        lacks.append(f"older than {'.'.join(map(str, OLDEST_SQLITE))}")
    if "ENABLE_FTS5" not in options:
        lacks.append("without FTS5, the search of prompts")
    return Check("sqlite", not lacks, ", ".join([sqlite3.sqlite_version, *(lacks or ["with FTS5"])]))


def _disk(folder: Path) -> Iterator[Check]:
    """The disk below a home, or where its folder will be made. Looked at first: it may be why the home won't open."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    yield Check("disk", free >= LEAST_FREE_BYTES, f"{free / 2**30:.1f} GiB free")
    yield _tried("home is writable", partial(_writable, folder, there))


def _writable(folder: Path, there: Path) -> str:
    if not there.is_dir():
        raise _Wrong(f"{there} is not a folder")
    if why := refusal(there):
        raise _Wrong(f"{there}: {why}")
    return "yes" if folder.exists() else f"it isn't there, and {there} is"


def _home(home: Home) -> Iterator[Check]:
    yield Check("home", not home.remark, home.remark or str(home.folder))
    if not home.database.read_only:
        mode = home.database.journal_mode
        detail = mode if mode == "wal" else f"{mode}: this file system can't do WAL, so readers wait for writers"
        yield Check("journal", True, detail)
    yield _database(home)
    yield from _blobs(home)
    yield _workers(home)


def _workers(home: Home) -> Check:
    """Who works here. Nobody need, unless runs wait: then whoever should have done them was killed, say."""
    reader = home.database.reader()
    detail = ", ".join(f"{row['pid']} on {row['host']} has {row['device']}" for row in queries.live_workers(reader))
    waiting = [row["id"] for row in queries.runs(reader) if row["state"] in queries.ACTIVE]
    if detail or not waiting:
        return Check("workers", True, detail or "none")
    runs = "1 run waits" if len(waiting) == 1 else f"{len(waiting)} runs wait"
    return Check("workers", False, f"none, and {runs}: `widespectrum runs resume {waiting[0]}` starts one")


def _database(home: Home) -> Check:
    found = home.database.reader().execute("PRAGMA quick_check(1)").fetchone()[0]
    return Check("database", found == "ok", "sound" if found == "ok" else f"damaged: {found}")


def _blobs(home: Home) -> Iterator[Check]:
    """Files that the database knows and are gone or changed, and files that it doesn't know."""
    rows = home.database.reader().execute("SELECT sha256, suffix FROM blob")
    known = {blob_path(home, *row): row[0] for row in rows}
    missing = [path for path in known if not path.exists()]
    changed = [path for path, sha256 in known.items() if path.exists() and digest_of(path) != sha256]
    strange = [path for path in home.images.rglob("*") if path.is_file() and path not in known]
    yield Check("images", not missing and not changed, _said(len(known), {"missing": missing, "changed": changed}))
    detail = f"{len(strange)}, {sum(path.stat().st_size for path in strange) / 2**20:.1f} MiB"
    yield Check("files of no image", True, f"{detail}: from batches that were cut short" if strange else "none")


def _said(known: int, found: dict[str, list[Path]]) -> str:
    parts = [f"{len(paths)} {what} (first {paths[0].name})" for what, paths in found.items() if paths]
    return ", ".join([f"{known} files", *(parts or ["all as they were stored"])])
