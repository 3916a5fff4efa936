"""Making pairs: requests to a generator, images to files, and each pair with its provenance into the store."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as installed
from typing import Any

from PIL import Image
from sqlmodel import Session

from engine.generators.base import Generator, Refused, Request
from engine.plan.missing import done_keys, failed_items
from engine.plan.requests import PairRequest
from engine.prompts import WRITER_VERSION
from engine.taxonomy import with_related
from engine.worker.batches import Batches, reason_of
from engine.worker.bench import Bench, GaveUp
from store import BrokenImage, records
from store.blobs import StoredBlob, keep_image
from store.records import AskedDimension, NewGeneration, NewPair

LIBRARIES = ("numpy", "pillow", "scipy", "scikit-image")


@dataclass(frozen=True)
class _Kept:
    """One image that a generator made, in its file."""

    prompt: str
    provenance: Mapping[str, Any]
    blob: StoredBlob
    seconds: float


@dataclass(frozen=True)
class _Made:
    """One image that a generator made, on its way to its file."""

    prompt: str
    provenance: Mapping[str, Any]
    image: Image.Image
    blob: Future[StoredBlob]
    seconds: float

    def settled(self, bench: Bench) -> _Kept:
        """Wait for the file; the pixels stay at hand for what comes next."""
        blob = self.blob.result()
        bench.pixels.put(blob.sha256, self.image)
        return _Kept(self.prompt, self.provenance, blob, self.seconds)


def model_of(generator: Generator) -> str:
    """How claims and failures name a generator."""
    return f"{generator.name} {generator.version}"


def generate(bench: Bench, generator: Generator, requests: Sequence[PairRequest], batches: Batches) -> None:
    """Make those of the requested pairs that are missing. Raises `GaveUp`, and `Interrupted` with nothing stored."""
    keys = {request.key(generator.name, generator.version): request for request in requests}
    model = model_of(generator)

    def missing(connection: Any) -> list[str]:
        passed_over = done_keys(connection, keys) | failed_items(connection, "generate", model)
        return [key for key in keys if key not in passed_over]

    taken = bench.take("generate", model, missing, str)
    if not taken:
        return
    bench.pulse.doing(f"making {len(taken)} pairs with {generator.name}", len(taken))
    results = list(batches.each(lambda some: _make(bench, generator, [keys[key] for key in some]), taken))
    made = {key: [made.settled(bench) for made in result] for key, result in results if isinstance(result, list)}
    failures = [(key, reason_of(error)) for key, error in results if isinstance(error, Exception)]
    reason = bench.note(model, [_fault(result) for _, result in results])
    if reason and not made:
        raise GaveUp(reason)
    with bench.home.database.write() as session:
        source = records.source_id(
            session, generator.name, generator.version, "generator", generator.base or "", generator.about
        )
        for key, images in made.items():
            _store(session, source, key, keys[key], images)
        bench.finish(session, "generate", model, len(made), failures)
    if reason:
        raise GaveUp(reason)


def _fault(result: object) -> Exception | None:
    """The error that speaks against the generator: neither a refusal nor an unreadable photograph does."""
    return result if isinstance(result, Exception) and not isinstance(result, Refused | BrokenImage) else None


def _make(bench: Bench, generator: Generator, requests: Sequence[PairRequest]) -> list[list[_Made] | Exception]:
    """The images of each pair that are not there yet, I_o first where the generator makes it; or why there are none."""
    files = {request.original.sha256: request.original.suffix for request in requests}
    inputs: dict[str, Any] = bench.pixels.of(files) if generator.edits else {}
    asked: list[tuple[int, Request]] = []
    results: list[list[_Made] | Exception] = []
    for number, pair in enumerate(requests):
        photograph = inputs.get(pair.original.sha256)
        results.append([])
        if pair.reason or isinstance(photograph, Exception):
            results[-1] = photograph if isinstance(photograph, Exception) else Refused(pair.reason)
            continue
        if not generator.edits:
            asked.append((number, Request(pair.original.caption, pair.seed)))
        asked.append((number, Request(pair.wide_prompt, pair.seed, pair.asks, photograph)))
    images = generator.generate([request for _, request in asked], bench.pulse.on_step)
    for number, request in asked:
        with bench.timers.spent("edits"):
            began = time.perf_counter()
            image = next(images)
            seconds = time.perf_counter() - began
        result = results[number]
        if isinstance(result, list):
            if isinstance(image, Exception):
                results[number] = image
            else:
                result.append(_keep(bench, generator, requests[number], request, image, seconds))
        bench.pulse.check()
    return results


def _keep(
    bench: Bench, generator: Generator, pair: PairRequest, request: Request, image: Image.Image, seconds: float
) -> _Made:
    """Start writing an image to its file, with its provenance in the form that other tools read, and in ours."""
    provenance = {
        "generator": generator.name,
        "version": generator.version,
        "prompt": request.prompt,
        "seed": request.seed,
        "settings": {"asks": [list(ask) for ask in request.asks]},
        "input": pair.original.sha256 if generator.edits else "",
        "libraries": _libraries(),
    }
    text = {
        "parameters": _parameters(request, image, generator),
        "widespectrum": json.dumps(provenance, ensure_ascii=False, sort_keys=True),
    }

    blob = bench.pool.submit(keep_image, bench.home, image, text)
    return _Made(request.prompt, provenance, image, blob, seconds)


def _parameters(request: Request, image: Image.Image, generator: Generator) -> str:
    """The line that AUTOMATIC1111's web UI writes and many tools read: prompt, newline, `Steps: …, Seed: …`."""
    facts = {
        "Steps": max(1, len(request.asks)),
        "Seed": request.seed,
        "Size": f"{image.width}x{image.height}",
        "Model": generator.name,
        "Version": generator.version,
    }
    return f"{request.prompt}\n{', '.join(f'{name}: {value}' for name, value in facts.items())}"


