"""A worker can be paused, stopped and killed at any moment; two never hold one device, and a full disk says so."""

import random
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from engine.plan.wants import GenerateWants, Wants
from engine.runs import pause, progress, resume, start_run
from engine.worker.worker import Worker
from store import Home
from store.blobs import blob_path
from store.work import DeviceBusy

Spawn = Callable[..., subprocess.Popen[str]]
WANTS = Wants(GenerateWants(per_original=12, singles=6), ("plain", "blind"), probes=True, photographs=True)


def first_line(process: subprocess.Popen[str]) -> str:
    """Waits until a worker has begun to work."""
    assert process.stderr is not None
    return process.stderr.readline()


def test_a_worker_that_is_killed_again_and_again_gives_the_store_of_one_that_never_was(
    filled: Home,
    fill: Callable[[Home], None],
    tmp_path: Path,
    spawn: Spawn,
    work: Callable[[Home], str],
    contents: Callable[[Home], dict],
) -> None:
    start_run(filled, "all", WANTS)
    moments = random.Random(2)
    killed = 0
    while killed < 4:
        process = spawn(filled, TEST_MODELS_SECONDS="0.01")
        assert "looking for what is missing" in first_line(process)
        try:
            process.wait(timeout=moments.uniform(0.02, 0.9))
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        assert process.wait() == -signal.SIGKILL, "it ended before it could be killed four times"
    assert progress(filled, 1).left > 0
    work(filled)
    with Home(tmp_path / "undisturbed") as undisturbed:
        fill(undisturbed)
        start_run(undisturbed, "all", WANTS)
        work(undisturbed)
        assert contents(filled) == contents(undisturbed)


def test_a_worker_that_is_told_to_stop_ends_at_once_and_loses_nothing(
    filled: Home, spawn: Spawn, work: Callable[[Home], str]
) -> None:
    run = start_run(filled, "all", WANTS)
    process = spawn(filled, TEST_MODELS_SECONDS="0.05")
    first_line(process)
    process.terminate()
    assert process.wait(timeout=3) == 0
    seen = progress(filled, run)
    assert (seen.reason, seen.workers) == ("told to stop", ())
    assert seen.left > 0
    assert filled.database.reader().execute("SELECT count(*) FROM claim").fetchone()[0] == 0
    work(filled)
    assert progress(filled, run).left == 0


def test_pausing_gives_up_the_batch_in_hand_and_resuming_does_it(filled: Home, models: ModuleType) -> None:
    run = start_run(filled, "gated", Wants(GenerateWants(per_original=1, singles=1), ("gated",)))
    worker = Worker(filled)
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert models.Gated.entered.wait(30)
    assert progress(filled, run).state == "running"
    pause(filled, run)
    models.Gated.go_on.set()
    thread.join(30)
    seen = progress(filled, run)
    assert (seen.state, seen.reason) == ("paused", "nothing is left to do")
    assert seen.stages[0].done == 4
    assert filled.database.reader().execute("SELECT count(*) FROM claim").fetchone()[0] == 0
    resume(filled, run)
    Worker(filled).run()
    assert progress(filled, run).left == 0


def test_whoever_watches_sees_what_the_worker_does(filled: Home, models: ModuleType) -> None:
    run = start_run(filled, "gated", Wants(GenerateWants(per_original=1, singles=1), ("gated",)))
    worker = Worker(filled)
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert models.Gated.entered.wait(30)
    with Home(filled.folder) as another:
        news = threading.Event()
        while "gated" not in (seen := progress(another, run)).doing:
            news.wait(0.1)  # the next heartbeat
    assert [worker.run_id for worker in seen.workers] == [run]
    assert seen.rate
    worker.stop()
    models.Gated.go_on.set()
    thread.join(30)


def test_a_second_worker_on_a_device_is_refused(filled: Home, spawn: Spawn) -> None:
    first = Worker(filled)
    with pytest.raises(DeviceBusy, match="already has cpu"):
        Worker(filled)
    process = spawn(filled)
    assert "already has cpu" in process.communicate(timeout=30)[1]
    assert process.returncode == 2
    first.run()
    assert spawn(filled).wait(timeout=30) == 0


