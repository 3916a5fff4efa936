"""Runs: the queue, its keys and the form for a new run. The worker's own doings are tested with the worker."""

from __future__ import annotations

import json
import re
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from textual.pilot import Pilot
from textual.widgets import Static

from engine import runs as engine_runs
from engine.plan.forecast import Estimate, Expected
from engine.plan.progress import Stage
from engine.plan.wants import GenerateWants, Wants
from store import Home, records, work
from store.queries import work as queries
from store.queries.work import ALL
from store.tables import Vitals, Worker
from tests.conftest import colour_blob
from tests.tui import pages
from tests.tui.pages import settled, until
from tui.app import Widespectrum
from tui.screens.new_run import NewRun
from tui.screens.runs import Runs
from tui.views.run_form import Outlook, RunForm, form_lines, summary
from tui.views.runs import RunLine, _stage_line, rest_words
from tui.views.runs import line as drawn_line
from tui.widgets.line_list import LineList
from tui.widgets.preview import Preview

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


def worker_on(
    home: Home, run_id: int, doing: str = "making 8 pairs", heard: float = 0.0, device: str = "cpu", pid: int = 77
) -> None:
    with home.database.write() as session:
        now = time.time()
        facts = {"pid": pid, "host": "box", "device": device, "started": now - 60, "heartbeat": now - heard}
        session.add(Worker(**facts, run_id=run_id, doing=doing, done=30, step=3, steps=10))
        work.set_run_state(session, run_id, "running")


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_home_says_what_to_do_next(home, size) -> None:
    async with opened(home, size) as pilot:
        assert pilot.app.screen.has_class("-empty")
        assert "Press n" in text_of(pilot, "#empty")
        await pilot.press("j", "space", "x", "X", "R", "L", "K", "J", "G")
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
        assert re.search(r"silent: last heard of \d\d s ago", said)
        assert "a second" in said
        assert "1 active · 1 worker" in text_of(pilot, "#caption")


@pytest.mark.parametrize("size", SIZES)
async def test_of_several_workers_on_a_run_each_says_what_it_does(small_home, size) -> None:
    home = small_home.home
    (run_id,) = queue(home, "first")
    worker_on(home, run_id, device="cuda:0")
    worker_on(home, run_id, "scoring 40 cells with polish", device="cuda:1", pid=78)
    async with opened(home, size) as pilot:
        said = text_of(pilot, "#details")
        assert "worker 77 on cuda:0 of box: making 8 pairs, step 3 of 10" in said
        assert "worker 78 on cuda:1 of box: scoring 40 cells with polish, step 3 of 10" in said


def sketched(home: Home, worker_id: int, shade: int, about: str = "false colours") -> None:
    text = PngInfo()
    text.add_itxt("about", about)
    home.sketches.mkdir(exist_ok=True)
    Image.new("RGB", (8, 8), (shade, 40, 200)).save(home.sketch(worker_id), pnginfo=text)


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_being_made_is_shown_as_it_grows_and_then_what_was_made_last(small_home, size) -> None:
    home = small_home.home
    (run_id,) = queue(home, "first")
    worker_on(home, run_id)
    sketched(home, 1, 10, "false [b]colours\x1b[2J")
    async with opened(home, size) as pilot:
        await settled(pilot)
        page = pilot.app.screen
        picture = page.query_one(Preview)
        assert page.has_class("-seen")
        assert picture.badge_text == "sketch · false [b]colours[2J"
        first = picture.shown
        sketched(home, 1, 250)
        await read_again(pilot)
        assert picture.shown != first
        kept = [look for look, _ in pilot.app.gallery._kept if look.file]
        assert kept == [picture.shown]
        home.sketch(1).unlink()
        with home.database.write() as session:
            wide = records.prompt_id(session, "seen [i]last")
            image = records.add_image(session, colour_blob(home, 77), "made 77", "edit", {})
            made = records.NewGeneration(small_home.darkroom, wide, 1, "hash", "{}", image, 0.5)
            records.add_generation(session, made)
        await read_again(pilot)
        assert "made last: seen [i]last" in text_of(pilot, "#seen-what")
        assert picture.shown.sha256
        assert "of 8×6" in picture.badge_text


