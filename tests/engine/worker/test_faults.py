"""Whatever fails is recorded with its reason, and costs no more than itself."""

import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from engine.devices import CardFailed
from engine.plan.wants import GenerateWants, Wants
from engine.runs import cancel, estimate, progress, resume, retry, start_run
from engine.worker import bench, worker
from engine.worker import models as held_models
from engine.worker.batches import Batches
from store import Home
from store.blobs import blob_path
from store.queries.work import failures

Work = Callable[[Home], str]
PAIRS = GenerateWants(per_original=3, singles=2)


def rows(home: Home, query: str) -> list[tuple]:
    return [tuple(row) for row in home.database.reader().execute(query)]


def test_an_unreadable_photograph_costs_its_own_pairs_and_no_others(filled: Home, work: Work) -> None:
    sha256, suffix = rows(filled, "SELECT sha256, suffix FROM image JOIN blob USING (sha256) WHERE id = 2")[0]
    blob_path(filled, sha256, suffix).write_bytes(b"not what was stored")
    run = start_run(filled, "all", Wants(PAIRS, ("plain",), probes=True, photographs=True))
    work(filled)
    seen = progress(filled, run)
    assert seen.state == "done"
    assert seen.left == 0
    assert {stage.stage: (stage.done, stage.failed) for stage in seen.stages} == {
        "generate": (9, 3), "measure": (13, 1), "score": (9 * 3 + 4, 1)
    }  # fmt: skip
    assert all("has changed since it was stored" in row["reason"] for row in failures(filled.database.reader(), run))


def test_a_dimension_that_the_darkroom_can_not_render_is_refused_with_its_reason(filled: Home, work: Work) -> None:
    wants = GenerateWants(per_original=2, singles=1, dimensions=("surrealism", "light_leak"), originals=(1, 2))
    run = start_run(filled, "refused", Wants(wants))
    work(filled)
    reasons = [row["reason"] for row in failures(filled.database.reader(), run)]
    assert len(reasons) == 1
    assert reasons[0].startswith("surrealism: ")
    assert rows(filled, "SELECT DISTINCT dimension FROM pair_dimension WHERE asked") == [("light_leak",)]


def test_a_generator_that_breaks_on_some_requests_makes_the_others(filled: Home, work: Work) -> None:
    run = start_run(filled, "faulty", Wants(GenerateWants("faulty", per_original=6, singles=1)))
    work(filled)
    seen = progress(filled, run)
    reasons = [row["reason"] for row in failures(filled.database.reader(), run)]
    assert reasons.count("one effect is too little") == 4
    assert set(reasons) == {"one effect is too little", "ArithmeticError: even"}
    assert seen.stages[0].done == 24 - len(reasons) > 0
    assert rows(filled, "SELECT count(*) FROM pair p JOIN prompt w ON w.id = p.wide_prompt_id "
                        "WHERE length(w.text) % 2 = 0") == [(0,)]  # fmt: skip


def test_an_image_that_a_scorer_fails_on_costs_its_own_cells(filled: Home, work: Work) -> None:
    dark = GenerateWants(per_original=2, singles=2, dimensions=("exposure_extremes",), strengths=(1.0,))
    run = start_run(filled, "picky", Wants(dark, ("picky", "plain")))
    work(filled)
    seen = {stage.model: stage for stage in progress(filled, run).stages}
    assert seen["plain"].failed == 0
    assert seen["picky"].failed > 0
    assert seen["picky"].done > 0
    assert {row["reason"] for row in failures(filled.database.reader(), run)} == {"ValueError: too dark for me"}


def test_nan_is_a_failure_and_never_a_score(filled: Home, work: Work) -> None:
    run = start_run(filled, "nan", Wants(PAIRS, ("numberless",)))
    work(filled)
    reasons = {row["reason"] for row in failures(filled.database.reader(), run)}
    assert any("nan, which is no number" in reason for reason in reasons)
    assert any("inf, which is no number" in reason for reason in reasons)
    assert rows(filled, "SELECT count(*) FROM score WHERE value IS NULL OR abs(value) > 1e300") == [(0,)]
    assert progress(filled, run).left == 0


