"""A judge behind a service: its answers and what they cost, and a reason for each that can't be used."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from PIL import Image

from engine.judges import pairwise
from engine.judges.base import Answer, NoAnswer, Question
from engine.judges.remote import Remote
from engine.models.catalogue import Entry
from engine.service import Service
from tests.engine.answering import chat

KEY = "sk-not-to-be-seen"
Answers = Callable[[int, dict], tuple[int, Any]]
GOOD = json.dumps({"reason": "it is dark", "choice": "second"})


def question(prompt: str = "a murky bear") -> Question:
    return pairwise.question(Image.new("RGB", (20, 10), (200, 9, 40)), Image.new("RGB", (6, 6), (1, 2, 3)), prompt)


@pytest.fixture
def judge(service: SimpleNamespace, tmp_path: Path) -> Callable[..., Remote]:
    """The service's judge, impatient; the service answers well."""
    service.answer = lambda number, body: chat(content=GOOD)

    def make(timeout: float = 5.0, settings: dict | None = None, **facts: Any) -> Remote:
        known = Entry(
            "mine", "judge", "", (), remote="maker/model", endpoint=service.endpoint, service=facts,
            settings=settings or {},
        )  # fmt: skip
        return Remote(Service("mine", known, tmp_path, KEY, first_wait=0.001, timeout=httpx2.Timeout(timeout)), known)

    return make


def test_words_and_images_go_in_their_order_and_the_form_of_the_answer_with_them(
    service: SimpleNamespace, judge: Callable[..., Remote]
) -> None:
    (answer,) = judge().answers([question()])
    assert answer == Answer(GOOD, 1290, 0.039, {"answer": "gen-1", "answered_by": "m"})
    (asked,) = service.asked
    assert (asked.path, asked.key, asked.body["model"]) == ("/v1/chat/completions", f"Bearer {KEY}", "maker/model")
    assert asked.body["temperature"] == 0
    parts = asked.body["messages"][0]["content"]
    assert [part["type"] for part in parts] == ["text", "image_url", "text", "image_url", "text"]
    head, _, data = parts[1]["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    sent = Image.open(io.BytesIO(base64.b64decode(data)))
    assert (sent.size, sent.getpixel((0, 0))) == ((20, 10), (200, 9, 40))
    form = asked.body["response_format"]
    assert (form["type"], form["json_schema"]["strict"]) == ("json_schema", True)
    assert form["json_schema"]["schema"] == pairwise.SCHEMA


@pytest.mark.parametrize(("form", "sent"), [("object", {"type": "json_object"}), ("none", None)])
def test_a_service_that_knows_no_schema_is_asked_for_less(
    service: SimpleNamespace, judge: Callable[..., Remote], form: str, sent: Any
) -> None:
    list(judge(form=form).answers([question()]))
    assert service.asked[0].body.get("response_format") == sent


def test_an_entry_of_the_catalogue_says_what_goes_into_each_request(
    service: SimpleNamespace, judge: Callable[..., Remote]
) -> None:
    asked = judge(settings={"reasoning_effort": "low"})
    list(asked.answers([question()]))
    assert service.asked[0].body["reasoning_effort"] == "low"
    assert "temperature" not in service.asked[0].body
    assert "reasoning_effort=low" in asked.version
    assert asked.version != judge().version
    with pytest.raises(ValueError, match="form is schema, object, none"):
        judge(form="xml")


def test_a_cost_that_the_service_does_not_say_is_reckoned_from_prices_or_unknown(
    service: SimpleNamespace, judge: Callable[..., Remote]
) -> None:
    usage = {"prompt_tokens": 2000, "completion_tokens": 100, "total_tokens": 2100}
    service.answer = lambda number, body: (200, {**chat(content=GOOD)[1], "usage": usage})
    (priced,) = judge(read_cost=1.5, write_cost=10.0).answers([question()])
    (unknown,) = judge().answers([question()])
    assert (priced.tokens, priced.cost) == (2100, pytest.approx(0.004))
    assert (unknown.tokens, unknown.cost) == (2100, None)
    service.answer = lambda number, body: (200, {**chat(content=GOOD)[1], "usage": {"total_tokens": "many"}})
    (uncounted,) = judge(read_cost=1.5, write_cost=10.0).answers([question()])
    assert (uncounted.tokens, uncounted.cost) == (None, None)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (chat(content=None, refusal="I don't rate grief."), "refused: I don't rate grief"),
        ((400, {"error": {"code": "content_policy_violation", "message": "not this"}}), "refused: not this"),
        ((200, {"choices": [{"message": {"content": None}, "finish_reason": "content_filter"}]}), "content_filter"),
    ],
)
def test_a_refusal_is_known_as_one_and_not_asked_again(
    service: SimpleNamespace, judge: Callable[..., Remote], answer: Any, words: str
) -> None:
    service.answer = lambda number, body: answer
    (came,) = judge().answers([question()])
    assert isinstance(came, NoAnswer)
    assert came.refused
    assert words in str(came)
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("answer", "words", "cost"),
    [
        ((200, b"<html>busy</html>"), "no JSON object", None),
        ((200, b""), "no JSON object: nothing", None),
        ((200, b"[" * 100_000), "no JSON object", None),
        ((200, {"choices": []}), "another form", None),
        ((200, [1, 2]), "no JSON object", None),
        ((400, {"error": {"message": "no such parameter"}}), "no such parameter", None),
        (chat(content=""), "empty", 0.039),
        (chat(content=None), "empty", 0.039),
        (
            (200, {**chat()[1], "choices": [{"message": {"content": GOOD[:20]}, "finish_reason": "length"}]}),
            "cut off",
            0.039,
        ),
        ((429, {"error": {"message": "slow down"}}), "429 6 times: slow down", None),
        ((500, b"\xff\x00"), "500 6 times", None),
    ],
)
def test_what_is_no_answer_has_a_reason_and_keeps_its_cost(
    service: SimpleNamespace, judge: Callable[..., Remote], answer: Any, words: str, cost: float | None
) -> None:
    service.answer = lambda number, body: answer if "spoilt" in json.dumps(body) else chat(content=GOOD)
    good, bad, other = judge().answers([question("good"), question("spoilt"), question("good again")])
    assert isinstance(good, Answer)
    assert isinstance(other, Answer)
    assert isinstance(bad, NoAnswer)
    assert not bad.refused
    assert words in str(bad)
    assert (bad.answer.cost if bad.answer else None) == cost


