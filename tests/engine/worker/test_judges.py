"""Judges at work: a run asks them, keeps what they say and what it cost, and makes no score of anything else."""

from __future__ import annotations

import base64
import io
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image

from engine import service as services
from engine.generators.base import Manner
from engine.judges import local
from engine.judges.base import Answer
from engine.models.places import use
from engine.plan.wants import GenerateWants, Wants
from engine.runs import estimate, pause, progress, resume, retry, start_run
from engine.worker.worker import Worker
from store import Home
from store.queries import judges as queries
from store.queries import pairs
from store.queries.work import failures
from store.work import add_run
from tests.conftest import SmallHome
from tests.engine.answering import chat
from tests.engine.judges import small_models

KEY = "sk-not-to-be-seen"
OWN = """
[mine]
kind = "judge"
licence = "its service's terms"
remote = "maker/model"
endpoint = "{endpoint}"
key = "MINE_KEY"
service = {{ at_once = 2 }}
sources = []
"""
WIDE = 200
"""The shade of the first pair's wide image; the next is one brighter."""
PAIRWISE, EFFECTS = "judge-pairwise:mine", "judge-effects:mine"
SAYS_SECOND = chat(content=json.dumps({"reason": "so", "choice": "second"}))


@pytest.fixture
def judged(small_home: SmallHome, service: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> SmallHome:
    """A small home of six pairs, and a judge behind the service, which is impatient."""
    (small_home.home.folder / "catalogue.toml").write_text(OWN.format(endpoint=service.endpoint))
    monkeypatch.setenv("MINE_KEY", KEY)
    make = services.Service.__init__

    def impatient(self: Any, *given: Any, **named: Any) -> None:
        make(self, *given, **{**named, "first_wait": 0.001})

    monkeypatch.setattr(services.Service, "__init__", impatient)
    return small_home


def ask(home: Home, *judges: str) -> int:
    run = start_run(home, "judges", Wants(scorers=judges))
    Worker(home).run()
    return run


def one(home: Home, query: str, *values: Any) -> Any:
    return home.database.reader().execute(query, values).fetchone()[0]


def shades(body: dict) -> list[int]:
    """The red of each image in a request, by which the tests' home tells its images apart."""
    parts = body["messages"][0]["content"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    return [Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).getpixel((0, 0))[0] for url in urls]


def prefers_wide(number: int, body: dict) -> tuple[int, Any]:
    first, second = shades(body)
    return chat(content=json.dumps({"reason": "so", "choice": "first" if first > second else "second"}))


def rates(number: int, body: dict) -> tuple[int, Any]:
    schema = body["response_format"]["json_schema"]["schema"]
    (shade,) = shades(body)
    dimensions = dict.fromkeys(schema["properties"]["dimensions"]["properties"], shade // 100)
    fields = {"reason": "so", "main_concepts": 90, "requested_effects": shade // 3, "dimensions": dimensions}
    return chat(content=json.dumps(fields))


def test_each_pair_is_asked_about_in_both_orders_and_each_order_is_a_verdict(
    judged: SmallHome, service: SimpleNamespace
) -> None:
    home, service.answer = judged.home, prefers_wide
    wants = Wants(scorers=(PAIRWISE,))
    assert estimate(home, wants).scores == 12
    run = ask(home, PAIRWISE)
    seen = progress(home, run)
    assert (seen.state, seen.done, seen.failed, seen.left) == ("done", 12, 0, 0)
    rows = queries.verdicts(home.database.reader(), judged.pairs[0])
    assert {(row["judge"], row["choice"], row["order_shown"]) for row in rows} == {
        (PAIRWISE, "wide", "original-wide"),
        (PAIRWISE, "wide", "wide-original"),
    }
    assert all("1024" in row["fidelity"] and row["scorer_id"] for row in rows)
    both = home.database.reader().execute(queries.JUDGED).fetchall()
    assert [(row["pair_id"], row["choice"], row["agreed"]) for row in both] == [(p, "wide", 1) for p in judged.pairs]
    assert {tuple(shades(each.body)) for each in service.asked} == {
        shown for n in range(6) for shown in ((100 + n, 200 + n), (200 + n, 100 + n))
    }


def test_a_judge_that_goes_by_the_place_calls_every_pair_a_tie(judged: SmallHome, service: SimpleNamespace) -> None:
    service.answer = lambda number, body: SAYS_SECOND
    ask(judged.home, PAIRWISE)
    rows = judged.home.database.reader().execute(queries.JUDGED).fetchall()
    assert {(row["choice"], row["agreed"]) for row in rows} == {("tie", 0)}


def test_one_order_alone_is_no_verdict_on_the_pair(judged: SmallHome, service: SimpleNamespace) -> None:
    def answer(number: int, body: dict) -> tuple[int, Any]:
        first, second = shades(body)
        return SAYS_SECOND if first < second else chat(content=None, refusal="no")

    service.answer = answer
    run = ask(judged.home, PAIRWISE)
    assert one(judged.home, "SELECT count(*) FROM verdict") == 6
    assert judged.home.database.reader().execute(queries.JUDGED).fetchall() == []
    assert progress(judged.home, run).failed == 6


def test_ratings_are_scores_under_their_names_and_enter_no_table_of_cells(
    judged: SmallHome, service: SimpleNamespace
) -> None:
    home, service.answer = judged.home, rates
    margins = one(home, "SELECT count(*) FROM margin")
    run = ask(home, EFFECTS)
    assert (progress(home, run).done, one(home, "SELECT count(*) FROM answer")) == (12, 12)
    rows = queries.ratings(home.database.reader(), judged.pairs[1])
    assert [(row["dimension"], row["original"], row["wide"]) for row in rows] == [
        ("main_concepts", 90, 90),
        ("requested_effects", 101 // 3, 201 // 3),
        ("film_artifacts", 1, 2),
    ]
    assert one(home, "SELECT count(*) FROM margin") == margins
    assert EFFECTS not in {row["name"] for row in pairs.scorers(home.database.reader())}
    assert [row["name"] for row in queries.judges(home.database.reader())] == [EFFECTS]


def test_what_answers_cost_is_summed_by_judge_and_by_run(judged: SmallHome, service: SimpleNamespace) -> None:
    home = judged.home
    service.answer = lambda number, body: prefers_wide(number, body) if number > 2 else chat(content="the second!")
    run = ask(home, PAIRWISE)
    (cost,) = queries.costs(home.database.reader())
    assert dict(cost) | {"cost": round(cost["cost"], 6)} == {
        "scorer_id": one(home, "SELECT id FROM scorer WHERE name = ?", PAIRWISE),
        "answers": 12,
        "unusable": 2,
        "tokens": 12 * 1290,
        "cost": round(12 * 0.039, 6),
    }
    assert queries.cost_of_run(home.database.reader(), run)["answers"] == 12
    assert queries.cost_of_run(home.database.reader(), run + 1)["cost"] is None


def test_an_answer_that_cannot_be_used_is_a_failure_with_its_reason_and_can_be_tried_again(
    judged: SmallHome, service: SimpleNamespace
) -> None:
    bad = [
        chat(content="The second one is darker."),
        chat(content=""),
        chat(content=None, refusal="I won't"),
        chat(content=json.dumps({"reason": "so", "choice": "both"})),
        chat(content=json.dumps({"reason": "so", "choice": "first", "more": 1})),
        (200, b"<html>"),
        (400, {"error": {"message": "what?"}}),
    ]
    home = judged.home
    service.answer = lambda number, body: bad[number - 1] if number <= len(bad) else prefers_wide(number, body)
    run = ask(home, PAIRWISE)
    reasons = "\n".join(sorted(row["reason"] for row in failures(home.database.reader(), run)))
    assert one(home, "SELECT count(*) FROM verdict") == 12 - len(bad)
    for words in ("no JSON: The second", "empty", "refused: I won't", "choice is 'both'", "more", "<html>", "what?"):
        assert words in reasons
    assert (progress(home, run).failed, progress(home, run).left) == (len(bad), 0)
    assert retry(home, run) == len(bad)
    Worker(home).run()
    assert one(home, "SELECT count(*) FROM verdict") == 12
    assert progress(home, run).failed == 0
    assert len(service.asked) == 12 + len(bad)


def test_a_rating_out_of_range_stores_nothing_of_its_answer(judged: SmallHome, service: SimpleNamespace) -> None:
    fields = {"reason": "", "main_concepts": 90, "requested_effects": 900, "dimensions": {}}
    service.answer = lambda number, body: chat(content=json.dumps(fields))
    run = ask(judged.home, EFFECTS)
    assert (
        one(judged.home, "SELECT count(*) FROM score v JOIN scorer s ON s.id = v.scorer_id WHERE kind = 'judge'") == 0
    )
    reasons = [row["reason"] for row in failures(judged.home.database.reader(), run)]
    assert reasons[0] == "requested_effects is 900, and not from 0 to 100"
    assert "errors in a row" in reasons[-1]


def test_a_judge_that_never_makes_sense_is_given_up_before_it_costs_much(
    judged: SmallHome, service: SimpleNamespace
) -> None:
    service.answer = lambda number, body: chat(content="well …")
    run = ask(judged.home, PAIRWISE)
    seen = progress(judged.home, run)
    assert (seen.state, seen.done, seen.left) == ("done", 0, 0)
    assert one(judged.home, "SELECT count(*) FROM answer") == 8


def test_pairs_are_made_and_judged_in_one_run_and_the_estimate_says_how_many_questions(
    filled: Home, service: SimpleNamespace
) -> None:
    (filled.folder / "catalogue.toml").write_text(OWN.format(endpoint=service.endpoint).replace('key = "MINE_KEY"', ""))
    service.answer = lambda number, body: SAYS_SECOND if len(shades(body)) == 2 else rates(number, body)
    wants = Wants(GenerateWants(per_original=2, singles=2, originals=(1, 2)), scorers=(PAIRWISE, EFFECTS))
    coming = estimate(filled, wants)
    run = start_run(filled, "both", wants)
    Worker(filled).run()
    seen = {stage.model: stage.done for stage in progress(filled, run).stages}
    assert seen == {"darkroom": coming.pairs, PAIRWISE: 2 * coming.pairs, EFFECTS: 2 * coming.pairs}
    assert coming.scores == 4 * coming.pairs == len(service.asked)


def test_refusals_are_findings_and_do_not_end_the_asking(judged: SmallHome, service: SimpleNamespace) -> None:
    service.answer = lambda number, body: chat(content=None, refusal="not this")
    run = ask(judged.home, PAIRWISE, EFFECTS)
    assert progress(judged.home, run).failed == 24
    assert {row["reason"] for row in failures(judged.home.database.reader(), run)} == {"the service refused: not this"}


def test_nothing_that_was_answered_is_asked_again(judged: SmallHome, service: SimpleNamespace) -> None:
    service.answer = prefers_wide
    ask(judged.home, PAIRWISE)
    ask(judged.home, PAIRWISE)
    assert len(service.asked) == 12
    assert estimate(judged.home, Wants(scorers=(PAIRWISE,))).scores == 0


@pytest.fixture
def stalling(judged: SmallHome, service: SimpleNamespace) -> Callable[[], None]:
    """The service prefers the wide image of the first three pairs, and keeps whoever asks of another waiting.

    Wait with this until both that may ask at once wait, and all that was answered is stored.
    """
    waiting = threading.Semaphore(0)

    def answer(number: int, body: dict) -> tuple[int, Any]:
        if max(shades(body)) > WIDE + 2:
            waiting.release()
            service.release.wait(60)
        return prefers_wide(number, body)

    def wait() -> None:
        assert waiting.acquire(timeout=60)
        assert waiting.acquire(timeout=60)
        tick = threading.Event()
        while one(judged.home, "SELECT count(*) FROM verdict") < 6:
            tick.wait(0.02)

    service.answer = answer
    return wait


def test_what_was_answered_before_a_pause_is_not_asked_again(
    judged: SmallHome, service: SimpleNamespace, stalling: Callable[[], None]
) -> None:
    home = judged.home
    run = start_run(home, "judges", Wants(scorers=(PAIRWISE,)))
    worker = threading.Thread(target=Worker(home).run)
    worker.start()
    stalling()
    pause(home, run)
    worker.join(30)
    assert not worker.is_alive()
    assert one(home, "SELECT count(*) FROM verdict") == 6
    assert one(home, "SELECT count(*) FROM claim") == 0
    service.answer = prefers_wide
    before = len(service.asked)
    resume(home, run)
    Worker(home).run()
    assert len(service.asked) - before == 6
    assert one(home, "SELECT count(*) FROM verdict") == one(home, "SELECT count(*) FROM answer") == 12


def test_a_worker_killed_while_asking_has_lost_no_answer_that_was_stored(
    judged: SmallHome,
    service: SimpleNamespace,
    stalling: Callable[[], None],
    spawn: Callable[..., subprocess.Popen[str]],
) -> None:
    home = judged.home
    run = start_run(home, "judges", Wants(scorers=(PAIRWISE,)))
    process = spawn(home)
    stalling()
    process.send_signal(signal.SIGKILL)
    process.wait()
    service.answer = prefers_wide
    before = len(service.asked)
    Worker(home).run()
    assert progress(home, run).done == 12
    assert len(service.asked) - before == 6
    query = "SELECT count(DISTINCT pair_id || order_shown), count(*) FROM verdict"
    assert home.database.reader().execute(query).fetchone()[:] == (12, 12)


def test_a_judge_whose_key_is_gone_is_given_up_with_the_name_of_the_variable(
    judged: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_run(judged.home, "judges", Wants(scorers=(PAIRWISE,)))
    monkeypatch.delenv("MINE_KEY")
    Worker(judged.home).run()
    (failure,) = failures(judged.home.database.reader(), run)
    assert "MINE_KEY" in failure["reason"]


def test_a_wrong_key_ends_the_asking_at_once(judged: SmallHome, service: SimpleNamespace) -> None:
    service.answer = lambda number, body: (401, {"error": {"message": f"who is {KEY}?"}})
    run = ask(judged.home, PAIRWISE)
    (failure,) = failures(judged.home.database.reader(), run)
    assert "401: who is •••?" in failure["reason"]
    assert len(service.asked) <= 8


def test_the_key_is_in_no_file_of_the_home(
    judged: SmallHome, service: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    said = json.dumps({"reason": f"my key is {KEY}", "choice": "tie"})
    leaks = [(200, {**chat(content=said)[1], "id": KEY}), chat(content=KEY), chat(content=None, refusal=KEY)]
    service.answer = lambda number, body: leaks[number % 3]
    ask(judged.home, PAIRWISE)
    assert one(judged.home, "SELECT count(*) FROM verdict") >= 4
    assert one(judged.home, "SELECT count(*) FROM answer WHERE text LIKE '%•••%'") == 12
    files = [path for path in judged.home.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    assert KEY not in caplog.text


def test_an_image_that_cannot_be_read_fails_alone(judged: SmallHome, service: SimpleNamespace) -> None:
    home, service.answer = judged.home, prefers_wide
    query = "SELECT i.sha256 FROM pair p JOIN image i ON i.id = p.wide_image_id WHERE p.id = ?"
    (blob,) = [path for path in home.folder.rglob(f"{one(home, query, judged.pairs[2])}*") if path.is_file()]
    blob.write_bytes(b"no image")
    run = ask(home, PAIRWISE)
    items = {row["item"] for row in failures(home.database.reader(), run)}
    assert items == {f"{judged.pairs[2]}/original-wide", f"{judged.pairs[2]}/wide-original"}
    assert one(home, "SELECT count(*) FROM verdict") == 10


def test_a_local_random_judge_fails_on_record_and_scores_nothing(
    small_home: SmallHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "MOST_TOKENS", 16)
    home = small_home.home
    use("qwen2-vl-2b", small_models.write(tmp_path / "small"), home.folder)
    run = ask(home, "judge-pairwise:qwen2-vl-2b", "judge-effects:qwen2-vl-2b")
    found = failures(home.database.reader(), run)
    assert len(found) == 18  # eight of each, and that it was given up
    assert all("cut off" in row["reason"] or "no JSON" in row["reason"] for row in found)
    assert one(home, "SELECT count(*) FROM verdict") == 0
    assert one(home, "SELECT count(*) FROM answer WHERE tokens > 100 AND cost IS NULL AND NOT usable") == 16


def test_a_local_judge_that_finds_no_memory_has_the_others_give_way_and_goes_on(
    small_home: SmallHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, asked = small_home.home, []
    use("qwen2-vl-2b", small_models.write(tmp_path / "small"), home.folder)

    def answered(judge: local.Local, question: Any, hearing: Any) -> Answer:
        asked.append(question)
        if len(asked) == 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return Answer(json.dumps({"reason": "so", "choice": "second"}))

    monkeypatch.setattr(local.Local, "_answer", answered)
    worker = Worker(home)
    worker._bench.models.generator("darkroom", Manner())
    run = start_run(home, "judges", Wants(scorers=("judge-pairwise:qwen2-vl-2b",)))
    worker.run()
    assert failures(home.database.reader(), run) == []
    assert (asked[2], worker._bench.models.swaps) == (asked[3], 1)
    assert len(asked) == 13  # both orders of six pairs, and the one asked again


def test_judges_that_are_not_here_any_more_say_how_to_bring_them(small_home: SmallHome) -> None:
    with small_home.home.database.write() as session:
        run = add_run(session, "of old", Wants(scorers=("judge-effects:qwen3-vl-8b",)).to_json())
    Worker(small_home.home).run()
    (failure,) = failures(small_home.home.database.reader(), run)
    assert "widespectrum models fetch qwen3-vl-8b" in failure["reason"]


def test_a_judge_behind_a_service_loads_no_torch() -> None:
    code = "import sys, engine.worker.ask, engine.judges.remote; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