@pytest.mark.parametrize(
    ("scorer", "reason"), [("broken", "I am broken"), ("unloadable", "weights.safetensors is not there")]
)
def test_a_scorer_that_fails_on_everything_stops_alone(filled: Home, work: Work, scorer: str, reason: str) -> None:
    run = start_run(filled, "one fails", Wants(PAIRS, (scorer, "plain"), photographs=True))
    work(filled)
    seen = {stage.model: stage for stage in progress(filled, run).stages}
    assert (seen["plain"].done, seen["plain"].failed, seen[scorer].left) == (12 * 3 + 5, 0, 0)
    assert seen[scorer].failed == 12 * 3 + 5
    assert seen[scorer].done == 0
    stopped = [row for row in failures(filled.database.reader(), run) if row["item"] == "*"]
    assert len(stopped) == 1
    assert reason in stopped[0]["reason"]


@pytest.mark.parametrize("scorer", ["broken", "unloadable"])
def test_a_card_that_fails_is_held_against_no_work_and_ends_the_worker(
    filled: Home, work: Work, monkeypatch: pytest.MonkeyPatch, scorer: str
) -> None:
    def fails(device: str) -> None:
        raise CardFailed(f"{device} has failed: CUDA error")

    run = start_run(filled, "on a broken card", Wants(PAIRS, ("plain", scorer)))
    other = start_run(filled, "waits", Wants(scorers=("plain",), photographs=True))
    with monkeypatch.context() as card:
        card.setattr(bench, "require_working", fails)
        with pytest.raises(CardFailed):
            work(filled)
    reasons = {(row["stage"], row["reason"]) for row in failures(filled.database.reader(), run)}
    assert reasons == {("run", "cpu has failed: CUDA error")}
    assert rows(filled, "SELECT id, state FROM run") == [(run, "paused"), (other, "queued")]
    assert rows(filled, "SELECT count(*) FROM claim") == [(0,)]
    resume(filled, run)
    work(filled)
    assert progress(filled, run).left == 0


def test_retry_forgets_what_failed_and_does_it(filled: Home, work: Work, models: ModuleType) -> None:
    run = start_run(filled, "mended", Wants(PAIRS, ("broken",)))
    work(filled)
    models.Broken.mended = True
    assert retry(filled, run) > 0
    work(filled)
    seen = progress(filled, run)
    assert (seen.state, seen.failed, seen.left) == ("done", 0, 0)
    assert failures(filled.database.reader(), run) == []


def test_running_out_of_memory_halves_the_batch_and_loses_nothing(filled: Home, work: Work, models: ModuleType) -> None:
    run = start_run(filled, "hungry", Wants(PAIRS, ("hungry",)))
    work(filled)
    assert progress(filled, run).failed == 0
    assert max(models.Hungry.batches) == 2
    assert rows(filled, "SELECT count(*) FROM margin WHERE oiop IS NOT NULL") == [(12,)]


def test_running_out_of_memory_on_one_image_is_a_failure_of_that_image() -> None:
    def forward(batch: list[int]) -> list[int]:
        if 7 in batch or len(batch) > 4:
            raise MemoryError
        return batch

    batches = Batches(8)
    results = dict(batches.each(forward, list(range(10))))
    assert isinstance(results[7], MemoryError)
    assert [result for item, result in results.items() if item != 7] == [0, 1, 2, 3, 4, 5, 6, 8, 9]
    assert batches.size <= 4


def test_an_error_that_is_kept_holds_nothing_of_what_was_computed_with() -> None:
    """Else every item that found no memory would take some of it from the next."""
    left: list[weakref.ref] = []

    def forward(batch: list[int]) -> list[int]:
        try:
            activations = np.zeros(9)
            left.append(weakref.ref(activations))
            raise ValueError("inside")
        except ValueError as error:
            raise MemoryError from error

    results = dict(Batches(2).each(forward, [1, 2]))
    assert all(isinstance(result, MemoryError) for result in results.values())
    assert len(left) == 3
    assert not any(reference() is not None for reference in left)


def test_where_not_even_one_fits_room_is_made_and_batches_are_whole_again() -> None:
    seen: list[int] = []
    held = ["another model"]

    def forward(batch: list[int]) -> list[int]:
        seen.append(len(batch))
        if held:
            raise MemoryError
        return batch

    def make_room() -> bool:
        return bool(held and held.pop())

    assert dict(Batches(4).each(forward, list(range(8)), make_room)) == {number: number for number in range(8)}
    assert seen == [4, 2, 1, 4, 4]


