"""What a run asks for, and what it still lacks: derived from the store each time, never copied into a list.

Reads the store and writes nothing. Imports no model: the terminal asks for progress through it.
"""

from engine.plan.missing import (
    Tally,
    count_cells,
    count_images,
    done_keys,
    incomplete_pairs,
    missing_cells,
    missing_images,
    pair_ids,
    photograph_ids,
)
from engine.plan.requests import Original, PairRequest, originals, pair_requests, starts, wanted_pairs
from engine.plan.wants import GenerateWants, Wants

__all__ = [
    "GenerateWants",
    "Original",
    "PairRequest",
    "Tally",
    "Wants",
    "count_cells",
    "count_images",
    "done_keys",
    "incomplete_pairs",
    "missing_cells",
    "missing_images",
    "originals",
    "pair_ids",
    "pair_requests",
    "photograph_ids",
    "starts",
    "wanted_pairs",
]
