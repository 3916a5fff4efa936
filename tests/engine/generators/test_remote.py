"""A generator behind a service: what it makes is kept, what it refuses is a finding, what it breaks is a failure."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from PIL import Image

from engine.generators.base import Failed, Refused, Request
from engine.generators.loading import open_generator
from engine.generators.remote import Remote
from engine.models.catalogue import Entry
from engine.plan.wants import GenerateWants, Wants
from engine.runs import progress, start_run
from engine.service import MissingKey, Service
from engine.worker.worker import Worker
from store import Home
from store.queries.work import failures
from tests.engine.answering import chat

KEY = "sk-not-to-be-seen"
Answers = Callable[[int, dict], tuple[int, Any]]


def png(colour: tuple[int, int, int] = (200, 90, 40)) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (24, 16), colour).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def image(data: str | None = None) -> tuple[int, dict]:
    url = f"data:image/png;base64,{png() if data is None else data}"
    return chat(content="", images=[{"type": "image_url", "image_url": {"url": url}}])


@pytest.fixture
def remote(service: SimpleNamespace, tmp_path: Path) -> Callable[..., Remote]:
    """The service's generator, impatient; the service answers with an image."""
    service.answer = lambda number, body: image()

    def make(timeout: float = 5.0, **facts: Any) -> Remote:
        known = Entry("mine", "generator", "", (), remote="maker/model", endpoint=service.endpoint, service=facts)
        reached = Service("mine", known, tmp_path, KEY, first_wait=0.001, timeout=httpx2.Timeout(timeout))
        return Remote("mine", reached, images_api=facts.get("api") == "images")

    return make


def made(generator: Remote, *prompts: str) -> list:
    return list(generator.generate([Request(prompt, 7) for prompt in prompts or ("a bear",)]))


def test_a_chat_that_answers_with_an_image(service: SimpleNamespace, remote: Callable[..., Remote]) -> None:
    generator = remote()
    (answer,) = made(generator)
    assert answer.size == (24, 16)
    assert answer.getpixel((0, 0)) == (200, 90, 40)
    (asked,) = service.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.body["model"] == "maker/model"
    assert asked.body["messages"] == [{"role": "user", "content": "a bear"}]
    assert asked.body["seed"] == 7
    assert asked.key == f"Bearer {KEY}"
    assert generator.described(Request("a bear", 7))["cost"] == 0.039


def test_an_image_among_the_parts_of_the_message_counts_too(
    service: SimpleNamespace, remote: Callable[..., Remote]
) -> None:
    part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{png()}"}}
    service.answer = lambda number, body: chat(content=[{"type": "text", "text": "here"}, part])
    assert isinstance(made(remote())[0], Image.Image)


def test_the_images_endpoint(service: SimpleNamespace, remote: Callable[..., Remote]) -> None:
    service.answer = lambda number, body: (200, {"data": [{"b64_json": png()}]})
    assert isinstance(made(remote(api="images"))[0], Image.Image)
    assert service.asked[0].path == "/v1/images/generations"
    assert service.asked[0].body["prompt"] == "a bear"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (chat(content="I would rather draw something pleasant."), "in words alone: I would rather draw"),
        (chat(content=None, refusal="I can't help with grief."), "refused: I can't help with grief"),
        (chat(content=None), "no image"),
        ((400, {"error": {"code": "content_policy_violation", "message": "not this"}}), "refused: not this"),
        ((200, {"choices": [{"message": {"content": None}, "finish_reason": "content_filter"}]}), "content_filter"),
    ],
)
def test_a_refusal_is_a_finding_and_is_not_asked_again(
    service: SimpleNamespace, remote: Callable[..., Remote], answer: Any, words: str
) -> None:
    service.answer = lambda number, body: answer
    (result,) = made(remote())
    assert isinstance(result, Refused)
    assert words in str(result)
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (image(base64.b64encode(base64.b64decode(png())[:40]).decode()), "broken"),
        (image("%%%"), "broken"),
        (chat(content="", images=[{"image_url": {"url": "http://example.com/a.png"}}]), "not followed"),
        ((200, b"<html>busy</html>"), "no JSON object"),
        ((200, {"choices": []}), "another form"),
        ((400, {"error": {"message": "no such parameter"}}), "no such parameter"),
    ],
)
def test_a_broken_answer_is_a_failure_of_that_image_and_never_a_placeholder(
    service: SimpleNamespace, remote: Callable[..., Remote], answer: Any, words: str
) -> None:
    service.answer = lambda number, body: answer if "bad" in body["messages"][0]["content"] else image()
    good, bad, other = made(remote(), "good", "bad", "good again")
    assert isinstance(good, Image.Image)
    assert isinstance(other, Image.Image)
    assert isinstance(bad, Failed)
    assert words in str(bad)


def test_what_may_pass_is_asked_again(service: SimpleNamespace, remote: Callable[..., Remote]) -> None:
    first = [(429, {"error": {"message": "slow down"}}), (500, b""), (503, b"soon")]
    service.answer = lambda number, body: first[number - 1] if number <= len(first) else image()
    assert isinstance(made(remote())[0], Image.Image)
    assert len(service.asked) == 4


