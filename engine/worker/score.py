"""Scoring cells: each image and each prompt is encoded once for a scorer, and the cells compare the two."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from engine.plan.missing import Cell, Scope, ScorerKey, missing_cells
from engine.scorers.base import Scorer, Text
from engine.worker.batches import Batches, reason_of
from engine.worker.bench import Bench, GaveUp, joined
from engine.worker.models import use_threads
from store import BrokenImage, records
from store.records import NewScore, ScorerFacts

CELLS_AT_ONCE = 64


class NoNumber(Exception):
    """A scorer answered with NaN or infinity, which is never stored."""


class _File(NamedTuple):
    """One image to encode. `origin` is the sha256 of the photograph that it is or was made from, if any."""

    sha256: str
    suffix: str
    origin: str | None


class Scoring:
    """One scorer at work. Loads it, to know its version; it may be dropped and loaded again when memory is short.

    Args:
        precision: that it computes with, if it has a choice.
        batch_size: images or texts given to it at once, until memory runs out; None for as many as it likes.
    """

    def __init__(self, bench: Bench, name: str, precision: str = "fp32", batch_size: int | None = None):
        self._bench, self._name, self._how = bench, name, (precision, batch_size)
        scorer = self._scorer
        facts = ScorerFacts(
            scorer.name, scorer.version, scorer.role, scorer.kind, scorer.reads_prompt, scorer.about
        )  # fmt: skip
        with bench.home.database.write() as session:
            number = records.scorer_id(session, facts)
        self.key = ScorerKey(number, scorer.reads_prompt, f"{scorer.name} {scorer.version}")
        size = scorer.batch_size
        self._images, self._texts, self._cells = Batches(size), Batches(size), Batches(CELLS_AT_ONCE)

    @property
    def _scorer(self) -> Scorer:
        with self._bench.timers.spent("loading"):
            return self._bench.models.scorer(self._name, *self._how)

    def score(self, pairs: Scope, photographs: Scope) -> None:
        """Score what these pairs and photographs lack. Raises `GaveUp`, and `Interrupted` with nothing stored."""
        bench, key = self._bench, self.key
        cells = bench.take(
            "score", key.model, lambda c: missing_cells(c, pairs, photographs, key), lambda cell: cell.item
        )
        if not cells:
            return
        bench.pulse.doing(f"scoring {len(cells)} cells with {self._name}", len(cells))
        scorer = self._scorer
        use_threads(scorer.threads)
        images = self._encode_images(scorer, cells)
        texts = self._encode_texts(scorer, cells)
        results = self._compare(scorer, cells, images, texts)
        scores = [
            NewScore(*cell, value, texts[cell.prompt_id].truncated)
            for cell, value in results.items()
            if isinstance(value, float)
        ]
        failures = [(cell.item, reason_of(error)) for cell, error in results.items() if isinstance(error, Exception)]
        reason = bench.note(key.model, [_fault(result) for result in results.values()])
        if reason and not scores:
            raise GaveUp(reason)
        with bench.home.database.write() as session:
            records.add_scores(session, key.id, scores)
            bench.finish(session, "score", key.model, len(scores), failures)
        if reason:
            raise GaveUp(reason)

    def _encode_images(self, scorer: Scorer, cells: Sequence[Cell]) -> dict[int, Any]:
        """Image id -> features, or the error that stands in their place."""
        files = self._files({cell.image_id for cell in cells})
        keys = {image_id: (self.key.model, file.sha256, file.origin) for image_id, file in files.items()}
        found = {image_id: self._bench.images.get(key) for image_id, key in keys.items()}
        missing = [image_id for image_id, features in found.items() if features is None]
        pixels = self._bench.pixels.of({files[image_id].sha256: files[image_id].suffix for image_id in missing})
        found |= {i: error for i in missing if isinstance(error := pixels[files[i].sha256], BrokenImage)}

        def encode(some: Sequence[int]) -> list[Any]:
            self._bench.pulse.check()
            images: list[Any] = [pixels[files[image_id].sha256] for image_id in some]
            with self._bench.timers.spent("forward passes"):
                return scorer.encode_images(images, [files[image_id].origin for image_id in some])

        readable = [image_id for image_id in missing if found[image_id] is None]
        for image_id, features in self._images.each(encode, readable, self._room(scorer)):
            found[image_id] = self._kept(self._bench.images, keys[image_id], features)
        return found

    def _encode_texts(self, scorer: Scorer, cells: Sequence[Cell]) -> dict[int, Any]:
        """Prompt id -> `Text`, or the error that stands in its place. A prompt-blind scorer is given no words."""
        ids = sorted({cell.prompt_id for cell in cells})
        query = f"SELECT id, text FROM prompt WHERE id IN ({joined(ids)})"
        prompts = dict(self._bench.home.database.reader().execute(query).fetchall())
        keys = {prompt_id: (self.key.model, prompts[prompt_id]) for prompt_id in ids}
        found = {prompt_id: self._bench.texts.get(key) for prompt_id, key in keys.items()}

        def encode(some: Sequence[int]) -> list[Text]:
            self._bench.pulse.check()
            with self._bench.timers.spent("forward passes"):
                return scorer.encode_texts([prompts[prompt_id] for prompt_id in some])

        missing = [each for each in ids if found[each] is None]
        for prompt_id, text in self._texts.each(encode, missing, self._room(scorer)):
            found[prompt_id] = self._kept(self._bench.texts, keys[prompt_id], text)
        return found

    def _room(self, scorer: Scorer) -> Callable[[], bool]:
        """Makes room for a scorer."""
        return partial(self._bench.models.make_room, scorer)

    @staticmethod
    def _kept(features: Any, key: Hashable, value: Any) -> Any:
        """Keep what was encoded, but no error: it belongs to the moment."""
        if not isinstance(value, Exception):
            features.put(key, value)
        return value

    def _compare(
        self, scorer: Scorer, cells: Sequence[Cell], images: Mapping[int, Any], texts: Mapping[int, Any]
    ) -> dict[Cell, float | Exception]:
        """Each cell's value, or the error of its image, its prompt or their comparison."""
        results: dict[Cell, float | Exception] = {}
        for cell in cells:
            for part in (images[cell.image_id], texts[cell.prompt_id]):
                if isinstance(part, Exception):
                    results[cell] = part

        def compare(some: Sequence[Cell]) -> list[float]:
            self._bench.pulse.check()
            with self._bench.timers.spent("forward passes"):
                values = scorer.compare(
                    [images[cell.image_id] for cell in some], [texts[cell.prompt_id] for cell in some]
                )
            return [float(value) for value in values]

        whole = [cell for cell in cells if cell not in results]
        for cell, value in self._cells.each(compare, whole, self._room(scorer)):
            finite = isinstance(value, Exception) or math.isfinite(value)
            results[cell] = value if finite else NoNumber(f"the scorer gave {value}, which is no number")
        return {cell: results[cell] for cell in cells}

    def _files(self, image_ids: set[int]) -> dict[int, _File]:
        rows = self._bench.home.database.reader().execute(
            f"""SELECT i.id, i.sha256, b.suffix, CASE WHEN i.kind IN ('photograph', 'artwork') THEN i.sha256 ELSE
                  (SELECT o.sha256 FROM generation g JOIN image o ON o.id = g.input_image_id WHERE g.image_id = i.id)
                END FROM image i JOIN blob b USING (sha256) WHERE i.id IN ({joined(image_ids)}) ORDER BY i.id"""
        )
        return {row[0]: _File(*row[1:]) for row in rows}


def _fault(result: float | Exception) -> Exception | None:
    """The error that speaks against the scorer: an unreadable image doesn't."""
    return result if isinstance(result, Exception) and not isinstance(result, BrokenImage) else None
