"""Runs: the queue, its keys and the form for a new run. The worker's own doings are tested with the worker."""

from __future__ import annotations

import json
import time
from contextlib import AbstractAsyncContextManager

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from engine import runs as engine_runs
from engine.plan.wants import GenerateWants, Wants
from store import Home, work
from store.queries import work as queries
from store.tables import Worker
from tests.tui import pages
from tests.tui.pages import settled
from tui.app import Widespectrum
from tui.screens.new_run import NewRun
from tui.screens.runs import Runs
from tui.views.run_form import RunForm, form_lines
from tui.widgets.line_list import LineList

SIZES = [(80, 24), (160, 50)]
PAIRS = Wants(GenerateWants(per_original=2, singles=1), scorers=("polish",), probes=True)


class RunsFirst(Widespectrum):
    DEFAULT_MODE = "runs"
    CSS_PATH = None


@pytest.fixture(autouse=True)
def asked_for_workers(monkeypatch: pytest.MonkeyPatch) -> list[Home]:
    """No worker process is started; whoever asks for one is noted."""
    asked: list[Home] = []

    def ensure(home: Home) -> int:
        asked.append(home)
        return 4321

    monkeypatch.setattr(engine_runs, "ensure_worker", ensure)
    return asked


def opened(home: Home, size: tuple[int, int] = (80, 24), read_only: bool = False) -> AbstractAsyncContextManager[Pilot]:
    return pages.opened(RunsFirst(home, "ann", read_only), size, mark="has_read")


async def read_again(pilot: Pilot) -> None:
    assert isinstance(pilot.app.screen, Runs)
    pilot.app.screen._reading.ask()
    await settled(pilot)


def lines(pilot: Pilot) -> list[str]:
    listed = pilot.app.screen.query_one(LineList)
    return [listed.render_line(y).text.rstrip() for y in range(listed.size.height)]


def text_of(pilot: Pilot, selector: str) -> str:
    return " ".join(str(pilot.app.screen.query_one(selector, Static).render()).split())


def notices(pilot: Pilot) -> str:
    return " / ".join(notice.message for notice in pilot.app._notifications)


def states(home: Home) -> list[tuple[str, str]]:
    return [(row["name"], row["state"]) for row in queries.runs(home.database.reader())]


def queue(home: Home, *names: str, wants: Wants = PAIRS) -> list[int]:
    return [engine_runs.start_run(home, name, wants) for name in names]


def worker_on(home: Home, run_id: int, doing: str = "making 8 pairs", heard: float = 0.0) -> None:
    with home.database.write() as session:
        now = time.time()
        facts = {"pid": 77, "host": "box", "device": "cpu", "started": now - 60, "heartbeat": now - heard}
        session.add(Worker(**facts, run_id=run_id, doing=doing, done=30, step=3, steps=10))
        work.set_run_state(session, run_id, "running")


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_home_says_what_to_do_next(home, size) -> None:
    async with opened(home, size) as pilot:
        assert pilot.app.screen.has_class("-empty")
        assert "Press n" in text_of(pilot, "#empty")
        await pilot.press("j", "space", "x", "R", "L", "K", "J", "G")
        assert states(home) == []


@pytest.mark.parametrize("size", SIZES)
async def test_each_run_shows_its_state_and_how_much_is_done_of_all(small_home, size) -> None:
    queue(small_home.home, "first", "second")
    async with opened(small_home.home, size) as pilot:
        first = next(line for line in lines(pilot) if "first" in line)
        assert "○ queued" in first
        assert "0%" in first
        assert "0 of " in first
        said = text_of(pilot, "#details")
        assert "2 pairs of each by darkroom, 1 with one effect" in said
        assert "make darkroom" in said
        assert "score polish" in said