@pytest.mark.parametrize("steer", [None, engine_runs.pause, engine_runs.cancel])
async def test_a_run_that_has_not_begun_shows_no_picture_that_another_run_made(small_home, steer) -> None:
    home = small_home.home
    (run_id,) = queue(home, "waits")
    with home.database.write() as session:
        image = records.add_image(session, colour_blob(home, 77), "made 77", "edit", {})
        wide = records.prompt_id(session, "another's")
        records.add_generation(session, records.NewGeneration(small_home.darkroom, wide, 1, "hash", "{}", image, 0.5))
    if steer:
        steer(home, run_id)
    async with opened(home) as pilot:
        assert not pilot.app.screen.query_one("#seen").display


async def test_without_a_picture_its_place_is_the_details(small_home) -> None:
    queue(small_home.home, "first", wants=Wants(scorers=("polish",)))
    async with opened(small_home.home) as pilot:
        assert not pilot.app.screen.query_one("#seen").display


@pytest.mark.parametrize(
    ("vitals", "words"),
    [
        ({"memory_used": 44 * 2**30, "memory_total": 80 * 2**30, "busy": 87}, "44.0 GiB of 80.0 GiB · 87% busy"),
        ({"memory_used": 8 * 2**30, "memory_total": 80 * 2**30}, "8.0 GiB of 80.0 GiB · making"),
        ({"resident": 3 * 2**29, "load": 1.8, "processors": 2}, "load 1.8 of 2 · process 1.5 GiB · making"),
        ({}, "not heard of yet"),
    ],
)
async def test_each_workers_device_shows_how_full_and_how_busy_it_is(small_home, vitals, words) -> None:
    home = small_home.home
    (run_id,) = queue(home, "first")
    worker_on(home, run_id)
    if vitals:
        with home.database.write() as session:
            session.add(Vitals(worker_id=1, **vitals))
    async with opened(home, (160, 50)) as pilot:
        said = text_of(pilot, "#strip")
        assert words in said
        assert "making 8 pairs, step 3 of 10" in said


async def test_while_nothing_changes_a_heartbeat_alone_makes_nobody_count(small_home, monkeypatch) -> None:
    home = small_home.home
    (run_id,) = queue(home, "first")
    worker_on(home, run_id)
    counted = []
    progress = engine_runs.progress
    monkeypatch.setattr(engine_runs, "progress", lambda *given: counted.append(given) or progress(*given))
    async with opened(home) as pilot:
        assert len(counted) == 1
        with home.database.write() as session:
            work.heartbeat(session, 1, step=4)
        await read_again(pilot)
        assert "step 4 of 10" in text_of(pilot, "#details")
        assert len(counted) == 1
        with home.database.write() as session:
            work.heartbeat(session, 1, done=31)
        kept = pilot.app.screen._counting._kept
        kept[run_id] = replace(kept[run_id], took=0.0)  # however long it took, it has rested
        await read_again(pilot)
        assert len(counted) == 2


async def test_a_run_that_was_begun_and_is_in_nobodys_hands_waits(small_home) -> None:
    home = small_home.home
    first, second = queue(home, "first", "second")
    worker_on(home, first)
    with home.database.write() as session:
        work.set_run_state(session, second, "running")
    async with opened(home) as pilot:
        assert any("first" in line and "▶ running" in line for line in lines(pilot))
        assert any("second" in line and "○ waiting" in line for line in lines(pilot))


