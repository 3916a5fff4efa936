"""Editing P_a on Pairs: Enter keeps it beside the original and starts the run, Esc leaves all as it was."""

from __future__ import annotations

import json

import pytest

from engine import runs
from engine.plan.wants import Wants
from store import records
from store.queries.pairs import pair_detail
from tests.conftest import SmallHome
from tests.tui.test_pairs import opened, page, press, until, words
from tui.screens.ask import Ask


@pytest.fixture
def editable(small_home: SmallHome, monkeypatch: pytest.MonkeyPatch) -> SmallHome:
    """The first pair knows how its image was made; no worker process is started."""
    home = small_home.home
    pair = pair_detail(home.database.reader(), small_home.pairs[0])
    assert pair
    settings = json.dumps({"asks": [["intentional_blur", "defocus", 0.7]]})
    with home.database.write() as session:
        new = records.NewGeneration(small_home.darkroom, 1, 0, "hash", settings, pair.wide.image_id, 0.1)
        records.add_generation(session, new)
    monkeypatch.setattr(runs, "ensure_worker", lambda home: None)
    return small_home


def written(small: SmallHome) -> list[tuple]:
    query = "SELECT p.text, w.author, w.pair_id FROM written_prompt w JOIN prompt p ON p.id = w.prompt_id"
    return [tuple(row) for row in small.home.database.reader().execute(query)]


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_an_edit_is_kept_beside_the_original_and_a_run_is_started(
    editable: SmallHome, size: tuple[int, int]
) -> None:
    async with opened(editable.home, size) as pilot:
        await press(pilot, "e")
        assert isinstance(pilot.app.screen, Ask)
        assert "intentional_blur number 0" in pilot.app.screen.text
        await press(pilot, *"!!", "enter")
        text = "the same subject, seen through intentional_blur number 0!!"
        assert written(editable) == [(text, "ann", editable.pairs[0])]
        row = editable.home.database.reader().execute("SELECT wants FROM run").fetchone()
        wants = Wants.from_json(json.loads(row[0]))
        assert wants.generate is not None
        assert (wants.generate.originals, wants.generate.edited, wants.scorers) == ("edited", (1,), ("conse", "polish"))
        assert any("run 1 makes the new pair, and E goes to it" in note.message for note in pilot.app._notifications)
        kept = pair_detail(editable.home.database.reader(), editable.pairs[0])
        assert kept
        assert not kept.wide_prompt.endswith("!!")


def made_from_the_edit(small: SmallHome, number: int = 1) -> int:
    """The pair that the run of an edit would make, put into the store."""
    with small.home.database.write() as session:
        facts = session.connection().exec_driver_sql(
            "SELECT source_id, original_prompt_id, original_image_id, wide_image_id, seed FROM pair WHERE id = ?",
            (small.pairs[0],),
        )
        source, prompt, original, wide, seed = facts.one()
        wide_prompt = (
            session.connection()
            .exec_driver_sql("SELECT prompt_id FROM written_prompt WHERE id = ?", (number,))
            .scalar_one()
        )
        new = records.NewPair(
            f"edited {number}", source, prompt, wide_prompt, original, wide, seed, "hand", written_id=number
        )
        return records.add_pair(session, new)


async def test_until_the_run_has_made_the_new_pair_the_old_one_says_what_it_waits_for(editable: SmallHome) -> None:
    async with opened(editable.home) as pilot:
        await press(pilot, "e", *"!!", "enter")
        assert "run 1 is to make its pair, and is queued" in words(pilot)
        await press(pilot, "E")
        assert any("no new pair yet: run 1" in note.message for note in pilot.app._notifications)
        assert page(pilot).listed.pair_id == editable.pairs[0]


@pytest.mark.parametrize("filtered", [False, True])
async def test_a_key_leads_to_the_pair_of_an_edit_and_back_whatever_the_filter(
    editable: SmallHome, filtered: bool
) -> None:
    async with opened(editable.home) as pilot:
        await press(pilot, "e", *"!!", "enter")
        if filtered:
            await press(pilot, "c", *"cur", "enter")
            assert list(page(pilot).listed.ids) == [editable.pairs[0]]
        new = made_from_the_edit(editable)
        page(pilot).store_changed()
        await until(pilot, lambda: f"pair {new} (E)" in words(pilot))
        await press(pilot, "E")
        await until(pilot, lambda: page(pilot).listed.pair_id == new)
        await until(pilot, lambda: f"from P_a of pair {editable.pairs[0]} (E)" in words(pilot))
        await press(pilot, "E")
        assert page(pilot).listed.pair_id == editable.pairs[0]


async def test_where_an_edit_was_edited_again_the_key_stands_beside_the_pair_to_which_it_leads(
    editable: SmallHome,
) -> None:
    async with opened(editable.home) as pilot:
        await press(pilot, "e", *"!!", "enter")
        first = made_from_the_edit(editable)
        page(pilot).store_changed()
        await until(pilot, lambda: f"pair {first} (E)" in words(pilot))
        await press(pilot, "E")
        await until(pilot, lambda: page(pilot).listed.pair_id == first)
        await press(pilot, "e", *"??", "enter")
        second = made_from_the_edit(editable, 2)
        page(pilot).store_changed()
        await until(pilot, lambda: f"pair {second} (E)" in words(pilot))
        assert f"from P_a of pair {editable.pairs[0]} (E)" not in words(pilot)


async def test_a_catalogue_that_can_not_be_read_keeps_no_edit_and_says_why(editable: SmallHome) -> None:
    (editable.home.folder / "catalogue.toml").write_text("[mine")
    async with opened(editable.home) as pilot:
        await press(pilot, "e", *"!!", "enter")
        assert any("catalogue.toml" in note.message for note in pilot.app._notifications)
    assert written(editable) == []


async def test_where_nobody_edited_the_key_says_what_does(editable: SmallHome) -> None:
    async with opened(editable.home) as pilot:
        await press(pilot, "E")
        assert any("nobody has edited this P_a yet: e edits it" in note.message for note in pilot.app._notifications)


async def test_leaving_the_dialog_or_keeping_the_same_words_does_nothing(editable: SmallHome) -> None:
    async with opened(editable.home) as pilot:
        await press(pilot, "e", "x", "escape")
        await press(pilot, "e", "enter")
        assert written(editable) == []


async def test_a_pair_that_nobody_can_make_again_says_why(editable: SmallHome) -> None:
    async with opened(editable.home) as pilot:
        await press(pilot, "j", "e", "x", "enter")
        assert any("no generator here" in note.message for note in pilot.app._notifications)
        assert written(editable) == []


async def test_where_nothing_can_be_changed_nothing_is_opened(editable: SmallHome) -> None:
    async with opened(editable.home, read_only=True) as pilot:
        await press(pilot, "e")
        assert not isinstance(pilot.app.screen, Ask)
        assert any("read-only" in note.message for note in pilot.app._notifications)
