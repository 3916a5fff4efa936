"""Generators behind a service that speaks as OpenAI's does: a chat that answers with an image, or the images endpoint.

What the service will not make, or answers in words alone, is `Refused` and a finding; what it breaks is `Failed`.
The key comes from the environment, goes into one header, and into no message, log or row.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import os
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
from PIL import Image

from engine.generators.base import Failed, Generator, Refused, Request, StepCallback
from engine.models.catalogue import Entry, entry
from store import BrokenImage
from store.blobs import read_image

log = logging.getLogger(__name__)

CODE_VERSION = "1"
"""Changes whenever the same request would be put to a service in another way."""
TRIES = 6
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Answers after which the same request may succeed."""
REFUSING = ("content_policy", "moderation", "safety", "content_filter", "policy_violation", "blocked")
"""Parts of error codes with which services say that they will not."""
HERE = ("127.0.0.1", "localhost", "::1")
"""Hosts to which a key may go unencrypted: a service on this machine."""
LONGEST_WAIT = 60.0
MOST_BYTES = 64 * 2**20
TIMEOUT = httpx2.Timeout(180.0, connect=15.0)
SHOWN = 300


class MissingKey(RuntimeError):
    """The service's key is not in the environment; names the variable."""


class _Answer(NamedTuple):
    """What came back for one request."""

    image: Image.Image | Refused | Failed
    facts: Mapping[str, Any]


class Remote(Generator):
    """A model of a service.

    Args:
        name: how it is asked for.
        known: its entry in the catalogue.
        key: the service's key; empty where it needs none.
        first_wait: seconds before the first repetition; each further one waits about twice as long.
        timeout: of one request.
    """

    name = "remote"
    about = "Images from text, by a service that is paid for; it may refuse."
    libraries = ("httpx2",)

    def __init__(
        self, name: str, known: Entry, key: str = "", first_wait: float = 1.0, timeout: httpx2.Timeout = TIMEOUT
    ):
        self.name = name  # type: ignore[misc]  # one class, many generators
        self.base = known.base or None  # type: ignore[misc]
        self._model, self._endpoint, self._key = known.remote, known.endpoint.rstrip("/"), key
        self._images_api = known.service.get("api", "chat") == "images"
        self._first_wait = first_wait
        self._turns = _Turns(float(known.service.get("per_minute", 0)))
        self._at_once = max(1, int(known.service.get("at_once", 4)))
        self._timeout = timeout
        self._facts: Mapping[str, Any] = {}
        self.batch_size = self._at_once

    @classmethod
    def open(cls, name: str, home: Path, device: str | None = None) -> Generator:
        """As the base class says. Raises `MissingKey`."""
        known = entry(name, home)
        there = httpx2.URL(known.endpoint)
        if there.scheme != "https" and there.host not in HERE:
            raise MissingKey(f"{name}: its catalogue entry needs an endpoint that begins with https://")
        key = os.environ.get(known.key, "").strip() if known.key else ""
        if known.key and not key:
            raise MissingKey(f"{name}: set the environment variable {known.key} to the service's key")
        return cls(name, known, key)

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """As the base class says: any plain value is passed on to the service."""
        for setting, value in settings.items():
            if not isinstance(value, str | int | float | bool):
                raise ValueError(f"setting {setting} must be a plain value, not {value!r}")
            if setting in ("model", "messages", "prompt", "stream", "n"):
                raise ValueError(f"{setting} is not a setting: it belongs to the request")

    @property
    def version(self) -> str:
        """The model's name at the service: what stands behind it may change without notice."""
        return f"{self._model} code-{CODE_VERSION}"

    def described(self, request: Request) -> dict[str, Any]:
        """What the service said of the image that came last: its id, tokens and cost."""
        return dict(self._facts)

    def generate(
        self, requests: Sequence[Request], on_step: StepCallback | None = None
    ) -> Iterator[Image.Image | Refused | Failed]:
        """One RGB image, or why there is none, for each request in order; several are asked for at once.

        Raises:
            httpx2.HTTPStatusError: the service knows neither key nor model, or wants to be paid.
        """
        gone = threading.Event()
        pool = ThreadPoolExecutor(min(self._at_once, max(1, len(requests))), thread_name_prefix="service")
        client = httpx2.Client(timeout=self._timeout, follow_redirects=False)
        try:
            waiting = [pool.submit(self._asked, client, request, gone) for request in requests]
            for step, future in enumerate(waiting):
                answer = _heard(future, on_step, step, len(waiting))
                self._facts = answer.facts
                yield answer.image
                if on_step:
                    on_step(step + 1, len(waiting))
        finally:
            gone.set()
            client.close()  # whoever still listens for an answer hears that it is over
            pool.shutdown(wait=False, cancel_futures=True)

    def _asked(self, client: httpx2.Client, request: Request, gone: threading.Event) -> _Answer:
        """One answer, asked for again as long as what went wrong may pass."""
        said = ""
        for attempt in range(TRIES):
            self._turns.take(gone)
            if gone.is_set():
                break
            pause = self._first_wait * 2**attempt * random.uniform(0.5, 1.5)
            try:
                response = self._post(client, request)
            except httpx2.HTTPError as error:
                said = f"{type(error).__name__} after {attempt + 1} tries"
            else:
                if response.status_code not in PASSING:
                    return self._read(response)
                said = f"the service answered {response.status_code} {attempt + 1} times: {self._told(response)}"
                pause = max(pause, _asked_to_wait(response))
            log.info("%s: %s", self.name, said)
            if attempt + 1 < TRIES and gone.wait(min(pause, LONGEST_WAIT)):
                break
        return _Answer(Failed(said or "given up"), {})

    def _post(self, client: httpx2.Client, request: Request) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        settings = {"model": self._model, "seed": request.seed, **request.settings}
        if self._images_api:
            body = {**settings, "prompt": request.prompt, "n": 1, "response_format": "b64_json"}
            return client.post(f"{self._endpoint}/images/generations", json=body, headers=headers)
        message = {"role": "user", "content": request.prompt}
        body = {**settings, "messages": [message], "modalities": ["image", "text"]}
        return client.post(f"{self._endpoint}/chat/completions", json=body, headers=headers)

    def _read(self, response: httpx2.Response) -> _Answer:
        try:
            told = json.loads(response.content) if len(response.content) <= MOST_BYTES else None
        except ValueError:
            told = None
        if response.status_code >= 400:
            if _refuses(told):
                return _Answer(Refused(f"the service refused: {self._told(response)}"), {})
            if response.status_code in (401, 402, 403, 404):
                what = f"the service answered {response.status_code}: {self._told(response)}"
                raise httpx2.HTTPStatusError(what, request=response.request, response=response)
            return _Answer(Failed(f"the service answered {response.status_code}: {self._told(response)}"), {})
        if not isinstance(told, dict):
            return _Answer(Failed(f"the answer is no JSON object: {self._told(response)}"), {})
        if told.get("error"):
            kind = Refused if _refuses(told) else Failed
            return _Answer(kind(f"the service refused: {self._hidden(_words(told['error']))}"), _facts(told))
        try:
            found, words, refusal = _images_answer(told) if self._images_api else _chat_answer(told)
        except (KeyError, IndexError, TypeError, AttributeError):
            return _Answer(Failed(f"the answer has another form: {self._told(response)}"), _facts(told))
        if not found:
            what = refusal or words
            said = f"{'refused' if refusal else 'answered in words alone'}: {self._hidden(what)}" if what else "empty"
            return _Answer(Refused(f"the service {said}" if what else "the answer holds no image"), _facts(told))
        return _Answer(_decoded(found), _facts(told))

    def _told(self, response: httpx2.Response) -> str:
        """The beginning of an answer, for a message."""
        try:
            text = _words(json.loads(response.content)["error"])
        except (ValueError, KeyError, TypeError):
            text = response.content[: 4 * SHOWN].decode("utf-8", "replace")
        return self._hidden(text) or "nothing"

    def _hidden(self, text: str) -> str:
        """A text from outside, on one line and short; a key that a service repeats is not."""
        plain = " ".join(text.split())
        return (plain.replace(self._key, "•••") if self._key else plain)[:SHOWN]


