"""The pairs that a run asks for: which original, which effects, in which words, from which seed.

The list follows from the wants and the store alone. A photograph that is added later comes last, so it changes
nothing of what was asked before; and a key names each request, so that what is made is recognised.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from engine.generators import generators
from engine.generators.base import Ask, Generator
from engine.plan.edited import edited
from engine.plan.replay import Written, replayed
from engine.plan.wants import COLLECTION, EDITED, PROMPTS, GenerateWants, settings_of
from engine.plan.words import Words, WriterKey, words_of, writer_key
from engine.prompts import STRENGTHS, WRITER_VERSION, draw_asks, emotions, write_wide_prompt
from engine.prompts.base import Writing
from engine.prompts.chance import shuffled
from engine.prompts.writers import TEMPLATE
from engine.taxonomy import DIMENSIONS, EFFECTS, effects_of

Renders = Mapping[str, Sequence[float]]
"""Effect -> the strengths that a generator declares for it."""
Settings = tuple[tuple[str, Any], ...]

BY_RULE = Words(writer=f"rules-{WRITER_VERSION}")
"""How the template's words were made."""
FEWEST_EFFECTS, MOST_EFFECTS = 2, 4


class Original(NamedTuple):
    """An image to start from: a photograph or artwork, or the I_o of pairs that are there.

    For a generator that works from text only the caption counts: image 0 with an empty digest.

    Args:
        rank: its place among those selected, captioned or not.
        written: the wide prompts to ask for; empty to draw them.
    """

    image_id: int
    sha256: str
    suffix: str
    caption: str
    rank: int
    written: tuple[Written, ...] = ()


def originals(connection: sqlite3.Connection, selection: str | Sequence[int]) -> list[Original]:
    """The captioned photographs and artworks of a selection (see `GenerateWants`), in the order they were added."""
    conditions, parameters = "1", {"selection": selection}
    if not isinstance(selection, str):
        conditions = "f.image_id IN (SELECT value FROM json_each(:selection))"
        parameters["selection"] = json.dumps(list(selection))
    elif selection == "conventional":
        conditions = "f.conventional"
    elif selection.startswith(COLLECTION):
        conditions = "f.collection = :selection"
        parameters["selection"] = selection.removeprefix(COLLECTION)
    rows = connection.execute(
        "SELECT f.image_id, i.sha256, b.suffix, p.text FROM photograph f JOIN image i ON i.id = f.image_id "
        f"JOIN blob b USING (sha256) JOIN prompt p ON p.id = f.caption_id WHERE {conditions} ORDER BY f.image_id",
        parameters,
    )
    found = [Original(row[0], row[1], row[2], row[3], rank) for rank, row in enumerate(rows)]
    return [original for original in found if original.caption.strip()]


def starts(connection: sqlite3.Connection, wants: GenerateWants, kind: type[Generator]) -> list[Original]:
    """What a run starts from: images with their captions, or where the generator works from text each caption once."""
    found = chosen(connection, wants)
    if wants.emotions:
        found = [portrait for each in found if (portrait := _portrait(each, wants.emotions, kind.instructed))]
    return found if kind.edits or wants.originals == PROMPTS else _captions(found)


def chosen(connection: sqlite3.Connection, wants: GenerateWants) -> list[Original]:
    """The images that a run names, or the prompts, with what is written for them."""
    if wants.originals == PROMPTS:
        return [Original(0, "", "", text, rank) for rank, text in enumerate(dict.fromkeys(wants.prompts))]
    if wants.originals == EDITED:
        return [request.original for request in edited_pairs(connection, wants.edited)]
    if not wants.source:
        return originals(connection, wants.originals)
    rows = replayed(connection, wants.source, wants.dimensions)
    return [Original(*row[:4], rank, row.written) for rank, row in enumerate(rows)]


def _portrait(original: Original, asked: Sequence[str], instructed: bool) -> Original | None:
    """A happy portrait, to be asked for as another; None where its caption has no place for an emotion."""
    try:
        blank = emotions.template(original.caption)
    except ValueError:
        return None
    written = tuple(
        Written(
            Words(text=emotions.filled(blank, name), writer=emotions.WRITER),
            (Ask(emotions.DIMENSION, name, 1.0),),
            emotions.instruction(name) if instructed else "",
        )
        for name in asked
    )
    return original._replace(caption=emotions.filled(blank, emotions.HAPPY), written=written)


def _captions(found: Sequence[Original]) -> list[Original]:
    """Each caption once, with all that was written for it."""
    first: dict[str, Original] = {}
    for each in found:
        before = first.get(each.caption, each._replace(image_id=0, sha256="", suffix="", written=()))
        written = tuple(dict.fromkeys((*before.written, *each.written)))
        first[each.caption] = before._replace(written=written)
    return list(first.values())


