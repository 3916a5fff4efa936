"""What ships is whole, credited and honest about itself."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict, fields
from pathlib import Path

import pytest
from PIL import Image

import sample_data
from engine.taxonomy import DIMENSIONS
from sample_data import SamplePhotograph, Table, photographs, published
from sample_data.make_credits import CREDITS, credits_text

ROOT = Path(sample_data.__file__).parent
FREE = {"public-domain", "CC0-1.0"}
ATTRIBUTION = {"CC-BY-2.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0"}
SHARES = {"preference", "f1", "auroc", "anger", "fear", "sadness", "llm_win"}
TABLES = {field.name: getattr(published(), field.name) for field in fields(published())}

each_work = pytest.mark.parametrize("work", photographs(), ids=lambda work: work.file)
each_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())


def works(role: str) -> list[SamplePhotograph]:
    return [work for work in photographs() if work.role == role]


@each_work
def test_the_file_is_the_one_that_the_manifest_describes(work: SamplePhotograph) -> None:
    with work.path() as path, Image.open(path) as image:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == work.sha256
        assert image.size == (work.width, work.height)
        image.load()


@each_work
def test_a_file_carries_no_metadata_of_its_camera_or_owner(work: SamplePhotograph) -> None:
    with work.resource().open("rb") as file, Image.open(file) as image:
        assert not image.getexif()


@each_work
def test_every_work_has_a_caption_a_credit_and_a_licence(work: SamplePhotograph) -> None:
    texts = asdict(work) | {"wide_prompt": work.wide_prompt or "none"}
    assert all(value.strip() == value != "" for value in texts.values() if isinstance(value, str))
    assert work.license in FREE | ATTRIBUTION
    assert work.url.startswith("https://")
    assert work.license_url.startswith("https://creativecommons.org/")
    assert work.author in work.credit
    assert work.license_url in work.credit


@each_work
def test_works_that_ask_for_attribution_lie_in_a_folder_of_their_own(work: SamplePhotograph) -> None:
    assert Path(work.file).parent.name == ("public" if work.license in FREE else "attribution")


@each_work
def test_the_address_of_a_licence_is_that_of_its_name(work: SamplePhotograph) -> None:
    if work.license in ATTRIBUTION:
        name, version = work.license.removeprefix("CC-").lower().rsplit("-", 1)
        assert work.license_url.endswith(f"/licenses/{name}/{version}/")
    else:
        assert "/publicdomain/" in work.license_url


def test_every_file_on_disk_is_in_the_manifest_and_none_is_listed_twice() -> None:
    listed = [work.file for work in photographs()]
    on_disk = [path.relative_to(ROOT).as_posix() for path in (ROOT / "photographs").rglob("*") if path.is_file()]
    assert sorted(listed) == sorted(on_disk)
    assert len({work.sha256 for work in photographs()}) == len(listed)


def test_all_resources_together_stay_below_5_megabytes() -> None:
    assert sum(path.stat().st_size for path in ROOT.rglob("*") if "__pycache__" not in path.parts) < 5_000_000


def test_there_are_enough_originals_for_the_darkroom_and_candidates_for_curation() -> None:
    assert len(works("conventional")) >= 30
    assert len(works("candidate")) >= 20
    assert {work.kind for work in photographs()} == {"photograph", "artwork"}


@pytest.mark.parametrize("work", works("candidate"), ids=lambda work: work.file)
def test_a_candidate_names_its_dimensions_and_has_a_wide_prompt_of_at_most_70_words(work: SamplePhotograph) -> None:
    photographic = {name for name, dimension in DIMENSIONS.items() if dimension.taxonomy == "photograph"}
    assert work.dimensions
    assert set(work.dimensions) <= photographic
    assert len(set(work.dimensions)) == len(work.dimensions)
    assert work.wide_prompt is not None
    assert len(work.wide_prompt.split()) <= 70


@pytest.mark.parametrize("work", works("conventional"), ids=lambda work: work.file)
def test_a_conventional_photograph_has_neither_tags_nor_a_wide_prompt(work: SamplePhotograph) -> None:
    assert (work.dimensions, work.wide_prompt) == ((), None)


def test_credits_are_what_the_script_would_write() -> None:
    assert CREDITS.read_text(encoding="utf-8") == credits_text(photographs())


def test_credits_name_every_work_once() -> None:
    lines = credits_text(photographs()).splitlines()
    assert all(lines.count(work.file) == 1 for work in photographs())


@each_table
def test_a_published_table_has_a_source_and_describes_exactly_its_columns(table: Table[object]) -> None:
    assert table.source.title
    assert 2025 <= table.source.year <= 2026
    assert table.rows
    for row in table.rows:
        assert list(asdict(row)) == list(table.columns)  # type: ignore[call-overload]


@each_table
def test_published_rows_are_well_formed(table: Table[object]) -> None:
    names = [next(iter(asdict(row).values())) for row in table.rows]  # type: ignore[call-overload]
    assert len(set(names)) == len(names)
    for row in table.rows:
        values = asdict(row)  # type: ignore[call-overload]
        assert all(isinstance(value, (str, bool, int, float, type(None))) for value in values.values())
        shares = [values[name] for name in SHARES & values.keys() if values[name] is not None]
        assert all(0 <= share <= 1 for share in shares)


def test_the_papers_tables_name_the_paper() -> None:
    assert published().generators.source.identifiers == ("arXiv:2512.11883", "openreview:1gQ4zc1Q8I")
    assert published().generators.source.short == "Guo, Qian, Hasan, Du, ICML 2026"
    assert published().hpsv3_leaderboard.source.short == "HPSv3, benchmark table, ICCV 2025"


def test_published_f1_follows_from_the_preference_but_for_the_four_known_rows() -> None:
    gaps = {row.scorer: 2 * row.preference / (1 + row.preference) - row.f1 for row in published().reward_models.rows}
    off = {"ImageReward", "HPSv2.1", "HPSv3", "BLIP-L"}
    assert all(gaps[name] == pytest.approx(0.01, abs=0.002) for name in off)
    assert all(gaps[name] == pytest.approx(0, abs=0.001) for name in gaps.keys() - off)


def test_the_mean_of_lapis_takes_the_published_tenth_place_of_twelve() -> None:
    (lapis,) = [row for row in published().hpsv3_exhibits.rows if row.kind == "collection"]
    generators = [row.hpsv3 for row in published().hpsv3_leaderboard.rows]
    assert generators == sorted(generators, reverse=True)
    assert 1 + sum(mean > lapis.hpsv3 for mean in generators) == 10
    assert len(generators) + 1 == 12
    assert lapis.n == 10_000


def test_reading_the_sample_data_loads_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; import sample_data; sample_data.photographs(); sample_data.published();"
        "top = {name.split('.')[0] for name in sys.modules};"
        "print(sorted(top & {'numpy', 'PIL', 'torch', 'store', 'engine', 'tui', 'textual'}))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_manifest_is_utf8_json_without_escapes() -> None:
    text = (ROOT / "photographs.json").read_text(encoding="utf-8")
    assert json.loads(text)
    assert "\\u" not in text
