"""The board: who stands where under one scorer, at both sizes, on a small home and on an empty one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from store import Home, curation, records
from store.queries.pairs import PairFilter
from tests.tui import pages
from tests.tui.pages import settled, until
from tui.app import Widespectrum
from tui.screens.board import Board
from tui.widgets.line_list import LineList

SIZES = [(80, 24), (160, 50)]


class BoardFirst(Widespectrum):
    """The app, opened on the board; it keeps what it was asked to open."""

    DEFAULT_MODE = "board"
    CSS_PATH = None
    opened: object = None

    async def open_triage(self, subject: str, ids: Sequence[int]) -> None:
        self.opened = (subject, list(ids))

    async def open_pairs(self, wanted: PairFilter) -> None:
        self.opened = wanted


def opened(home: Home, size: tuple[int, int] = (80, 24)) -> AbstractAsyncContextManager[Pilot]:
    return pages.opened(BoardFirst(home, "ann"), size)


def lines(pilot: Pilot) -> list[str]:
    listed = pilot.app.screen.query_one(LineList)
    return [listed.render_line(y).text.rstrip() for y in range(listed.size.height)]


def text_of(pilot: Pilot, selector: str) -> str:
    return " ".join(str(pilot.app.screen.query_one(selector, Static).render()).split())


def names(pilot: Pilot) -> list[str]:
    board = pilot.app.screen
    assert isinstance(board, Board)
    assert board.view
    return [row.name for row in board.view.rows]


@pytest.fixture
def scored_home(small_home):
    """The small home with its four photographs scored: by `polish` 1, 2, 3 and 4 in their order."""
    with small_home.home.database.write() as session:
        scores = [records.NewScore(image, 0, float(n)) for n, image in enumerate(small_home.photographs, start=1)]
        records.add_scores(session, small_home.polish, scores)
    return small_home


async def polish_board(pilot: Pilot) -> None:
    await pilot.press("s", *"polish", "enter")
    await settled(pilot)


async def test_a_mean_over_one_prompt_alone_says_that_it_has_no_interval(scored_home) -> None:
    async with opened(scored_home.home, (160, 50)) as pilot:
        await polish_board(pilot)
        archive = next(line for line in lines(pilot) if "archive" in line)
        artwork = next(line for line in lines(pilot) if "Picture 3" in line)
        assert "[–]" in archive
        assert "[–]" not in artwork


@pytest.mark.parametrize("size", SIZES)
async def test_means_and_single_images_stand_among_one_another_by_score(scored_home, size) -> None:
    async with opened(scored_home.home, size) as pilot:
        await polish_board(pilot)
        assert names(pilot)[:2] == ["Picture 3", "sample"]
        assert {"darkroom", "archive", "Picture 0"} < set(names(pilot))
        artwork = next(line for line in lines(pilot) if "Picture 3" in line)
        assert "(1)" in artwork
        assert "artwork" in artwork
        assert "○ candidate" in artwork
        assert "✓ curated" in next(line for line in lines(pilot) if "Picture 2" in line)


@pytest.mark.parametrize("size", SIZES)
async def test_the_prompts_of_a_board_are_named(scored_home, size) -> None:
    async with opened(scored_home.home, size) as pilot:
        assert "under their written P_a" in text_of(pilot, "#prompts")
        await polish_board(pilot)
        assert "no prompt at all" in text_of(pilot, "#prompts")


async def test_the_place_of_a_photograph_is_said_in_full(scored_home) -> None:
    async with opened(scored_home.home) as pilot:
        await polish_board(pilot)
        await pilot.press("g")
        await pilot.pause()
        said = text_of(pilot, "#words")
        assert "Picture 3: 4.000, would be rank 1 among 4 means; percentile 88 among 4 single images" in said
        assert "candidate: no person has accepted it yet" in said


async def test_neighbours_above_and_below_stand_beside_a_photograph_where_there_is_room(scored_home) -> None:
    async with opened(scored_home.home, (160, 50)) as pilot:
        await polish_board(pilot)
        await pilot.press("j", "j")
        await pilot.pause()
        said = text_of(pilot, "#words")
        assert said.index("Picture 3") < said.index("▸") < said.rindex("Picture 1")
        assert pilot.app.screen.has_class("-picture")


async def test_filters_go_round_everything_means_candidates_and_curated(scored_home) -> None:
    async with opened(scored_home.home) as pilot:
        await polish_board(pilot)
        await pilot.press("f")
        assert not any(name.startswith("Picture") for name in names(pilot))
        await pilot.press("f")
        assert names(pilot) == ["Picture 3"]
        await pilot.press("f")
        assert names(pilot) == ["Picture 2"]
        await pilot.press("f")
        assert len(names(pilot)) == 8


async def test_the_published_board_is_there_without_any_scorer(home) -> None:
    async with opened(home) as pilot:
        assert names(pilot)[:2] == ["Kolors", "Flux-dev"]
        assert "published mean 10.55" in text_of(pilot, "#words")
        assert "published, not computed here" in text_of(pilot, "#words")
        await pilot.press("f", "f", "f")
        assert "only a person accepts" in text_of(pilot, "#nothing")
        await pilot.press("j", "enter", "n")
        assert pilot.app.opened is None


async def test_a_scorer_without_images_says_what_to_do_next(home) -> None:
    with home.database.write() as session:
        records.scorer_id(session, records.ScorerFacts("conse", "1", "control", "dual", True))
    async with opened(home) as pilot:
        assert pilot.app.screen.has_class("-nothing")
        assert "conse has scored no image yet. Press 5" in text_of(pilot, "#nothing")


async def test_enter_triages_the_photograph_and_opens_the_pairs_of_a_source(scored_home) -> None:
    async with opened(scored_home.home) as pilot:
        await polish_board(pilot)
        await pilot.press("g", "enter")
        assert pilot.app.opened == ("image", [scored_home.photographs[3]])
        pilot.app.screen.query_one(LineList).go(names(pilot).index("archive"))
        await pilot.press("enter")
        assert pilot.app.opened == PairFilter(scorer_id=scored_home.polish, source_id=scored_home.imported)


async def test_enter_on_a_collection_says_that_a_mean_opens_nothing(scored_home) -> None:
    async with opened(scored_home.home) as pilot:
        await polish_board(pilot)
        pilot.app.screen.query_one(LineList).go(next(i for i, name in enumerate(names(pilot)) if "originals" in name))
        await pilot.press("enter")
        assert pilot.app.opened is None
        assert [each.message for each in pilot.app._notifications] == ["a mean over images: nothing to open"]


async def test_words_are_found_in_the_names(scored_home) -> None:
    async with opened(scored_home.home) as pilot:
        await polish_board(pilot)
        await pilot.press("slash", *"picture 0", "enter")
        await pilot.pause()
        board = pilot.app.screen
        assert isinstance(board, Board)
        assert board.row
        assert board.row.name == "Picture 0"


async def test_a_decision_made_elsewhere_appears_and_the_cursor_stays_on_its_image(scored_home) -> None:
    async with opened(scored_home.home) as pilot:
        await polish_board(pilot)
        pilot.app.screen.query_one(LineList).go(names(pilot).index("Picture 1"))
        with scored_home.home.database.write() as session:
            image = scored_home.photographs[3]
            curation.decide(session, "ann", curation.Subject.IMAGE, image, curation.Action.REJECT)
        board = pilot.app.screen
        assert isinstance(board, Board)
        board.store_changed()
        await until(pilot, lambda: "Picture 3" not in names(pilot))
        assert "1 rejected left out" in text_of(pilot, "#caption")
        assert board.row
        assert board.row.name == "Picture 1"


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_titles_are_shown_as_harmless_text(small_home, size) -> None:
    home = small_home.home
    with home.database.write() as session:
        image = small_home.photographs[0]
        curation.decide(
            session, "ann", curation.Subject.IMAGE, image, curation.Action.TITLE, "[red]\x1b[2J日本語\u202e[/]"
        )
        records.add_scores(session, small_home.polish, [records.NewScore(image, 0, 9.0)])
    async with opened(home, size) as pilot:
        await polish_board(pilot)
        await pilot.press("j")
        await pilot.pause()
        shown = "\n".join(lines(pilot)) + text_of(pilot, "#words")
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "[red][2J日本語[/]" in shown