class _Turns:
    """At most so many requests a minute, evenly spread; 0 for no limit."""

    def __init__(self, per_minute: float):
        self._apart = 60 / per_minute if per_minute > 0 else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def take(self, gone: threading.Event) -> None:
        """Wait for a turn, or until nobody wants it any more."""
        with self._lock:
            now = time.monotonic()
            mine, self._next = max(now, self._next), max(now, self._next) + self._apart
        gone.wait(mine - now)


def _heard(future: Future[_Answer], on_step: StepCallback | None, step: int, steps: int) -> _Answer:
    """The answer, with an ear to whether it is still wanted."""
    while not wait([future], timeout=0.1).done:
        if on_step:
            on_step(step, steps)
    return future.result()


def _chat_answer(told: Mapping[str, Any]) -> tuple[str, str, str]:
    """Image (a data URL or base64), words and refusal of a chat's answer; empty for what it lacks."""
    choice = told["choices"][0]
    message = choice["message"]
    parts = message.get("content")
    pieces = parts if isinstance(parts, list) else []
    urls = [each["image_url"]["url"] for each in (message.get("images") or []) if "image_url" in each]
    urls += [each["image_url"]["url"] for each in pieces if each.get("type") == "image_url"]
    words = parts if isinstance(parts, str) else " ".join(str(each.get("text") or "") for each in pieces)
    stopped = str(choice.get("native_finish_reason") or choice.get("finish_reason") or "")
    refusal = message.get("refusal") or (f"stopped by {stopped}" if _is_refusal(stopped) else "")
    return (urls[0] if urls else ""), words, str(refusal)


def _images_answer(told: Mapping[str, Any]) -> tuple[str, str, str]:
    first = told["data"][0]
    return first.get("b64_json") or first.get("url") or "", "", ""


def _decoded(found: str) -> Image.Image | Failed:
    """A data URL or plain base64 as an RGB image. An address elsewhere is not followed."""
    if found.startswith(("http://", "https://")):
        return Failed("the answer holds an address in place of an image, and addresses are not followed")
    try:
        data = base64.b64decode(found.partition(",")[2] if found.startswith("data:") else found, validate=True)
        return read_image(data, "the service's image")[0]
    except (binascii.Error, ValueError, BrokenImage) as error:
        return Failed(f"the image in the answer is broken: {error}")


def _refuses(told: Any) -> bool:
    error = told.get("error") if isinstance(told, dict) else None
    return _is_refusal(json.dumps(error)) if error else False


def _is_refusal(text: str) -> bool:
    return any(part in text.lower() for part in REFUSING)


def _words(error: Any) -> str:
    return str(error.get("message") or error) if isinstance(error, dict) else str(error)


def _facts(told: Mapping[str, Any]) -> dict[str, Any]:
    """Id, model, tokens and cost, as far as the service says."""
    given = told.get("usage")
    usage: Mapping[str, Any] = given if isinstance(given, dict) else {}
    named = {"answer": told.get("id"), "answered_by": told.get("model"), "cost": usage.get("cost")}
    named |= {"tokens": usage.get("total_tokens")}
    return {name: value for name, value in named.items() if isinstance(value, str | int | float)}


def _asked_to_wait(response: httpx2.Response) -> float:
    """Seconds, where the answer names them."""
    try:
        return max(0.0, float(response.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0