def test_two_workers_on_two_devices_share_a_run(
    filled: Home, models: ModuleType, contents: Callable[[Home], dict]
) -> None:
    run = start_run(filled, "all", WANTS)
    workers = [Worker(filled, device) for device in ("cpu:0", "cpu:1")]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    seen = progress(filled, run)
    assert (seen.state, seen.left, seen.failed) == ("done", 0, 0)
    assert len(contents(filled)["pairs"]) == 48


def test_a_full_disk_pauses_the_run_and_says_so(filled: Home, spawn: Spawn, work: Callable[[Home], str]) -> None:
    run = start_run(filled, "all", Wants(GenerateWants(per_original=40, singles=20)))
    # A file that grows over the limit fails as on a full disk; the database's own journal is the first to.
    process = spawn(filled, "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))")
    log = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "can't be written" in log
    seen = progress(filled, run)
    assert 0 < seen.done < seen.total
    resume(filled, run)
    work(filled)
    assert progress(filled, run).left == 0


def test_a_full_disk_at_an_image_is_the_reason_of_the_pause(
    filled: Home, models: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.worker import generate
    from store import HomeUnusable

    def full(*_: object) -> None:
        raise HomeUnusable("images/ab: can't be written: No space left on device")

    monkeypatch.setattr(generate, "keep_image", full)
    run = start_run(filled, "all", WANTS)
    with pytest.raises(HomeUnusable):
        Worker(filled).run()
    seen = progress(filled, run)
    assert (seen.state, seen.stages[0].done) == ("paused", 0)
    assert "No space left on device" in seen.reason


def test_a_pipeline_that_is_killed_in_the_middle_of_its_pairs_makes_each_of_them_once(
    home: Home, tmp_path: Path, spawn: Spawn, work: Callable[[Home], str]
) -> None:
    from engine.models.places import use
    from engine.verify.layouts.pipelines import PIPELINES

    use("sdxl", PIPELINES["sdxl"](tmp_path / "weights"), home.folder)
    prompts, settings = tuple(f"a dog, number {number}" for number in range(10)), (("size", 32), ("steps", 4))
    run = start_run(home, "40", Wants(GenerateWants("sdxl", "prompts", 4, prompts=prompts, settings=settings)))
    process = spawn(home)
    news = threading.Event()
    while progress(home, run).stages[0].done < 3:
        assert process.poll() is None, process.communicate()[1]
        news.wait(0.05)  # until the next pair is stored
    process.kill()
    process.wait()
    assert 0 < progress(home, run).stages[0].left < 40
    work(home)
    seen = progress(home, run).stages[0]
    assert (seen.done, seen.failed, seen.left) == (40, 0, 0)
    counts = "SELECT count(*), count(DISTINCT key), count(DISTINCT original_image_id) FROM pair"
    assert tuple(home.database.reader().execute(counts).fetchone()) == (40, 40, 10)
    assert home.database.reader().execute("SELECT count(*) FROM image").fetchone()[0] == 50


def test_a_home_that_is_moved_meanwhile_stops_the_worker_and_loses_nothing(
    filled: Home, spawn: Spawn, work: Callable[[Home], str], tmp_path: Path
) -> None:
    run = start_run(filled, "all", WANTS)
    process = spawn(filled, TEST_MODELS_SECONDS="0.01")
    news = threading.Event()
    while progress(filled, run).done == 0:
        assert process.poll() is None, process.communicate()[1]
        news.wait(0.02)  # until the next batch is stored
    filled.close()
    filled.folder.rename(tmp_path / "moved")
    log = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "not there any more" in log or "No such file" in log
    assert not filled.folder.exists()
    with Home(tmp_path / "moved") as moved:
        assert progress(moved, run).left > 0
        work(moved)
        seen = progress(moved, run)
        assert (seen.state, seen.failed, seen.left) == ("done", 0, 0)
        files = moved.database.reader().execute("SELECT sha256, suffix FROM blob").fetchall()
        assert all(blob_path(moved, *file).is_file() for file in files)