@cache
def _libraries() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: installed(name) for name in LIBRARIES}}


def _store(session: Session, source: int, key: str, request: PairRequest, images: Sequence[_Kept]) -> None:
    """A pair, its images and how they were made. A generator that edits has the photograph itself as I_o."""
    ids = [_store_image(session, source, request, made) for made in images]
    asked = [AskedDimension(ask.dimension, ask.effect, ask.strength) for ask in request.asks]
    names = {ask.dimension for ask in request.asks}
    related = [AskedDimension(name, asked=False) for name in with_related(names) if name not in names]
    pair = NewPair(
        key=key,
        source_id=source,
        original_prompt_id=records.prompt_id(session, request.original.caption),
        wide_prompt_id=records.prompt_id(session, request.wide_prompt),
        original_image_id=ids[0] if len(ids) > 1 else request.original.image_id,
        wide_image_id=ids[-1],
        seed=request.seed,
        writer=f"rules-{WRITER_VERSION}",
        dimensions=(*asked, *related),
    )
    records.add_pair(session, pair)


def _store_image(session: Session, source: int, request: PairRequest, made: _Kept) -> int:
    provenance = {name: value for name, value in made.provenance.items() if name != "libraries"}
    key = hashlib.sha256(json.dumps(provenance, sort_keys=True).encode()).hexdigest()
    settings = json.dumps(made.provenance["settings"], sort_keys=True)
    kind = "edit" if made.provenance["input"] else "generated"
    image_id = records.add_image(session, made.blob, f"{kind}:{key}", kind, made.provenance)
    generation = NewGeneration(
        source_id=source,
        prompt_id=records.prompt_id(session, made.prompt),
        seed=request.seed,
        settings_hash=hashlib.sha256(settings.encode()).hexdigest(),
        settings=settings,
        image_id=image_id,
        seconds=made.seconds,
        input_image_id=request.original.image_id if made.provenance["input"] else records.NO_IMAGE,
    )
    records.add_generation(session, generation)
    return image_id
