"""Triage, from the keyboard: what a person decides is on the screen at once, and in the store in the same order."""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import PIL.Image
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Static

import store.database
from store import Home, HomeUnusable
from store.blobs import keep_image
from store.curation import rebuild_curation
from store.queries.triage import Entry, triage_items
from store.records import (
    AskedDimension,
    NewMeasure,
    NewPair,
    NewScore,
    PhotographFacts,
    ScorerFacts,
    add_image,
    add_measures,
    add_pair,
    add_photograph,
    add_scores,
    probe_id,
    prompt_id,
    scorer_id,
    source_id,
)
from tui.app import Widespectrum
from tui.ledger import Ledger
from tui.screens.ask import Ask
from tui.screens.choose import Choose
from tui.screens.page import Page
from tui.screens.tags import Tags
from tui.screens.triage import Triage

SIZES = [(80, 24), (160, 50)]
HOSTILE = "[red]\x1b[2J\x1b]0;title\x07 [/nothing] \u202egnp"


def fill(home: Home, photographs: int = 6) -> None:
    """Photographs, of which every second one is proposed as muted, one conventional original, and two pairs."""
    with home.database.write() as session:
        scorer = scorer_id(session, ScorerFacts("polish", "1", "control", "dual", False))
        probe = probe_id(session, "brightness", "1")
        images = []
        for number in range(photographs + 1):
            blob = keep_image(home, PIL.Image.new("RGB", (16, 12), (number * 7 % 256, number // 32, 90)))
            facts = PhotographFacts(
                title=f"Photograph {number}",
                caption=f"a thing {number}",
                conventional=number == photographs,
                dimensions=("muted_faded",) if number % 2 == 0 and number < photographs else (),
            )
            image, _ = add_photograph(session, blob, "photograph", facts)
            add_scores(session, scorer, [NewScore(image, 0, float(number))])
            add_measures(session, [NewMeasure(image, probe, float(number * 5 % 7))])
            images.append(image)
        source = source_id(session, "darkroom", "1", "generator")
        for number in range(2):
            blob = keep_image(home, PIL.Image.new("RGB", (16, 12), (9, 9, number)))
            wide = add_image(session, blob, f"edit {number}", "edit", {})
            prompts = prompt_id(session, "a thing"), prompt_id(session, f"a blurred thing {number}")
            blur = AskedDimension("intentional_blur", "defocus", 0.5)
            add_pair(session, NewPair(f"{number}", source, *prompts, images[0], wide, 1, "writer", (blur,)))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home(tmp_path) as opened:
        fill(opened)
        yield opened


def triage(pilot: Pilot) -> Triage:
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, Triage))


async def settled(pilot: Pilot) -> None:
    """Wait until everything decided is written, and everything asked for is on the screen."""
    app = pilot.app
    assert isinstance(app, Widespectrum)
    while True:
        await pilot.pause()
        await asyncio.to_thread(app.ledger.read(bool).result)
        await pilot.pause()
        page = next((screen for screen in app.screen_stack if isinstance(screen, Triage)), None)
        if page is None or (page.loaded and not page._fetching):
            return


@asynccontextmanager
async def sitting(
    home: Home, size: tuple[int, int] = (80, 24), read_only: bool = False, curator: str = "ann"
) -> AsyncIterator[Pilot]:
    async with Widespectrum(home, curator, read_only).run_test(size=size) as pilot:
        await pilot.press("4")
        await settled(pilot)
        yield pilot


async def press(pilot: Pilot, *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


def text_of(pilot: Pilot, selector: str) -> str:
    return str(triage(pilot).query_one(selector, Static).render())


def facts(pilot: Pilot) -> str:
    return text_of(pilot, "#facts Static")


def log(home: Home) -> list[tuple]:
    rows = home.database.reader().execute("SELECT subject_id, action, value FROM decision ORDER BY id")
    return [tuple(row) for row in rows]


def curation(home: Home) -> dict[int, tuple[str, int]]:
    rows = home.database.reader().execute("SELECT subject_id, status, stars FROM curation WHERE subject = 'image'")
    return {row["subject_id"]: (row["status"], row["stars"]) for row in rows}


def state(home: Home) -> list[list[tuple]]:
    """Everything that is derived from the log, and what people can edit."""
    reader = home.database.reader()
    queries = (
        "SELECT * FROM curation ORDER BY subject, subject_id",
        "SELECT * FROM curation_tag ORDER BY subject, subject_id, dimension",
        "SELECT image_id, title, author, license, caption_id, wide_prompt_id FROM photograph ORDER BY 1",
    )
    return [[tuple(row) for row in reader.execute(query)] for query in queries]


@pytest.mark.parametrize("size", SIZES)
async def test_one_key_decides_and_the_next_one_is_shown(home: Home, size: tuple[int, int]) -> None:
    async with sitting(home, size) as pilot:
        assert "Photograph 0" in facts(pilot)
        await press(pilot, "a")
        assert "Photograph 1" in facts(pilot)
        assert "accepted" in text_of(pilot, "#last")
        await press(pilot, "r", "s")
        assert "Photograph 3" in facts(pilot)
        assert "4 of 6 · 3 left" in text_of(pilot, "#progress")
    assert log(home) == [(1, "accept", ""), (2, "reject", ""), (3, "skip", "")]
    assert curation(home) == {1: ("curated", 0), 2: ("rejected", 0), 3: ("candidate", 0)}


async def test_digits_are_stars_here_and_pages_stay_reachable(home: Home) -> None:
    async with sitting(home) as pilot:
        await press(pilot, "4", "a", "1", "right", "5", "0")
        assert pilot.app.current_mode == "triage"
        assert log(home) == [
            (1, "stars", "4"),
            (1, "accept", ""),
            (2, "stars", "1"),
            (3, "stars", "5"),
            (3, "stars", "0"),
        ]
        await press(pilot, "left")
        assert "★☆☆☆☆" in facts(pilot)
        await press(pilot, "f6")
        assert pilot.app.current_mode == "grid"
        await press(pilot, "4")
        assert pilot.app.current_mode == "triage"
        await press(pilot, "escape")
        assert pilot.app.current_mode == "grid"


async def test_undo_after_a_restart_brings_every_decision_back(home: Home) -> None:
    before = state(home)
    async with sitting(home) as pilot:
        await press(pilot, "a", "3", "r", "N", *"dim", "enter", "s", "t", *"light leak", "enter", "escape", "r")
    async with sitting(home) as pilot:
        assert "1 of 3" in text_of(pilot, "#progress")
        await press(pilot, "u")
        assert "Photograph 3" in facts(pilot)
        assert "undone" in text_of(pilot, "#last")
        assert "rejected" in text_of(pilot, "#last")
        assert "candidate" in facts(pilot)
        await press(pilot, *"uuuuuu")
        assert "Photograph 0" in facts(pilot)
        await press(pilot, "u")
        assert "nothing is left" in text_of(pilot, "#last")
    assert state(home) == before


async def test_nobody_undoes_what_another_person_decided(home: Home) -> None:
    async with sitting(home, curator="ann") as pilot:
        await press(pilot, "a")
    async with sitting(home, curator="bob") as pilot:
        await press(pilot, "u")
        assert "nothing is left that bob could undo" in text_of(pilot, "#last")
    assert curation(home)[1] == ("curated", 0)


async def test_two_hundred_fast_keys_are_all_logged_in_their_order(tmp_path: Path) -> None:
    keys = ["a", "r", "s", "4"] * 50
    with Home(tmp_path) as home:
        fill(home, photographs=160)
        async with sitting(home) as pilot:
            for key in keys:
                pilot.app._driver.process_message(_key(key))  # type: ignore[union-attr]
            await settled(pilot)
            assert triage(pilot).sitting.position == 150
        actions = {"a": "accept", "r": "reject", "s": "skip", "4": "stars"}
        assert [action for _, action, _ in log(home)] == [actions[key] for key in keys]
        subjects = [subject for subject, action, _ in log(home) if action != "stars"]
        assert subjects == sorted(subjects)
        assert len(set(subjects)) == 150


def _key(key: str):  # type: ignore[no-untyped-def]
    from textual.events import Key

    return Key(key, key)


async def test_what_is_decided_in_the_instant_before_leaving_is_kept(home: Home) -> None:
    async with sitting(home) as pilot:
        await pilot.press("a", "r", "5", "q")
    assert [action for _, action, _ in log(home)] == ["accept", "reject", "stars"]


async def test_the_queue_does_not_reshuffle_while_one_decides(home: Home) -> None:
    async with sitting(home) as pilot:
        queue = list(triage(pilot).sitting.entries)
        await press(pilot, "a", "r", "left", "left", "A", "r")
        assert triage(pilot).sitting.entries == queue
        assert "Photograph 0" in facts(pilot)
        assert "rejected" in facts(pilot)
        await press(pilot, "R")
        assert [entry.id for entry in triage(pilot).sitting.entries] == [3, 4, 5, 6]


async def test_a_dimension_asks_a_question_that_y_and_n_answer(home: Home) -> None:
    async with sitting(home) as pilot:
        await press(pilot, "y")
        assert "d chooses the dimension" in text_of(pilot, "#last")
        await press(pilot, "d", *"muted", "enter")
        assert [entry.id for entry in triage(pilot).sitting.entries] == [1, 3, 5]
        await press(pilot, "y")
        assert "✓ yes" in facts(pilot)
        assert "no other dimension yet" in facts(pilot)
        await press(pilot, "right", "n")
        assert "✗ no" in facts(pilot)
        await press(pilot, "w")
        assert [entry.id for entry in triage(pilot).sitting.entries] == [2, 4, 5, 6]
        await press(pilot, "y")
        assert "Photograph 3" in facts(pilot)
    assert log(home) == [(1, "tag", "muted_faded"), (3, "untag", "muted_faded"), (2, "tag", "muted_faded")]


async def test_tags_are_toggled_while_the_dialog_stays_open(home: Home) -> None:
    async with sitting(home) as pilot:
        await press(pilot, "t")
        assert isinstance(pilot.app.screen, Tags)
        await press(pilot, "enter", *"leak", "enter", *"tilt", *["backspace"] * 4, *"vhs", "enter")
        await press(pilot, *["backspace"] * 3, *"light leak", "enter", "escape")
        assert "✓ Muted, faded" in facts(pilot)
        assert "✗ Light leak" in facts(pilot)
    assert log(home) == [(1, "tag", "muted_faded"), (1, "tag", "light_leak"), (1, "untag", "light_leak")]


async def test_texts_are_edited_and_an_unchanged_one_is_no_decision(home: Home) -> None:
    async with sitting(home) as pilot:
        await press(pilot, "C", *" at dusk", "enter", "P", *"a dark thing", "enter")
        assert "a thing 0 at dusk" in facts(pilot)
        assert "a dark thing" in facts(pilot)
        await press(pilot, "e", *"author", "enter", *"A. Maker", "enter", "N", "enter", "C", "enter")
        assert "A. Maker" in facts(pilot)
    assert [(action, value) for _, action, value in log(home)] == [
        ("caption", "a thing 0 at dusk"),
        ("wide_prompt", "a dark thing"),
        ("author", "A. Maker"),
    ]


@pytest.mark.parametrize("size", SIZES)
async def test_pairs_show_both_images_and_keep_their_prompts(home: Home, size: tuple[int, int]) -> None:
    async with sitting(home, size) as pilot:
        await press(pilot, "m")
        assert triage(pilot).query_one("#original").display
        assert "a blurred thing 0" in facts(pilot)
        await press(pilot, "C")
        assert "can't be edited" in text_of(pilot, "#last")
        await press(pilot, "a", "a")
        assert "The end of this queue" in text_of(pilot, "#empty")
        assert "✓ accepted 2" in text_of(pilot, "#empty")
        await press(pilot, "u")
        assert "a blurred thing 1" in facts(pilot)
    rows = home.database.reader().execute("SELECT subject, subject_id, status FROM curation").fetchall()
    assert [tuple(row) for row in rows] == [("pair", 1, "curated")]


async def test_an_undo_shows_a_pair_in_the_middle_of_photographs(home: Home) -> None:
    async with sitting(home) as pilot:
        await press(pilot, "m", "a", "m", "right", "u")
        assert triage(pilot).sitting.current == Entry("pair", 1)
        assert "a blurred thing 0" in facts(pilot)
        await press(pilot, "right")
        assert "Photograph 1" in facts(pilot)


async def test_other_pages_open_a_queue_of_their_own(home: Home) -> None:
    async with Widespectrum(home, "ann").run_test() as pilot:
        app = pilot.app
        assert isinstance(app, Widespectrum)
        await app.open_triage("image", [5, 2, 7])
        await settled(pilot)
        assert "3 photographs chosen elsewhere" in text_of(pilot, "#chips")
        assert "Photograph 4" in facts(pilot)
        await press(pilot, "d", *"light leak", "enter", "y", "a", "a")
        assert "conventional" in facts(pilot)
        await press(pilot, "escape")
        assert app.current_mode == "pairs"
    assert log(home) == [(5, "tag", "light_leak"), (5, "accept", ""), (2, "accept", "")]


async def test_a_read_only_instrument_refuses_and_says_so(home: Home) -> None:
    async with sitting(home, read_only=True) as pilot:
        await press(pilot, "a", "3", "t", "C", "u", "N")
        assert "read-only" in text_of(pilot, "#last")
        assert "read-only" in text_of(pilot, "#progress")
        assert isinstance(pilot.app.screen, Triage)
        assert "Photograph 0" in facts(pilot)
    assert log(home) == []


async def test_an_empty_queue_says_what_to_do(home: Home, tmp_path: Path) -> None:
    async with sitting(home) as pilot:
        await press(pilot, "d", *"double exposure", "enter")
        assert "No candidate photographs for Double exposure" in text_of(pilot, "#empty")
        assert "d another dimension" in text_of(pilot, "#empty")
        await press(pilot, "a")
        assert "nothing is shown" in text_of(pilot, "#last")
    with Home(tmp_path / "empty") as empty:
        async with sitting(empty) as pilot:
            assert "widespectrum add FOLDER" in text_of(pilot, "#empty")


async def test_the_queue_can_be_curated_or_sorted_by_a_witness(home: Home) -> None:
    async with sitting(home) as pilot:
        await press(pilot, "a", "c", *"curated", "enter")
        assert [entry.id for entry in triage(pilot).sitting.entries] == [1]
        await press(pilot, "c", *"candidates", "enter", "o")
        await pilot.app.workers.wait_for_complete()
        await press(pilot, *"polish falling", "enter")
        assert [entry.id for entry in triage(pilot).sitting.entries] == [6, 5, 4, 3, 2]
        await press(pilot, "d", *"oppressive", "enter", "w", "o")
        await pilot.app.workers.wait_for_complete()
        await press(pilot, *"witnesses", "enter")
        assert "brightness ↑" in text_of(pilot, "#chips")
        assert [entry.id for entry in triage(pilot).sitting.entries] == [4, 3, 6, 2, 5]


async def test_scores_stay_hidden_until_they_are_asked_for(home: Home) -> None:
    async with sitting(home) as pilot:
        assert "polish" not in facts(pilot)
        await press(pilot, "h")
        await pilot.app.workers.wait_for_complete()
        await settled(pilot)
        assert "polish" in facts(pilot)
        assert "7 of 7" in facts(pilot)
        await press(pilot, "h")
        assert "polish" not in facts(pilot)


async def test_what_another_terminal_decides_appears_by_itself(home: Home) -> None:
    async with sitting(home) as mine, sitting(home, curator="bob") as theirs:
        await press(theirs, "5")
        triage(mine).store_changed()
        await settled(mine)
        assert "★★★★★" in facts(mine)


async def test_a_decision_that_could_not_be_written_is_said_and_taken_off_the_screen(home: Home) -> None:
    async with sitting(home) as pilot:
        with home.database.write() as session:
            session.connection().exec_driver_sql(
                "CREATE TRIGGER full BEFORE INSERT ON decision BEGIN SELECT RAISE(ABORT, 'disk is [b]full'); END"
            )
        await press(pilot, "A", "a")
        assert "candidate" in facts(pilot)
        assert "6 left" in text_of(pilot, "#progress")
        assert any("disk is [b]full" in note.message for note in pilot.app._notifications)
    assert log(home) == []


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_texts_are_shown_harmless(tmp_path: Path, size: tuple[int, int]) -> None:
    with Home(tmp_path) as home:
        with home.database.write() as session:
            blob = keep_image(home, PIL.Image.new("RGB", (8, 8)))
            texts = dict.fromkeys(("title", "caption", "wide_prompt", "author", "license", "collection"), HOSTILE)
            add_photograph(session, blob, "artwork", PhotographFacts(**texts, dimensions=(HOSTILE,)))  # type: ignore[arg-type]
        async with sitting(home, size) as pilot:
            assert facts(pilot).count("[red]") >= 6
            await press(pilot, "a", "left", "t", "enter", "escape", "C", "enter")
            await press(pilot, "d", "down", "enter")
            screen = "".join(segment.text for line in pilot.app.screen._compositor.render_strips() for segment in line)
            assert not {"\x1b", "\x07", "\u202e"} & set(screen)
        assert log(home) == [(1, "accept", ""), (1, "tag", HOSTILE)]


KEYS = [*"arsyn012345tuhAmwRCN", "space", "left", "right", "home", "end", "enter", "escape", "pagedown", "x", "z"]


@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(keys=st.lists(st.sampled_from(KEYS), max_size=15))
async def test_any_keys_leave_the_state_that_the_log_folds_to(keys: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, Home(folder) as home:
        fill(home, photographs=3)
        async with sitting(home) as pilot:
            await press(pilot, "d", *"muted", "enter")
            for key in keys:
                await pilot.press(key)
                if pilot.app.current_mode != "triage":
                    await pilot.press("f8")
            await settled(pilot)
            while not isinstance(pilot.app.screen, Page):
                assert isinstance(pilot.app.screen, Ask | Choose)
                await press(pilot, "escape")
            if current := triage(pilot).sitting.current:
                assert triage(pilot).known.item(current) == triage_items(home.database.reader(), [current])[current]
        shown = state(home)
        with home.database.write() as session:
            rebuild_curation(session)
        assert state(home) == shown


async def test_who_leaves_while_the_database_is_locked_is_told_of_every_decision_that_was_not_kept(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(store.database, "BUSY_SECONDS", 0.3)
    async with sitting(home) as pilot:
        with closing(sqlite3.connect(home.database.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await pilot.press("a", "r", "q")
            while pilot.app.is_running:
                await asyncio.sleep(0.05)
    assert pilot.app.return_code == 1
    said = capsys.readouterr().err
    assert said.count("not kept: ") == said.count("is locked; nothing was changed") == 2


async def test_a_decision_after_leaving_is_said_not_to_be_kept(home: Home) -> None:
    ledger = Ledger(home, "ann")
    assert ledger.close() == []
    with pytest.raises(HomeUnusable, match="is being left"):
        ledger.decide(Entry("image", 1), "accept").result()
    assert len(ledger.failures) == 1
