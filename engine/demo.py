"""The demo: sample photographs, wide pairs of them, both controls and every probe, done by a worker of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import sample_data
from engine import runs
from engine.runs import GenerateWants, Progress, Wants
from engine.scorers import CONTROLS
from store import Home
from store.blobs import keep_bytes
from store.queries import work as queries
from store.records import PhotographFacts, add_photograph

NAME = "demo"
DEMO_WANTS = Wants(GenerateWants("darkroom"), scorers=CONTROLS, probes=True, photographs=True)
"""Eight pairs of each conventional photograph, four with one effect and four with several."""
LOOK_SECONDS = 0.2
LOG_LINES = 12


class DemoFailed(RuntimeError):
    """The worker ended before its work; the message has its reason and the end of its log."""


def load_sample(home: Home, on_progress: Callable[[int, int, str], None] | None = None) -> int:
    """Add the packaged photographs and artworks that aren't there yet; returns how many that were."""
    photographs = sample_data.photographs()
    added = 0
    for done, sample in enumerate(photographs):
        if on_progress:
            on_progress(done, len(photographs), sample.title)
        facts = PhotographFacts(
            title=sample.title,
            caption=sample.caption,
            wide_prompt=sample.wide_prompt or "",
            author=sample.author,
            license=sample.license,
            license_url=sample.license_url,
            url=sample.url,
            collection=sample.collection,
            conventional=sample.role == "conventional",
            dimensions=sample.dimensions,
        )
        blob = keep_bytes(home, sample.resource().read_bytes(), sample.file)
        with home.database.write() as session:
            added += add_photograph(session, blob, sample.kind, facts)[1]
    return added


def build_demo(home: Home) -> Iterator[Progress]:
    """Fill a home with the demo, and say several times a second how far it has come; the last word is the whole.

    Takes up a demo that was begun, and has nothing to do for one that is done. The worker is a process of its own:
    it goes on when whoever listens goes away.

    Raises:
        DemoFailed: the worker ended before its work.
    """
    load_sample(home)
    run_id = _run(home)
    worker = runs.ensure_worker(home)
    while (progress := runs.progress(home, run_id)).state in runs.ACTIVE:
        yield progress
        if worker is None or not runs.anyone_working(home):
            progress = runs.progress(home, run_id)  # it may have ended because it was done
            break
        time.sleep(LOOK_SECONDS)
    yield progress
    if progress.state != "done":
        raise DemoFailed(_why(home, progress))


def _run(home: Home) -> int:
    """The run of the demo: the one that is there, queued again if something is left of it, or a new one."""
    for row in queries.runs(home.database.reader()):
        if row["name"] == NAME and Wants.from_json(json.loads(row["wants"])) == DEMO_WANTS:
            if row["state"] not in runs.ACTIVE and runs.progress(home, row["id"]).left:
                runs.resume(home, row["id"])
            return int(row["id"])
    return runs.start_run(home, NAME, DEMO_WANTS)


def _why(home: Home, progress: Progress) -> str:
    """Why the run isn't done, with the end of the worker's log."""
    what = f"the demo is {progress.state}, and its worker has ended"
    what += f": {progress.reason}" if progress.reason else ""
    log = runs.latest_log(home)
    if log is None:
        return what
    end = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    return "\n".join([what, f"{log} ends with:", *end])
