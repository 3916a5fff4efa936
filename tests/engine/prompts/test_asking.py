"""A language model behind a service as the writer: what it says is checked, asked for again, and never made up."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from engine.generators.base import Ask
from engine.models.catalogue import Entry
from engine.prompts.asking import TRIES, write
from engine.prompts.base import Answer, Writing
from engine.prompts.instructions import TASK
from engine.prompts.remote import RemoteWriter
from engine.service import Declined, Service, Unusable
from tests.engine.answering import chat
from tests.engine.prompts.obliging import obeying

KEY = "sk-not-to-be-seen"
WRITING = Writing("a bear and a cub", (Ask("exposure_extremes", "under_exposed", 0.9),), 7)
OTHER = Writing("a red kite", (Ask("film_artifacts", "film_grain", 0.2), Ask("light_leak", "light_leak", 0.5)), 8)
Make = Callable[..., RemoteWriter]


@pytest.fixture
def remote(service: SimpleNamespace, tmp_path: Path) -> Make:
    """The service's writer, impatient; the service obeys."""
    service.answer = lambda number, body: chat(content=obeying(body["messages"]))

    def make(timeout: float = 5.0, **settings: Any) -> RemoteWriter:
        known = Entry("mine", "writer", "", (), remote="maker/model", endpoint=service.endpoint, settings=settings)
        reached = Service("mine", known, tmp_path, KEY, first_wait=0.001, timeout=httpx2.Timeout(timeout))
        return RemoteWriter("mine", known, tmp_path, reached)

    return make


def test_the_effects_are_told_in_the_wording_of_their_strength_and_the_words_are_the_models(
    service: SimpleNamespace, remote: Make
) -> None:
    first, second = write(remote(temperature=0.7), [WRITING, OTHER])
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert first.text.startswith("Ruled by ")
    assert first.text.endswith(": a bear and a cub")
    assert second.text.count(",") == 1
    asked = {each.body["seed"]: each for each in service.asked}
    assert set(asked) == {7, 8}
    assert asked[7].path == "/v1/chat/completions"
    assert asked[7].body["messages"][0] == {"role": "system", "content": TASK}
    assert (asked[7].body["temperature"], asked[7].body["model"]) == (0.7, "maker/model")
    assert first.facts == {"answer": "gen-1", "answered_by": "m", "cost": 0.039, "tokens": 1290, "tries": 1}


BAD = {
    "empty": chat(content="  "),
    "nothing said": chat(content=None),
    "two paragraphs": chat(content="Darkness.\n\nA bear and a cub."),
    "too long": chat(content="Darkness " * 70 + "a bear and a cub"),
    "the subject first": chat(content="A bear and a cub in near-total darkness"),
    "another subject": chat(content="Near-total darkness over a lonely wolf"),
    "an effect not asked for": chat(
        content="Near-total darkness with light leaks and film grain over a bear and a cub"
    ),
    "a refusal in words": chat(content="I'm sorry, but I can't make ugly images."),
    "a refusal": chat(content=None, refusal="I can't help with grief."),
    "a filter": (400, {"error": {"code": "content_policy_violation", "message": "not this"}}),
    "cut off": (200, {"choices": [{"message": {"content": "Darkness, a bear and a cub"}, "finish_reason": "length"}]}),
    "another form": (200, {"choices": []}),
}


@pytest.mark.parametrize("bad", BAD)
def test_an_answer_that_fails_a_check_is_asked_for_again(service: SimpleNamespace, remote: Make, bad: str) -> None:
    answers = [BAD[bad], None]

    def answer(number: int, body: dict) -> tuple[int, Any]:
        return answers[number - 1] or chat(content=obeying(body["messages"]))

    service.answer = answer
    (result,) = write(remote(), [WRITING])
    assert isinstance(result, Answer), result
    assert result.text.endswith("a bear and a cub")
    assert result.facts["tries"] == 2
    assert [each.body["seed"] for each in service.asked] == [7, 8]


@pytest.mark.parametrize("bad", BAD)
def test_one_that_fails_every_time_is_a_failure_and_no_words_of_the_template_stand_in(
    service: SimpleNamespace, remote: Make, bad: str
) -> None:
    service.answer = lambda number, body: BAD[bad]
    (result,) = write(remote(), [WRITING])
    assert isinstance(result, Unusable)
    assert str(result)
    assert isinstance(result, Declined) == ("refusal" in bad or bad == "a filter")
    assert len(service.asked) == TRIES


