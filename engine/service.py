"""A model behind a service that speaks as OpenAI's does: requests in, JSON answers out, in order.

What may pass (a full queue, a broken line) is asked again, ever more patiently and never all at once; what will not
is said as it is. The key comes from the environment, goes into one header, and into no message, log or row.
"""

from __future__ import annotations

import json
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import httpx2
from filelock import FileLock

from engine.models.catalogue import Entry
from engine.models.places import folder_name

log = logging.getLogger(__name__)

TRIES = 6
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Answers after which the same request may succeed."""
FATAL = frozenset({401, 402, 403, 404})
"""Answers after which no other request will."""
REFUSING = ("content_policy", "moderation", "safety", "content_filter", "policy_violation", "blocked")
"""Parts of error codes with which services say that they will not."""
LONGEST_WAIT = 60.0
MOST_BYTES = 64 * 2**20
TIMEOUT = httpx2.Timeout(180.0, connect=15.0)
SHOWN = 300

Listener = Callable[[int, int], None]
"""Hears how many of how many answers have come; what it raises ends the asking."""


class MissingKey(RuntimeError):
    """The service can't be asked: its key is not in the environment, or its endpoint isn't private; says what to do."""


class Unusable(RuntimeError):
    """An answer that can't be used says why.

    Attributes:
        facts: what the service said of it (see `facts`).
    """

    def __init__(self, reason: str, known: Mapping[str, Any] | None = None):
        super().__init__(reason)
        self.facts = dict(known or {})


class Declined(Unusable):
    """The service will not do this, by its own choice: a finding, not a fault."""


class Service:
    """One model of one service.

    Args:
        name: what it is called in the log.
        known: its entry in the catalogue: endpoint, the model's name there, `service` with per_minute, which workers
            of a home share, and at_once, which each has.
        home: the home's folder, in which they take turns.
        key: the service's key; empty where it needs none.
        first_wait: seconds before the first repetition; each further one waits about twice as long.
        timeout: of one request.
    """

    def __init__(
        self,
        name: str,
        known: Entry,
        home: Path,
        key: str = "",
        first_wait: float = 1.0,
        timeout: httpx2.Timeout = TIMEOUT,
    ):
        self.name, self.model, self.endpoint = name, known.remote, known.endpoint.rstrip("/")
        self.at_once = max(1, int(known.service.get("at_once", 4)))
        self._key, self._first_wait, self._timeout = key, first_wait, timeout
        self._turns = _Turns(float(known.service.get("per_minute", 0)), home / f".turns-{folder_name(name)}")

    @classmethod
    def open(cls, name: str, known: Entry, home: Path) -> Service:
        """The service of a catalogue entry, with its key from the environment. Raises `MissingKey`."""
        if known.lacking:
            raise MissingKey(f"{name}: {known.lacking}")
        return cls(name, known, home, os.environ.get(known.key, "").strip())

    def answers(
        self, path: str, bodies: Sequence[Mapping[str, Any]], heard: Listener | None = None
    ) -> Iterator[dict[str, Any] | Unusable]:
        """The answer to each body, in order; several are asked for at once. `model` is added to each body.

        A key that the service repeats is in no answer.

        Raises:
            httpx2.HTTPStatusError: the service knows neither key nor model, or wants to be paid.
        """
        gone = threading.Event()
        pool = ThreadPoolExecutor(min(self.at_once, max(1, len(bodies))), thread_name_prefix="service")
        client = httpx2.Client(timeout=self._timeout, follow_redirects=False)
        try:
            waiting = [pool.submit(self._asked, client, path, {"model": self.model, **body}, gone) for body in bodies]
            for number, future in enumerate(waiting):
                yield _awaited(future, heard, number, len(waiting))
                if heard:
                    heard(number + 1, len(waiting))
        finally:
            gone.set()
            client.close()  # whoever still listens for an answer hears that it is over
            pool.shutdown(wait=False, cancel_futures=True)

    def hidden(self, text: str) -> str:
        """A text from outside, on one line and short; a key that a service repeats is not shown."""
        return str(self._without_key(" ".join(text.split())))[:SHOWN]

    def _without_key(self, told: Any) -> Any:
        """What a service said, JSON or text, without the key that it may have repeated in it."""
        match told:
            case str():
                return told.replace(self._key, "•••") if self._key else told
            case list():
                return [self._without_key(each) for each in told]
            case dict():
                return {self._without_key(name): self._without_key(each) for name, each in told.items()}
        return told

    def _asked(
        self, client: httpx2.Client, path: str, body: Mapping[str, Any], gone: threading.Event
    ) -> dict[str, Any] | Unusable:
        """One answer, asked for again as long as what went wrong may pass."""
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        said = ""
        for attempt in range(TRIES):
            self._turns.take(gone)
            if gone.is_set():
                break
            pause = self._first_wait * 2**attempt * random.uniform(0.5, 1.5)
            try:
                response = client.post(f"{self.endpoint}/{path}", json=body, headers=headers)
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
        return Unusable(said or "given up")

    def _read(self, response: httpx2.Response) -> dict[str, Any] | Unusable:
        try:
            told = self._without_key(json.loads(response.content)) if len(response.content) <= MOST_BYTES else None
        except (ValueError, RecursionError):
            told = None
        error = told.get("error") if isinstance(told, dict) else None
        if response.status_code >= 400:
            what = f"the service answered {response.status_code}: {self._told(response)}"
            if error and is_refusal(json.dumps(error)):
                return Declined(f"the service refused: {self._told(response)}")
            if response.status_code in FATAL:
                raise httpx2.HTTPStatusError(what, request=response.request, response=response)
            return Unusable(what)
        if not isinstance(told, dict):
            return Unusable(f"the answer is no JSON object: {self._told(response)}")
        if error:
            kind = Declined if is_refusal(json.dumps(error)) else Unusable
            return kind(f"the service refused: {self.hidden(_words(error))}", facts(told))
        return told

    def _told(self, response: httpx2.Response) -> str:
        """The beginning of an answer, for a message."""
        try:
            text = _words(json.loads(response.content)["error"])
        except (ValueError, KeyError, TypeError, RecursionError):
            text = response.content[: 4 * SHOWN].decode("utf-8", "replace")
        return self.hidden(text) or "nothing"


class _Turns:
    """At most so many requests a minute, evenly spread among all who share the file; 0 for no limit.

    Args:
        file: its time is when the last turn was taken; nothing is in it that could be spoilt.
    """

    def __init__(self, per_minute: float, file: Path):
        self._apart = int(60e9 / per_minute) if per_minute > 0 else 0
        self._file = file

    def take(self, gone: threading.Event) -> None:
        """Wait for a turn, or until nobody wants it any more."""
        while self._apart and (left := self._try()) and not gone.wait(left / 1e9):
            pass

    def _try(self) -> int:
        """Take a turn if it has come, and return 0; else return the nanoseconds until it comes."""
        with FileLock(f"{self._file}.lock"):
            now = time.time_ns()
            last = self._file.stat().st_mtime_ns if self._file.exists() else 0
            if last <= now < last + self._apart:  # a clock that was set back holds nobody up
                return last + self._apart - now
            self._file.touch()
            os.utime(self._file, ns=(now, now))
            return 0


def facts(told: Mapping[str, Any]) -> dict[str, Any]:
    """Id, model, tokens and cost of an answer, as far as the service says."""
    given = told.get("usage")
    usage: Mapping[str, Any] = given if isinstance(given, dict) else {}
    named = {"answer": told.get("id"), "answered_by": told.get("model"), "cost": usage.get("cost")}
    named |= {"tokens": usage.get("total_tokens")}
    return {name: value for name, value in named.items() if isinstance(value, str | int | float)}


def spoken(told: Mapping[str, Any]) -> tuple[str, str]:
    """Words and refusal of a chat's answer; empty for what it lacks.

    Raises:
        KeyError, IndexError, TypeError, AttributeError: the answer has another form.
    """
    choice = told["choices"][0]
    message = choice["message"]
    parts = message.get("content")
    pieces = parts if isinstance(parts, list) else []
    words = parts if isinstance(parts, str) else " ".join(str(each.get("text") or "") for each in pieces)
    stopped = str(choice.get("native_finish_reason") or choice.get("finish_reason") or "")
    refusal = message.get("refusal") or (f"stopped by {stopped}" if is_refusal(stopped) else "")
    return words, str(refusal)


def is_refusal(text: str) -> bool:
    """Whether an error code or a reason for stopping says that the service will not."""
    return any(part in text.lower() for part in REFUSING)


def _awaited(
    future: Future[dict[str, Any] | Unusable], heard: Listener | None, number: int, count: int
) -> dict[str, Any] | Unusable:
    """The answer, with an ear to whether it is still wanted."""
    while not wait([future], timeout=0.1).done:
        if heard:
            heard(number, count)
    return future.result()


def _words(error: Any) -> str:
    return str(error.get("message") or error) if isinstance(error, dict) else str(error)


def _asked_to_wait(response: httpx2.Response) -> float:
    """Seconds, where the answer names them."""
    try:
        return max(0.0, float(response.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0