async def test_in_the_narrow_layout_a_log_has_the_whole_width(small_home) -> None:
    home = small_home.home
    (run_id,) = queue(home, "first")
    worker_on(home, run_id)
    sketched(home, 1, 10)
    async with opened(home) as pilot:
        page = pilot.app.screen
        assert page.has_class("-seen")
        await pilot.press("L")
        assert not page.has_class("-seen")
        await pilot.press("L")
        assert page.has_class("-seen")


async def test_the_page_opens_on_a_run_that_is_active(small_home) -> None:
    home = small_home.home
    for run_id in queue(home, "first", "second", "third")[:2]:
        engine_runs.cancel(home, run_id)
    async with opened(home) as pilot:
        assert pilot.app.screen.run.name == "third"


async def test_a_run_that_was_just_started_is_the_one_under_the_cursor(small_home) -> None:
    home = small_home.home
    queue(home, "first", "second")
    async with opened(home) as pilot:
        await pilot.press("n")
        await settled(pilot)
        await pilot.press("s")
        await settled(pilot)
        await read_again(pilot)
        assert pilot.app.screen.run.id == 3
        await pilot.press("k")
        await read_again(pilot)
        assert pilot.app.screen.run.name == "second"


async def test_what_a_run_made_last_is_no_image_of_a_later_run(small_home) -> None:
    home = small_home.home
    with home.database.write() as session:
        prompt = records.prompt_id(session, "later")
        image = records.add_image(session, colour_blob(home, 77), "made 77", "edit", {})
        records.add_generation(session, records.NewGeneration(small_home.darkroom, prompt, 1, "h", "{}", image, 0.5))
    reader, now = home.database.reader(), time.time()
    assert queries.last_made(reader, "darkroom", now - 60, now + 60)["prompt"] == "later"
    assert queries.last_made(reader, "darkroom", now - 60, now - 30) is None


async def test_a_run_that_is_not_counted_yet_says_so_and_is_counted_next(small_home, monkeypatch) -> None:
    home = small_home.home
    for run_id in queue(home, "first", "second"):
        engine_runs.cancel(home, run_id)
    monkeypatch.setattr("tui.screens.runs.COUNTING_SECONDS", -1.0)
    async with opened(home) as pilot:
        assert [line for line in lines(pilot) if "counting …" in line][1:] == [lines(pilot)[2]]
        assert "first" in text_of(pilot, "#details")
        monkeypatch.setattr("tui.screens.runs.COUNTING_SECONDS", 10.0)
        await read_again(pilot)
        assert not any("counting …" in line for line in lines(pilot))


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


async def test_one_reason_for_many_failures_is_told_once_where_it_is_seen_at_once(small_home) -> None:
    home = small_home.home
    (run_id,) = queue(home, "first")
    with home.database.write() as session:
        for number in range(60):
            work.record_failure(session, run_id, "score", "polish", f"3/{number}", "the disk is full")
    async with opened(home, (80, 24)) as pilot:
        said = text_of(pilot, "#details")
        assert "60 failures · R tries again ✗ score polish × 60: the disk is full" in said
        assert said.index("the disk is full") < said.index("make darkroom")


def test_all_but_a_few_is_not_a_hundred_percent() -> None:
    assert " 99%  1,599 of 1,605" in _stage_line(Stage("score", "polish", 1599, 0, 6), 60).plain
    assert "100%  0 of 0" in _stage_line(Stage("score", "polish", 0, 0, 0), 60).plain


@pytest.mark.parametrize("width", range(40, 120, 8))
def test_a_stage_takes_one_line_whatever_the_width(width) -> None:
    stage = Stage("score", "a-scorer-of-a-long-name", 1_200, 12, 400)
    assert _stage_line(stage, width).cell_length <= width


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


