"""What the catalogue knows, and how a person's own entries and mistakes fare."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.models.catalogue import BadCatalogue, Source, built_in, entry, known, twin_name
from engine.registry import UnknownName
from engine.scorers import SCORERS

GENERATORS = {
    "flux.1-dev",
    "flux.1-schnell",
    "flux.1-krea-dev",
    "flux.1-kontext-dev",
    "danceflux",
    "prefflux",
    "sdxl",
    "playground-v2.5",
    "sd3.5-medium",
    "sd3.5-medium-geneval",
    "sd3.5-medium-pickscore",
    "sd1.5",
    "sd1.5-dpo",
    "nano-banana",
}
OWN = '[mine]\nkind = "generator"\nlicence = "MIT"\nsources = []\n'


def test_every_generator_of_the_paper_and_every_reward_model_is_known() -> None:
    kinds = {name: each.kind for name, each in built_in().items()}
    twins = {twin_name(name) for name in GENERATORS - {"flux.1-kontext-dev", "nano-banana"}}
    assert {name for name, kind in kinds.items() if kind == "generator"} == GENERATORS | twins
    scorers = {"hpsv2", "hpsv2.1", "hpsv3", "imagereward", "pickscore", "clip", "blip-itm"}
    assert {name for name, kind in kinds.items() if kind == "scorer"} >= scorers


@pytest.mark.parametrize("name", built_in())
def test_an_entry_says_where_its_weights_are_in_which_revision_and_under_which_licence(name: str) -> None:
    each = built_in()[name]
    assert each.licence
    assert each.sources or each.remote or each.shares
    assert all(re.fullmatch(r"[0-9a-f]{40}|main", source.revision) for source in each.sources)
    assert all(source.files for source in each.sources)
    assert each.gigabytes > 0 or each.remote or each.shares
    assert {each.base, each.shares} <= {*built_in(), ""}


def test_scorers_are_pinned_to_a_commit() -> None:
    scorers = [each for each in built_in().values() if each.kind == "scorer"]
    assert all(source.revision != "main" for each in scorers for source in each.sources)


def test_an_own_entry_joins_the_others_and_wins_over_one_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "catalogue.toml").write_text(OWN + OWN.replace("mine", "clip"))
    assert known(tmp_path).keys() == {*built_in(), "mine", "mine-img2img", "clip-img2img"}
    assert entry("clip", tmp_path).kind == "generator"


def test_a_generator_has_a_twin_that_edits_with_its_weights_and_stands_beside_the_twin_of_its_base(
    tmp_path: Path,
) -> None:
    twin = entry("danceflux-img2img")
    assert (twin.shares, twin.base, twin.gigabytes) == ("danceflux", "flux.1-dev-img2img", 0)
    assert twin.settings == {**entry("danceflux").settings, "strength": 0.6}
    own = OWN + OWN.replace("mine", "mine-img2img") + OWN.replace("mine", "told") + 'edits = "instructed"\n'
    (tmp_path / "catalogue.toml").write_text(own)
    assert entry("mine-img2img", tmp_path).shares == "", "what a person wrote of that name stands"
    assert "told-img2img" not in known(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[mine\n", "mine|Expected"),
        ("[mine]\nlicence = 'MIT'\nsources = []\n", "kind"),
        (OWN.replace("generator", "painter"), "painter"),
        (OWN + "colour = 'red'\n", "colour"),
        (OWN.replace("sources = []\n", ""), "lacks sources"),
        (OWN.replace('"MIT"', "3"), "licence is a text, not 3"),
        (OWN + "endpoint = ['https://service.example']\n", "endpoint is a text"),
        (OWN + "edits = 'boldly'\n", "boldly"),
        (OWN.replace("[]", "[{ repo = 'a/b' }]"), "files"),
        (OWN.replace("[]", "[{ repo = 'a/b', revision = 'main', files = ['x'], into = '../up' }]"), "outside"),
    ],
)
def test_a_catalogue_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "catalogue.toml").write_text(text)
    with pytest.raises(BadCatalogue, match=rf"catalogue\.toml.*({reason})"):
        known(tmp_path)


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"hpsv2\.1"):
        entry("hpsv21")


def test_any_clip_repository_is_a_model_by_its_name() -> None:
    each = entry("clip:openai/clip-vit-base-patch32")
    assert each.kind == "scorer"
    assert each.sources[0].repo == "openai/clip-vit-base-patch32"


@pytest.mark.parametrize("name", ["clip:", "clip:one", "clip:a/b/c", "clip:../x", "clip:/etc/x", "hpsv2:a/b"])
def test_what_is_no_repository_is_no_model(name: str) -> None:
    with pytest.raises(UnknownName):
        entry(name)


def test_of_alternatives_the_first_that_is_there_is_chosen_and_a_star_stays_in_its_folder() -> None:
    source = Source("a/b", "main", ("x.safetensors|x.bin", "*.json", "unet/*"))
    chosen, lacking = source.chosen(["x.bin", "x.safetensors", "c.json", "deep/d.json", "unet/e/f"])
    assert chosen == ["c.json", "x.safetensors"]
    assert lacking == ["unet/*"]


def test_what_a_folder_lacks_is_told_by_its_place_in_it(tmp_path: Path) -> None:
    (tmp_path / "HPS_v2.1_compressed.pt").touch()
    (tmp_path / "vocab.json").touch()
    assert built_in()["hpsv2.1"].missing_in(tmp_path) == ["open_clip_config.json", "merges.txt"]


def test_every_registered_scorer_with_weights_is_in_the_catalogue() -> None:
    from engine.scorers.loading import takes_folder

    assert {name for name in SCORERS.names() if takes_folder(SCORERS.load(name))} <= built_in().keys()
