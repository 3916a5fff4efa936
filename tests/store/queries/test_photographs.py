"""Real images, and what one scorer says of them."""

from __future__ import annotations

import pytest

from store import records
from store.blobs import StoredBlob
from store.curation import Action, Subject, decide
from store.queries.photographs import board_photographs, board_sources, photograph, photographs
from store.records import NewScore, PhotographFacts


def ids(rows):
    return [row["image_id"] for row in rows]


def test_photographs_are_listed_with_facts_curation_and_dimensions(small_home):
    first, *_, last = photographs(small_home.home.database.reader())
    assert (first["title"], first["caption"], first["wide_prompt"]) == ("Picture 0", "a bear and a cub", "")
    assert (first["status"], first["stars"], first["dimensions"], first["conventional"]) == ("candidate", 0, None, 1)
    assert (last["kind"], last["width"], last["height"], last["suffix"]) == ("artwork", 8, 6, ".png")
    assert last["dimensions"] == "exposure_extremes,muted_faded"


def test_photographs_are_found_by_status_collection_and_kind(small_home):
    reader, shown = small_home.home.database.reader(), small_home.photographs
    assert ids(photographs(reader, status="curated")) == [shown[2]]
    assert ids(photographs(reader, status="candidate", conventional=False)) == [shown[3]]
    assert ids(photographs(reader, conventional=True)) == [*shown[:2]]
    assert ids(photographs(reader, collection="sample")) == [*shown]
    assert ids(photographs(reader, collection="")) == []


def test_one_photograph_is_the_same_row_as_in_the_list(small_home):
    reader = small_home.home.database.reader()
    assert tuple(photograph(reader, small_home.photographs[2])) == tuple(photographs(reader)[2])
    assert photograph(reader, 999) is None


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        ("clarity", [0]),
        ("unclarity", [1]),
        ("clarity_lost", [2]),
        ("larity", []),
        ("clarity%", []),
        ("clarityXlost", []),
        ("CLARITY", []),
    ],
)
def test_a_dimension_is_found_by_its_whole_name_and_nothing_like_it(home, dimension, expected):
    names = ("clarity", "unclarity", "clarity_lost")
    with home.database.write() as session:
        added = [
            records.add_photograph(
                session, StoredBlob(name, ".png", 1, 1, 1), "photograph", PhotographFacts(dimensions=(name, "emotion"))
            )[0]
            for name in names
        ]
    assert ids(photographs(home.database.reader(), dimension=dimension)) == [added[place] for place in expected]


def test_people_add_dimensions_to_what_was_proposed_and_deny_them(small_home):
    image = small_home.photographs[3]
    with small_home.home.database.write() as session:
        decide(session, "ann", Subject.IMAGE, image, Action.TAG, "clarity")
        decide(session, "ann", Subject.IMAGE, image, Action.UNTAG, "muted_faded")
        decide(session, "ann", Subject.PAIR, small_home.pairs[3], Action.TAG, "emotion")
    reader = small_home.home.database.reader()
    assert photograph(reader, image)["dimensions"] == "clarity,exposure_extremes"
    assert image not in ids(photographs(reader, dimension="muted_faded"))
    assert ids(photographs(reader, dimension="emotion")) == []


def test_a_board_ranks_photographs_under_their_wide_prompt_or_else_their_caption(small_home):
    shown = small_home.photographs
    with small_home.home.database.write() as session:
        caption = records.prompt_id(session, "a bear and a cub")
        wide = records.prompt_id(session, "barely visible in the dark, faded")
        scores = [
            NewScore(shown[0], caption, 0.25),
            NewScore(shown[2], wide, 0.75, truncated=True),
            NewScore(shown[3], caption, 0.9),  # not its board prompt
            NewScore(shown[3], wide, 0.75),
        ]
        records.add_scores(session, small_home.conse, scores)
    rows = board_photographs(small_home.home.database.reader(), small_home.conse)
    assert [(row["image_id"], row["score"], row["truncated"]) for row in rows] == [
        (shown[2], 0.75, 1),
        (shown[3], 0.75, 0),
        (shown[0], 0.25, 0),
    ]
    assert [row["status"] for row in rows] == ["curated", "candidate", "candidate"]


def test_a_board_of_a_prompt_blind_scorer_ranks_by_its_one_value(small_home):
    with small_home.home.database.write() as session:
        scores = [NewScore(image, 0, number / 4) for number, image in enumerate(small_home.photographs)]
        records.add_scores(session, small_home.polish, scores)
    rows = board_photographs(small_home.home.database.reader(), small_home.polish)
    assert ids(rows) == [*reversed(small_home.photographs)]


def test_sources_are_summed_by_original_prompt(small_home):
    rows = board_sources(small_home.home.database.reader(), small_home.conse)
    found = [(row["name"], row["kind"], row["n"], row["total"]) for row in rows]
    assert sorted(found) == [
        ("archive", "import", 1, 0.625),
        ("darkroom", "generator", 1, 0.375),
        ("darkroom", "generator", 1, 0.5),
        ("darkroom", "generator", 2, 0.75),
    ]
