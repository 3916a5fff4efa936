"""Hints on the pages name the keys as they are bound: those of the table, or those that a keymap gives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

import engine.runs
from engine.plan.wants import Wants
from store import Home, records
from store.queries.pairs import PairFilter
from store.queries.triage import Entry, TriageFilter, TriageItem
from tests.tui.pages import until
from tui.app import Widespectrum
from tui.keys import key_name
from tui.views import pairs, triage
from tui.views.sitting import Sitting
from tui.widgets.tabs import Tabs
from tui.widgets.triage_facts import facts

CHANGED = {
    "global.page.runs": "f13",
    "runs.new": "f14",
    "runs.worker": "f15",
    "pairs.judge": "f16",
    "pairs.search": "ctrl+f",
    "pairs.back": "ctrl+b",
    "pairs.crop": "left_square_bracket",
    "pairs.filter.scorer": "é",
    "triage.status": "f17",
    "triage.subject": "f18",
    "triage.dimension": "f19",
    "triage.answer.tag": "f20",
    "triage.answer.untag": "f21",
}


@asynccontextmanager
async def changed(home: Home, page: str = "pairs") -> AsyncIterator[Pilot]:
    """The app on a page, with other keys."""
    lines = [f'"{action}" = "{key}"' for action, key in CHANGED.items()]
    (home.folder / "keymap.toml").write_text("\n".join(["[keys]", *lines]), encoding="utf-8")
    app = Widespectrum(home, "ann")
    async with app.run_test(size=(120, 40)) as pilot:
        app.action_page(page)
        await until(pilot, lambda: app.current_mode == page)
        yield pilot


async def says(pilot: Pilot, *hints: str) -> None:
    """Somewhere the page says all of this, soon."""

    def said() -> str:
        return " ".join(" ".join(str(each.render()) for each in pilot.app.screen.query(Static)).split())

    await until(pilot, lambda: all(hint in said() for hint in hints))


@pytest.mark.parametrize(
    ("page", "hint"),
    [
        ("pairs", "F13 opens Runs, where F14 makes some"),
        ("grid", "Press F13 to open Runs, then F14 to start a run"),
        ("board", "Press F13 to open Runs, then F14 to start a run"),
        ("triage", "F17 another status · F18 photographs or pairs"),
        ("runs", "Press F14 to make wide pairs"),
    ],
)
async def test_a_page_without_anything_to_show_names_the_keys_of_the_keymap(home: Home, page: str, hint: str) -> None:
    with home.database.write() as session:
        records.scorer_id(session, records.ScorerFacts("conse", "1", "control", "dual", True))
    async with changed(home, page) as pilot:
        await says(pilot, hint)
        assert "4 Triage  F13 Runs " in str(pilot.app.screen.query_one(Tabs).render())


async def test_the_grid_of_generators_names_the_key_by_which_people_judge(home: Home) -> None:
    async with changed(home, "grid") as pilot:
        await pilot.press("x")
        await says(pilot, "F16 on Pairs says which image follows P_a")


async def test_pairs_names_the_keys_of_the_keymap_beside_filters_pictures_and_the_search(small_home: Any) -> None:
    async with changed(small_home.home) as pilot:
        await says(pilot, "é conse · control", "· [: 1:1")
        await pilot.press("left_square_bracket")
        await says(pilot, "· [: whole")
        await pilot.press("left_square_bracket", "ctrl+f", *"kite")
        await says(pilot, "ctrl+f", "2 of 6 pairs · Enter keeps, ctrl+b leaves")
        await pilot.press("enter")
        await says(pilot, "ctrl+f kite")


async def test_triage_names_the_keys_of_the_keymap_beside_what_they_change(small_home: Any) -> None:
    async with changed(small_home.home, "triage") as pilot:
        await says(pilot, "F18 photographs F19 any dimension F17 candidates", "Picture")
        await pilot.press("f20")
        await says(pilot, "F19 chooses the dimension that F20 and F21 are about")
        await pilot.press("f19", *"muted", "enter")
        await says(pilot, "F20 yes · F21 no")


async def test_a_run_that_nobody_does_names_the_key_of_the_keymap_that_starts_a_worker(small_home: Any) -> None:
    engine.runs.start_run(small_home.home, "some", Wants(scorers=("conse",)))
    async with changed(small_home.home, "runs") as pilot:
        await says(pilot, "no worker has signed on; F15 starts one if none comes")


def test_on_triage_where_the_digits_are_stars_a_page_is_named_by_a_key_that_opens_it() -> None:
    assert key_name("global.page.runs") == key_name("global.page.runs", page="pairs") == "5"
    assert key_name("global.page.runs", page="triage") == "F9"
    assert key_name("global.page.runs", {"global.page.runs": "f3,5"}, "triage") == "F3"
    assert key_name("runs.new", page="board") == "n"


def test_keys_are_called_as_people_write_them() -> None:
    assert [key_name(f"triage.move.{way}") for way in ("next", "previous")] == ["→", "←"]
    assert key_name("pairs.back") == "Esc"


def test_what_is_not_yet_known_of_a_photograph_names_the_keys_that_tell_it() -> None:
    item = TriageItem(Entry("image", 1), (("0" * 64, ".png"),), "photograph", "", "", "")
    said = facts(item, "muted_faded", None, named).plain
    for hint in (
        "<triage.answer.tag> yes · <triage.answer.untag> no",
        "no dimension yet · <triage.tags> tags",
        "P_o  none yet · <triage.edit.caption> writes it",
        "P_a  none yet · <triage.edit.wide_prompt> writes it",
    ):
        assert hint in said


def named(action: str) -> str:
    return f"<{action}>"


@pytest.mark.parametrize(
    ("wanted", "total", "hint"),
    [
        (PairFilter(), 0, "<global.page.runs> opens Runs, where <runs.new> makes"),
        (PairFilter(text="bear"), 3, "<pairs.clear> takes every filter off; from a search, <pairs.back> leads back"),
        (PairFilter(order="margin"), 3, "<pairs.filter.order> chooses another order"),
    ],
)
def test_a_list_without_pairs_says_which_key_brings_some(wanted: PairFilter, total: int, hint: str) -> None:
    assert hint in pairs.nothing(wanted, total, named)


@pytest.mark.parametrize(
    ("wanted", "entries", "hints"),
    [
        (
            TriageFilter("image"),
            1,
            ["<triage.move.previous> goes back", "<triage.undo> undoes · <triage.reload> reads"],
        ),
        (
            TriageFilter("pair"),
            0,
            ["<triage.status> another status · <triage.subject>", "<global.page.runs> opens Runs"],
        ),
        (
            TriageFilter("image", "muted_faded", scope="open"),
            0,
            ["<triage.scope> widens", "<triage.dimension> another"],
        ),
        (TriageFilter("image", "muted_faded"), 0, ["<triage.scope> asks of those", "<triage.status> another status"]),
    ],
)
def test_an_empty_queue_says_which_key_leads_on(wanted: TriageFilter, entries: int, hints: list[str]) -> None:
    sitting = Sitting([Entry("image", number + 1) for number in range(entries)])
    said = triage.nothing(wanted, sitting, named).plain
    assert all(hint in said for hint in hints), said
