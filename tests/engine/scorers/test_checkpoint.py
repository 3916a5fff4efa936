"""Checkpoints that are damaged, or hold more than tensors, are refused in words before anything is loaded."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.scorers.checkpoint import first_of, read_state
from engine.scorers.weights import UnreadableWeights

TENSORS = {"a": torch.arange(20_000.0), "b": torch.ones(3)}


class Code:
    """What an evil checkpoint holds: it would make a file when it is read."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple:
        return (os.mkdir, (str(self.path),))


def test_both_formats_and_torchs_old_one_give_the_tensors(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "a.safetensors")
    torch.save(TENSORS, tmp_path / "b.pt")
    torch.save(TENSORS, tmp_path / "c.bin", _use_new_zipfile_serialization=False)
    for name in ("a.safetensors", "b.pt", "c.bin"):
        state = read_state(tmp_path / name, "toy")
        assert state.keys() == TENSORS.keys()
        assert all(torch.equal(state[key], TENSORS[key]) for key in TENSORS)


def test_positions_that_older_files_hold_are_passed_over(tmp_path: Path) -> None:
    torch.save({**TENSORS, "text_model.embeddings.position_ids": torch.arange(77)}, tmp_path / "a.pt")
    assert read_state(tmp_path / "a.pt", "toy").keys() == TENSORS.keys()


@pytest.mark.parametrize("wrap", [dict, list], ids=["in the table", "instead of it"])
def test_a_checkpoint_with_code_is_refused_and_the_code_does_not_run(tmp_path: Path, wrap: type) -> None:
    evil = Code(tmp_path / "ran")
    torch.save({"state_dict": {**TENSORS, "x": evil} if wrap is dict else [evil]}, tmp_path / "evil.pt")
    with pytest.raises(UnreadableWeights, match=r"evil\.pt.*more than tensors.*mkdir.*refused.*models fetch toy"):
        read_state(tmp_path / "evil.pt", "toy", inner="state_dict")
    assert not (tmp_path / "ran").exists()


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_bare_pickle_with_code_is_refused_and_the_code_does_not_run(tmp_path: Path) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        (tmp_path / "evil.bin").write_bytes(pickle.dumps(Code(tmp_path / "ran"), protocol))
        with pytest.raises(UnreadableWeights, match=r"evil\.bin"):
            read_state(tmp_path / "evil.bin", "toy")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["a.safetensors", "a.pt"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_file_that_was_cut_short_is_named(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    save_file(TENSORS, path) if path.suffix == ".safetensors" else torch.save(TENSORS, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UnreadableWeights, match=rf"{path.stem}.*damaged or cut short|more than tensors"):
        read_state(path, "toy")


def test_a_file_that_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_text("<html>sign in first</html>")
    with pytest.raises(UnreadableWeights, match=r"a\.pt"):
        read_state(tmp_path / "a.pt", "toy")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in ("a.pt", "a.safetensors"):
        with pytest.raises(UnreadableWeights, match=r"no such file.*models fetch toy"):
            read_state(tmp_path / name, "toy")


@pytest.mark.parametrize("held", [{"model": TENSORS}, [1, 2], {"state_dict": [TENSORS["a"]]}, {"state_dict": {"a": 1}}])
def test_a_checkpoint_without_a_table_of_tensors_is_named(tmp_path: Path, held: object) -> None:
    torch.save(held, tmp_path / "a.pt")
    with pytest.raises(UnreadableWeights, match="no table of tensors under 'state_dict'"):
        read_state(tmp_path / "a.pt", "toy", inner="state_dict")


def test_the_first_of_several_names_that_is_there_is_taken(tmp_path: Path) -> None:
    (tmp_path / "second").touch()
    assert first_of(tmp_path, ["first", "second"], "toy") == tmp_path / "second"
    with pytest.raises(UnreadableWeights, match="no first or third"):
        first_of(tmp_path, ["first", "third"], "toy")
