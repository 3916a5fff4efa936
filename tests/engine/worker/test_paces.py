"""What the worker keeps of how long work takes, and of how its process and machine fare, for those who watch."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from types import ModuleType

import pytest
from sqlalchemy import text

from engine.plan.forecast import Expected
from engine.plan.wants import GenerateWants, Wants
from engine.runs import estimate, live_workers, pause, progress, start_run
from engine.worker import vitals as looking
from engine.worker.vitals import vitals
from engine.worker.worker import Worker
from store import Home
from store.records import source_id
from store.work import heartbeat, note_pace, set_run_state, start_worker

PAIRS = GenerateWants(per_original=2, singles=1)
WANTS = Wants(PAIRS, ("plain", "blind"), probes=True)


def test_work_that_was_done_tells_how_long_more_of_it_takes(filled: Home, work: Callable[[Home], str]) -> None:
    before = estimate(filled, WANTS)
    assert before.seconds == 0
    assert [each.stage for each in before.unknown] == ["generate", "measure", "score", "score"]
    start_run(filled, "some", WANTS)
    work(filled)
    more = replace(WANTS, generate=replace(PAIRS, per_original=6, singles=3))
    after = estimate(filled, more)
    assert not after.unknown
    made, measured, plain, blind = after.work
    assert (made.pieces, made.measured, made.device) == (after.pairs, 8, "cpu")
    assert (measured.measured, plain.measured, blind.measured) == (12, 3 * 8 + 4, 12)
    assert all(each.each and each.each > 0 for each in after.work)
    assert after.seconds == pytest.approx(sum(each.each * each.pieces for each in after.work))


def test_images_made_from_text_are_timed_by_the_image_and_by_their_settings(
    filled: Home, work: Callable[[Home], str]
) -> None:
    wants = Wants(replace(PAIRS, generator="painter"))
    start_run(filled, "painted", wants)
    work(filled)
    (row,) = filled.database.reader().execute("SELECT * FROM pace")
    assert (row["stage"], row["model"], row["settings"]) == ("generate", "painter painter-1", "")
    assert row["pieces"] == 4 + 8, "each I_o once, each I_a"
    again = replace(wants, generate=replace(wants.generate, seed=3))  # type: ignore[type-var]
    (known,) = estimate(filled, again).work
    assert known.pieces == 4 + 8
    assert known.seconds == pytest.approx(row["seconds"])


def test_a_control_has_its_pace_whatever_precision_is_asked(filled: Home, work: Callable[[Home], str]) -> None:
    wants = Wants(scorers=("conse",), photographs=True)
    start_run(filled, "controls", wants)
    work(filled)
    assert [each.each is not None for each in estimate(filled, replace(wants, precision="bf16")).work] == [True]


def test_other_settings_take_other_times(home: Home) -> None:
    with home.database.write() as session:
        worker = start_worker(session, "cuda:0")
        source_id(session, "sd1.5", "v1", "generator")
        note_pace(session, worker, "generate", "sd1.5 v1", '{"guidance": 7.5, "steps": 50}', 4, 8.0)
    prompts = GenerateWants("sd1.5", "prompts", 1, prompts=("a dog",))
    assert estimate(home, Wants(prompts)).work == (Expected("generate", "sd1.5", 2, 2.0, "cuda:0", 4),)
    quick = replace(prompts, settings=(("steps", 2),))
    assert estimate(home, Wants(quick)).work == (Expected("generate", "sd1.5", 2),)


def test_the_devices_of_a_run_share_its_time(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with home.database.write() as session:
        worker = start_worker(session, "cuda:0")
        source_id(session, "sd1.5", "v1", "generator")
        note_pace(session, worker, "generate", "sd1.5 v1", '{"guidance": 7.5, "steps": 50}', 4, 8.0)
    wants = Wants(GenerateWants("sd1.5", "prompts", 5, prompts=("a dog",)))
    monkeypatch.setenv("WIDESPECTRUM_DEVICES", "cuda:0,cuda:1,cuda:2")
    assert (estimate(home, wants).devices, estimate(home, wants).seconds) == (3, pytest.approx(12 / 3))
    assert estimate(home, replace(wants, gpus=(0, 2))).seconds == pytest.approx(12 / 2)


def works_on(home: Home, run: int, device: str) -> int:
    """A worker that has the run in hand; returns its id."""
    with home.database.write() as session:
        worker = start_worker(session, device)
        heartbeat(session, worker, run_id=run)
        set_run_state(session, run, "running")
    return worker


def test_the_time_left_of_a_run_goes_by_what_each_kind_of_work_takes_and_not_by_its_pieces(
    filled: Home, work: Callable[[Home], str]
) -> None:
    wants = Wants(replace(PAIRS, generator="painter"), ("plain",))
    first = start_run(filled, "first", wants)
    works_on(filled, first, "cuda:0")
    seen = progress(filled, first)
    assert (seen.seconds_left, seen.is_timed) == (None, False), "nothing was timed yet"
    pause(filled, first)
    start_run(filled, "some", wants)
    work(filled)
    with filled.database.write() as session:
        session.execute(text("UPDATE pace SET seconds = pieces * iif(stage = 'generate', 30, 0.001)"))
    others = replace(wants.generate, seed=3)  # type: ignore[type-var]
    run = start_run(filled, "more", Wants(others, ("plain", "blind")))
    works_on(filled, run, "cuda:1")
    seen = progress(filled, run)
    painted, scored, _ = (stage.left for stage in seen.stages)
    assert (painted, scored) == (8, 4 + 8 * 3), "four I_o under their P_o, once"
    assert seen.seconds_left == pytest.approx((painted + 4) * 30 + scored * 0.001), "each I_o is made, too"
    assert not seen.is_timed, "nobody knows of the last scorer"
    works_on(filled, run, "cuda:2")
    assert progress(filled, run).seconds_left == pytest.approx(seen.seconds_left / 2), "two share the work"


def test_a_forecast_knows_whether_models_are_to_be_loaded_which_it_leaves_out(filled: Home) -> None:
    assert not estimate(filled, Wants(PAIRS, ("conse", "polish"), probes=True)).loads
    assert not estimate(filled, Wants(replace(PAIRS, generator="nano-banana"))).loads
    assert not estimate(filled, Wants(scorers=("hpsv2.1",))).loads, "there is no pair to score"
    for wants in (
        Wants(scorers=("hpsv2.1",), photographs=True),
        Wants(PAIRS, ("judge-effects:qwen3-vl-8b",)),
        Wants(replace(PAIRS, generator="sdxl-img2img")),
    ):
        assert estimate(filled, wants).loads


def test_loading_a_model_and_what_was_given_up_count_for_nothing(filled: Home, work: Callable[[Home], str]) -> None:
    start_run(filled, "all", Wants(PAIRS, ("broken", "unloadable")))
    work(filled)
    paces = filled.database.reader().execute("SELECT stage, model FROM pace").fetchall()
    assert [row["stage"] for row in paces] == ["generate"]


def test_whoever_watches_sees_how_the_process_and_the_machine_fare(filled: Home, models: ModuleType) -> None:
    start_run(filled, "gated", Wants(PAIRS, ("gated",)))
    worker = Worker(filled)
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert models.Gated.entered.wait(30)
    later = threading.Event()
    with Home(filled.folder) as another:
        while not (seen := live_workers(another)[0]).processors:
            later.wait(0.1)  # the next heartbeat
    worker.stop()
    models.Gated.go_on.set()
    thread.join(30)
    assert seen.resident > 10 * 2**20
    assert seen.load >= 0
    assert (seen.memory_used, seen.memory_total, seen.busy) == (0, 0, looking.UNKNOWN)


class Card:
    """Stands for torch with a graphics card."""

    class cuda:
        fails = False

        @staticmethod
        def is_initialized() -> bool:
            return True

        @classmethod
        def mem_get_info(cls, card: str) -> tuple[int, int]:
            if cls.fails:
                raise RuntimeError("CUDA error: unspecified launch failure")
            return 30, 80

        @staticmethod
        def utilization(card: str) -> int:
            raise ModuleNotFoundError("pynvml does not seem to be installed")

    @staticmethod
    def device(name: str) -> str:
        return name


def test_a_card_says_its_memory_and_where_it_can_how_busy_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(looking.sys.modules, "torch", Card)  # type: ignore[arg-type]
    found = vitals("cuda:0")
    assert (found["memory_used"], found["memory_total"], found["busy"]) == (50, 80, looking.UNKNOWN)
    monkeypatch.setattr(Card.cuda, "utilization", lambda card: 87)
    assert vitals("cuda:0")["busy"] == 87
    monkeypatch.setattr(Card.cuda, "fails", True)
    assert vitals("cuda:0")["memory_total"] == 0


@pytest.mark.skipif(sys.platform == "darwin", reason="no card of NVIDIA's there")
def test_what_torch_asks_how_busy_a_card_is_comes_with_the_program() -> None:
    assert find_spec("pynvml")


def test_the_heartbeat_goes_on_while_torch_is_only_half_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(looking.sys.modules, "torch", ModuleType("torch"))
    assert vitals("cpu")["memory_total"] == 0


def test_loading_is_said_since_it_may_take_minutes(filled: Home, models: ModuleType) -> None:
    said = []

    class Listening(models.Plain):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            said.append(worker._pulse._doing)

    models.Plain = Listening
    start_run(filled, "some", Wants(PAIRS, ("plain",)))
    worker = Worker(filled)
    worker.run()
    assert said == ["loading plain"]
