"""The doctor finds what is broken, and is content with what isn't."""

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from engine import doctor
from engine.models.places import Place, note
from store import Home
from store.blobs import blob_path, keep_image
from store.records import add_image
from store.work import add_run, set_run_state, start_worker


@pytest.fixture(autouse=True)
def _no_scorers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading the packaged models is the scorers' own test."""
    monkeypatch.setattr(doctor.SCORERS, "names", lambda: [])


def found(home: Home | Path) -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine(home)}


def test_a_new_home_is_as_it_should_be(home: Home) -> None:
    checks = found(home)
    assert {
        "python",
        "torch",
        "devices",
        "torchvision",
        "sqlite",
        "home",
        "disk",
        "database",
        "images",
    } <= checks.keys()
    assert [check for check in checks.values() if not check.ok] == []


def test_a_card_that_is_listed_and_does_not_compute_is_a_finding(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: "a card")
    facts = SimpleNamespace(name="a card", total_memory=80 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda name: facts)

    def fails(name: str) -> bool:
        raise RuntimeError(f"no kernel image is available on {name}")

    monkeypatch.setattr(doctor, "computes_whole", fails)
    checks = found(home)
    assert checks["devices"].detail == "processor, a card"
    assert checks["card 0"] == ("card 0", False, "RuntimeError: no kernel image is available on cuda:0")
    monkeypatch.setattr(doctor, "computes_whole", lambda name: False)
    assert found(home)["card 0"].detail.startswith("it shortens 32 bits to TF32's 19")
    monkeypatch.setattr(doctor, "computes_whole", lambda name: True)
    assert found(home)["card 0"].detail.startswith("a card, 80 GiB, computes")


def test_what_tf32_would_drop_is_kept_by_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.computes_whole("cpu")
    convolve = torch.nn.functional.conv2d
    monkeypatch.setattr(torch.nn.functional, "conv2d", lambda x, kernel: convolve(x.bfloat16().float(), kernel))
    assert not doctor.computes_whole("cpu")


def test_missing_and_changed_images_are_counted_and_unknown_files_told(home: Home) -> None:
    blobs = [keep_image(home, Image.new("RGB", (4, 4), colour)) for colour in ("red", "blue", "green", "black")]
    with home.database.write() as session:
        for blob in blobs[:3]:
            add_image(session, blob, blob.sha256, "generated", {})
    blob_path(home, blobs[0].sha256, ".png").unlink()
    blob_path(home, blobs[1].sha256, ".png").write_bytes(b"changed")
    checks = found(home)
    assert not checks["images"].ok
    assert "1 missing" in checks["images"].detail
    assert "1 changed" in checks["images"].detail
    assert checks["files of no image"].detail.startswith("1,")


def test_a_home_that_is_no_home_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "widespectrum.sqlite").write_text("something else entirely")
    check = found(tmp_path)["home"]
    assert not check.ok
    assert "not an SQLite database" in check.detail


def test_a_home_that_is_not_there_yet_is_said_and_is_not_made(tmp_path: Path) -> None:
    check = found(tmp_path / "mistyped")["home"]
    assert check.ok
    assert check.detail.startswith(f"there is no home at {tmp_path / 'mistyped'}: ")
    assert list(tmp_path.iterdir()) == []


def test_where_no_home_can_be_made_it_is_not_said_to_be_writable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "inside"):
        checks = found(folder)
        assert checks["home is writable"] == ("home is writable", False, f"{tmp_path / 'file'} is not a folder")
        assert not checks["home"].ok
    assert found(tmp_path / "new")["home is writable"].detail == f"it isn't there, and {tmp_path} is"


def test_runs_that_wait_without_a_worker_are_a_finding(home: Home) -> None:
    assert found(home)["workers"] == ("workers", True, "none")
    with home.database.write() as session:
        first, second, third = (add_run(session, name, "{}") for name in ("one", "two", "three"))
        set_run_state(session, first, "paused")
        set_run_state(session, second, "running")
    resume = f"`widespectrum runs resume {second}` starts one"
    assert found(home)["workers"] == ("workers", False, f"none, and 2 runs wait: {resume}")
    with home.database.write() as session:
        set_run_state(session, third, "cancelled")
    assert found(home)["workers"].detail == f"none, and 1 run waits: {resume}"
    with home.database.write() as session:
        start_worker(session, "cpu")
    assert found(home)["workers"].ok


def test_a_full_disk_is_found_and_the_home_is_looked_at_all_the_same(tmp_path: Path, full_disk: Callable) -> None:
    with Home(tmp_path) as home, home.database.write() as session:
        blob = keep_image(home, Image.new("RGB", (4, 4), "red"))
        add_image(session, blob, blob.sha256, "generated", {})
    with full_disk(0):
        checks = found(tmp_path)
    assert os.strerror(errno.EFBIG) in checks["home is writable"].detail
    assert not checks["home is writable"].ok
    assert not checks["home"].ok
    assert (checks["database"].ok, checks["images"].detail) == (True, "1 files, all as they were stored")


def test_a_scorer_that_does_not_load_is_a_finding(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.SCORERS, "names", lambda: ["torn"])
    monkeypatch.setattr(doctor.SCORERS, "load", lambda name: (_ for _ in ()).throw(OSError(f"{name} weights are gone")))
    check = found(home)["scorer torn"]
    assert not check.ok
    assert "torn weights are gone" in check.detail


def test_weights_that_are_no_longer_what_was_fetched_are_a_finding(home: Home, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    fetched = Place(tmp_path, {"ann/toy": "c" * 40}, {"config.json": hashlib.sha256(b"{}").hexdigest()})
    note("toy", fetched, home.folder)
    note("mine", Place(tmp_path), home.folder)
    checks = found(home)
    assert checks["weights toy"].ok
    assert "weights mine" not in checks, "whoever pointed to a folder may change it"
    (tmp_path / "config.json").write_text("{} ")
    check = found(home)["weights toy"]
    assert not check.ok
    assert check.detail.startswith("changed or gone: config.json; `widespectrum models fetch toy`")


def test_weights_that_can_not_be_read_are_a_finding(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(place: Place) -> list[str]:
        raise PermissionError(errno.EACCES, "Permission denied", str(place.folder))

    note("toy", Place(tmp_path, sha256={"config.json": "0" * 64}), home.folder)
    monkeypatch.setattr(doctor, "changed_files", unreadable)
    assert "Permission denied" in found(home)["weights toy"].detail


def test_a_list_of_models_that_can_not_be_read_is_a_finding(home: Home) -> None:
    (home.folder / "models.toml").write_text("[toy")
    assert "models.toml can't be read" in found(home)["models"].detail


def test_a_torchvision_that_does_not_fit_is_told_with_its_remedy(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    monkeypatch.syspath_prepend(tmp_path)
    check = found(home)["torchvision"]
    assert not check.ok
    assert "nms does not exist" in check.detail
    assert "or remove it" in check.detail
