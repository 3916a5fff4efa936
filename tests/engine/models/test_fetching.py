"""Fetching from a hub on this machine that is whole, breaks off, serves other bytes, or is not there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import constants

from engine.models.errors import CannotFetch, WrongDigest
from engine.models.fetching import Hub, changed_files, fetch
from engine.models.places import locate, places
from tests.engine.models.hub import COMMIT, FakeHub, served

WEIGHTS = bytes(range(256)) * 4096  # a megabyte
OWN = """
[toy]
kind = "scorer"
licence = "MIT"
gigabytes = 0.1
sources = [
  { repo = "ann/toy", revision = "main", files = ["model.safetensors|pytorch_model.bin", "*.json"] },
  { repo = "ann/tokens", revision = "main", files = ["vocab.txt"], into = "tokens" },
]
"""
Fetch = Callable[..., object]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose own catalogue names the models of the hub, allowed to ask the hub on this machine."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    home = tmp_path / "home"
    home.mkdir()
    (home / "catalogue.toml").write_text(OWN)
    return home


def toy_hub(**options: object) -> FakeHub:
    files = {
        ("ann/toy", "model.safetensors"): WEIGHTS,
        ("ann/toy", "pytorch_model.bin"): b"the same in another format",
        ("ann/toy", "config.json"): b"{}",
        ("ann/tokens", "vocab.txt"): b"a\nb\n",
    }
    return FakeHub(files, frozenset({"model.safetensors"}), **options)


def at(hub: FakeHub, home: Path) -> Hub:
    return Hub(hub.endpoint, home / "cache")


def test_a_model_of_two_repositories_comes_into_one_folder_with_the_commit_and_digests_noted(home: Path) -> None:
    with served(toy_hub()) as hub:
        place = fetch("toy", home, hub=at(hub, home))
    assert locate("toy", home) == place.folder
    assert (place.folder / "model.safetensors").read_bytes() == WEIGHTS
    assert (place.folder / "tokens" / "vocab.txt").read_bytes() == b"a\nb\n"
    assert not (place.folder / "pytorch_model.bin").exists()
    assert place.commits == {"ann/toy": COMMIT, "ann/tokens": COMMIT}
    assert place.sha256["model.safetensors"] == hashlib.sha256(WEIGHTS).hexdigest()
    assert places(home)["toy"] == place


def test_progress_rises_to_the_whole(home: Path) -> None:
    told: list[tuple[int, int]] = []
    with served(toy_hub()) as hub:
        fetch("toy", home, lambda _name, done, total: told.append((done, total)), at(hub, home))
    total = len(WEIGHTS) + len("{}") + len("a\nb\n")
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (total, total)


def test_what_is_here_is_not_asked_for_again(home: Path) -> None:
    with served(toy_hub()) as hub:
        fetch("toy", home, hub=at(hub, home))
        hub.asked.clear()
        fetch("toy", home, hub=at(hub, home))
        assert hub.asked == []


def test_a_connection_that_breaks_is_taken_up_where_it_broke(home: Path) -> None:
    with served(toy_hub(breaks_after=300_000)) as hub:
        place = fetch("toy", home, hub=at(hub, home))
        ranges = [asked for path, asked in hub.asked if "model.safetensors" in path]
    assert (place.folder / "model.safetensors").read_bytes() == WEIGHTS
    assert ranges[0] == "bytes=0-"
    assert len(ranges) == 2
    assert 0 < int(ranges[1].removeprefix("bytes=").rstrip("-")) <= 300_000


def test_a_fetch_that_was_killed_goes_on_where_it_stopped(home: Path) -> None:
    part = home / "models" / "toy" / f".model.safetensors.{hashlib.sha256(WEIGHTS).hexdigest()}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(WEIGHTS[:500_000])
    with served(toy_hub()) as hub:
        place = fetch("toy", home, hub=at(hub, home))
        ranges = [asked for path, asked in hub.asked if "model.safetensors" in path]
    assert ranges == ["bytes=500000-"]
    assert (place.folder / "model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_file_that_arrives_changed_is_refused_and_removed(home: Path, name: str) -> None:
    whole = toy_hub().files["ann/toy", name]
    with served(toy_hub(changed={name: b"x" + whole[1:]})) as hub, pytest.raises(WrongDigest, match=name):
        fetch("toy", home, hub=at(hub, home))
    assert not (home / "models" / "toy" / name).exists()
    assert "toy" not in places(home)


def test_a_digest_of_the_catalogue_counts_before_the_hubs(home: Path) -> None:
    (home / "catalogue.toml").write_text(OWN + f'sha256 = {{ "model.safetensors" = "{"0" * 64}" }}\n')
    with served(toy_hub()) as hub, pytest.raises(WrongDigest, match="0" * 64):
        fetch("toy", home, hub=at(hub, home))


def test_a_file_that_the_hub_librarys_cache_holds_is_linked(home: Path) -> None:
    snapshot = home / "cache" / "models--ann--toy" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors").write_bytes(WEIGHTS)
    with served(toy_hub()) as hub:
        place = fetch("toy", home, hub=at(hub, home))
        assert not [path for path, _ in hub.asked if "model.safetensors" in path]
    assert (place.folder / "model.safetensors").is_symlink()
    assert (place.folder / "model.safetensors").read_bytes() == WEIGHTS


def test_a_file_that_changes_later_is_found_by_its_digest_and_fetched_again(home: Path) -> None:
    with served(toy_hub()) as hub:
        place = fetch("toy", home, hub=at(hub, home))
        assert changed_files(place) == []
        (place.folder / "config.json").write_text("{} ")
        assert changed_files(place) == ["config.json"]
        hub.asked.clear()
        assert fetch("toy", home, hub=at(hub, home)) == place
        assert not [path for path, _ in hub.asked if "model.safetensors" in path]
    assert (place.folder / "config.json").read_text() == "{}"


def test_without_a_hub_it_is_said_what_is_needed_and_how_to_do_without(home: Path) -> None:
    with served(toy_hub()) as hub:
        pass  # it is gone now
    with pytest.raises(CannotFetch) as told:
        fetch("toy", home, hub=at(hub, home))
    for part in ("model.safetensors", "tokens/vocab.txt", "0.1 GB", f"{hub.endpoint}/ann/toy", "models use toy FOLDER"):
        assert part in str(told.value)


def test_a_gated_repository_is_answered_with_its_licence_and_its_page(home: Path) -> None:
    with served(toy_hub(status=403)) as hub, pytest.raises(CannotFetch, match=r"accept a licence.*MIT.*ann/toy"):
        fetch("toy", home, hub=at(hub, home))


def test_a_repository_that_lost_a_file_is_named_with_it(home: Path) -> None:
    hub = toy_hub()
    del hub.files["ann/tokens", "vocab.txt"]
    with served(hub), pytest.raises(CannotFetch, match=r"ann/tokens.*vocab\.txt"):
        fetch("toy", home, hub=at(hub, home))


def test_a_repository_cannot_write_outside_the_models_folder(home: Path) -> None:
    (home / "catalogue.toml").write_text(OWN.replace('"vocab.txt"', '"*/*/*"'))
    hub = toy_hub()
    hub.files["ann/tokens", "../../evil"] = b"x"
    with served(hub), pytest.raises(CannotFetch, match="outside"):
        fetch("toy", home, hub=at(hub, home))


def test_a_service_has_nothing_to_fetch(home: Path) -> None:
    with pytest.raises(CannotFetch, match="service"):
        fetch("nano-banana", home)
