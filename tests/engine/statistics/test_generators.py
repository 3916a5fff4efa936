"""Obedience by generator and dimension is what the raw rows say, worked out another way."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engine.statistics.bootstrap import Bootstrap
from engine.statistics.estimate import NOTHING
from engine.statistics.generators import beside_base, generator_grid, judged, rated, shown_in
from engine.statistics.intervals import mean_estimate, share_estimate
from store.queries import obedience
from tests.raw_store import add, add_images, add_pair, raw_store

BASE, ALIGNED, OLD_BASE = 1, 2, 3
JUDGE, RATER = 7, 8
DIMENSIONS = ("intentional_blur", "film_artifacts", "tint")
"""The first two are related to others, the last is of no taxonomy."""
PEOPLE = ("ann", "bob")
CHOICES = st.sampled_from(["wide", "original", "tie", "neither"])
RATING = st.integers(0, 2)

PAIR = st.fixed_dictionaries(
    {
        "source": st.sampled_from([BASE, ALIGNED]),
        "request": st.tuples(st.integers(1, 3), st.integers(11, 12), st.integers(0, 1)),
        "dimensions": st.sets(st.sampled_from(DIMENSIONS), min_size=1),
        "witnessed": st.dictionaries(st.sampled_from(DIMENSIONS), st.booleans()),
        "verdicts": st.lists(st.tuples(st.sampled_from(PEOPLE), CHOICES, st.booleans()), max_size=4),
        "judge": st.none() | st.tuples(CHOICES, st.none() | CHOICES),
        "ratings": st.dictionaries(st.sampled_from(["requested_effects", *DIMENSIONS]), st.tuples(RATING, RATING)),
    }
)  # fmt: skip


def fill(store, pairs) -> None:
    """Write the pairs of a test."""
    add_images(store, 2 * len(pairs) + 1)
    add(store, "source", id=BASE, name="plain")
    add(store, "source", id=ALIGNED, name="pleased", base="plain")
    add(store, "source", id=OLD_BASE, name="plain", version="0")
    add(store, "scorer", id=JUDGE, name="judge-pairwise:seer", role="judge", kind="judge")
    add(store, "scorer", id=RATER, name="judge-effects:seer", role="judge", kind="judge")
    add(store, "probe", id=1, name="sharpness", version="1")
    for number, pair in enumerate(pairs):
        images = (2 * number + 1, 2 * number + 2)
        pair_id = add_pair(store, pair["source"], *pair["request"], images)
        for name in pair["dimensions"]:
            add(store, "pair_dimension", pair_id=pair_id, dimension=name, effect=name)
            if name in pair["witnessed"]:
                add(store, "witness", pair_id=pair_id, dimension=name, effect=name, witnessed=pair["witnessed"][name])
        for judge, choice, taken_back in pair["verdicts"]:
            verdict = add(store, "verdict", pair_id=pair_id, judge=judge, choice=choice)
            if taken_back:
                add(store, "withdrawal", verdict_id=verdict)
        for order, choice in zip(("wide-original", "original-wide"), pair["judge"] or (), strict=False):
            if choice:
                about = {"judge": "judge-pairwise:seer", "choice": choice, "order_shown": order, "scorer_id": JUDGE}
                add(store, "verdict", pair_id=pair_id, **about)
        for name, values in pair["ratings"].items():
            for image, value in zip(images, values, strict=True):
                about = {"image_id": image, "prompt_id": pair["request"][1], "dimension": name}
                add(store, "score", scorer_id=RATER, value=value, **about)


def people_of(pair):
    """What each person says in the end."""
    last = {judge: choice for judge, choice, taken_back in pair["verdicts"] if not taken_back}
    return list(last.values())


def judge_of(pair):
    """What the judge says where it was asked in both orders: what it said twice, or a tie."""
    both = pair["judge"]
    if not both or both[1] is None:
        return []
    return [both[0] if both[0] == both[1] else "tie"]


def observations(pairs, by):
    """(source, dimension, request, observed value) of everything that was said, one by one."""
    for pair in pairs:
        if by == "probes":
            for name in pair["dimensions"] & pair["witnessed"].keys():
                for shown in shown_in(name):
                    yield pair["source"], shown, (*pair["request"], name), float(pair["witnessed"][name])
        elif by == "ratings":
            for name, (original, wide) in pair["ratings"].items():
                yield pair["source"], name, pair["request"], float(wide - original)
        else:
            for choice in people_of(pair) if by == "people" else judge_of(pair):
                for name in ("", *pair["dimensions"]):
                    if choice in ("wide", "original"):
                        yield pair["source"], name, pair["request"], float(choice == "wide")


def by_cluster(values):
    """(n [G], total [G]) of (request, value), whose cluster is the request's P_o."""
    groups = defaultdict(list)
    for request, value in values:
        groups[request[0]].append(value)
    return np.array([len(each) for each in groups.values()]), np.array([sum(each) for each in groups.values()])


