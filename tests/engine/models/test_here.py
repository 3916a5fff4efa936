"""What a model lacks, and what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.models.here import lacking


def test_what_comes_with_the_program_lacks_nothing(tmp_path: Path) -> None:
    assert [lacking(name, tmp_path) for name in ("darkroom", "conse", "polish", "of-another-package")] == [""] * 4


def test_weights_that_are_not_here_are_said_with_the_command_that_fetches_them(tmp_path: Path) -> None:
    for name in ("hpsv2.1", "sdxl", "blip-itc", "clip:openai/clip-vit-base-patch32"):
        assert lacking(name, tmp_path) == f"not here: widespectrum models fetch {name}"


def test_a_service_lacks_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    assert lacking("nano-banana", tmp_path) == "set OPENROUTER_API_KEY to the service's key"
    monkeypatch.setenv("OPENROUTER_API_KEY", "secret")
    assert lacking("nano-banana", tmp_path) == ""


@pytest.mark.parametrize("endpoint", ["http://service.example/v1", "file:///v1", ""])
def test_a_service_that_others_could_overhear_is_refused_before_anything_is_queued(
    tmp_path: Path, endpoint: str
) -> None:
    entry = f'[mine]\nkind = "generator"\nlicence = ""\nremote = "m"\nsources = []\nendpoint = "{endpoint}"\n'
    (tmp_path / "catalogue.toml").write_text(entry)
    assert "must begin with https://" in lacking("mine", tmp_path)


def test_generators_lack_their_libraries_where_the_extra_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.models.here.find_spec", lambda name: None)
    assert lacking("sdxl", tmp_path).endswith("pip install '.[generators]' in the checkout")
    assert lacking("hpsv2.1", tmp_path).startswith("not here")
