"""Generators behind a service: a chat that answers with an image, or the images endpoint.

What the service will not make, or answers in words alone, is `Refused` and a finding; what it breaks is `Failed`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from engine.generators.base import ANYHOW, Failed, Generator, Manner, Refused, Request, StepCallback
from engine.models.catalogue import entry
from engine.service import Declined, Service, Unusable, facts, spoken
from store import BrokenImage
from store.blobs import read_image

CODE_VERSION = "1"
"""Changes whenever the same request would be put to a service in another way."""


class Remote(Generator):
    """A model of a service.

    Args:
        name: how it is asked for.
        service: the model, and how it is reached.
        images_api: whether the images endpoint is asked; else the chat.
        base: the generator that it was aligned from, if any.
    """

    name = "remote"
    about = "Images from text, by a service that is paid for; it may refuse."
    libraries = ("httpx2",)

    def __init__(self, name: str, service: Service, images_api: bool = False, base: str | None = None):
        self.name, self.base = name, base  # type: ignore[misc]  # one class, many generators
        self._service, self._images_api = service, images_api
        self._facts: Mapping[str, Any] = {}
        self.batch_size = service.at_once

    @classmethod
    def open(cls, name: str, home: Path, device: str | None = None, manner: Manner = ANYHOW) -> Generator:
        """As the base class says. Raises `MissingKey`."""
        known = entry(name, home)
        return cls(name, Service.open(name, known, home), known.service.get("api") == "images", known.base or None)

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
        return f"{self._service.model} code-{CODE_VERSION}"

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
        path = "images/generations" if self._images_api else "chat/completions"
        for told in self._service.answers(path, [self._body(request) for request in requests], on_step):
            if isinstance(told, Unusable):
                self._facts = told.facts
                yield Refused(str(told)) if isinstance(told, Declined) else Failed(str(told))
            else:
                self._facts = facts(told)
                yield self._image(told)

    def _body(self, request: Request) -> dict[str, Any]:
        settings = {"seed": request.seed, **request.settings}
        if self._images_api:
            return {**settings, "prompt": request.prompt, "n": 1, "response_format": "b64_json"}
        message = {"role": "user", "content": request.prompt}
        return {**settings, "messages": [message], "modalities": ["image", "text"]}

    def _image(self, told: Mapping[str, Any]) -> Image.Image | Refused | Failed:
        try:
            found, words, refusal = _images_answer(told) if self._images_api else _chat_answer(told)
        except (KeyError, IndexError, TypeError, AttributeError):
            return Failed(f"the answer has another form: {self._service.hidden(str(told))}")
        if found:
            return _decoded(found)
        if not (refusal or words):
            return Refused("the answer holds no image")
        said = "refused" if refusal else "answered in words alone"
        return Refused(f"the service {said}: {self._service.hidden(refusal or words)}")


def _chat_answer(told: Mapping[str, Any]) -> tuple[str, str, str]:
    """Image (a data URL or base64), words and refusal of a chat's answer; empty for what it lacks."""
    words, refusal = spoken(told)
    message = told["choices"][0]["message"]
    parts = message.get("content")
    pieces = parts if isinstance(parts, list) else []
    urls = [each["image_url"]["url"] for each in (message.get("images") or []) if "image_url" in each]
    urls += [each["image_url"]["url"] for each in pieces if each.get("type") == "image_url"]
    return (urls[0] if urls else ""), words, refusal


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
