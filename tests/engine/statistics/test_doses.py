"""Curves over sweeps are what the margins of their pairs say, worked out another way."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.statistics.doses import doses, plotted
from engine.statistics.generators import shown_in
from engine.statistics.intervals import mean_estimate, share_estimate
from tests.raw_store import add, add_images, add_pair, raw_store

SCORER = 3
STRENGTHS = (0.25, 0.5, 1.0)
PAIR = st.fixed_dictionaries(
    {
        "source": st.integers(1, 2),
        "image": st.integers(1, 2),
        "original": st.integers(1, 2),
        "seed": st.integers(0, 1),
        "writer": st.sampled_from(["1", "scribe", "hand"]),
        "words_seed": st.integers(0, 1),
        "asks": st.dictionaries(
            st.sampled_from(["intentional_blur", "tint"]), st.sampled_from(STRENGTHS), min_size=1, max_size=2
        ),
        "margin": st.none() | st.tuples(st.integers(-4, 4), st.booleans()),
        "witnessed": st.none() | st.booleans(),
    }
)


def fill(store, pairs) -> None:
    add_images(store, 3)
    for source in (1, 2):
        add(store, "source", id=source, name=f"source {source}")
    add(store, "scorer", id=SCORER, name="conse")
    add(store, "probe", id=1, name="sharpness", version="1")
    for number, pair in enumerate(pairs):
        pair_id = add_pair(store, pair["source"], pair["original"], 100 + number, pair["seed"], (pair["image"], 3))
        words = (pair["writer"], pair["words_seed"], pair_id)
        store.execute("UPDATE pair SET (writer, words_seed) = (?, ?) WHERE id = ?", words)
        for name, strength in pair["asks"].items():
            add(store, "pair_dimension", pair_id=pair_id, dimension=name, effect=name, strength=strength)
        add(store, "pair_dimension", pair_id=pair_id, dimension="clarity", asked=0, strength=0)
        if pair["margin"] is not None:
            about = {"scorer_id": SCORER, "source_id": pair["source"], "cluster": pair["original"]}
            margin, truncated = pair["margin"]
            add(store, "margin", pair_id=pair_id, margin=margin, truncated=truncated, **about)
        if pair["witnessed"] is not None:
            name = next(iter(pair["asks"]))
            add(store, "witness", pair_id=pair_id, dimension=name, effect=name, witnessed=pair["witnessed"])


def swept(pairs):
    """(pair, strength) of the pairs that belong to a swept set, and how many sets there are."""
    groups = defaultdict(list)
    for pair in pairs:
        if len(set(pair["asks"].values())) == 1 and pair["writer"] != "hand":
            alike = ("source", "image", "original", "seed", "writer", "words_seed")
            key = tuple(pair[name] for name in alike), frozenset(pair["asks"])
            groups[key].append((pair, next(iter(pair["asks"].values()))))
    sets = [members for members in groups.values() if len({strength for _, strength in members}) > 1]
    return [member for members in sets for member in members], len(sets)


def by_cluster(values):
    groups = defaultdict(list)
    for cluster, value in values:
        groups[cluster].append(value)
    return np.array([len(each) for each in groups.values()]), np.array([sum(each) for each in groups.values()])


def approximately(estimate):
    return tuple(
        None if each is None else pytest.approx(each) for each in (estimate.value, estimate.low, estimate.high)
    )


def same(found, expected) -> None:
    assert (found.value, found.low, found.high) == approximately(expected)
    assert found.n == expected.n


@given(pairs=st.lists(PAIR, max_size=16), left_out=st.booleans())
@settings(max_examples=120)
def test_curves_are_the_means_of_swept_pairs_by_strength(pairs, left_out) -> None:
    with raw_store() as store:
        fill(store, pairs)
        found = doses(store, leave_truncated_out=left_out)
    members, sets = swept(pairs)
    assert found.sets == sets
    margins, seen = defaultdict(list), defaultdict(list)
    for pair, strength in members:
        if pair["margin"] is not None and not (left_out and pair["margin"][1]):
            for name in ("", "clarity", *pair["asks"]):
                margins[name, strength].append((pair["original"], pair["margin"][0]))
        if pair["witnessed"] is not None:
            for name in shown_in(next(iter(pair["asks"]))):
                seen[name, strength].append((pair["original"], pair["witnessed"]))
    told = {(name, strength) for (_, name), curve in found.margins.items() for strength in curve}
    assert told == margins.keys()
    assert {(name, strength) for name, curve in found.witnessed.items() for strength in curve} == seen.keys()
    for (name, strength), values in margins.items():
        same(found.margins[SCORER, name][strength], mean_estimate(*by_cluster(values)))
    for (name, strength), values in seen.items():
        same(found.witnessed[name][strength], share_estimate(*by_cluster(values)))
    for curve in (*found.margins.values(), *found.witnessed.values()):
        assert list(curve) == sorted(curve)


@pytest.mark.parametrize(
    ("values", "most", "curve"),
    [
        ([0.0, -0.5, -1.0], None, "█▅▁"),
        ([0.25, 0.5, None, 1.0], 1.0, "▃▅ █"),
        ([0.1, 0.2], 1.0, "▂▂"),
        ([-1.0, 1.0], None, "▁█"),
        ([0.0, 0.0], None, "▁▁"),
        ([], None, ""),
    ],
)
def test_a_curve_is_drawn_in_blocks_between_its_ends_and_zero(values, most, curve) -> None:
    assert plotted(values, most) == curve