def test_what_may_pass_is_asked_again(service: SimpleNamespace, judge: Callable[..., Remote]) -> None:
    first = [(429, {"error": {"message": "slow down"}}), (500, b""), (503, b"soon")]

    def answer(number: int, body: dict) -> tuple[int, Any]:
        if number == 1:
            service.release.wait(10)  # longer than anyone waits
        return first[number - 2] if 1 < number <= 4 else chat(content=GOOD)

    service.answer = answer
    (came,) = judge(timeout=1.0).answers([question()])
    assert isinstance(came, Answer)
    assert len(service.asked) == 5


def test_a_service_that_says_how_long_to_wait_is_given_that_time(
    service: SimpleNamespace, judge: Callable[..., Remote]
) -> None:
    times: list[float] = []

    def answer(number: int, body: dict) -> Any:
        times.append(time.monotonic())
        return (429, {}, {"Retry-After": "0.4"}) if number == 1 else chat(content=GOOD)

    service.answer = answer
    (came,) = judge().answers([question()])
    assert isinstance(came, Answer)
    assert times[1] - times[0] >= 0.4


def test_a_judge_that_stalls_is_not_waited_for_by_one_who_gave_up(
    service: SimpleNamespace, judge: Callable[..., Remote]
) -> None:
    arrived = threading.Event()

    class Cancelled(Exception):
        pass

    def answer(number: int, body: dict) -> tuple[int, Any]:
        arrived.set()
        service.release.wait(10)
        return chat(content=GOOD)

    def heard(done: int, count: int) -> None:
        if arrived.is_set():
            raise Cancelled

    service.answer = answer
    with pytest.raises(Cancelled):
        next(judge(timeout=30).answers([question()], heard))


@pytest.mark.parametrize("status", [401, 402, 404])
def test_a_key_or_a_model_that_is_not_right_ends_the_asking(
    service: SimpleNamespace, judge: Callable[..., Remote], status: int
) -> None:
    service.answer = lambda number, body: (status, {"error": {"message": f"no: {KEY}"}})
    with pytest.raises(httpx2.HTTPStatusError) as error:
        list(judge().answers([question()]))
    assert KEY not in str(error.value)


def test_a_key_that_the_service_repeats_is_kept_nowhere(
    service: SimpleNamespace, judge: Callable[..., Remote], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    leaks = [
        (200, {**chat(content=json.dumps({"reason": KEY, "choice": "tie"}))[1], "id": KEY, "model": f"m {KEY}"}),
        chat(content=None, refusal=f"not with {KEY}"),
        (400, {"error": {"message": f"bad {KEY}"}}),
        (200, f"<html>{KEY}".encode()),
        (200, {"choices": [KEY]}),
        (429, {"error": {"message": KEY}}),
    ]
    asked = judge()
    for leak in leaks:
        service.answer = lambda number, body, leak=leak: leak
        (came,) = asked.answers([question()])
        kept = came if isinstance(came, Answer) else came.answer
        assert KEY not in f"{came} {kept}"
    assert KEY not in caplog.text