def test_what_does_not_pass_is_a_failure_that_says_what_the_service_said(
    service: SimpleNamespace, remote: Callable[..., Remote]
) -> None:
    service.answer = lambda number, body: (429, {"error": {"message": "slow down"}})
    (result,) = made(remote())
    assert isinstance(result, Failed)
    assert "429 6 times: slow down" in str(result)


def test_a_service_that_stalls_costs_a_timeout_and_is_asked_again(
    service: SimpleNamespace, remote: Callable[..., Remote]
) -> None:
    def answer(number: int, body: dict) -> tuple[int, Any]:
        if number == 1:
            service.release.wait(10)
        return image()

    service.answer = answer
    assert isinstance(made(remote(timeout=1.0))[0], Image.Image)
    assert len(service.asked) == 2


def test_cancelling_does_not_wait_for_a_service_that_stalls(
    service: SimpleNamespace, remote: Callable[..., Remote]
) -> None:
    arrived = threading.Event()

    def answer(number: int, body: dict) -> tuple[int, Any]:
        arrived.set()
        service.release.wait(10)
        return image()

    class Cancelled(Exception):
        pass

    def on_step(step: int, steps: int) -> None:
        if arrived.is_set():
            raise Cancelled

    service.answer = answer
    images = remote(timeout=30).generate([Request("a", 1)], on_step)
    with pytest.raises(Cancelled):
        next(images)
    assert not service.release.is_set()


def test_requests_keep_to_the_rate_that_was_set_whoever_of_the_home_asks(
    service: SimpleNamespace, remote: Callable[..., Remote]
) -> None:
    began = time.monotonic()
    workers = [remote(per_minute=600) for _ in range(2)]
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda worker: made(worker, "a", "b", "c"), workers))
    assert [len(each) for each in answers] == [3, 3]
    assert time.monotonic() - began >= 0.5


def test_a_clock_that_was_set_back_holds_nobody_up(
    service: SimpleNamespace, remote: Callable[..., Remote], tmp_path: Path
) -> None:
    later = time.time() + 10**6
    (tmp_path / ".turns-mine").touch()
    os.utime(tmp_path / ".turns-mine", (later, later))
    assert len(made(remote(per_minute=1))) == 1


def test_a_key_that_the_service_repeats_is_in_no_message_and_no_log(
    service: SimpleNamespace, remote: Callable[..., Remote], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.answer = lambda number, body: (503 if number < 3 else 401, {"error": {"message": f"wrong key {KEY}"}})
    with pytest.raises(httpx2.HTTPStatusError, match="401: wrong key •••"):
        made(remote())
    assert KEY not in caplog.text


def test_a_key_that_the_service_repeats_is_not_among_what_is_kept_of_an_image(
    service: SimpleNamespace, remote: Callable[..., Remote]
) -> None:
    service.answer = lambda number, body: (200, {**image()[1], "id": f"gen {KEY}", "model": KEY})
    generator = remote()
    assert isinstance(made(generator)[0], Image.Image)
    said = generator.described(Request("a bear", 7))
    assert (said["answer"], said["answered_by"]) == ("gen •••", "•••")


OWN = """
[mine]
kind = "generator"
licence = "provider's terms"
remote = "maker/model"
endpoint = "{endpoint}"
key = "MY_SERVICE_KEY"
sources = []
"""


@pytest.fixture
def own(home: Home, service: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose own catalogue has the service."""
    (home.folder / "catalogue.toml").write_text(OWN.format(endpoint=service.endpoint))
    monkeypatch.setenv("MY_SERVICE_KEY", KEY)
    return home


def test_a_missing_key_is_said_by_the_name_of_its_variable(own: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_SERVICE_KEY")
    with pytest.raises(MissingKey, match="MY_SERVICE_KEY"):
        open_generator("mine", own.folder)


def test_a_key_goes_unencrypted_to_no_other_machine(own: Home) -> None:
    (own.folder / "catalogue.toml").write_text(OWN.format(endpoint="http://127.0.0.1.example.com/v1"))
    with pytest.raises(MissingKey, match="https://"):
        open_generator("mine", own.folder)


def test_an_own_service_generates_through_the_worker_refusals_on_record_and_the_key_nowhere(
    own: Home, service: SimpleNamespace
) -> None:
    def answer(number: int, body: dict) -> tuple[int, Any]:
        return chat(content="No.") if body["messages"][0]["content"].endswith("b.") else image()

    service.answer = answer
    wants = GenerateWants("mine", "prompts", per_original=2, singles=2, prompts=("a", "b"))
    run = start_run(own, "service", Wants(wants))
    Worker(own).run()
    seen = progress(own, run)
    assert (seen.state, seen.done, seen.failed) == ("done", 2, 2)
    reasons = {row["reason"] for row in failures(own.database.reader(), run)}
    assert reasons == {"the service answered in words alone: No."}
    provenance = json.loads(own.database.reader().execute("SELECT provenance FROM image LIMIT 1").fetchone()[0])
    assert provenance["made"]["cost"] == 0.039
    assert not [path for path in own.folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