def test_what_was_wrong_is_told_and_what_the_tries_cost_is_added_up(service: SimpleNamespace, remote: Make) -> None:
    service.answer = lambda number, body: (
        chat(content="A bear and a cub in the dark") if number == 1 else chat(content=obeying(body["messages"]))
    )
    (result,) = write(remote(), [WRITING])
    assert isinstance(result, Answer)
    assert result.facts["tokens"] == 2 * 1290
    assert result.facts["cost"] == pytest.approx(2 * 0.039)
    said, correction = service.asked[1].body["messages"][2:]
    assert said == {"role": "assistant", "content": "A bear and a cub in the dark"}
    assert "not named before the subject begins: under-exposed" in correction["content"]


def test_only_those_that_failed_are_asked_for_again(service: SimpleNamespace, remote: Make) -> None:
    service.answer = lambda number, body: chat(
        content=obeying(body["messages"]) if "kite" in str(body) else "I cannot."
    )
    bear, kite = write(remote(), [WRITING, OTHER])
    assert isinstance(bear, Declined)
    assert isinstance(kite, Answer)
    assert len(service.asked) == TRIES + 1


@pytest.mark.parametrize(
    ("answer", "words", "asked"),
    [
        ((429, {"error": {"message": "slow down"}}), "429 6 times: slow down", 6),
        ((500, b"oops"), "500 6 times: oops", 6),
        ((200, b"<html>busy</html>"), "no JSON object", 1),
        ((200, b'{"choices": [{"mess'), "no JSON object", 1),
        ((400, {"error": {"message": "no such parameter"}}), "no such parameter", 1),
    ],
)
def test_what_a_service_could_not_deliver_is_a_failure_and_not_asked_for_on_top_of_its_own_tries(
    service: SimpleNamespace, remote: Make, answer: Any, words: str, asked: int
) -> None:
    service.answer = lambda number, body: answer
    (result,) = write(remote(), [WRITING])
    assert type(result) is Unusable
    assert words in str(result)
    assert len(service.asked) == asked


def test_a_service_that_stalls_costs_a_timeout_and_is_asked_again(service: SimpleNamespace, remote: Make) -> None:
    def answer(number: int, body: dict) -> tuple[int, Any]:
        if number == 1:
            service.release.wait(10)
        return chat(content=obeying(body["messages"]))

    service.answer = answer
    assert isinstance(write(remote(timeout=1.0), [WRITING])[0], Answer)
    assert len(service.asked) == 2


def test_a_wrong_key_ends_the_asking_and_is_shown_nowhere(
    service: SimpleNamespace, remote: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.answer = lambda number, body: (401, {"error": {"message": f"wrong key {KEY}"}})
    with pytest.raises(httpx2.HTTPStatusError, match="401: wrong key •••"):
        write(remote(), [WRITING])
    assert KEY not in caplog.text


@pytest.mark.parametrize("dress", ["“{}”", '"{}"', "<think>hm,\n\nlet me see</think>\n{}", "\n {}\n\n", "`{}`"])
def test_marks_around_an_answer_and_thoughts_before_it_are_taken_off(
    service: SimpleNamespace, remote: Make, dress: str
) -> None:
    service.answer = lambda number, body: chat(content=dress.format(obeying(body["messages"])))
    (result,) = write(remote(), [WRITING])
    assert isinstance(result, Answer)
    assert result.text.startswith("Ruled by")
    assert result.text.endswith("a cub")


def test_control_characters_and_half_characters_do_not_reach_the_store(service: SimpleNamespace, remote: Make) -> None:
    told = json.dumps(chat(content="Near-total darkness\x1b\x00 swallows\ud800 a bear and a cub")[1]).encode()
    service.answer = lambda number, body: (200, told)
    (result,) = write(remote(), [WRITING])
    assert isinstance(result, Answer)
    assert result.text == "Near-total darkness swallows a bear and a cub"


def test_a_caption_without_words_is_an_error_of_its_own_and_is_asked_of_nobody(
    service: SimpleNamespace, remote: Make
) -> None:
    error, good = write(remote(), [WRITING._replace(caption=" \n"), OTHER])
    assert isinstance(error, ValueError)
    assert isinstance(good, Answer)
    assert len(service.asked) == 1


def test_a_request_is_named_by_all_that_it_asks_for() -> None:
    stronger = WRITING._replace(asks=(WRITING.asks[0]._replace(strength=0.5),))
    others = [WRITING._replace(seed=8), WRITING._replace(caption="a bear"), stronger, OTHER]
    assert len({WRITING.key, *(each.key for each in others)}) == 5
    assert Writing(*WRITING).key == WRITING.key


def test_a_version_says_model_settings_and_code(remote: Make) -> None:
    assert remote().version == "maker/model code-1.1"
    assert remote(temperature=0.7).version == "maker/model temperature=0.7 code-1.1"
