"""Yardsticks: kept by their requirements, asked in another process, and clear about what went wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.verify.errors import YardstickFailed, YardstickUnavailable
from engine.verify.standards import STANDARDS
from engine.verify.yardstick import READY, SOURCES, VARIABLE, Job, Yardstick, kept_in, yardstick

PUBLISHER = """
PACKAGE = "numpy"

class Publisher:
    def __init__(self, folder, device, precision):
        print("packages talk")
        self._told = [folder.name, device, precision]

    def score(self, image, prompt):
        if prompt == "fail":
            raise RuntimeError("no such thing")
        return float(len(prompt))

    def score_reloading(self, image, prompt):
        return -1.0
"""


@pytest.fixture
def here(tmp_path: Path) -> Yardstick:
    """A yardstick that is built: a publisher of our own, and this Python."""
    source, folder = tmp_path / "source", tmp_path / "kept"
    (folder / "bin").mkdir(parents=True)
    source.mkdir()
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / READY).touch()
    (folder / "pyvenv.cfg").write_text((Path(sys.prefix) / "pyvenv.cfg").read_text())
    (folder / "lib").symlink_to(Path(sys.prefix) / "lib")
    (source / "publisher.py").write_text(PUBLISHER)
    return Yardstick("ours", source, folder)


def test_a_publisher_is_asked_for_every_cell_in_order(here: Yardstick, tmp_path: Path) -> None:
    answer = here.ask(Job(tmp_path, [(tmp_path / "a.png", "four"), (tmp_path / "b.png", "“é”")], threads=1))
    assert answer.values == [4.0, 3.0]
    assert len(answer.seconds) == 2
    assert answer.threads == 1
    assert {"numpy", "torch"} <= answer.versions.keys()


def test_a_publisher_that_fails_is_quoted(here: Yardstick, tmp_path: Path) -> None:
    with pytest.raises(YardstickFailed, match=r"ours gave no values(.|\n)*RuntimeError: no such thing"):
        here.ask(Job(tmp_path, [(tmp_path / "a.png", "fail")]))


def test_a_yardstick_that_is_built_is_not_built_again(here: Yardstick) -> None:
    told: list[str] = []
    here.build(told.append)
    assert told == []


def test_without_a_registry_nothing_half_built_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    (tmp_path / "requirements.txt").write_text("torch==2.13.0\n")
    asked = Yardstick("lonely", tmp_path, tmp_path / "kept" / "lonely")
    told: list[str] = []
    with pytest.raises(YardstickUnavailable, match=rf"lonely can't be built(.|\n)*{VARIABLE}(.|\n)*ERROR(.|\n)*torch"):
        asked.build(told.append)
    assert len(told) == 1
    assert not asked.folder.exists()
    assert not asked.ready


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(YardstickUnavailable, match="nowhere can't be built"):
        Yardstick("nowhere", tmp_path, tmp_path / "file" / "nowhere").build(print)


def test_they_are_kept_where_the_variable_says_or_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert yardstick("hpsv2").folder.parent == tmp_path
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert kept_in().name == "yardsticks"


def test_other_requirements_are_another_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.verify.yardstick.SOURCES", tmp_path)
    (tmp_path / "one").mkdir()
    folders = set()
    for pin in ("package==1\n", "package==2\n"):
        (tmp_path / "one" / "requirements.txt").write_text(pin)
        folders.add(yardstick("one").folder)
    assert len(folders) == 2


@pytest.mark.parametrize("name", sorted({standard.yardstick for standard in STANDARDS.values() if standard.yardstick}))
def test_every_requirement_is_pinned_and_all_share_one_torch(name: str) -> None:
    lines = (SOURCES / name / "requirements.txt").read_text().splitlines()
    pins = [line.partition("#")[0].strip() for line in lines]
    pins = [pin for pin in pins if pin]
    assert all(pin.count("==") == 1 for pin in pins)
    assert "torch==2.13.0" in pins
    assert len({pin.partition("==")[0].lower() for pin in pins}) == len(pins)


def test_a_job_carries_prompts_as_they_are(here: Yardstick, tmp_path: Path) -> None:
    prompt = "tab\t“é” 🌃"
    equal = f"return float(prompt == {prompt!r})"
    (here.source / "publisher.py").write_text(PUBLISHER.replace("return float(len(prompt))", equal), encoding="utf-8")
    assert here.ask(Job(tmp_path, [(tmp_path / "a.png", prompt)], threads=1)).values == [1.0]
