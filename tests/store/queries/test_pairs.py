"""The list of pairs: what a filter selects is what a person would have picked out by hand."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import Home, curation, records
from store.blobs import StoredBlob
from store.queries.pairs import (
    COULD,
    ORDERS,
    PairFilter,
    count_pairs,
    image_files,
    pair_detail,
    pair_ids,
    pair_rows,
    scorers,
    search_expression,
    sources,
)

CAPTIONS = ("a bear and a cub", "a café at night", "two bears", "NEAR the red kite", "an old bearing, rusted")
MOODS = ("barely visible in the dark", "faded, almost gone", "blurred OR shaken", "darkest of nights: café", "不清晰")
DIMENSIONS = ("clarity", "emotion", "intentional_blur", "richness")
STATUSES = ("candidate", "curated", "rejected")


@dataclass(frozen=True)
class Known:
    """A pair as a person knows it: by dimension, whether it was asked for, and whether a probe saw it."""

    id: int
    source: int
    prompts: tuple[str, str]
    dimensions: dict[str, bool]
    margins: dict[int, float]
    witnessed: dict[str, bool]
    status: str


@dataclass(frozen=True)
class Crowd:
    """A home with 60 pairs drawn by lot, and what is known of each."""

    home: Home
    sources: list[int]
    scorers: list[int]
    known: list[Known]


def add_known(session, number, chance, source, scorer_ids, probe):
    prompts = chance.choice(CAPTIONS), f"{chance.choice(MOODS)}, {number % 7}"
    dimensions = {name: chance.random() < 0.5 for name in sorted(chance.sample(DIMENSIONS, chance.randint(0, 3)))}
    images = [
        records.add_image(session, StoredBlob(f"{number:060x}{side}", ".png", 1, 1, 1), f"{number} {side}", "edit", {})
        for side in ("0000", "1111")
    ]
    caption, wide = (records.prompt_id(session, prompt) for prompt in prompts)
    asked = tuple(records.AskedDimension(name, name, 0.5, is_asked) for name, is_asked in dimensions.items())
    new = records.NewPair(f"pair {number}", source, caption, wide, *images, number, "1", asked)
    pair = records.add_pair(session, new)
    margins = {scorer: chance.choice((-0.5, -0.25, 0.0, 0.0, 0.25)) for scorer in scorer_ids if chance.random() < 0.7}
    for scorer, margin in margins.items():
        scores = [records.NewScore(images[0], wide, 0.5), records.NewScore(images[1], wide, 0.5 + margin)]
        records.add_scores(session, scorer, scores)
    witnessed = {name: chance.random() < 0.6 for name in chance.sample(DIMENSIONS, chance.randint(0, 2))}
    seen = [records.NewWitness(pair, name, "effect", probe, 0.0, 1.0, saw) for name, saw in witnessed.items()]
    records.set_witnesses(session, [pair], seen)
    status = chance.choice(STATUSES)
    action = {"curated": curation.Action.ACCEPT, "rejected": curation.Action.REJECT}.get(status)
    if action:
        curation.decide(session, "ann", curation.Subject.PAIR, pair, action)
    return Known(pair, source, prompts, dimensions, margins, witnessed, status)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    chance = random.Random(7)
    with Home(tmp_path_factory.mktemp("crowd") / "home") as home:
        with home.database.write() as session:
            source_ids = [records.source_id(session, name, "1", "generator") for name in ("one", "two")]
            facts = [records.ScorerFacts(name, "1", "control", "dual", True) for name in ("conse", "clip")]
            scorer_ids = [records.scorer_id(session, each) for each in facts]
            probe = records.probe_id(session, "noise", "1")
            known = [
                add_known(session, number, chance, chance.choice(source_ids), scorer_ids, probe) for number in range(60)
            ]
        yield Crowd(home, source_ids, scorer_ids, known)


def words(prompt):
    return [word.replace("é", "e") for word in "".join(c if c.isalnum() else " " for c in prompt).lower().split()]


def finds(text, prompts):
    """Whether a prompt has a beginning of every word of a text; a text without a word finds nothing."""
    return bool(words(text)) and any(
        all(any(word.startswith(wanted) for word in words(prompt)) for wanted in words(text)) for prompt in prompts
    )


def picked(known, wanted):
    """The pairs that a filter means, by hand."""
    by_margin = wanted.order.startswith("margin") and wanted.scorer_id is not None and wanted.verdict != "missing"

    def fits(pair):
        margin = pair.margins.get(wanted.scorer_id)
        verdicts = {"wide": margin is not None and margin > 0, "original": margin is not None and margin < 0}
        verdicts |= {"tie": margin == 0, "missing": margin is None, "scored": margin is not None}
        in_question = wanted.witnessed if isinstance(wanted.witnessed, tuple) else ()
        return (
            (wanted.scorer_id is None or wanted.verdict is None or verdicts[wanted.verdict])
            and (not by_margin or margin is not None)
            and (wanted.dimension is None or wanted.dimension in pair.dimensions)
            and (wanted.source_id is None or wanted.source_id == pair.source)
            and (wanted.witnessed is not True or (bool(pair.witnessed) and all(pair.witnessed.values())))
            and (wanted.witnessed is not False or not all(pair.witnessed.values()))
            and (wanted.witnessed != COULD or bool(pair.witnessed))
            and (not in_question or not pair.witnessed.keys().isdisjoint(in_question))
            and (wanted.status is None or wanted.status == pair.status)
            and (not wanted.text.strip() or finds(wanted.text, pair.prompts))
        )

    def place(pair):
        return (pair.margins[wanted.scorer_id], pair.id) if by_margin else pair.id

    falling = wanted.order == "newest" or (by_margin and wanted.order == "margin, falling")
    return [pair.id for pair in sorted(filter(fits, known), key=place, reverse=falling)]


SEARCHES = [
    "",
    "bear",
    "bear cub",
    "BEARS",
    "cafe",
    "café",
    "cafe\u0301",
    "dark",
    "dark nights",
    "night bear",
    "near",
    "or",
    "不",
    "7",
    "b a",
    " ",
    "🎨 %",
]


@given(data=st.data())
def test_any_combination_of_filters_selects_what_a_person_would_pick_in_the_order_asked_for(crowd, data):
    def maybe(*values):
        return data.draw(st.sampled_from([None, *values]))

    wanted = PairFilter(
        scorer_id=maybe(*crowd.scorers),
        dimension=maybe(*DIMENSIONS),
        source_id=maybe(*crowd.sources),
        verdict=maybe("wide", "original", "tie", "scored", "missing"),
        witnessed=maybe(True, False, COULD, ("clarity",), ("richness", "emotion")),
        status=maybe(*STATUSES),
        text=data.draw(st.sampled_from(SEARCHES)),
        order=data.draw(st.sampled_from(list(ORDERS))),
    )
    reader, expected = crowd.home.database.reader(), picked(crowd.known, wanted)
    assert list(pair_ids(reader, wanted)) == expected
    assert list(pair_ids(reader, wanted, limit=3)) == expected[:3]
    assert count_pairs(reader, wanted) == len(expected)


def test_the_whole_list_is_every_pair_and_none_twice(crowd):
    reader = crowd.home.database.reader()
    for order in ORDERS:
        assert sorted(pair_ids(reader, PairFilter(order=order))) == [pair.id for pair in crowd.known]
    assert count_pairs(reader) == 60


HOSTILE = [
    *('"', '""', '"bear', "'", "bear OR", "NEAR(bear cub)", "bear AND", "NOT", "(", "bear)", "*", "^bear", "text:bear"),
    *("-bear", "bear*", "{text}:", "+", ",", "\\", "%", "_", "__", "\0", "🐻", "\u0301", "\ud800", "²", "bear\nand"),
    *(";DROP TABLE pair", ""),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_taken_for_syntax(crowd, text):
    found = pair_ids(crowd.home.database.reader(), PairFilter(text=text))
    assert list(found) == picked(crowd.known, PairFilter(text=text))


@given(text=st.text(max_size=30))
def test_any_text_can_be_searched_for(crowd, text):
    assert len(pair_ids(crowd.home.database.reader(), PairFilter(text=text))) <= 60


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("", ""),
        ("  \t", ""),
        ("🐻 !", ""),
        ("red kite", '"red"* "kite"*'),
        ("snake_case", '"snake"* "case"*'),
        ("a", '"a"*'),
    ],
)
def test_words_are_looked_for_as_beginnings(text, expression):
    assert search_expression(text) == expression


def test_rows_come_in_the_order_asked_for_and_leave_out_what_is_not_there(crowd):
    ids = [crowd.known[number].id for number in (9, 3, 41)]
    rows = pair_rows(crowd.home.database.reader(), [ids[0], 10**6, *ids[1:]], crowd.scorers[0])
    assert [row["id"] for row in rows] == ids
    for row, known in zip(rows, (crowd.known[number] for number in (9, 3, 41)), strict=True):
        assert (row["original_prompt"], row["wide_prompt"]) == known.prompts
        assert row["margin"] == known.margins.get(crowd.scorers[0])
        assert row["status"] == known.status
        assert (row["witnessed"] or 0, row["could_witness"]) == (sum(known.witnessed.values()), len(known.witnessed))


def test_rows_without_a_scorer_have_no_margins_and_no_rows_are_no_error(crowd):
    reader = crowd.home.database.reader()
    assert {row["margin"] for row in pair_rows(reader, [pair.id for pair in crowd.known], None)} == {None}
    assert pair_rows(reader, [], None) == []


def test_rows_of_more_pairs_than_a_statement_has_parameters_are_read(crowd):
    known = [pair.id for pair in crowd.known]
    ids = list(chain(range(10**6, 10**6 + 120_000), known))
    assert [row["id"] for row in pair_rows(crowd.home.database.reader(), ids, None)] == known
    assert image_files(crowd.home.database.reader(), range(10**6, 10**6 + 120_000)) == {}


def test_a_row_names_only_what_the_pair_asked_for(small_home):
    row = pair_rows(small_home.home.database.reader(), small_home.pairs[:1], small_home.conse)[0]
    assert row["dimensions"] == "intentional_blur"
    assert (row["source"], row["margin"], row["oidp"], row["didp"]) == ("darkroom", 0.25, 0.5, 0.75)


def test_all_that_is_known_of_a_pair(small_home):
    with small_home.home.database.write() as session:
        curation.decide(session, "ann", curation.Subject.PAIR, small_home.pairs[0], curation.Action.TAG, "emotion")
        curation.decide(session, "ann", curation.Subject.PAIR, small_home.pairs[0], curation.Action.STARS, "4")
        curation.add_verdict(session, small_home.pairs[0], "bob", "wide", "original-wide", "pixels")
    detail = pair_detail(small_home.home.database.reader(), small_home.pairs[0])
    assert (detail.source, detail.source_version, detail.seed, detail.writer) == ("darkroom", "1", 0, "1")
    assert detail.original_prompt == "a bear and a cub"
    assert (detail.original.width, detail.original.height, detail.original.kind) == (8, 6, "generated")
    assert json.loads(detail.wide.provenance) == {"seed": 0}
    assert detail.wide.sha256 != detail.original.sha256
    assert (detail.status, detail.stars, detail.note) == ("curated", 4, "")
    assert [(row["dimension"], row["asked"]) for row in detail.dimensions] == [("intentional_blur", 1), ("detail", 0)]
    assert [(row["scorer"], row["role"], row["margin"]) for row in detail.margins] == [
        ("conse", "control", 0.25),
        ("polish", "control", -0.5),
    ]
    assert [(row["probe"], row["witnessed"]) for row in detail.witnesses] == [("sharpness", 1)]
    assert [tuple(row) for row in detail.tags] == [("emotion", 1)]
    assert [(row["judge"], row["choice"]) for row in detail.verdicts] == [("bob", "wide")]


def test_a_pair_without_scores_is_still_a_pair_and_one_that_is_not_there_is_none(small_home):
    reader = small_home.home.database.reader()
    assert pair_detail(reader, small_home.pairs[5]).margins == []
    assert pair_detail(reader, 999) is None


def test_scorers_are_listed_and_sources_with_how_many_pairs_they_have(small_home):
    reader = small_home.home.database.reader()
    assert [(row["name"], row["reads_prompt"]) for row in scorers(reader)] == [("conse", 1), ("polish", 0)]
    assert [(row["name"], row["pairs"]) for row in sources(reader)] == [("darkroom", 4), ("archive", 2)]


def test_the_files_of_images_are_found_by_their_numbers(small_home):
    detail = pair_detail(small_home.home.database.reader(), small_home.pairs[0])
    found = image_files(small_home.home.database.reader(), [detail.wide.image_id, 999])
    assert found == {detail.wide.image_id: (detail.wide.sha256, ".png")}


def test_an_empty_home_has_an_empty_list(home):
    reader = home.database.reader()
    assert list(pair_ids(reader, PairFilter(text="bear", order="margin", scorer_id=1))) == []
    assert count_pairs(reader) == 0
    assert scorers(reader) == sources(reader) == []