@dataclass(frozen=True)
class PairRequest:
    """One pair to make.

    Args:
        original: where it starts, and P_o, its caption.
        asks: the effects that P_a asks for.
        wide_prompt: P_a; empty where none could be written, or a language model has still to write it.
        seed: of the generator's draws.
        reason: why P_a could not be written, or empty.
        made_with: the generator's settings, by name in order.
        instruction: what the generator is told in place of P_a; empty for P_a itself.
        words_seed: of the draws for the words.
        words: how P_a was written, where it was.
    """

    original: Original
    asks: tuple[Ask, ...]
    wide_prompt: str
    seed: int
    reason: str = ""
    made_with: Settings = ()
    instruction: str = ""
    words_seed: int = 0
    words: Words = BY_RULE

    @property
    def writing(self) -> Writing:
        """What a language model is asked to put into words."""
        return Writing(self.original.caption, self.asks, self.words_seed)

    @property
    def is_unwritten(self) -> bool:
        """Whether it waits for its words."""
        return not self.wide_prompt and not self.reason

    @property
    def settings(self) -> dict[str, Any]:
        """All that changes the pixels beside prompt, seed and input image, as plain values."""
        return _plain(self.asks, dict(self.made_with))

    @property
    def pace_settings(self) -> str:
        """What the duration depends on beside generator and device, as `store.work.note_pace` keeps it."""
        return pace_settings(dict(self.made_with))

    @property
    def start(self) -> tuple[str, int]:
        """What I_o is made from where the generator makes it; pairs with the same share it."""
        return self.original.caption, self.seed

    def key(self, generator: str, version: str) -> str:
        """Names the request: the same for the same pixels asked of the same version, whoever asks."""
        parts = [generator, version, self.original.caption, self.wide_prompt, self.original.sha256, self.seed]
        told = [self.instruction] if self.instruction else []
        text = json.dumps([*parts, self.settings, *told], ensure_ascii=False, sort_keys=True)
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def kept_settings(asks: Sequence[Ask], settings: Mapping[str, Any]) -> str:
    """All that changes the pixels beside prompt, seed and input, as the store keeps it."""
    return json.dumps(_plain(asks, settings), sort_keys=True)


def _plain(asks: Sequence[Ask], settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"asks": [list(ask) for ask in asks], **settings}


def pace_settings(made_with: Mapping[str, Any]) -> str:
    """A generator's settings as one text: other steps or sizes take other times. Empty for none."""
    return json.dumps(dict(made_with), sort_keys=True) if made_with else ""


def wanted_pairs(
    connection: sqlite3.Connection, wants: GenerateWants, home: Path | None, writer: WriterKey | None = None
) -> Iterator[PairRequest]:
    """Every pair that is asked for, from what the store holds now.

    Args:
        writer: the version of the wants' language model whose words count; None for the newest that has worked here.

    Raises:
        UnknownName: no such generator, dimension or scorer.
    """
    if wants.originals == EDITED:
        return iter(edited_pairs(connection, wants.edited))
    kind = generators(home).load(wants.generator)
    found = starts(connection, wants, kind)
    settings = tuple(sorted(settings_of(wants, home).items()))
    requests = pair_requests(wants, found, kind.renders, settings, from_text=not kind.edits)
    if wants.writer == TEMPLATE:
        return requests
    return in_words(requests, words_of(connection, writer or writer_key(connection, wants.writer)))


def edited_pairs(connection: sqlite3.Connection, ids: Sequence[int]) -> list[PairRequest]:
    """The pairs that edits of wide prompts ask for: as the pairs that were edited, but for the words."""
    return [
        PairRequest(
            Original(*each.start, each.caption, rank),
            each.asks,
            each.words.text,
            each.seed,
            made_with=each.settings,
            instruction=each.instruction,
            words=each.words,
        )
        for rank, each in enumerate(edited(connection, ids))
    ]


def in_words(requests: Iterable[PairRequest], words: Mapping[str, Words]) -> Iterator[PairRequest]:
    """The requests, each with its words where they are written."""
    for request in requests:
        found = words.get(request.writing.key) if request.is_unwritten else None
        yield replace(request, wide_prompt=found.text, words=found) if found else request


