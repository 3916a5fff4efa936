"""Pairs: what the list and the details say, how keys move, and what filters leave; at both sizes, on small homes."""

from __future__ import annotations

import asyncio
import threading
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static
from textual.widgets._footer import FooterKey
from textual.worker import WorkerCancelled

from store import Home, records
from store.blobs import blob_path
from store.queries.pairs import PairFilter, pair_detail
from tui.app import Widespectrum
from tui.screens.choose import Choose
from tui.screens.pairs import Pairs
from tui.widgets.pair_list import AROUND, PairHead, PairList
from tui.widgets.preview import Preview

SIZES = [(80, 24), (160, 50)]


@pytest.fixture(autouse=True)
def _terminal_with_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


@asynccontextmanager
async def opened(home: Home, size: tuple[int, int] = (160, 50), **options: Any) -> AsyncIterator[Pilot[None]]:
    app = Widespectrum(home, "ann", **options)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Pairs) and app.screen.total is not None)
        await settled(pilot)
        yield pilot


async def until(pilot: Pilot[None], ready: Callable[[], bool]) -> None:
    """Wait for something that threads bring about."""
    async with asyncio.timeout(20):
        while not ready():
            await pilot.pause(0.01)


async def settled(pilot: Pilot[None]) -> None:
    await pilot.pause()
    with suppress(WorkerCancelled):  # a newer question has taken its place
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


def page(pilot: Pilot[None]) -> Pairs:
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, Pairs))


def lines(pilot: Pilot[None]) -> list[str]:
    listed = page(pilot).listed
    return [listed.render_line(y).text.rstrip() for y in range(min(len(listed.ids), listed.size.height))]


def facts(pilot: Pilot[None]) -> str:
    return str(page(pilot).view.query_one("#facts", Static).render())


def words(pilot: Pilot[None]) -> str:
    return " ".join(facts(pilot).split())


def chips(pilot: Pilot[None]) -> str:
    return str(page(pilot).query_one("#chips", Static).render())


def pictures(pilot: Pilot[None]) -> list[Preview]:
    return [page(pilot).query_one(f"#{side}-picture", Preview) for side in ("left", "right")]


def badge(pilot: Pilot[None]) -> str:
    return str(page(pilot).query_one("#badge", Static).render())


def name(pilot: Pilot[None], side: str) -> str:
    return str(page(pilot).query_one(f"#{side}-name", Static).render())


@pytest.mark.parametrize("size", SIZES)
async def test_each_line_has_a_sign_the_margin_the_caption_and_what_was_witnessed(small_home: Any, size: Any) -> None:
    async with opened(small_home.home, size) as pilot:
        shown = lines(pilot)
        assert shown[0].split()[:3] == ["▲", "+0.250", "a"]
        assert "a bear and a cub" in shown[0]
        assert "1/1" in shown[0]
        assert shown[0].endswith("✓")
        assert shown[1].startswith(" ▼")
        assert shown[1].endswith("✗")
        assert shown[2].startswith(" =")
        assert shown[5].startswith(" ·")
        assert "6 pairs" in chips(pilot)
        assert "conse · control" in chips(pilot)