@pytest.mark.parametrize("size", SIZES)
async def test_the_worker_and_its_step_and_the_age_of_its_heartbeat_are_shown(small_home, size) -> None:
    (run_id,) = queue(small_home.home, "first")
    worker_on(small_home.home, run_id, heard=20)
    async with opened(small_home.home, size) as pilot:
        said = text_of(pilot, "#details")
        assert "worker 77 on cpu of box: making 8 pairs, step 3 of 10" in said
        assert "silent: last heard of 20 s ago" in said
        assert "a second" in said
        assert "1 active · 1 worker" in text_of(pilot, "#caption")


async def test_a_run_without_a_worker_says_how_to_start_one(small_home, asked_for_workers) -> None:
    queue(small_home.home, "first")
    async with opened(small_home.home) as pilot:
        assert "w starts one" in text_of(pilot, "#details")
        await pilot.press("w")
        await settled(pilot)
        assert asked_for_workers == [small_home.home]


async def test_failures_are_listed_with_their_reasons_and_tried_again(small_home, asked_for_workers) -> None:
    home = small_home.home
    (run_id,) = queue(home, "first")
    with home.database.write() as session:
        work.record_failure(session, run_id, "score", "polish", "3/0", "[bold]not\x1b[31m finite")
        work.set_run_state(session, run_id, "done")
    async with opened(home) as pilot:
        assert "1 failure · R tries again" in text_of(pilot, "#details")
        assert "score polish 3/0: [bold]not[31m finite" in text_of(pilot, "#details")
        await pilot.press("R")
        await settled(pilot)
        assert states(home) == [("first", "queued")]
        assert "1 failure tried again" in notices(pilot)
        assert asked_for_workers


async def test_retry_says_so_where_nothing_failed(small_home) -> None:
    queue(small_home.home, "first")
    async with opened(small_home.home) as pilot:
        await pilot.press("R")
        await settled(pilot)
        assert "nothing failed" in notices(pilot)


async def test_space_pauses_and_lets_go_on(small_home, asked_for_workers) -> None:
    home = small_home.home
    queue(home, "first")
    async with opened(home) as pilot:
        await pilot.press("space")
        await settled(pilot)
        assert states(home) == [("first", "paused")]
        assert any("‖ paused" in line for line in lines(pilot))
        assert not asked_for_workers
        await pilot.press("space")
        await settled(pilot)
        assert states(home) == [("first", "queued")]
        assert asked_for_workers


async def test_cancel_asks_first(small_home) -> None:
    home = small_home.home
    queue(home, "first")
    async with opened(home) as pilot:
        await pilot.press("x", "enter")
        await settled(pilot)
        assert states(home) == [("first", "queued")]
        await pilot.press("x", "down", "enter")
        await settled(pilot)
        assert states(home) == [("first", "cancelled")]
        await pilot.press("x")
        await settled(pilot)
        assert "cancelled already" in notices(pilot)


async def test_a_run_moves_in_the_queue_and_the_cursor_goes_with_it(small_home) -> None:
    home = small_home.home
    queue(home, "first", "second", "third")
    async with opened(home) as pilot:
        await pilot.press("j", "J")
        await settled(pilot)
        assert [name for name, _ in states(home)] == ["first", "third", "second"]
        assert pilot.app.screen.run.name == "second"
        await pilot.press("K")
        await settled(pilot)
        await pilot.press("K")
        await settled(pilot)
        assert [name for name, _ in states(home)] == ["second", "first", "third"]


async def test_the_log_of_the_worker_is_shown_as_harmless_text(small_home) -> None:
    queue(small_home.home, "first")
    (small_home.home.logs / "worker-1.log").write_text("loaded [b]conse\x1b[2J\nsecond line\n", encoding="utf-8")
    async with opened(small_home.home) as pilot:
        await pilot.press("L")
        await settled(pilot)
        said = text_of(pilot, "#details")
        assert "loaded [b]conse[2J" in said
        assert "second line" in said
        await pilot.press("L")
        await settled(pilot)
        assert "make darkroom" in text_of(pilot, "#details")


async def test_what_another_process_does_appears(small_home) -> None:
    home = small_home.home
    (run_id,) = queue(home, "first")
    async with opened(home) as pilot:
        worker_on(home, run_id)
        pilot.app.screen.store_changed()
        await pilot.pause(0.3)
        await settled(pilot)
        assert any("▶ running" in line for line in lines(pilot))


