"""The darkroom: a generator that edits a real photograph so that it shows what the wide prompt asks for.

It downloads nothing and knows nothing of what the photograph shows. What it can't honestly render it refuses.
Importing this package imports no effect and no mathematics beyond numpy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from engine.generators.base import Ask, Generator, Refused, Request, StepCallback
from engine.generators.darkroom.declared import CODE_VERSION, DECLARED, REFUSED
from engine.registry import UnknownName


class Darkroom(Generator):
    """Applies the asked effects in the order in which they happen, from the scene to the file.

    One image is either what was asked for in full, or refused: an effect is never left out in silence.
    """

    name = "darkroom"
    edits = True
    renders = {name: declared.strengths for name, declared in DECLARED.items()}  # noqa: RUF012
    about = (
        "Edits a real photograph: blur, light, colour, film, framing and file damage, each with a strength and a "
        "seed. It doesn't know what the photograph shows, so it refuses grief, decay, surrealism and the like."
    )

    @property
    def version(self) -> str:
        """The version of the effects' code; see `CODE_VERSION`."""
        return f"darkroom-{CODE_VERSION}"

    def generate(
        self, requests: Sequence[Request], on_step: StepCallback | None = None
    ) -> Iterator[Image.Image | Refused]:
        """One RGB image of the input's size, or `Refused`, for each request in order. No asks: a plain copy."""
        for request in requests:
            reason = _refusal(request)
            yield Refused(reason) if reason or request.input_image is None else _develop(request, on_step)


def _refusal(request: Request) -> str | None:
    """Why a request can't be met, or None if it can."""
    if request.input_image is None:
        return "the darkroom edits photographs and was given none"
    for ask in request.asks:
        if ask.effect in REFUSED:
            return f"{ask.effect}: {REFUSED[ask.effect]}"
        if ask.effect not in DECLARED:
            return str(UnknownName("effect", ask.effect, list(DECLARED)))
        if not 0 <= ask.strength <= 1:
            return f"{ask.effect}: strength {ask.strength} is not within 0–1"
    return None


def _develop(request: Request, on_step: StepCallback | None) -> Image.Image:
    assert request.input_image is not None
    image = request.input_image.convert("RGB")
    if not request.asks:
        return image.copy()
    rgb = np.asarray(image, dtype=np.float32) / 255
    asks = in_order(request.asks)
    for step, ask in enumerate(asks, start=1):
        rgb = DECLARED[ask.effect].function(rgb, ask.strength, effect_rng(request.seed, ask.effect))
        if on_step:
            on_step(step, len(asks))
    return Image.fromarray(np.rint(rgb * 255).astype(np.uint8))


def in_order(asks: Sequence[Ask]) -> list[Ask]:
    """The asks in the order in which the darkroom applies them, whatever order they were written in."""
    order = list(DECLARED)
    return sorted(asks, key=lambda ask: order.index(ask.effect))


def effect_rng(seed: int, effect: str) -> np.random.Generator:
    """The random draws of one effect in one image.

    They hang on the seed and the effect's name alone, so that adding another effect to a pair leaves this one as it
    was, on every machine and in every process.
    """
    digest = hashlib.sha256(f"{seed}:{effect}".encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest[:16], "big")))
