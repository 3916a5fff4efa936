"""What derives from other rows, derived again: margins, the state of curation, and witnesses."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import text
from sqlmodel import Session

from engine.generators.base import Ask
from engine.probes.witnesses import WITNESSES, Testimony, witnessed
from store import Home
from store.curation import rebuild_curation
from store.records import NewWitness, rebuild_margins, set_witnesses

PAIRS_AT_ONCE = 1000
NEWEST = "SELECT name, max(id) AS newest FROM probe GROUP BY name"
ASKS = """
SELECT pair_id, dimension, effect, strength FROM pair_dimension
WHERE asked AND effect != '' AND pair_id IN (SELECT value FROM json_each(:ids)) ORDER BY pair_id, dimension
"""
MEASURES = """
WITH side(pair_id, side, image_id) AS (
  SELECT id, 'original', original_image_id FROM pair WHERE id IN (SELECT value FROM json_each(:ids)) UNION ALL
  SELECT id, 'wide', wide_image_id FROM pair WHERE id IN (SELECT value FROM json_each(:ids)))
SELECT s.pair_id, s.side, b.name, m.value FROM side s
JOIN measure m ON m.image_id = s.image_id JOIN probe b ON b.id = m.probe_id
WHERE b.id IN (SELECT max(id) FROM probe GROUP BY name)
"""


def rebuild(home: Home) -> None:
    """Derive everything again, in one transaction. What people decided and what was computed stays as it is."""
    with home.database.write() as session:
        rebuild_margins(session)
        rebuild_curation(session)
        every = list(session.execute(text("SELECT id FROM pair ORDER BY id")).scalars())
        for start in range(0, len(every), PAIRS_AT_ONCE):
            derive_witnesses(session, every[start : start + PAIRS_AT_ONCE])


def derive_witnesses(session: Session, pair_ids: Collection[int]) -> None:
    """Say again, from the newest measures, what the declared probes saw of the effects that these pairs ask for."""
    ids = {"ids": json.dumps(list(pair_ids))}
    newest = {row.name: row.newest for row in session.execute(text(NEWEST))}
    asks: dict[int, list[Ask]] = defaultdict(list)
    for pair_id, *ask in session.execute(text(ASKS), ids):
        if ask[1] in WITNESSES:  # an import may ask for what nothing here has declared
            asks[pair_id].append(Ask(*ask))
    values: dict[tuple[int, str], dict[str, float]] = defaultdict(lambda: dict.fromkeys(newest, math.nan))
    for pair_id, side, probe, value in session.execute(text(MEASURES), ids):
        values[pair_id, side][probe] = math.nan if value is None else value
    rows = [
        _row(pair_id, newest[said.probe], said)
        for pair_id, asked in asks.items()
        if (pair_id, "original") in values and (pair_id, "wide") in values
        for said in witnessed(asked, values[pair_id, "original"], values[pair_id, "wide"])
    ]
    set_witnesses(session, pair_ids, rows)


def _row(pair_id: int, probe_id: int, said: Testimony) -> NewWitness:
    ask = said.ask
    return NewWitness(pair_id, ask.dimension, ask.effect, probe_id, said.original, said.wide, said.witnessed)
