"""What pairs that are still to be made will want: images, measures, cells and questions.

An I_o that is there may have been measured, scored and asked about for other pairs, or as a photograph. So what it will
want is named one by one, for the store to say what of it is there; the rest can only be counted.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from engine.judges import EFFECTS, asked_of
from engine.plan.missing import Cell
from engine.plan.requests import PairRequest, kept_settings

Origin: TypeAlias = int | tuple[str, int, str]
"""An I_o: the id of its image, or the prompt, seed and settings that it is to be made from."""


@dataclass(frozen=True)
class Coming:
    """Pairs still to be made, each with its I_o.

    Args:
        prompts: text -> id, of those that are there.
    """

    pairs: Sequence[tuple[Origin, PairRequest]] = ()
    prompts: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def images(self) -> int:
        """How many are to be made: each I_a, and each I_o that isn't there; one I_o serves all pairs that share it."""
        return len(self.pairs) + len({origin for origin, _ in self.pairs if not isinstance(origin, int)})

    @cached_property
    def originals(self) -> set[int]:
        """The I_o that are there."""
        return {origin for origin, _ in self.pairs if isinstance(origin, int)}

    def cells(self, reads_prompt: bool) -> tuple[list[Cell], int]:
        """The cells of images and prompts that are there, and how many others."""
        if not reads_prompt:
            return [Cell(image_id, 0) for image_id in self.originals], self.images
        under = {(origin, text) for origin, pair in self.pairs for text in _prompts(pair)}
        return self._parted(under, 2 * len(self.pairs))

    def questions(self, judge: str) -> tuple[list[Cell], int]:
        """What a judge will be asked of images and prompts that are there, and how often of others."""
        if asked_of(judge) == EFFECTS:
            return self._parted({(origin, _wide(pair)) for origin, pair in self.pairs}, len(self.pairs))
        return [], 2 * len(self.pairs)  # of each pair in both orders

    def _parted(self, under: Collection[tuple[Origin, str]], of_wide: int) -> tuple[list[Cell], int]:
        """I_o under prompts: what is there, and how many others, those of I_a among them."""
        there = [
            Cell(origin, self.prompts[text])
            for origin, text in under
            if isinstance(origin, int) and text in self.prompts
        ]
        return there, of_wide + len(under) - len(there)


def coming(
    connection: sqlite3.Connection, requests: Sequence[PairRequest], generator: str, version: str, edits: bool
) -> Coming:
    """These pairs, with I_o of each as far as it is there.

    Args:
        edits: whether the generator starts from images; another makes I_o too, once for each prompt, seed and settings.
    """
    made = {} if edits else _made(connection, {each.original.caption for each in requests}, generator, version)

    def origin_of(request: PairRequest) -> Origin:
        if edits:
            return request.original.image_id
        key = _key(request)
        return made.get(key, key)

    pairs = [(origin_of(each), each) for each in requests]
    texts = {text for origin, each in pairs if isinstance(origin, int) for text in _prompts(each)}
    query = "SELECT text, id FROM prompt WHERE text IN (SELECT value FROM json_each(?))"
    return Coming(pairs, dict(connection.execute(query, (json.dumps(list(texts)),)).fetchall()))


def _made(
    connection: sqlite3.Connection, captions: Collection[str], generator: str, version: str
) -> dict[tuple[str, int, str], int]:
    """What a generator has made of these prompts alone: prompt, seed and settings -> its image."""
    rows = connection.execute(
        "SELECT p.text, g.seed, g.settings, g.image_id FROM generation g JOIN source s ON s.id = g.source_id "
        "JOIN prompt p ON p.id = g.prompt_id WHERE (s.name, s.version, g.input_image_id) = (?, ?, 0) "
        "AND p.text IN (SELECT value FROM json_each(?))",
        (generator, version, json.dumps(list(captions))),
    )
    return {tuple(row[:3]): row[3] for row in rows}


def _key(request: PairRequest) -> tuple[str, int, str]:
    """What I_o is made from: nothing is asked of it but its prompt."""
    return *request.start, kept_settings((), dict(request.made_with))


def _prompts(request: PairRequest) -> tuple[str, str]:
    return request.original.caption, _wide(request)


def _wide(request: PairRequest) -> str:
    """P_a; where it isn't written, what names it."""
    return request.wide_prompt or request.writing.key