def pair_requests(
    wants: GenerateWants,
    found: Sequence[Original],
    renders: Renders | None,
    settings: Settings = (),
    from_text: bool = False,
) -> Iterator[PairRequest]:
    """Every pair that is asked for, original by original; where a language model is the writer, without its words.

    Singles go round the dimensions from original to original, and from round to round through the effects and
    strengths of each, so that all are asked for equally often. A dimension that was named and can't be rendered gets
    singles alone: the generator says why it refuses, and no pair with other effects is lost to it.

    Args:
        renders: the generator's effects and strengths; None where it can be asked for anything.
        settings: of the generator.
        from_text: I_o is made too. Then all pairs of an original have one seed, so that I_o, which shares the seed of
            each of its I_a, is made once; what is drawn for the prompts differs from pair to pair all the same.
    """
    draw, singles = _Draw(wants, renders), wants.singles
    for original in found:
        if original.written:
            yield from _rewritten(wants, original, settings)
            continue
        for number in range(wants.per_original):
            seed = _seed(wants.seed, original.sha256 or original.caption, number)
            image_seed = _seed(wants.seed, original.caption) if from_text else seed
            asks: tuple[Ask, ...]
            if number < singles:
                asks = (draw.single(original.rank * singles + number),)
            else:
                asks = draw.several(original.rank * (wants.per_original - singles) + number, seed)
            for asked in _swept(asks, wants):
                request = PairRequest(original, asked, "", image_seed, made_with=settings, words_seed=seed)
                yield _by_rule(request) if wants.writer == TEMPLATE else request


def _by_rule(request: PairRequest) -> PairRequest:
    try:
        return replace(request, wide_prompt=write_wide_prompt(*request.writing))
    except ValueError as error:
        return replace(request, reason=str(error))


def _rewritten(wants: GenerateWants, original: Original, settings: Settings) -> Iterator[PairRequest]:
    """What was written is asked for again. All pairs of an original have one seed, so that all else is kept."""
    seed = _seed(wants.seed, original.sha256 or original.caption)
    start = original._replace(written=())
    for each in original.written[: wants.per_original]:
        yield PairRequest(
            start,
            each.asks,
            each.words.text,
            seed,
            made_with=settings,
            instruction=each.instruction,
            words_seed=each.words_seed,
            words=each.words,
        )


def _swept(asks: tuple[Ask, ...], wants: GenerateWants) -> Iterator[tuple[Ask, ...]]:
    """The asks, or in a sweep the asks at each strength, the weakest first."""
    if not wants.sweep:
        yield asks
        return
    for strength in sorted(wants.strengths or ()):
        yield tuple(ask._replace(strength=strength) for ask in asks)


class _Draw:
    """What can be drawn for these wants, and the draws themselves."""

    def __init__(self, wants: GenerateWants, renders: Renders | None):
        every = dict.fromkeys(EFFECTS, STRENGTHS) if renders is None else renders
        strengths = {name: wants.strengths or every.get(name, STRENGTHS) for name in EFFECTS}
        dimensions = wants.dimensions or [
            name for name in DIMENSIONS if any(EFFECTS[effect].dimension == name for effect in every)
        ]
        self._seed = wants.seed
        self._order = shuffled(dimensions, wants.seed, "singles")
        self._renderable = [name for name in dimensions if any(effect.name in every for effect in effects_of(name))]
        self._rendered = {name: strengths[name] for name in every}
        self._turns = {name: self._turns_of(name, strengths) for name in dimensions}

    def _turns_of(self, dimension: str, strengths: Renders) -> list[Ask]:
        """The asks that a dimension's singles go through: every effect at one strength, then at the next."""
        names = [effect.name for effect in effects_of(dimension)]
        able = [name for name in names if name in self._rendered] or names
        mixed = [shuffled(map(repr, strengths[name]), self._seed, "strength", name) for name in able]
        rounds = max(map(len, mixed))
        return [
            Ask(dimension, name, float(values[turn % len(values)]))
            for turn in range(rounds)
            for name, values in zip(able, mixed, strict=True)
        ]

    def single(self, turn: int) -> Ask:
        """The ask of the `turn`th single."""
        dimension = self._order[turn % len(self._order)]
        turns = self._turns[dimension]
        return turns[turn // len(self._order) % len(turns)]

    def several(self, turn: int, seed: int) -> tuple[Ask, ...]:
        """2 to 4 asks in turn, or as many as go together; one where the generator renders none of what was named."""
        wanted = FEWEST_EFFECTS + turn % (MOST_EFFECTS - FEWEST_EFFECTS + 1)
        for count in range(wanted, 0, -1):
            try:
                return draw_asks(self._renderable, count, seed, self._rendered)
            except ValueError:  # these dimensions have no `count` effects that go together
                continue
        return (self.single(turn),)


def _seed(*parts: object) -> int:
    """A seed of 31 bits, which every generator takes."""
    return int.from_bytes(sha256("\x1f".join(map(str, parts)).encode()).digest()[:4], "big") >> 1
