"""What one scorer says of real images and of the images of each source."""

from __future__ import annotations

from store import records
from store.queries.photographs import board_photographs, board_sources
from store.records import NewScore


def ids(rows):
    return [row["image_id"] for row in rows]


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