async def test_a_run_that_is_done_goes_on_only_where_something_has_come_since(small_home, asked_for_workers) -> None:
    home = small_home.home
    over = [*queue(home, "done", wants=Wants(scorers=("conse",))), *queue(home, "behind")]
    with home.database.write() as session:
        work.record_failure(session, over[0], "score", "conse", ALL, "it gave up")
        for run in over:
            work.set_run_state(session, run, "done")
    async with opened(home) as pilot:
        await pilot.press("space")
        await settled(pilot)
        assert "this run is done" in notices(pilot)
        await pilot.press("j")
        await settled(pilot)
        assert "have come since (space does them)" in text_of(pilot, "#details")
        await pilot.press("space")
        await settled(pilot)
        assert states(home) == [("done", "done"), ("behind", "queued")]
        assert asked_for_workers


def counted_runs(monkeypatch) -> list[int]:
    """The runs in the order in which they are counted from now on."""
    counted: list[int] = []
    progress = engine_runs.progress
    monkeypatch.setattr(engine_runs, "progress", lambda home, run: counted.append(run) or progress(home, run))
    return counted


def have_rested(pilot: Pilot) -> None:
    """However long the counts took, they have rested."""
    kept = pilot.app.screen._counting._kept
    kept.update({run_id: replace(each, took=0.0) for run_id, each in kept.items()})


def add_another_photograph(home: Home) -> None:
    with home.database.write() as session:
        facts = records.PhotographFacts(title="new", caption="a red door", collection="sample", conventional=True)
        records.add_photograph(session, colour_blob(home, 55), "photograph", facts)


async def test_runs_that_are_over_are_counted_again_where_the_home_has_grown(small_home, monkeypatch) -> None:
    home = small_home.home
    over = queue(home, "first", "second")
    for run in over:
        engine_runs.cancel(home, run)
    counted = counted_runs(monkeypatch)
    async with opened(home) as pilot:
        before = lines(pilot)
        assert counted == over
        await read_again(pilot)
        assert counted == over, "nothing has come"
        add_another_photograph(home)
        have_rested(pilot)
        await read_again(pilot)
        assert counted == [*over, *over]
        assert all(now != then for now, then in zip(lines(pilot)[1:3], before[1:3], strict=True))


async def test_while_a_run_is_worked_on_only_the_one_under_the_cursor_of_those_that_are_over_is_counted(
    small_home, monkeypatch
) -> None:
    home = small_home.home
    first, second, third = queue(home, "first", "second", "third")
    for run in (first, second):
        engine_runs.cancel(home, run)
    worker_on(home, third)
    counted = counted_runs(monkeypatch)
    async with opened(home) as pilot:
        await pilot.press("g")
        await settled(pilot)
        counted.clear()
        add_another_photograph(home)
        have_rested(pilot)
        await read_again(pilot)
        assert counted == [first, third]
        with home.database.write() as session:
            work.set_run_state(session, third, "done")
        have_rested(pilot)
        counted.clear()
        await read_again(pilot)
        assert sorted(counted) == [second, third], "what was over is counted once more when the work has ended"


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


async def test_cancel_all_asks_first_and_leaves_alone_what_is_over(small_home) -> None:
    home = small_home.home
    _, paused, done = queue(home, "first", "second", "third")
    engine_runs.pause(home, paused)
    with home.database.write() as session:
        work.set_run_state(session, done, "done")
    async with opened(home) as pilot:
        await pilot.press("X", "enter")
        await settled(pilot)
        assert [state for _, state in states(home)] == ["queued", "paused", "done"]
        await pilot.press("X")
        await pilot.pause()
        assert "Cancel 2 runs" in str(pilot.app.screen.query(Static).first().render())
        await pilot.press("down", "enter")
        await settled(pilot)
        assert [state for _, state in states(home)] == ["cancelled", "cancelled", "done"]
        await pilot.press("X")
        await settled(pilot)
        assert "every run is over already" in notices(pilot)


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
        await until(pilot, lambda: any("▶ running" in line for line in lines(pilot)))


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
        await pilot.press("n", "space", "x", "X", "R", "J", "w")
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


