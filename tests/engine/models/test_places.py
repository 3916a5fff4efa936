"""Where models lie: fetched, pointed to, or gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.models.catalogue import built_in
from engine.models.places import BadModelsFile, MissingWeights, Place, locate, note, places, use
from engine.registry import UnknownName
from engine.scorers.weights import weights_name


def whole(folder: Path, name: str = "hpsv2.1") -> Path:
    """A folder that holds every file of a model, each empty."""
    folder.mkdir(parents=True)
    for source in built_in()[name].sources:
        for file in source.files:
            (folder / file.partition("|")[0]).touch()
    return folder


def test_weights_that_never_came_are_told_with_both_commands_their_size_and_licence(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights) as told:
        locate("hpsv2.1", tmp_path)
    for part in ("HPS_v2.1_compressed.pt", "2 GB", "Apache-2.0", "models fetch hpsv2.1", "models use hpsv2.1 FOLDER"):
        assert part in str(told.value)


def test_a_folder_that_someone_pointed_to_is_found(tmp_path: Path) -> None:
    folder = whole(tmp_path / "Weights of “Ann” \\ v2")
    use("hpsv2.1", folder, tmp_path / "home")
    assert locate("hpsv2.1", tmp_path / "home") == folder


def test_of_a_snapshot_in_the_hub_librarys_cache_the_commit_is_noted(tmp_path: Path) -> None:
    snapshot = tmp_path / "models--Qwen--Qwen2.5-7B-Instruct" / "snapshots" / ("a" * 40)
    whole(snapshot, "qwen2.5-7b-instruct")
    place = use("qwen2.5-7b-instruct", snapshot, tmp_path)
    assert place.commits == {"Qwen/Qwen2.5-7B-Instruct": "a" * 40}
    assert weights_name("qwen2.5-7b-instruct", snapshot, tmp_path) == "a" * 12
    another = whole(tmp_path / "models--ann--toy" / "snapshots" / ("a" * 40), "qwen2.5-7b-instruct")
    assert use("qwen2.5-7b-instruct", another, tmp_path).commits == {}


def test_a_folder_that_lacks_a_file_is_refused_with_its_name_and_nothing_is_noted(tmp_path: Path) -> None:
    folder = whole(tmp_path / "weights")
    (folder / "merges.txt").unlink()
    with pytest.raises(MissingWeights, match=r"weights lacks merges\.txt"):
        use("hpsv2.1", folder, tmp_path)
    assert places(tmp_path) == {}


def test_files_that_went_away_later_are_missed_by_name(tmp_path: Path) -> None:
    folder = whole(tmp_path / "weights")
    use("hpsv2.1", folder, tmp_path)
    (folder / "HPS_v2.1_compressed.pt").unlink()
    with pytest.raises(MissingWeights, match=r"lacks HPS_v2\.1_compressed\.pt"):
        locate("hpsv2.1", tmp_path)


def test_a_link_to_nothing_is_a_missing_file(tmp_path: Path) -> None:
    folder = whole(tmp_path / "weights")
    use("hpsv2.1", folder, tmp_path)
    (folder / "vocab.json").unlink()
    (folder / "vocab.json").symlink_to(tmp_path / "gone")
    with pytest.raises(MissingWeights, match=r"vocab\.json"):
        locate("hpsv2.1", tmp_path)


def test_a_scorer_of_another_package_may_be_pointed_to_though_the_catalogue_does_not_know_it(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    use("theirs", tmp_path / "weights", tmp_path)
    assert locate("theirs", tmp_path) == tmp_path / "weights"


def test_an_unknown_name_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(UnknownName):
        locate("nothing", tmp_path)


def test_a_clip_folder_needs_no_note(tmp_path: Path) -> None:
    assert locate(f"clip:{tmp_path}", tmp_path / "home") == tmp_path


def test_what_is_noted_comes_back_equal_and_many_may_note_at_once(tmp_path: Path) -> None:
    made = {
        f'm"{number}': Place(tmp_path / f"f {number}", {"a/b": "c" * 40}, {"x.pt": "0" * 64}) for number in range(12)
    }
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda each: note(*each, tmp_path), made.items()))
    assert places(tmp_path) == made


@pytest.mark.parametrize("text", ["[x", "x = 1\n", "[x]\nfolder = 1\n", "[x]\nfolder = '/'\nsha = 1\n"])
def test_a_models_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "models.toml").write_text(text)
    with pytest.raises(BadModelsFile, match=r"models\.toml"):
        places(tmp_path)


def test_two_scorers_of_one_model_share_its_folder(tmp_path: Path) -> None:
    folder = whole(tmp_path / "weights", "blip-itm")
    use("blip-itc", folder, tmp_path)
    assert locate("blip-itm", tmp_path) == locate("blip-itc", tmp_path) == folder
