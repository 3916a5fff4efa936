"""The questions to judges, made from the store, and where the answers go: verdicts on pairs, or ratings of images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence

from PIL import Image
from sqlmodel import Session

from engine.judges import EFFECTS, PAIRWISE, effects, pairwise
from engine.judges.base import LONGEST_SIDE, Question, shown
from engine.plan.questions import Asked
from engine.worker.bench import Bench, joined
from store import BrokenImage, records
from store.curation import add_verdict
from store.queries.pairs import image_files
from store.records import NewScore

FIDELITY = f"pixels, at most {LONGEST_SIDE} a side"


class Questions(ABC):
    """One kind of question.

    Attributes:
        version: changes whenever the same thing would be asked in another way.
    """

    version: str

    def __init__(self, bench: Bench):
        self._bench = bench

    def in_order(self, some: Sequence[Asked]) -> list[Asked]:
        """In which order they are put."""
        return list(some)

    @abstractmethod
    def put(self, some: Sequence[Asked]) -> dict[Asked, Question | BrokenImage]:
        """Each question in words and images, or the image that can't be read."""

    @abstractmethod
    def keep(self, session: Session, judge: int, name: str, asked: Asked, text: str) -> None:
        """Store what an answer says. Raises `Malformed`, with nothing stored."""

    def _images(self, image_ids: Collection[int]) -> dict[int, Image.Image | BrokenImage]:
        """Image id -> image as judges are shown it, or why it can't be read."""
        files = image_files(self._bench.home.database.reader(), image_ids)
        found = self._bench.pixels.of(dict(files.values()))
        small = {sha256: shown(each) for sha256, each in found.items() if not isinstance(each, BrokenImage)}
        return {image_id: small.get(sha256) or found[sha256] for image_id, (sha256, _) in files.items()}


class Pairwise(Questions):
    """Which image of a pair follows P_a better, in one order."""

    version = pairwise.VERSION

    def in_order(self, some: Sequence[Asked]) -> list[Asked]:
        """Pair by pair, and of each the order first that chance says."""
        ids = joined({asked.of for asked in some})
        keys = dict(self._bench.home.database.reader().execute(f"SELECT id, key FROM pair WHERE id IN ({ids})"))
        return sorted(some, key=lambda asked: (asked.of, asked.under != pairwise.first_order(keys[asked.of])))

    def put(self, some: Sequence[Asked]) -> dict[Asked, Question | BrokenImage]:
        """As the base class says."""
        rows = self._bench.home.database.reader().execute(
            f"""SELECT p.id, t.text, p.original_image_id, p.wide_image_id
                FROM pair p JOIN prompt t ON t.id = p.wide_prompt_id
                WHERE p.id IN ({joined({asked.of for asked in some})})"""
        )
        pairs = {row[0]: tuple(row[1:]) for row in rows}
        images = self._images({image for _, *both in pairs.values() for image in both})
        found: dict[Asked, Question | BrokenImage] = {}
        for asked in some:
            prompt, original, wide = pairs[asked.of]
            in_order = (original, wide) if asked.under == pairwise.ORDERS[0] else (wide, original)
            first, second = (images[image] for image in in_order)
            if isinstance(first, BrokenImage):
                found[asked] = first
            else:
                found[asked] = second if isinstance(second, BrokenImage) else pairwise.question(first, second, prompt)
        return found

    def keep(self, session: Session, judge: int, name: str, asked: Asked, text: str) -> None:
        """A verdict, beside those of people."""
        order = str(asked.under)
        add_verdict(session, asked.of, name, pairwise.read(text, order), order, FIDELITY, judge)


class Effects(Questions):
    """How far one image shows what P_a names and asks for."""

    version = effects.VERSION

    def put(self, some: Sequence[Asked]) -> dict[Asked, Question | BrokenImage]:
        """As the base class says."""
        ids = joined({int(asked.under) for asked in some})
        prompts = dict(self._bench.home.database.reader().execute(f"SELECT id, text FROM prompt WHERE id IN ({ids})"))
        images = self._images({asked.of for asked in some})
        found: dict[Asked, Question | BrokenImage] = {}
        for asked in some:
            image = images[asked.of]
            found[asked] = (
                image
                if isinstance(image, BrokenImage)
                else effects.question(image, prompts[asked.under], self._dimensions(asked))
            )
        return found

    def _dimensions(self, asked: Asked) -> list[str]:
        """What the prompt asks for, in the pairs in which the image stands under it."""
        query = """SELECT DISTINCT d.dimension FROM pair p JOIN pair_dimension d ON d.pair_id = p.id AND d.asked
                   WHERE p.wide_prompt_id = ? AND ? IN (p.original_image_id, p.wide_image_id) ORDER BY d.dimension"""
        rows = self._bench.home.database.reader().execute(query, (asked.under, asked.of))
        return [row[0] for row in rows]

    def keep(self, session: Session, judge: int, name: str, asked: Asked, text: str) -> None:
        """A score for each rating, under its name in the place of a dimension."""
        ratings = effects.read(text, self._dimensions(asked))
        prompt = int(asked.under)
        rows = [NewScore(asked.of, prompt, float(value), False, name) for name, value in ratings.items()]
        records.add_scores(session, judge, rows)


KINDS: dict[str, type[Questions]] = {PAIRWISE: Pairwise, EFFECTS: Effects}
