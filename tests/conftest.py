"""What every test stands on: one thread, no network, a home of its own, and a small home to look at."""

from __future__ import annotations

import io
import os
import resource
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", WIDESPECTRUM_DEVICES="cpu")

import hypothesis
import PIL.Image
import pytest

from store import Home
from store.blobs import StoredBlob, keep_bytes

hypothesis.settings.register_profile("widespectrum", deadline=None)
hypothesis.settings.load_profile("widespectrum")

HERE = {"localhost", "127.0.0.1", "::1", "", None, socket.gethostname()}
LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
reached: list[str] = []


def _watch(event: str, arguments: tuple) -> None:
    """Refuse the network, whichever library asks for it."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # the address of a unix socket is a path
    elif event in LOOKUPS:
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in HERE:
        reached.append(f"{event} {host}")
        raise OSError(f"tests have no network: {event} {host}")


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """A test that tried to reach the network fails, even where the code under test made do without."""
    reached.clear()
    yield
    assert not reached


@pytest.fixture(autouse=True, scope="session")
def _no_home_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["WIDESPECTRUM_HOME"] = str(tmp_path_factory.mktemp("default") / "home")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A new home."""
    with Home(tmp_path / "home") as opened:
        yield opened


@dataclass(frozen=True)
class SmallHome:
    """Six pairs of three captions from two sources, scored by two scorers, and four photographs.

    The last pair has no scores. The margins of `conse` are `MARGINS`.
    """

    home: Home
    darkroom: int
    imported: int
    conse: int
    polish: int
    pairs: tuple[int, ...]
    photographs: tuple[int, ...]


MARGINS = (0.25, -0.125, 0.0, -0.5, 0.125)
PAIR_DIMENSIONS = ("intentional_blur", "film_artifacts", "clarity", "exposure_extremes", "clarity", "muted_faded")


def colour_blob(home: Home, shade: int) -> StoredBlob:
    """A tiny image of one colour."""
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (8, 6), (shade, 255 - shade, 90)).save(buffer, "PNG")
    return keep_bytes(home, buffer.getvalue(), f"shade {shade}")


def populate(home: Home) -> SmallHome:
    """Fill a new home: see `SmallHome`."""
    from store import curation, records

    with home.database.write() as session:
        darkroom = records.source_id(session, "darkroom", "1", "generator")
        imported = records.source_id(session, "archive", "2024", "import")
        conse = records.scorer_id(session, records.ScorerFacts("conse", "1", "control", "dual", True))
        polish = records.scorer_id(session, records.ScorerFacts("polish", "1", "control", "cross", False))
        probe = records.probe_id(session, "sharpness", "1")
        photographs = tuple(
            records.add_photograph(
                session,
                colour_blob(home, 10 + number),
                "artwork" if number == 3 else "photograph",
                records.PhotographFacts(
                    title=f"Picture {number}",
                    caption=("a bear and a cub", "a café at night", "a red kite", "a wet street")[number],
                    wide_prompt="" if number < 2 else "barely visible in the dark, faded",
                    collection="sample",
                    conventional=number < 2,
                    dimensions=() if number < 2 else ("muted_faded", "exposure_extremes"),
                ),
            )[0]
            for number in range(4)
        )
        pairs = []
        for number, dimension in enumerate(PAIR_DIMENSIONS):
            caption = records.prompt_id(session, ("a bear and a cub", "a café at night", "a red kite")[number % 3])
            wide = records.prompt_id(session, f"the same subject, seen through {dimension} number {number}")
            original_image, wide_image = (
                records.add_image(session, colour_blob(home, shade), f"made {shade}", "generated", {"seed": number})
                for shade in (100 + number, 200 + number)
            )
            asked = (records.AskedDimension(dimension, dimension, 0.7), records.AskedDimension("detail", asked=False))
            new = records.NewPair(
                key=f"pair {number}",
                source_id=darkroom if number < 4 else imported,
                original_prompt_id=caption,
                wide_prompt_id=wide,
                original_image_id=original_image,
                wide_image_id=wide_image,
                seed=number,
                writer="1",
                dimensions=asked,
            )
            pairs.append(records.add_pair(session, new))
            if number < len(MARGINS):
                cells = [
                    records.NewScore(original_image, caption, 0.75),
                    records.NewScore(original_image, wide, 0.5),
                    records.NewScore(wide_image, caption, 0.25),
                    records.NewScore(wide_image, wide, 0.5 + MARGINS[number], truncated=number == 1),
                ]
                records.add_scores(session, conse, cells)
                blind = [records.NewScore(original_image, 0, 0.75), records.NewScore(wide_image, 0, 0.25)]
                records.add_scores(session, polish, blind)
            if number < 3:
                seen = records.NewWitness(pairs[-1], dimension, dimension, probe, 10.0, 5.0 + 10 * number, number == 0)
                records.set_witnesses(session, [pairs[-1]], [seen])
        curation.decide(session, "ann", curation.Subject.PAIR, pairs[0], curation.Action.ACCEPT)
        curation.decide(session, "ann", curation.Subject.PAIR, pairs[1], curation.Action.REJECT)
        curation.decide(session, "ann", curation.Subject.IMAGE, photographs[2], curation.Action.ACCEPT)
    return SmallHome(home, darkroom, imported, conse, polish, tuple(pairs), photographs)


@pytest.fixture
def small_home(home: Home) -> SmallHome:
    """A small home of the test's own, to read and to write."""
    return populate(home)


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHome]:
    """A small home for reading, and for writing in a `trial`."""
    with Home(tmp_path_factory.mktemp("shared") / "home") as opened:
        yield populate(opened)


class _Over(Exception):
    pass


@pytest.fixture(scope="session")
def trial() -> Callable[[Home], AbstractContextManager]:
    """`trial(home)`: a transaction that leaves nothing behind."""

    @contextmanager
    def begin(home: Home) -> Iterator:
        with suppress(_Over), home.database.write() as session:
            yield session
            raise _Over

    return begin


NOBODY = 65534


@pytest.fixture
def full_disk() -> Callable[[int], AbstractContextManager]:
    """`full_disk(bytes)`: no file can grow beyond so many bytes."""

    @contextmanager
    def limit(size: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit


@pytest.fixture
def unwritable() -> Iterator[Callable[[], AbstractContextManager[Path]]]:
    """`unwritable()`: a folder that may be read and not written, not even by root while inside."""

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        @contextmanager
        def enter() -> Iterator[Path]:
            folder.chmod(0o555)
            if os.geteuid() == 0:
                os.seteuid(NOBODY)
            try:
                yield folder
            finally:
                os.seteuid(os.getuid())
                folder.chmod(0o755)

        yield enter


@pytest.fixture
def everything_in() -> Callable[[Path], dict[str, bytes | None]]:
    """`everything_in(folder)`: each file's bytes by path; None for a folder."""

    def read(folder: Path) -> dict[str, bytes | None]:
        return {str(path): None if path.is_dir() else path.read_bytes() for path in sorted(folder.rglob("*"))}

    return read