def same(found, expected) -> bool:
    about = [None if each is None else pytest.approx(each) for each in (expected.value, expected.low, expected.high)]
    return [found.n, found.value, found.low, found.high] == [expected.n, *about]


@given(pairs=st.lists(PAIR, max_size=14), by=st.sampled_from(["people", "judges"]))
@settings(max_examples=60)
def test_what_people_and_judges_say_is_counted_by_prompt(pairs, by) -> None:
    with raw_store() as store:
        fill(store, pairs)
        found = judged(store, by)
    who, said_of = (0, people_of) if by == "people" else (JUDGE, judge_of)
    told = defaultdict(list)
    for pair in pairs:
        for name in ("", *pair["dimensions"]):
            told[pair["source"], who, name] += [(pair["request"], choice) for choice in said_of(pair)]
    told = {key: said for key, said in told.items() if said}
    assert found.keys() == told.keys()
    for key, said in told.items():
        decided = [(request, choice == "wide") for request, choice in said if choice in ("wide", "original")]
        assert same(found[key].wide, share_estimate(*by_cluster(decided)))
        assert found[key].ties == sum(choice == "tie" for _, choice in said)
        assert found[key].neither == sum(choice == "neither" for _, choice in said)
        judged_pairs = [pair for pair in pairs if pair["source"] == key[0] and (key[2] in ("", *pair["dimensions"]))]
        assert found[key].pairs == sum(bool(said_of(pair)) for pair in judged_pairs)


@given(pairs=st.lists(PAIR, max_size=14))
@settings(max_examples=30)
def test_what_judges_rate_is_how_much_more_the_wide_image_shows(pairs) -> None:
    with raw_store() as store:
        fill(store, pairs)
        found = rated(store)
    names = {(pair["source"], RATER, name) for pair in pairs for name in pair["ratings"]}
    assert found.keys() == names
    for source, who, name in names:
        rows = [
            (pair["request"], pair["ratings"][name])
            for pair in pairs
            if pair["source"] == source and name in pair["ratings"]
        ]
        change = mean_estimate(*by_cluster([(request, wide - original) for request, (original, wide) in rows]))
        after = mean_estimate(*by_cluster([(request, wide) for request, (_, wide) in rows]))
        assert same(found[source, who, name].change, change)
        assert same(found[source, who, name].after, after)


@given(pairs=st.lists(PAIR, max_size=16), by=st.sampled_from(["probes", "people", "judges", "ratings"]))
@settings(max_examples=100)
def test_a_generator_stands_beside_its_base_over_the_requests_that_both_made(pairs, by) -> None:
    with raw_store() as store:
        fill(store, pairs)
        found = beside_base(store, by, ALIGNED, BASE)
    sides = {BASE: defaultdict(lambda: defaultdict(list)), ALIGNED: defaultdict(lambda: defaultdict(list))}
    for source, name, request, value in observations(pairs, by):
        sides[source][name][request].append(value)
    expected = {name: sides[ALIGNED][name].keys() & sides[BASE][name].keys() for name in sides[ALIGNED]}
    expected = {name: requests for name, requests in expected.items() if requests}
    assert {name for _, name in found} == expected.keys()
    for (_, name), beside in found.items():
        values = {
            side: [(request, value) for request in expected[name] for value in sides[side][name][request]]
            for side in sides
        }
        alone = mean_estimate if by == "ratings" else share_estimate
        assert same(beside.own, alone(*by_cluster(values[ALIGNED])))
        assert same(beside.base, alone(*by_cluster(values[BASE])))
        own, base = (np.mean([value for _, value in values[side]]) for side in (ALIGNED, BASE))
        assert beside.difference.value == pytest.approx(own - base)
        assert beside.difference.n == len(expected[name])


def one(source, request, **more):
    return {
        "source": source, "request": request, "dimensions": {"intentional_blur"}, "witnessed": {}, "verdicts": [],
        "judge": None, "ratings": {}, **more,
    }  # fmt: skip


