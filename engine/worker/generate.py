"""Making pairs: requests to a generator, images to files, and each pair with its provenance into the store."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version as installed
from typing import Any

from PIL import Image
from sqlmodel import Session

from engine.generators.base import Generator, Refused, Request
from engine.plan.missing import done_keys, failed_items
from engine.plan.requests import PairRequest, kept_settings
from engine.taxonomy import with_related
from engine.worker.batches import Batches, chunks, reason_of
from engine.worker.bench import Bench, GaveUp
from store import BrokenImage, records
from store.blobs import StoredBlob, keep_image
from store.records import AskedDimension, NewGeneration, NewPair

LIBRARIES = ("numpy", "pillow", "scipy", "scikit-image")
BESIDE = ("libraries", "made", "written")
"""Parts of a provenance that are told and don't tell one image from another."""


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


@dataclass(frozen=True)
class _Stored:
    """One image that is in the store already."""

    image_id: int

    def settled(self, _bench: Bench) -> _Stored:
        """It is itself."""
        return self


_Image = _Made | _Stored
_Originals = dict[tuple[str, int], _Image]


def model_of(generator: Generator) -> str:
    """How claims and failures name a generator."""
    return f"{generator.name} {generator.version}"


def generate(bench: Bench, generator: Generator, requests: Sequence[PairRequest], batches: Batches) -> None:
    """Make those of the requested pairs that are missing. Raises `GaveUp`, and `Interrupted` with nothing half stored.

    A generator that says how many pairs it makes at once has them stored by so many, since its images are costly.
    """
    keys = {request.key(generator.name, generator.version): request for request in requests}
    some = generator.batch_size or len(keys)
    generator.on_sketch = bench.sketches.offer
    try:
        if generator.batch_size:
            _prepare(bench, generator, keys)
        for group in chunks(keys.items(), lambda: some):
            _generate(bench, generator, dict(group), batches)
    finally:
        bench.sketches.clear()


def _missing(connection: Any, model: str, keys: Collection[str]) -> list[str]:
    passed_over = done_keys(connection, keys) | failed_items(connection, "generate", model)
    return [key for key in keys if key not in passed_over]


def _prepare(bench: Bench, generator: Generator, keys: Mapping[str, PairRequest]) -> None:
    """Tell the generator of all that is missing, so that it encodes every prompt at once."""
    missing = _missing(bench.home.database.reader(), model_of(generator), list(keys))
    pairs = [keys[key] for key in missing if not keys[key].reason]
    if pairs:
        bench.pulse.doing(f"reading the prompts of {len(pairs)} pairs with {generator.name}", len(pairs))
        wide = [_wide(pair) for pair in pairs]
        generator.prepare(wide if generator.edits else [*map(_original, pairs), *wide], bench.pulse.on_step)


def _generate(bench: Bench, generator: Generator, keys: Mapping[str, PairRequest], batches: Batches) -> None:
    model = model_of(generator)
    taken = bench.take(
        "generate",
        model,
        lambda connection: _missing(connection, model, list(keys)),
        str,
        lambda key: _original_to_make(bench, generator, keys[key]),
    )
    if not taken:
        return
    bench.pulse.doing(f"making {len(taken)} pair{'s' * (len(taken) > 1)} with {generator.name}", len(taken))
    originals: _Originals = {}
    room = partial(bench.models.make_room, generator)
    results = list(
        batches.each(lambda some: _make(bench, generator, [keys[key] for key in some], originals), taken, room)
    )
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
        new = {image.blob.sha256 for images in made.values() for image in images if isinstance(image, _Kept)}
        settings = keys[taken[0]].pace_settings
        bench.finish(session, "generate", model, len(made), failures, made=len(new), settings=settings)
    if reason:
        raise GaveUp(reason)


def _fault(result: object) -> Exception | None:
    """The error that speaks against the generator: neither a refusal nor an unreadable photograph does."""
    return result if isinstance(result, Exception) and not isinstance(result, Refused | BrokenImage) else None


def _original(pair: PairRequest) -> Request:
    return Request(pair.original.caption, pair.seed, settings=dict(pair.made_with))


def _wide(pair: PairRequest, photograph: Image.Image | None = None) -> Request:
    return Request(pair.instruction or pair.wide_prompt, pair.seed, pair.asks, photograph, dict(pair.made_with))


