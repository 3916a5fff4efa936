"""An image is made again from its provenance, and the answer says whether and how far the pixels agree."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from engine.models.places import use
from engine.plan.wants import GenerateWants, Wants
from engine.reproduce import CannotReproduce, find_image, reproduce
from engine.runs import start_run
from engine.verify.layouts.pipelines import PIPELINES
from engine.worker.worker import Worker
from store import Home
from store.blobs import keep_bytes, keep_image
from store.records import PhotographFacts, add_photograph
from tui.cli import main


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def edited(home: Home) -> Home:
    """A home with one photograph and two pairs of the darkroom's."""
    with home.database.write() as session:
        add_photograph(
            session,
            keep_bytes(home, picture(), "noise"),
            "photograph",
            PhotographFacts(caption="noise", conventional=True),
        )
    start_run(home, "edits", Wants(GenerateWants(per_original=2, singles=1, dimensions=("film_artifacts", "clarity"))))
    Worker(home).run()
    return home


def change_stored(home: Home, image_id: int, change: Callable[[np.ndarray], None]) -> None:
    """Let an image be another than was made."""
    from store.blobs import open_blob

    sha256, suffix = (
        home.database.reader()
        .execute("SELECT sha256, suffix FROM image JOIN blob USING (sha256) WHERE id = ?", (image_id,))
        .fetchone()
    )
    pixels = np.array(open_blob(home, sha256, suffix))
    change(pixels)
    blob = keep_image(home, Image.fromarray(pixels))
    with home.database.write() as session:
        driver = session.connection().connection.driver_connection
        driver.execute("INSERT OR IGNORE INTO blob VALUES (?, ?, ?, ?, ?)", tuple(blob))
        driver.execute("UPDATE image SET sha256 = ? WHERE id = ?", (blob.sha256, image_id))


def test_every_edit_of_the_darkroom_comes_out_the_same(edited: Home) -> None:
    ids = [row[0] for row in edited.database.reader().execute("SELECT id FROM image WHERE kind = 'edit'")]
    assert len(ids) == 2
    for image_id in ids:
        made = reproduce(edited, image_id)
        assert (made.same, made.largest, made.differing, made.changed) == (True, 0, 0.0, {})
        assert made.version_then == made.version_now


def test_images_of_a_pipeline_come_out_the_same(home: Home, tmp_path: Path) -> None:
    use("sd3.5-medium-geneval", PIPELINES["sd3.5-medium-geneval"](tmp_path / "weights"), home.folder)
    settings = (("size", 32), ("steps", 2))
    wants = GenerateWants("sd3.5-medium-geneval", "prompts", per_original=1, prompts=("a dog",), settings=settings)
    start_run(home, "made", Wants(wants))
    Worker(home).run()
    for image_id in (1, 2):
        made = reproduce(home, image_id, "cpu")
        assert made.same
        assert made.batch_then == 1


def test_pixels_that_differ_are_counted_and_other_versions_named(edited: Home) -> None:
    def darken(pixels: np.ndarray) -> None:
        pixels[:12] -= np.minimum(pixels[:12], 9)

    change_stored(edited, 2, darken)
    with edited.database.write() as session:
        driver = session.connection().connection.driver_connection
        told = json.loads(driver.execute("SELECT provenance FROM image WHERE id = 2").fetchone()[0])
        told["version"], told["libraries"]["pillow"] = "darkroom-0", "1.0"
        driver.execute("UPDATE image SET provenance = ? WHERE id = 2", (json.dumps(told),))
    made = reproduce(edited, 2)
    assert not made.same
    assert made.largest == 9
    assert 0.2 < made.differing <= 0.25
    assert made.version_then != made.version_now
    assert made.changed["pillow"][0] == "1.0"


def test_an_image_is_found_by_its_id_and_by_the_beginning_of_its_files_name(edited: Home) -> None:
    sha256 = edited.database.reader().execute("SELECT sha256 FROM image WHERE id = 3").fetchone()[0]
    assert find_image(edited, "3") == 3
    assert find_image(edited, sha256[:8]) == 3
    assert find_image(edited, f"images/{sha256[:2]}/{sha256}.png") == 3
    for wrong in ("99", "abc", "0" * 12, "no such"):
        with pytest.raises(CannotReproduce):
            find_image(edited, wrong)


def test_a_photograph_was_made_by_nobody(edited: Home) -> None:
    with pytest.raises(CannotReproduce, match="added or imported"):
        reproduce(edited, 1)


def test_the_command_says_what_it_found_and_ends_accordingly(edited: Home, tmp_path: Path) -> None:
    def command(*arguments: str):  # type: ignore[no-untyped-def]
        return CliRunner().invoke(main, ["--home", str(edited.folder), "reproduce", *arguments])

    agreed = command("2", "--save", str(tmp_path / "again.png"))
    assert agreed.exit_code == 0
    assert "every pixel agrees" in agreed.output
    assert (tmp_path / "again.png").stat().st_size > 0
    change_stored(edited, 2, lambda pixels: pixels.fill(0))
    differs = command("2")
    assert differs.exit_code == 1
    assert "differ" in differs.output
    wrong = command("1")
    assert wrong.exit_code == 1
    assert "added or imported" in wrong.output