async def test_the_footer_has_the_keys_from_the_beginning(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        await until(pilot, lambda: "Open" in [str(key.description) for key in page(pilot).query(FooterKey)])


async def test_the_footer_fits_a_narrow_terminal(small_home: Any) -> None:
    async with opened(small_home.home, (80, 24)) as pilot:
        await until(pilot, lambda: "Open" in [str(key.description) for key in page(pilot).query(FooterKey)])
        await settled(pilot)
        assert max(key.region.right for key in page(pilot).query(FooterKey)) <= 80


async def test_nothing_of_the_details_is_cut_wrapped_twice_or_under_the_scrollbar(small_home: Any) -> None:
    async with opened(small_home.home, (100, 30)) as pilot:
        view = page(pilot).view
        for width in range(100, 171):
            await pilot.resize_terminal(width, 30)
            await pilot.pause()
            room = view.scrollable_content_region
            assert view.vertical_scrollbar.region.x >= room.right, width
            assert all(child.region.right <= room.right for child in view.walk_children()), width
            assert max(map(cell_len, facts(pilot).split("\n"))) <= view.query_one("#facts").size.width, width


@pytest.mark.parametrize("width", [80, 110, 132, 160, 170])
async def test_each_heading_stands_over_its_column(small_home: Any, width: int) -> None:
    async with opened(small_home.home, (width, 30)) as pilot:
        head, first = page(pilot).query_one(PairHead).render_line(0).text, lines(pilot)[0]
        assert head.index("original prompt") == first.index("a bear")
        assert head.index("seen") == first.index("1/1") - 1
        if "asks for" in head:
            assert first[head.index("asks for") - 1 : head.index("asks for") + 1].strip().isupper()
        assert ("asks for" in head) == ("Clarity" in "".join(lines(pilot)))


@pytest.mark.parametrize("size", SIZES)
async def test_both_pictures_stand_side_by_side_with_their_names(small_home: Any, size: Any) -> None:
    async with opened(small_home.home, size) as pilot:
        pair = pair_detail(small_home.home.database.reader(), small_home.pairs[0])
        assert pair
        assert [each.shown.sha256 for each in pictures(pilot) if each.shown] == [pair.original.sha256, pair.wide.sha256]
        assert [name(pilot, side) for side in ("left", "right")] == ["I_o original", "I_a wide"]
        assert "half-cells" in str(page(pilot).query_one("#badge", Static).render())


async def test_all_four_cells_of_every_scorer_stand_with_its_role_and_what_it_did(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        assert "oiop oidp diop didp margin" in words(pilot)
        assert "▲ conse 0.750 0.500 0.250 0.750 +0.250" in words(pilot)
        assert "▼ polish 0.750 0.750 0.250 0.250 −0.500" in words(pilot)
        assert "control · put the original first · prompt-blind" in words(pilot)
        assert "overruled" not in words(pilot)
        await press(pilot, "j")
        assert "control · put the original first · a prompt was truncated" in words(pilot)


async def test_only_of_a_reward_model_is_it_said_that_it_overruled_the_prompt(small_home: Any) -> None:
    home, pair_id = small_home.home, small_home.pairs[0]
    with home.database.write() as session:
        model = records.scorer_id(session, records.ScorerFacts("hps", "1", "reward model", "dual", True))
        pair = pair_detail(home.database.reader(), pair_id)
        wide = records.prompt_id(session, pair.wide_prompt)
        cells = [records.NewScore(pair.original.image_id, wide, 0.9), records.NewScore(pair.wide.image_id, wide, 0.1)]
        records.add_scores(session, model, cells)
    async with opened(home) as pilot:
        assert "hps · reward model" in chips(pilot)
        assert "▼ hps – 0.900 – 0.100 −0.800" in words(pilot)
        assert "reward model · overruled the prompt" in words(pilot)
        assert words(pilot).count("overruled") == 1


async def test_what_the_probe_saw_stands_beside_each_asked_effect(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        assert "✓ " in facts(pilot)
        assert "0.70 sharpness 10.0 → 5.00" in words(pilot)
        await press(pilot, "j")
        assert "✗ " in facts(pilot)
        await press(pilot, "G")
        assert "no probe can witness it" in words(pilot)
        assert "no scorer has scored this pair" in words(pilot)


async def test_keys_move_the_cursor_as_far_as_the_list_goes(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        for key, at in {"j": 1, "down": 2, "k": 1, "G": 5, "n": 5, "N": 4, "home": 0, "up": 0, "pagedown": 5}.items():
            await press(pilot, key)
            assert page(pilot).listed.cursor == at
            assert page(pilot).view.pair.id == small_home.pairs[at]  # type: ignore[union-attr]


async def test_enter_gives_the_pair_the_page_and_escape_gives_it_back(small_home: Any) -> None:
    async with opened(small_home.home, (80, 24)) as pilot:
        before = pictures(pilot)[0].size
        await press(pilot, "enter")
        assert not page(pilot).query_one("#list").display
        assert page(pilot).view.size.height > before.height
        await press(pilot, "n")
        assert page(pilot).view.pair.id == small_home.pairs[1]  # type: ignore[union-attr]
        await press(pilot, "j")
        assert page(pilot).listed.cursor == 1
        assert page(pilot).view.scroll_y > 0
        await press(pilot, "escape")
        assert page(pilot).query_one("#list").display
        assert page(pilot).listed.has_focus


async def test_swapping_changes_places_names_and_the_order_that_a_verdict_keeps(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        before = [each.shown for each in pictures(pilot)]
        await press(pilot, "b")
        await until(pilot, lambda: [each.shown for each in pictures(pilot)] == before[::-1])
        assert name(pilot, "left") == "I_a wide"
        await press(pilot, "V", "enter")
        await settled(pilot)
        (row,) = small_home.home.database.reader().execute("SELECT * FROM verdict").fetchall()
        assert (row["judge"], row["choice"], row["order_shown"]) == ("ann", "wide", "wide-original")
        assert row["fidelity"].startswith("half-cells")
        assert "says ann: wide" in words(pilot)


async def test_a_crop_and_a_difference_are_of_the_same_place_in_both(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        await press(pilot, "z", "D")
        await until(pilot, lambda: all(each.shown and each.shown.centre for each in pictures(pilot)))
        left, right = (each.shown for each in pictures(pilot))
        assert left and right  # noqa: PT018
        assert left.centre == right.centre
        assert right.other == (left.sha256, left.suffix)
        assert "difference" in name(pilot, "right")
        await press(pilot, "escape", "escape")
        await until(pilot, lambda: all(each.shown and not each.shown.centre for each in pictures(pilot)))


async def test_provenance_and_versions_are_shown_when_asked_for(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        assert "provenance" not in words(pilot)
        await press(pilot, "i")
        assert "I_o provenance generated · 8×6" in words(pilot)
        assert "seed 0" in words(pilot)
        assert "version 1" in words(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_provenance_that_lies_below_the_page_is_brought_into_sight(
    small_home: Any, size: tuple[int, int]
) -> None:
    async with opened(small_home.home, size) as pilot:
        await press(pilot, "i")
        await settled(pilot)
        assert "I_o provenance" in " ".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
        await press(pilot, "i")
        await settled(pilot)
        assert page(pilot).view.scroll_y == 0


async def test_help_and_palette_name_the_keys_of_the_keymap(small_home: Any) -> None:
    (small_home.home.folder / "keymap.toml").write_text('[keys]\n"pairs.search" = "ctrl+f"\n', encoding="utf-8")
    async with opened(small_home.home) as pilot:
        titles = [each.title for each in pilot.app.get_system_commands(pilot.app.screen)]
        assert {"Find  (ctrl+f)", "Help  (?)"} <= set(titles)
        await press(pilot, "question_mark")
        await settled(pilot)
        said = ["".join(segment.text for segment in strip) for strip in pilot.app.screen._compositor.render_strips()]
        assert any("ctrl+f  Find words in either prompt" in line for line in said)


async def test_a_dimension_is_chosen_by_typing_with_the_counts_that_it_would_leave(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        await press(pilot, "d")
        await until(pilot, lambda: "…" not in str(pilot.app.screen.query_one(OptionList).get_option_at_index(1).prompt))
        await press(pilot, *"clarity")
        option = pilot.app.screen.query_one(OptionList).get_option_at_index(0)
        assert "Clarity" in str(option.prompt)
        assert "2 · VisionReward" in str(option.prompt)
        await press(pilot, "enter")
        await until(pilot, lambda: len(page(pilot).listed.ids) == 2)
        await settled(pilot)
        assert "2 of 6 pairs" in chips(pilot)
        assert "Clarity" in chips(pilot)
        await press(pilot, "x")
        await until(pilot, lambda: len(page(pilot).listed.ids) == 6)


async def test_filters_stack_and_the_order_can_follow_the_margin(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        await press(pilot, "v", "down", "down", "enter")
        await until(pilot, lambda: len(page(pilot).listed.ids) == 2)
        assert "▼ put the original first" in chips(pilot)
        await press(pilot, "o", *"margin", "enter")
        await until(pilot, lambda: list(page(pilot).listed.ids) == [small_home.pairs[3], small_home.pairs[1]])


async def test_the_latest_of_several_questions_is_answered_whenever_they_are_asked(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        for pause in (0.0, 0.001, 0.005, 0.01, 0.02, 0.04):
            page(pilot).ask(PairFilter(scorer_id=small_home.polish, source_id=small_home.darkroom))
            await asyncio.sleep(pause)
            page(pilot).ask(PairFilter(scorer_id=small_home.conse, verdict="tie"))
            await until(pilot, lambda: list(page(pilot).listed.ids) == [small_home.pairs[2]])
            await until(pilot, lambda: "1 of 6 pairs" in chips(pilot))


async def test_the_list_follows_what_is_typed_and_escape_brings_back_what_was(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        await press(pilot, "slash", *"café")
        await until(pilot, lambda: len(page(pilot).listed.ids) == 2)
        await press(pilot, "escape")
        await until(pilot, lambda: len(page(pilot).listed.ids) == 6)
        assert page(pilot).listed.has_focus
        await press(pilot, "slash", *"kite", "enter")
        await until(pilot, lambda: len(page(pilot).listed.ids) == 2)
        await settled(pilot)
        assert "/ kite" in chips(pilot)
        assert not page(pilot).query_one("#search", Input).has_focus


async def test_every_letter_is_asked_for_when_it_is_typed(small_home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(small_home.home) as pilot:
        asked: list[str] = []
        ask = page(pilot).ask
        monkeypatch.setattr(page(pilot), "ask", lambda wanted: (asked.append(wanted.text), ask(wanted)))
        await pilot.press("slash", *"kite")
        assert asked == ["k", "ki", "kit", "kite"]


async def test_letters_that_come_in_one_burst_with_the_key_of_the_search_are_words_and_not_keys(
    small_home: Any,
) -> None:
    async with opened(small_home.home) as pilot:
        for key, character in [("slash", "/"), *((letter, letter) for letter in "kites"), ("slash", "/"), ("x", "x")]:
            pilot.app.post_message(Key(key, character))
        await settled(pilot)
        assert isinstance(pilot.app.screen, Pairs), "a letter opened a dialog"
        assert page(pilot).search.value == "kites/x"
        await until(pilot, lambda: "0 of 6 pairs" in str(page(pilot).query_one("#found", Static).render()))


async def test_a_dialog_that_is_closed_reads_nothing_again_unless_the_store_has_changed(
    small_home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(small_home.home) as pilot:
        read: list[int] = []
        monkeypatch.setattr(page(pilot).listed, "read_rows", lambda ids: (read.extend(ids), [])[1])
        await press(pilot, "d", "escape")
        assert not read
        await press(pilot, "d")
        with small_home.home.database.write() as session:
            records.prompt_id(session, "something new")
        pilot.app._look_for_news()  # type: ignore[attr-defined]
        await press(pilot, "escape")
        assert read


async def test_what_others_commit_appears_and_the_cursor_stays_on_its_pair(
    small_home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.pairs.IDS_SECONDS", 0.01)
    home = small_home.home
    async with opened(home) as pilot:
        page(pilot).ask(PairFilter(order="newest"))
        await until(pilot, lambda: list(page(pilot).listed.ids) == list(small_home.pairs[::-1]))
        await press(pilot, "j", "j")
        held = page(pilot).listed.pair_id
        with home.database.write() as session:
            pair = pair_detail(home.database.reader(), small_home.pairs[0])
            new = records.NewPair(
                key="later", source_id=small_home.darkroom, original_prompt_id=records.prompt_id(session, "a new one"),
                wide_prompt_id=records.prompt_id(session, "darker"), original_image_id=pair.original.image_id,
                wide_image_id=pair.wide.image_id, seed=1, writer="1",
            )  # fmt: skip
            records.add_pair(session, new)
        page(pilot).store_changed()
        await until(pilot, lambda: len(page(pilot).listed.ids) == 7)
        await settled(pilot)
        assert page(pilot).listed.pair_id == held
        assert page(pilot).listed.cursor == 3
        assert "a new one" in lines(pilot)[0]


async def test_a_decision_made_elsewhere_is_seen_in_its_line(small_home: Any) -> None:
    from store import curation

    async with opened(small_home.home) as pilot:
        with small_home.home.database.write() as session:
            curation.decide(session, "eve", curation.Subject.PAIR, small_home.pairs[3], curation.Action.STARS, "4")
        page(pilot).store_changed()
        await until(pilot, lambda: "★4" in lines(pilot)[3])


async def test_another_page_can_open_the_pairs_of_a_filter(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        app = pilot.app
        assert isinstance(app, Widespectrum)
        await app.open_pairs(PairFilter(scorer_id=small_home.polish, source_id=small_home.imported))
        await until(pilot, lambda: list(page(pilot).listed.ids) == list(small_home.pairs[4:]))
        await settled(pilot)
        assert "archive" in chips(pilot)
        assert lines(pilot)[0].startswith(" ▼  −0.500")


async def test_a_page_that_opens_on_a_filter_does_not_flash_everything(small_home: Any) -> None:
    app = Widespectrum(small_home.home, "ann")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.open_pairs(PairFilter(scorer_id=small_home.conse, verdict="tie"))
        await until(pilot, lambda: list(page(pilot).listed.ids) == [small_home.pairs[2]])


async def test_a_read_only_terminal_keeps_no_verdict(small_home: Any) -> None:
    async with opened(small_home.home, read_only=True) as pilot:
        await press(pilot, "V")
        assert isinstance(pilot.app.screen, Pairs)
        assert not small_home.home.database.reader().execute("SELECT * FROM verdict").fetchall()


def notices(pilot: Pilot[None]) -> list[str]:
    return [each.message for each in pilot.app._notifications]


async def judge(pilot: Pilot[None], *moves: str) -> None:
    await press(pilot, "V")
    await press(pilot, *moves, "enter")


async def test_verdicts_are_taken_back_one_after_another_and_the_cursor_goes_to_their_pairs(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        await judge(pilot)
        await press(pilot, "n")
        await judge(pilot, "down")
        assert "says ann: original" in words(pilot)
        await press(pilot, "G", "u")
        assert page(pilot).listed.pair_id == small_home.pairs[1]
        assert "says ann" not in words(pilot)
        assert "undone: original" in notices(pilot)[-1]
    async with opened(small_home.home) as pilot:  # and after a restart
        assert "says ann: wide" in words(pilot)
        await press(pilot, "u")
        assert "says ann" not in words(pilot)
        await press(pilot, "u")
        assert "no verdict is left that ann could take back" in notices(pilot)[-1]


async def test_undo_follows_a_verdict_in_the_order_of_the_keys(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        await press(pilot, "V")
        await pilot.press("enter", "u")
        await settled(pilot)
        assert "undone: wide" in notices(pilot)[-1]
        assert "says ann" not in words(pilot)


async def test_a_read_only_terminal_leaves_every_file_as_it_was(small_home: Any) -> None:
    folder = small_home.home.folder
    with Home(folder, read_only=True) as looked_at:
        before = {path for path in folder.rglob("*") if path.is_file()}
        async with opened(looked_at, read_only=True) as pilot:
            await press(pilot, "j", "enter", "n", "f12")
            assert page(pilot).view.pictures["right"].drawn.strips
            assert "read-only" in notices(pilot)[-1]
        assert {path for path in folder.rglob("*") if path.is_file()} == before


async def test_a_read_only_terminal_takes_no_verdict_back(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        await judge(pilot)
    async with opened(small_home.home, read_only=True) as pilot:
        await press(pilot, "u")
        assert "read-only" in notices(pilot)[-1]
        assert "says ann: wide" in words(pilot)


def sees(pilot: Pilot[None], said: str) -> bool:
    """Whether words stand in the facts, and where they stand is on the screen with nothing to scroll."""
    text, view = page(pilot).view.query_one("#facts", Static), page(pilot).view
    return said in words(pilot) and view.region.contains_region(text.region) and not view.show_vertical_scrollbar


@pytest.mark.parametrize("size", SIZES)
async def test_a_search_without_a_hit_says_how_to_leave_it_and_the_pictures_come_back(
    small_home: Any, size: tuple[int, int]
) -> None:
    async with opened(small_home.home, size) as pilot:
        await press(pilot, "slash")
        await press(pilot, *"zzz")
        await until(pilot, lambda: sees(pilot, "No pair is left. x takes every filter off"))
        await press(pilot, "escape")
        await until(pilot, lambda: bool(page(pilot).view.pictures["right"].drawn.strips))
        assert page(pilot).view.query_one("#pictures").display


async def test_who_searches_is_told_how_to_end_it_and_is_offered_no_other_search(small_home: Any) -> None:
    def offered() -> list[str]:
        return [str(key.description) for key in page(pilot).query(FooterKey)]

    async with opened(small_home.home, (80, 24)) as pilot:
        await press(pilot, "slash", "b")
        assert "Enter keeps, Esc leaves" in str(page(pilot).query_one("#found", Static).render())
        await until(pilot, lambda: "Find" not in offered())
        await press(pilot, "slash", "escape")
        assert page(pilot).wanted.text == ""
        await until(pilot, lambda: "Find" in offered())


@pytest.mark.parametrize("size", SIZES)
async def test_a_home_without_pairs_says_what_to_do(home: Home, size: tuple[int, int]) -> None:
    async with opened(home, size) as pilot:
        assert "0 pairs" in chips(pilot)
        assert sees(pilot, "No pairs yet. 5 opens Runs")
        await press(pilot, "j", "enter", "escape", "z", "b", "D", "i", "V", "t", "n", "G")


async def test_a_missing_file_leaves_its_reason_in_its_place_and_the_facts_stand(small_home: Any) -> None:
    pair = pair_detail(small_home.home.database.reader(), small_home.pairs[0])
    assert pair
    blob_path(small_home.home, pair.wide.sha256, pair.wide.suffix).unlink()
    async with opened(small_home.home) as pilot:
        await until(pilot, lambda: "No such file" in pictures(pilot)[1].drawn.reason)
        assert pictures(pilot)[0].drawn.strips
        assert "a bear and a cub" in facts(pilot)


async def test_prompts_with_markup_and_escape_codes_are_shown_as_text(home: Home, small_home: Any) -> None:
    with home.database.write() as session:
        pair = pair_detail(home.database.reader(), small_home.pairs[0])
        new = records.NewPair(
            key="hostile", source_id=small_home.darkroom,
            original_prompt_id=records.prompt_id(session, "[bold]not bold[/] \x1b[31mred\x07"),
            wide_prompt_id=records.prompt_id(session, "[@click=app.quit]do not[/]\n\u202eabc"),
            original_image_id=pair.original.image_id, wide_image_id=pair.wide.image_id, seed=1, writer="1",
        )  # fmt: skip
        records.add_pair(session, new)
    async with opened(home) as pilot:
        await press(pilot, "G")
        assert "[bold]not bold[/] [31mred" in lines(pilot)[-1]
        assert "[@click=app.quit]do not[/] abc" in words(pilot)


class LongList(App[None]):
    """A list of a million pairs whose rows are made up, and counted."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def compose(self) -> ComposeResult:
        yield PairList(self.rows)  # type: ignore[arg-type]

    def rows(self, ids: list[int]) -> list[dict[str, Any]]:
        self.asked += ids
        blank = {"dimensions": "", "margin": 0.5, "source": "s", "status": "candidate", "stars": 0}
        return [{"id": i, "original_prompt": f"number {i}", "witnessed": 0, "could_witness": 0, **blank} for i in ids]


async def test_a_list_of_a_million_reads_only_what_comes_into_view() -> None:
    app = LongList()
    async with app.run_test(size=(80, 20)) as pilot:
        listed = app.query_one(PairList)
        listed.set_ids(array("q", range(1_000_000)))
        await settled(pilot)
        listed.move(999_999)
        await settled(pilot)
        assert "number 999999" in listed.render_line(19).text
        listed.move(-500_000)
        await settled(pilot)
        assert any("number 499999" in listed.render_line(y).text for y in range(20))
        assert len(app.asked) <= 3 * (20 + 2 * AROUND)


async def test_a_click_moves_the_cursor_and_a_second_one_opens(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        await pilot.click(PairList, offset=(5, 3))
        await settled(pilot)
        assert page(pilot).listed.cursor == 3
        await pilot.click(PairList, offset=(5, 3))
        await settled(pilot)
        assert page(pilot).has_class("-open")


async def test_a_terminal_without_colours_gets_characters_and_says_so(
    small_home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("COLORTERM")
    async with opened(small_home.home) as pilot:
        assert page(pilot).view.fidelity.startswith("characters")


async def test_the_badge_goes_with_the_picture_that_it_is_of(small_home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(small_home.home) as pilot:
        gallery, finish = pilot.app.gallery, threading.Event()
        draw, before = gallery.draw, badge(pilot)
        assert "of 8×6" in before
        monkeypatch.setattr(gallery, "kept", lambda *wish: None)
        monkeypatch.setattr(gallery, "draw", lambda *wish: (finish.wait(20), draw(*wish))[1])
        await pilot.press("j")
        await until(pilot, lambda: page(pilot).view.fidelity == "no image")
        await until(pilot, lambda: not badge(pilot))
        finish.set()
        await until(pilot, lambda: badge(pilot) == before)


async def test_the_filter_of_a_probes_figure_is_among_the_choices_and_enter_keeps_it(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        wanted = PairFilter(witnessed=("clarity", "intentional_blur"))
        await pilot.app.open_pairs(wanted)
        await settled(pilot)
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, Choose))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Pairs))
        await settled(pilot)
        assert page(pilot).wanted.witnessed == wanted.witnessed


async def test_a_search_left_for_another_page_is_over_where_that_opens_other_pairs(small_home: Any) -> None:
    async with opened(small_home.home) as pilot:
        await pilot.press("slash", "z", "q")
        await pilot.app.open_pairs(PairFilter(scorer_id=small_home.conse))
        await settled(pilot)
        assert not page(pilot).has_class("-searching")
        assert page(pilot).wanted == PairFilter(scorer_id=small_home.conse)
        await pilot.press("slash", "a")
        await settled(pilot)
        assert page(pilot).wanted.text == "a"