def go_to(pilot: Pilot, key: str) -> None:
    form = pilot.app.screen
    assert isinstance(form, NewRun)
    form.query_one(LineList).go([line.key for line in form.lines].index(key))


async def test_every_line_of_the_form_can_be_changed_from_the_keyboard(small_home, tmp_path) -> None:
    home = small_home.home
    (tmp_path / "prompts.txt").write_text("a dog\na cat\n", "utf-8")
    async with opened(home, (160, 50)) as pilot:
        await pilot.press("n")
        await settled(pilot)
        form = pilot.app.screen
        go_to(pilot, "generator")
        await pilot.press("enter", *"sdxl")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert form.form.generator == "sdxl"
        assert "✗ not here: widespectrum models fetch sdxl" in "\n".join(lines(pilot))
        assert "steps=50 its own" in " ".join("\n".join(lines(pilot)).split())
        go_to(pilot, "originals")
        await pilot.press("enter", *"prompts of a file", "enter")
        await settled(pilot)
        await pilot.press(*"nowhere", "enter")
        await settled(pilot)
        assert "can't be read" in text_of(pilot, "#wrong")
        await pilot.press("ctrl+u", *str(tmp_path / "prompts.txt"), "enter")
        await settled(pilot)
        go_to(pilot, "settings")
        await pilot.press("enter", *"stepz=3", "enter")
        await settled(pilot)
        assert "unknown setting stepz" in text_of(pilot, "#wrong")
        await pilot.press("ctrl+u", *"steps=2 size=64", "enter")
        go_to(pilot, "strengths")
        await pilot.press("enter", *"0:1:0.5", "enter")
        go_to(pilot, "per_original")
        await pilot.press("enter", "backspace", "2", "enter")
        go_to(pilot, "scorers")
        await pilot.press("enter", *"conse", "enter", *"clip:openai/clip-vit-base-patch32", "enter", "escape")
        await settled(pilot)
        assert form.form.scorers == ("polish", "clip:openai/clip-vit-base-patch32")
        wants = form.form.wants()
        assert wants.generate == GenerateWants(
            "sdxl", "prompts", 2, strengths=(0.5, 1.0), sweep=True, prompts=("a dog", "a cat"),
            settings=(("size", 64), ("steps", 2)),
        )  # fmt: skip
        said = text_of(pilot, "#outlook")
        assert "Adds 8 pairs, 10 images, 14 measured images, 44 scores" in said
        assert "! clip:openai/clip-vit-base-patch32 not here: widespectrum models fetch clip:openai" in said


async def test_originals_are_chosen_by_collection_or_by_ids(small_home) -> None:
    home = small_home.home
    async with opened(home) as pilot:
        await pilot.press("n")
        await settled(pilot)
        go_to(pilot, "originals")
        await pilot.press("enter", *"collection", "enter")
        await settled(pilot)
        form = pilot.app.screen
        assert form.form.originals == "collection:sample"
        await pilot.press("enter", *"by their ids", "enter")
        await settled(pilot)
        await pilot.press(*"some", "enter")
        await settled(pilot)
        assert "neither ids" in text_of(pilot, "#wrong")
        await pilot.press("ctrl+u", *"1, 3", "enter")
        await settled(pilot)
        assert form.form.wants().generate.originals == (1, 3)
        assert "Adds 16 pairs" in text_of(pilot, "#outlook")
        go_to(pilot, "originals")
        await pilot.press("enter", *"by their ids", "enter")
        await pilot.press("ctrl+u", *"9999", "enter")
        await settled(pilot)
        assert any("from" in line and "✗ no original to start from" in line for line in lines(pilot))