async def test_a_run_that_this_version_can_not_read_is_shown_as_such(small_home) -> None:
    home = small_home.home
    with home.database.write() as session:
        work.add_run(session, "[red]odd\x1b[2J", {"nonsense": 1})
        work.add_run(session, "unknown scorer", Wants(scorers=("polisch",)).to_json())
    async with opened(home) as pilot:
        shown = "\n".join(lines(pilot))
        assert "can't be read" in shown
        assert "[red]odd[2J" in shown
        await pilot.press("j")
        await settled(pilot)
        assert "polisch" in text_of(pilot, "#details")


async def test_read_only_refuses_every_change_with_a_reason(small_home) -> None:
    home = small_home.home
    queue(home, "first")
    async with opened(home, read_only=True) as pilot:
        await pilot.press("n", "space", "x", "R", "J", "w")
        await settled(pilot)
        assert states(home) == [("first", "queued")]
        assert isinstance(pilot.app.screen, Runs)
        assert "read-only" in notices(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_a_new_run_is_asked_for_line_by_line_and_started(small_home, asked_for_workers, size) -> None:
    home = small_home.home
    async with opened(home, size) as pilot:
        await pilot.press("n")
        await settled(pilot)
        form = pilot.app.screen
        assert isinstance(form, NewRun)
        assert "Adds 16 pairs" in text_of(pilot, "#outlook")
        keys = [line.key for line in form.lines]
        form.query_one(LineList).go(keys.index("per_original"))
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("backspace", "4", "enter")
        await settled(pilot)
        assert "Adds 8 pairs" in text_of(pilot, "#outlook")
        form.query_one(LineList).go(keys.index("scorers"))
        await pilot.press("enter", *"conse", "enter", "escape")
        await settled(pilot)
        assert form.form.scorers == ("polish",)
        form.query_one(LineList).go(keys.index("start"))
        await pilot.press("enter")
        await settled(pilot)
        (run,) = queries.runs(home.database.reader())
        wants = Wants.from_json(json.loads(run["wants"]))
        assert wants.generate
        assert wants.generate.per_original == 4
        assert wants.scorers == ("polish",)
        assert asked_for_workers == [home]
        assert "run 1 is queued; worker 4321 does it" in notices(pilot)


async def test_a_wrong_form_says_what_is_wrong_and_starts_nothing(small_home) -> None:
    home = small_home.home
    async with opened(home) as pilot:
        pilot.app.push_screen(NewRun(home, RunForm(per_original="2", singles="5", scorers=("polish",))))
        await settled(pilot)
        assert "✗ of 2 pairs, 5 can't ask for one effect" in text_of(pilot, "#outlook")
        await pilot.press("s")
        assert isinstance(pilot.app.screen, NewRun)
        await pilot.press("escape")
        assert states(home) == []


async def test_a_run_that_can_not_start_gives_the_reason(home) -> None:
    async with opened(home) as pilot:
        await pilot.press("n")
        await settled(pilot)
        await pilot.press("s")
        await settled(pilot)
        assert states(home) == []
        assert "no original to start from" in notices(pilot)


def test_the_form_opens_with_what_needs_no_download() -> None:
    wants = RunForm.new().wants()
    assert wants.scorers == ("conse", "polish")
    assert wants.probes
    assert wants.generate == GenerateWants()


def test_without_pairs_the_form_asks_nothing_about_them() -> None:
    keys = [line.key for line in form_lines(RunForm.new().toggle("pairs"))]
    assert keys == ["name", "pairs", "scorers", "probes", "photographs", "start"]


@pytest.mark.parametrize(("field", "text"), [("seed", "x"), ("per_original", ""), ("singles", "1.5")])
def test_a_number_that_is_none_is_named(field, text) -> None:
    with pytest.raises(ValueError, match="is not a whole number"):
        RunForm(**{field: text}).wants()