def test_a_difference_is_paired_within_each_prompt() -> None:
    seen = {1: (1, 0), 2: (1, 1), 3: (0, 0), 4: (1, 0), 5: (0, 1)}
    pairs = [
        one(source, (original, 11, 0), witnessed={"intentional_blur": bool(value)})
        for original, values in seen.items()
        for source, value in zip((ALIGNED, BASE), values, strict=True)
    ]
    with raw_store() as store:
        fill(store, pairs)
        found = beside_base(store, "probes", ALIGNED, BASE)[0, "intentional_blur"].difference
    expected = stats.ttest_1samp([1, 0, 0, 1, -1], 0).confidence_interval(0.95)
    assert (found.value, found.n) == (pytest.approx(0.2), 5)
    assert (found.low, found.high) == pytest.approx((expected.low, min(expected.high, 1)))


def test_a_request_of_another_seed_prompt_or_version_of_the_base_is_not_compared() -> None:
    said = {"verdicts": [("ann", "wide", False)]}
    pairs = [
        one(ALIGNED, (1, 11, 0), **said), one(ALIGNED, (2, 11, 0), **said), one(BASE, (1, 11, 1), **said),
        one(BASE, (1, 12, 0), **said), one(OLD_BASE, (1, 11, 0), **said),
    ]  # fmt: skip
    with raw_store() as store:
        fill(store, pairs)
        assert beside_base(store, "people", ALIGNED, BASE) == {}
        assert obedience.bases(store) == {ALIGNED: OLD_BASE}  # the version that made the same
        assert beside_base(store, "people", ALIGNED, OLD_BASE)[0, ""].difference.n == 1


def test_of_two_versions_of_a_base_the_newer_one_is_taken_where_both_made_as_much() -> None:
    with raw_store() as store:
        fill(store, [one(source, (1, 11, 0)) for source in (BASE, ALIGNED, OLD_BASE)])
        assert obedience.bases(store) == {ALIGNED: OLD_BASE}


def test_all_at_once_says_the_same_with_how_much_is_known() -> None:
    pairs = [
        one(
            ALIGNED,
            (1, 11, 0),
            witnessed={"intentional_blur": True},
            verdicts=[("ann", "wide", False), ("bob", "tie", False)],
        ),
        one(ALIGNED, (2, 11, 0), judge=("wide", "wide"), ratings={"requested_effects": (0, 2)}),
        one(BASE, (1, 11, 0), witnessed={"intentional_blur": False}, verdicts=[("ann", "original", False)]),
    ]
    with raw_store() as store:
        fill(store, pairs)
        grid = generator_grid(store)
    assert grid.sources == {BASE: "plain", ALIGNED: "pleased"}
    assert list(grid.witnesses) == ["probes", "people", f"judges{JUDGE}", f"ratings{RATER}"]
    seen = grid.cells[ALIGNED, "probes", "intentional_blur"]
    assert (seen.figure.value, seen.said, seen.asked, seen.coverage) == (1, 1, 2, 0.5)
    assert (seen.beside.difference.value, seen.beside.base.value) == (1, 0)
    people = grid.cells[ALIGNED, "people", ""]
    assert (people.figure.value, people.figure.n, people.ties, people.said, people.asked) == (1, 1, 1, 1, 2)
    assert people.beside.difference.value == 1
    assert grid.cells[ALIGNED, f"ratings{RATER}", "requested_effects"].figure.value == 2
    assert grid.cells[BASE, "people", ""].beside is None


def test_what_no_probe_could_witness_has_a_place_and_no_figure() -> None:
    with raw_store() as store:
        fill(store, [one(BASE, (1, 11, 0))])
        cell = generator_grid(store).cells[BASE, "probes", "intentional_blur"]
    assert (cell.figure, cell.coverage) == (NOTHING, 0)


def test_an_empty_store_has_no_generators() -> None:
    with raw_store() as store:
        grid = generator_grid(store)
    assert (grid.sources, grid.witnesses, grid.cells) == ({}, {}, {})


def test_reports_draw_the_intervals_of_the_same_figures() -> None:
    pairs = [
        one(source, (original, 11, 0), verdicts=[("ann", "wide" if original % (source + 1) else "original", False)])
        for original in range(1, 13)
        for source in (BASE, ALIGNED)
    ]
    with raw_store() as store:
        fill(store, pairs)
        on_screen, in_report = (
            beside_base(store, "people", ALIGNED, BASE, *more)[0, ""] for more in ((), (Bootstrap(),))
        )
    assert in_report.difference.value == on_screen.difference.value
    assert in_report.difference.low != on_screen.difference.low