async def test_the_form_says_how_long_it_takes_from_what_was_timed_here_and_invents_nothing(small_home) -> None:
    home = small_home.home
    with home.database.write() as session:
        worker = work.start_worker(session, "cuda:0")
        work.note_pace(session, worker, "generate", "darkroom 1", "", 10, 20.0)
        work.note_pace(session, worker, "measure", "probes", "", 100, 10.0)
        work.note_pace(session, worker, "generate", "darkroom 1", "", 10, 20.0)
    async with opened(home, (160, 50)) as pilot:
        await pilot.press("n")
        await settled(pilot)
        said = text_of(pilot, "#outlook")
        assert "Adds 16 pairs, 16 images, 20 measured images" in said
        assert "about 34 s, plus what was never timed here" in said
        assert "16 images 2.0 s each on cuda:0 32 s" in said
        assert "20 images 100 ms each on cuda:0 2 s" in said
        assert said.count("no rate known yet") == 2


def test_the_time_left_says_where_it_is_the_least_that_the_rest_takes() -> None:
    made, scored = Expected("generate", "sdxl", 10, 6.0, "cuda:0", 4), Expected("score", "hpsv2.1", 40)
    left = engine_runs.Progress(1, "demo", "running", [], None, (), "", (made, scored))
    assert rest_words(left) == "≥ 1 min 00 s"
    assert rest_words(replace(left, rest=(made,))) == "1 min 00 s"
    assert rest_words(replace(left, rest=(scored,))) == ""


def test_what_a_forecast_leaves_out_is_said_and_among_how_many_devices_it_is_shared() -> None:
    known = Expected("generate", "sdxl", 10, 6.0, "cuda:0", 4)
    coming = Estimate(10, 0, 0, work=(known,), devices=2, loads=True)
    assert summary(coming) == "Adds 10 pairs, 10 images; about 30 s on 2 devices, plus loading the models."
    more = replace(coming, work=(known, Expected("score", "hpsv2.1", 40)), devices=1)
    assert summary(more).endswith("; about 1 min 00 s, plus what was never timed here and loading the models.")


async def stopped_at(pilot) -> str:
    """The key of the line to which a form goes instead of starting."""
    await pilot.press("s")
    form = pilot.app.screen
    assert isinstance(form, NewRun)
    return form.lines[form.query_one(LineList).cursor].key


async def test_a_wrong_form_says_what_is_wrong_and_starts_nothing(small_home) -> None:
    home = small_home.home
    async with opened(home) as pilot:
        pilot.app.push_screen(NewRun(home, RunForm(per_original="2", singles="5", scorers=("polish",))))
        await settled(pilot)
        assert "✗ 5 is not within 0 and 2" in text_of(pilot, "#outlook")
        assert any("with one effect" in line and "✗ 5 is not within 0 and 2" in line for line in lines(pilot))
        assert await stopped_at(pilot) == "singles"
        await pilot.press("escape")
        assert states(home) == []


async def test_a_run_whose_model_is_not_here_does_not_start_and_the_cursor_goes_to_what_lacks(small_home) -> None:
    home = small_home.home
    async with opened(home) as pilot:
        pilot.app.push_screen(NewRun(home, RunForm(pairs=False, scorers=("polish", "hpsv2.1"))))
        await settled(pilot)
        assert await stopped_at(pilot) == "scorers"
        await pilot.press("escape")
        assert states(home) == []


@pytest.mark.parametrize("file", ["models.toml", "catalogue.toml"])
async def test_where_the_models_of_a_home_can_not_be_read_no_form_opens_and_why_is_said(home, file) -> None:
    (home.folder / file).write_text("[mine")
    async with opened(home) as pilot:
        await pilot.press("n")
        await settled(pilot)
        assert isinstance(pilot.app.screen, Runs)
        assert any(file in note.message for note in pilot.app._notifications)


async def test_a_run_that_can_not_start_gives_the_reason(home) -> None:
    async with opened(home) as pilot:
        await pilot.press("n")
        await settled(pilot)
        await pilot.press("s")
        await settled(pilot)
        assert states(home) == []
        assert any("✗ no original" in line for line in lines(pilot)), lines(pilot)