def test_a_scorer_that_can_load_but_not_work_beside_others_has_them_give_way(
    filled: Home, work: Work, models: ModuleType
) -> None:
    run = start_run(filled, "crowded", Wants(PAIRS, ("big", "crowded")))
    work(filled)
    assert progress(filled, run).failed == progress(filled, run).left == 0
    assert len(models.Big.loaded) > 1


def test_a_model_is_loaded_once_more_only_when_its_first_try_has_let_go(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[weakref.ref] = []

    def opened(name: str, *_: object) -> np.ndarray:
        half_loaded = np.zeros(9)
        if name == "second":
            assert not any(reference() is not None for reference in tries)
            tries.append(weakref.ref(half_loaded))
            if len(tries) == 1:
                raise MemoryError
        return half_loaded

    monkeypatch.setattr(held_models, "open_judge", opened)
    held = held_models.Models(home.folder, "cpu")
    held.judge("first")
    held.judge("second")
    assert (len(tries), held.swaps) == (2, 1)


def test_models_give_way_to_a_writer_only_when_its_first_try_has_let_go(
    filled: Home, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[weakref.ref] = []
    let_go: list[bool] = []
    write = worker.writing.write

    def full_at_first(*given: Any) -> None:
        activations = np.zeros(9)
        tries.append(weakref.ref(activations))
        if len(tries) == 1:
            raise MemoryError
        write(*given)

    monkeypatch.setattr(worker.writing, "write", full_at_first)
    monkeypatch.setattr(held_models.Models, "make_room", lambda _: let_go.append(tries[0]() is None))
    start_run(filled, "written", Wants(GenerateWants("painter", per_original=1, writer="scribe")))
    work(filled)
    assert let_go == [True]


def test_models_that_do_not_fit_together_give_way_to_each_other(filled: Home, work: Work, models: ModuleType) -> None:
    run = start_run(filled, "two big ones", Wants(PAIRS, ("big", "bigger")))
    work(filled)
    assert progress(filled, run).failed == progress(filled, run).left == 0
    assert {"big", "bigger"} == set(models.Big.loaded)
    assert 2 < len(models.Big.loaded) < 12, "they swap, but in larger chunks than single pairs"


def test_a_request_that_can_not_be_read_does_not_stand_in_the_way_of_others(filled: Home, work: Work) -> None:
    with filled.database.write() as session:
        from store.work import add_run

        strange = add_run(session, "strange", {"nonsense": 1})
    other = start_run(filled, "other", Wants(GenerateWants(per_original=1, singles=1)))
    work(filled)
    assert rows(filled, "SELECT id, state FROM run") == [(strange, "paused"), (other, "done")]
    assert "can't be read" in failures(filled.database.reader(), strange)[0]["reason"]


def test_a_run_that_can_not_be_done_at_all_is_set_aside_and_holds_up_no_other(filled: Home, work: Work) -> None:
    broken = start_run(filled, "broken", Wants(GenerateWants(per_original=1, singles=1)))
    other = start_run(filled, "other", Wants(scorers=("plain",), photographs=True))
    (filled.folder / "catalogue.toml").write_text("[no table")
    assert work(filled) == "nothing is left to do"
    assert rows(filled, "SELECT id, state FROM run") == [(broken, "paused"), (other, "done")]
    assert "catalogue.toml" in failures(filled.database.reader(), broken)[0]["reason"]
    (filled.folder / "catalogue.toml").unlink()
    resume(filled, broken)
    work(filled)
    assert (progress(filled, broken).state, progress(filled, broken).left) == ("done", 0)


def test_a_cancelled_run_is_left_alone_until_it_is_resumed(filled: Home, work: Work) -> None:
    wants = Wants(GenerateWants(per_original=1, singles=1))
    run = start_run(filled, "cancelled", wants)
    cancel(filled, run)
    work(filled)
    assert estimate(filled, wants).pairs == 4
    resume(filled, run)
    work(filled)
    assert estimate(filled, wants).pairs == 0