def _make(
    bench: Bench, generator: Generator, pairs: Sequence[PairRequest], originals: _Originals
) -> list[list[_Image] | Exception]:
    """The images of each pair, I_o first where the generator makes it; or why there are none.

    Args:
        originals: the I_o that are there, by prompt and seed; pairs share them, and those made now come to them.
    """
    files = {pair.original.sha256: pair.original.suffix for pair in pairs}
    inputs: dict[str, Any] = bench.pixels.of(files) if generator.edits else {}
    faults: dict[int, Exception] = {}
    asked: list[tuple[PairRequest, Request, int | None]] = []
    for number, pair in enumerate(pairs):
        photograph = inputs.get(pair.original.sha256)
        if pair.reason or isinstance(photograph, Exception):
            faults[number] = photograph if isinstance(photograph, Exception) else Refused(pair.reason)
            continue
        if not generator.edits and pair.start not in originals:
            kept = _kept_original(bench, generator, pair)
            if kept is None and not any(each.start == pair.start and wide is None for each, _, wide in asked):
                asked.append((pair, _original(pair), None))
            elif kept is not None:
                originals[pair.start] = kept
        asked.append((pair, _wide(pair, photograph), number))
    images = generator.generate([request for _, request, _ in asked], bench.pulse.on_step)
    wide: dict[int, _Image] = {}
    lost: dict[Any, Exception] = {}
    for pair, request, place in asked:
        with bench.timers.spent("edits"):
            began = time.perf_counter()
            image = next(images)
            seconds = time.perf_counter() - began
        if isinstance(image, Exception):
            if place is None:
                lost[pair.start] = image
            else:
                faults[place] = image
            continue
        made = _keep(bench, generator, pair, request, image, seconds)
        if place is None:
            originals[pair.start] = made
        else:
            wide[place] = made
        bench.pulse.check()
    return [
        faults.get(number)
        or lost.get(pair.start)
        or ([wide[number]] if generator.edits else [originals[pair.start], wide[number]])
        for number, pair in enumerate(pairs)
    ]


def _kept_original(bench: Bench, generator: Generator, pair: PairRequest) -> _Stored | None:
    """I_o of a pair where an earlier one has it already: the same prompt, seed and settings, by the same version."""
    query = """SELECT g.image_id FROM generation g
               JOIN source s ON s.id = g.source_id JOIN prompt p ON p.id = g.prompt_id
               WHERE (s.name, s.version, p.text, g.input_image_id, g.seed, g.settings_hash) = (?, ?, ?, 0, ?, ?)"""
    of = (generator.name, generator.version, pair.original.caption, pair.seed, _hash(_settings_of(_original(pair))))
    row = bench.home.database.reader().execute(query, of).fetchone()
    return _Stored(row[0]) if row else None


def _original_to_make(bench: Bench, generator: Generator, pair: PairRequest) -> str:
    """The I_o that has to be made before a pair, as claims name it; empty where there is none to make."""
    if generator.edits or pair.reason or _kept_original(bench, generator, pair):
        return ""
    return f"original {_hash(json.dumps([pair.start, pair.made_with]))}"


def _settings_of(request: Request) -> str:
    return kept_settings(request.asks, request.settings)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _keep(
    bench: Bench, generator: Generator, pair: PairRequest, request: Request, image: Image.Image, seconds: float
) -> _Made:
    """Start writing an image to its file, with its provenance in the form that other tools read, and in ours."""
    made = generator.described(request)
    provenance = {
        "generator": generator.name,
        "version": generator.version,
        "prompt": request.prompt,
        "seed": request.seed,
        "settings": json.loads(_settings_of(request)),
        "input": pair.original.sha256 if generator.edits else "",
        "libraries": _libraries(tuple(generator.libraries)),
        **({"made": made} if made else {}),
        **({"written": pair.words.how} if request.asks else {}),
    }
    text = {
        "parameters": _parameters(request, image, generator, made),
        "widespectrum": json.dumps(provenance, ensure_ascii=False, sort_keys=True),
    }
    blob = bench.pool.submit(keep_image, bench.home, image, text)
    return _Made(request.prompt, provenance, image, blob, seconds)


def _parameters(request: Request, image: Image.Image, generator: Generator, made: Mapping[str, Any]) -> str:
    """The line that AUTOMATIC1111's web UI writes and many tools read: prompt, newline, `Steps: …, Seed: …`."""
    facts = {
        "Steps": made.get("steps", max(1, len(request.asks))),
        "Sampler": made.get("sampler"),
        "CFG scale": made.get("guidance"),
        "Denoising strength": made.get("strength"),
        "Seed": request.seed,
        "Size": f"{image.width}x{image.height}",
        "Model": generator.name,
        "Version": generator.version,
    }
    line = ", ".join(f"{name}: {value}" for name, value in facts.items() if value is not None)
    return f"{request.prompt}\n{line}"


@cache
def _libraries(more: tuple[str, ...]) -> dict[str, str]:
    return {"python": platform.python_version(), **{name: installed(name) for name in (*LIBRARIES, *more)}}


def _store(session: Session, source: int, key: str, request: PairRequest, images: Sequence[_Kept | _Stored]) -> None:
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
        writer=request.words.writer,
        dimensions=(*asked, *related),
        written_id=request.words.id,
        words_seed=request.words_seed,
    )
    records.add_pair(session, pair)


def _store_image(session: Session, source: int, request: PairRequest, made: _Kept | _Stored) -> int:
    if isinstance(made, _Stored):
        return made.image_id
    provenance = {name: value for name, value in made.provenance.items() if name not in BESIDE}
    key = hashlib.sha256(json.dumps(provenance, sort_keys=True).encode()).hexdigest()
    settings = json.dumps(made.provenance["settings"], sort_keys=True)
    kind = "edit" if made.provenance["input"] else "generated"
    image_id = records.add_image(session, made.blob, f"{kind}:{key}", kind, made.provenance)
    generation = NewGeneration(
        source_id=source,
        prompt_id=records.prompt_id(session, made.prompt),
        seed=request.seed,
        settings_hash=_hash(settings),
        settings=settings,
        image_id=image_id,
        seconds=made.seconds,
        input_image_id=request.original.image_id if made.provenance["input"] else records.NO_IMAGE,
    )
    records.add_generation(session, generation)
    return image_id