def test_the_form_opens_with_what_needs_no_download() -> None:
    wants = RunForm.new().wants()
    assert wants.scorers == ("conse", "polish")
    assert wants.probes
    assert wants.generate == GenerateWants()


def test_without_pairs_the_form_asks_nothing_about_them() -> None:
    keys = [line.key for line in form_lines(RunForm.new().toggle("pairs"), Outlook())]
    assert keys == ["name", "pairs", "scorers", "probes", "photographs", "running", "start"]


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("seed", "x", "'x' is not a whole number"),
        ("per_original", "", "'' is not a whole number"),
        ("per_original", "1001", "not within 1 and 1,000"),
        ("singles", "1.5", "'1.5' is not a whole number"),
        ("singles", "9", "not within 0 and 8"),
        ("strengths", "0.5 much", "a strength is a number, not 'much'"),
        ("strengths", "0 0.5", "above 0"),
        ("strengths", "0:2:0.5", "within 0 and 1"),
        ("settings", "steps", "NAME=VALUE"),
        ("settings", "steps=3", "darkroom takes no settings"),
        ("originals", "prompts:nowhere.txt", "can't be read"),
        ("originals", "unconventional", "neither ids"),
        ("generator", "darkrom", "did you mean darkroom"),
        ("running", "speed=high", "precision, memory, batch-size or gpus"),
        ("running", "precision=fp8", "precision is one of fp32"),
        ("running", "memory=none", "memory is one of auto"),
        ("running", "batch-size=0", "a batch is of 1"),
        ("running", "batch-size=4,8", "one number or auto"),
        ("running", "gpus=0;1", "nor several with commas"),
        ("running", "gpus=77", "no graphics card 77"),
    ],
)
def test_what_is_wrong_is_said_of_its_line(tmp_path, field, text, words) -> None:
    problems = RunForm(**{field: text}).problems(tmp_path)
    assert list(problems) == [field]
    assert words in problems[field]


def test_prompts_of_a_file_can_not_be_edited(tmp_path) -> None:
    (tmp_path / "prompts.txt").write_text("a dog\na dog\n\na cat\n", "utf-8")
    form = RunForm(originals=f"prompts:{tmp_path / 'prompts.txt'}")
    assert "can't start from prompts" in form.problems(tmp_path)["originals"]
    other = replace(form, generator="sdxl", settings="steps=3, size=64", strengths="0:1:0.5")
    assert other.problems(tmp_path) == {}
    made = other.wants().generate
    assert made
    assert made.prompts == ("a dog", "a cat")
    assert made.settings == (("size", 64), ("steps", 3))
    assert (made.strengths, made.sweep) == ((0.5, 1.0), True)


def test_how_a_run_is_run_is_typed_as_on_the_command_line(tmp_path) -> None:
    form = RunForm(running="precision=bf16 memory=offload batch-size=4")
    assert form.problems(tmp_path) == {}
    wants = form.wants()
    assert (wants.precision, wants.batch_size, wants.gpus) == ("bf16", 4, ())
    assert wants.generate
    assert (wants.generate.memory, wants.generate.batch_size) == ("offload", 4)
    assert RunForm(running="batch-size=auto").wants().batch_size is None


def test_a_form_that_wants_nothing_says_so(tmp_path) -> None:
    form = RunForm(pairs=False, probes=False)
    assert "wants nothing" in form.problems(tmp_path)["start"]


def test_in_eighty_columns_a_run_of_thousands_is_counted_in_full() -> None:
    progress = engine_runs.Progress(1, "demo", "done", [Stage("score", "conse", 1599, 0, 0)], None, None, "")
    drawn = "".join(text for text, _ in drawn_line(RunLine(1, "demo", "done", 0.0, 0.0, "", progress), 80))
    assert "1,599 of 1,599 " in drawn
    assert len(drawn) <= 80
