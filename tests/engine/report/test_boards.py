"""Boards rank means among means, place single images beside them, and say under which prompts."""

import pytest

from engine.boards import board, boards
from store import curation, records
from store.queries import photographs
from store.tables import Photograph


@pytest.fixture
def scored(small_home):
    """The small home with its photographs scored by conse, best the first: 0.9, 0.6, 0.6, 0.1."""
    with small_home.home.database.write() as session:
        for image, value in zip(small_home.photographs, (0.9, 0.6, 0.6, 0.1), strict=True):
            facts = session.get_one(Photograph, image)
            prompt = facts.wide_prompt_id or facts.caption_id
            records.add_scores(session, small_home.conse, [records.NewScore(image, prompt, value, image == 4)])
    return small_home


def conse_board(scored):
    return board(scored.home.database.reader(), scored.conse)


def test_means_are_ranked_and_carry_intervals_over_their_clusters(scored) -> None:
    means = {row.name: row for row in conse_board(scored).rows if row.percentile is None}
    assert set(means) == {"darkroom", "archive", "sample", "sample, originals"}
    darkroom = means["darkroom"]
    assert (darkroom.kind, darkroom.n, darkroom.score) == ("generator", 4, pytest.approx(0.40625))
    assert darkroom.low < darkroom.score < darkroom.high
    assert (means["archive"].low, means["archive"].high) == (None, None)  # one prompt
    by_score = sorted(means.values(), key=lambda row: -row.score)
    assert [row.rank for row in by_score] == [1, 2, 3, 4]


def test_single_images_take_a_place_among_the_means_and_a_percentile_among_themselves(scored) -> None:
    singles = [row for row in conse_board(scored).rows if row.image_id is not None]
    assert [(row.score, row.percentile) for row in singles] == [(0.9, 87.5), (0.6, 50), (0.6, 50), (0.1, 12.5)]
    assert [row.rank for row in singles] == [1, 3, 3, 5]  # means: 0.75, 0.625, 0.406, 0.35
    assert all((row.low, row.high, row.n) == (None, None, 1) for row in singles)


def test_rows_come_best_first(scored) -> None:
    scores = [row.score for row in conse_board(scored).rows]
    assert scores == sorted(scores, reverse=True)


def test_candidates_and_curated_images_are_told_apart_and_originals_are_neither(scored) -> None:
    status = {row.name: row.status for row in conse_board(scored).rows if row.image_id}
    assert status == {"Picture 0": None, "Picture 1": None, "Picture 2": "curated", "Picture 3": "candidate"}


def test_rejected_images_are_left_out_of_rows_and_means_and_are_counted(scored) -> None:
    with scored.home.database.write() as session:
        curation.decide(session, "ann", curation.Subject.IMAGE, scored.photographs[3], curation.Action.REJECT)
    found = conse_board(scored)
    assert found.rejected == 1
    assert "Picture 3" not in {row.name for row in found.rows}
    assert next(row for row in found.rows if row.name == "sample").score == 0.6


def test_a_collection_mixes_no_captions_with_wide_prompts(scored) -> None:
    notes = {row.name: (row.n, row.note) for row in conse_board(scored).rows if row.kind == "collection"}
    assert notes["sample"] == (2, "1 curated, 1 candidate")
    assert notes["sample, originals"] == (2, "under their captions")


def test_what_was_scored_under_which_prompt_is_told_of_each_image_and_not_of_its_kind(scored) -> None:
    home, (original, _, candidate, _) = scored.home, scored.photographs
    with home.database.write() as session:
        wide = records.prompt_id(session, "a dog in a muddy dusk")
        session.get_one(Photograph, original).wide_prompt_id = wide
        session.get_one(Photograph, candidate).wide_prompt_id = 0
        caption = session.get_one(Photograph, candidate).caption_id
        scores = [records.NewScore(original, wide, 0.9), records.NewScore(candidate, caption, 0.6)]
        records.add_scores(session, scored.conse, scores)
    found = conse_board(scored).rows
    means = {(row.name, row.note, row.n) for row in found if row.kind == "collection"}
    assert means == {
        ("sample, originals", "", 1),
        ("sample, originals", "under their captions", 1),
        ("sample", "0 curated, 1 candidate", 1),
        ("sample", "1 curated, 0 candidates, under their captions", 1),
    }
    notes = {row.image_id: row.note for row in found if row.image_id}
    assert (notes[original], notes[candidate]) == ("conventional original", "under its caption")
    blind = board(home.database.reader(), scored.polish)
    assert not any("caption" in row.note + row.name for row in blind.rows)


def test_every_board_names_its_prompts(scored) -> None:
    reader = scored.home.database.reader()
    assert "P_a" in board(reader, scored.conse).prompt_set
    assert "no prompt" in board(reader, scored.polish).prompt_set
    assert "benchmark" in board(reader, None).prompt_set


def test_the_published_board_stands_without_any_score(home) -> None:
    reader = home.database.reader()
    assert boards(reader) == [("hpsv3", None)]
    found = board(reader, None)
    assert {row.kind for row in found.rows} == {"published"}
    places = {row.name: row.rank for row in found.rows}
    assert places["Kolors"] == 1
    assert places["LAPIS"] == 10  # the mean of the artworks, as the paper places it
    assert places["The Scream, Edvard Munch, 1893"] == places["SD2.0"] == 12  # one work takes no place from a mean
    assert all(row.note for row in found.rows)


def test_local_scores_of_hpsv3_join_the_published_rows(small_home) -> None:
    with small_home.home.database.write() as session:
        facts = records.ScorerFacts("hpsv3", "1", "reward model", "vlm", True)
        scorer = records.scorer_id(session, facts)
        prompt = session.get_one(Photograph, small_home.photographs[2]).wide_prompt_id
        records.add_scores(session, scorer, [records.NewScore(small_home.photographs[2], prompt, 5.5)])
    reader = small_home.home.database.reader()
    assert ("hpsv3", scorer) in boards(reader)
    assert ("hpsv3", None) not in boards(reader)
    found = board(reader, scorer)
    assert {row.kind for row in found.rows} == {"published", "collection", "photograph"}
    assert {row.name: row.rank for row in found.rows}["Picture 2"] == 11
    assert "benchmark" in found.prompt_set
    assert "P_a" in found.prompt_set


def test_an_unknown_scorer_is_said(home) -> None:
    with pytest.raises(KeyError, match="17"):
        board(home.database.reader(), 17)


def test_a_board_shows_every_scored_photograph(scored) -> None:
    stored = photographs.board_photographs(scored.home.database.reader(), scored.conse)
    assert {row["image_id"] for row in stored} == {row.image_id for row in conse_board(scored).rows if row.image_id}
