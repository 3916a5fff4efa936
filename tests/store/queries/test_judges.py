"""What judges said, as screens and reports read it."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from store import curation, records
from store.queries import judges, triage
from store.queries.pairs import pair_detail, scorers
from store.records import NewAnswer, NewScore, ScorerFacts


def judge(session, name="judge-pairwise:m", version="1"):
    return records.scorer_id(session, ScorerFacts(name, version, "judge", "judge", True))


def says(session, scorer, pair, *choices):
    for choice, order in zip(choices, ("original-wide", "wide-original"), strict=False):
        curation.add_verdict(session, pair, "judge-pairwise:m", choice, order, "pixels", scorer)


def test_two_orders_that_agree_are_a_verdict_two_that_differ_a_tie_and_one_alone_is_none(small_home):
    reader, (a, b, c, d, *_) = small_home.home.database.reader(), small_home.pairs
    with small_home.home.database.write() as session:
        first, second = judge(session), judge(session, version="2")
        says(session, first, a, "wide", "wide")
        says(session, first, b, "original", "original")
        says(session, first, c, "wide", "original")
        says(session, first, d, "wide")
        says(session, second, a, "tie", "wide")
        curation.add_verdict(session, d, "ann", "wide", "wide-original", "pixels")
    found = reader.execute(judges.JUDGED).fetchall()
    assert sorted(tuple(row) for row in found) == [
        (first, a, "wide", 1),
        (first, b, "original", 1),
        (first, c, "tie", 0),
        (second, a, "tie", 0),
    ]
    summed = [row for row in judges.choices(reader) if row["scorer_id"] == first]
    columns = ("n", "agreed", "wide", "original", "ties")
    assert [sum(row[column] for row in summed) for column in columns] == [3, 2, 1, 1, 1]


def test_a_judge_says_a_thing_once_in_each_order_and_people_as_often_as_they_like(small_home):
    pair = small_home.pairs[0]
    with small_home.home.database.write() as session:
        scorer = judge(session)
        says(session, scorer, pair, "wide")
        for _ in range(2):
            curation.add_verdict(session, pair, "ann", "wide", "original-wide", "pixels")
    with pytest.raises(IntegrityError), small_home.home.database.write() as session:
        says(session, scorer, pair, "tie")


def test_a_person_named_as_a_judge_can_take_back_nothing_of_it(small_home):
    with small_home.home.database.write() as session:
        says(session, judge(session), small_home.pairs[0], "wide", "wide")
    with small_home.home.database.write() as session:
        assert curation.undo_verdict(session, "judge-pairwise:m") is None


def test_a_pair_has_what_people_said_apart_from_what_judges_said_and_rated(small_home):
    reader, pair = small_home.home.database.reader(), small_home.pairs[0]
    original, wide, prompt = reader.execute(
        "SELECT original_image_id, wide_image_id, wide_prompt_id FROM pair WHERE id = ?", (pair,)
    ).fetchone()
    with small_home.home.database.write() as session:
        says(session, judge(session), pair, "wide", "tie")
        rater = judge(session, "judge-effects:m")
        rated = {"clarity": 2.0, judges.REQUESTED_EFFECTS: 80.0, judges.MAIN_CONCEPTS: 70.0}
        records.add_scores(session, rater, [NewScore(wide, prompt, v, dimension=n) for n, v in rated.items()])
        records.add_scores(session, rater, [NewScore(original, prompt, 5.0, dimension=judges.REQUESTED_EFFECTS)])
        curation.add_verdict(session, pair, "ann", "neither", "wide-original", "pixels")
    detail = pair_detail(reader, pair)
    assert [row["judge"] for row in detail.verdicts] == ["ann"]
    assert [(row["order_shown"], row["choice"]) for row in detail.judged] == [
        ("original-wide", "wide"),
        ("wide-original", "tie"),
    ]
    assert [(row["judge"], row["dimension"], row["original"], row["wide"]) for row in detail.ratings] == [
        ("judge-effects:m", "main_concepts", None, 70),
        ("judge-effects:m", "requested_effects", 5, 80),
        ("judge-effects:m", "clarity", None, 2),
    ]
    assert {row["name"] for row in scorers(reader)} == {"conse", "polish"}
    assert len(detail.margins) == 2
    assert not [order for order in triage.orders(reader, "image") if order.name.startswith("judge")]
    assert not [order for order in triage.orders(reader, "pair") if order.name.startswith("judge")]


def test_an_answer_is_found_word_for_word_where_it_could_be_used(small_home):
    reader, pair = small_home.home.database.reader(), small_home.pairs[0]
    wide, prompt = reader.execute("SELECT wide_image_id, wide_prompt_id FROM pair WHERE id = ?", (pair,)).fetchone()
    with small_home.home.database.write() as session:
        chooses, rates = judge(session), judge(session, "judge-effects:m")
        says(session, chooses, pair, "wide")
        records.add_answer(session, 1, chooses, NewAnswer(f"{pair}/original-wide", False, "well"))
        records.add_answer(session, 1, chooses, NewAnswer(f"{pair}/original-wide", True, "because"))
        records.add_answer(session, 1, rates, NewAnswer(f"{wide}/{prompt}", True, "eighty"))
    assert [tuple(row) for row in judges.answers(reader, pair)] == [
        ("judge-effects:m", "wide", "eighty"),
        ("judge-pairwise:m", "original-wide", "because"),
    ]
    assert judges.answers(reader, small_home.pairs[1]) == []


def test_costs_are_summed_and_unknown_ones_are_not_called_nothing(small_home):
    with small_home.home.database.write() as session:
        scorer, other = judge(session), judge(session, "judge-effects:m")
        records.add_answer(session, 1, scorer, NewAnswer("1/original-wide", True, "{}", 100, 0.5))
        records.add_answer(session, 2, scorer, NewAnswer("1/wide-original", False, "no", None, 0.25, {"id": "x"}))
        records.add_answer(session, 2, other, NewAnswer("1/1", True, "{}"))
    reader = small_home.home.database.reader()
    assert [tuple(row) for row in judges.costs(reader)] == [(scorer, 2, 1, 100, 0.75), (other, 1, 0, None, None)]
    assert tuple(judges.cost_of_run(reader, 2)) == (2, 1, None, 0.25)
    with pytest.raises(IntegrityError, match="append-only"), small_home.home.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM answer")


def test_a_judge_that_did_give_cells_is_listed_among_scorers(small_home):
    reader = small_home.home.database.reader()
    images = reader.execute("SELECT original_image_id, wide_image_id, wide_prompt_id FROM pair LIMIT 1").fetchone()
    with small_home.home.database.write() as session:
        scorer = judge(session, "someone's")
        records.add_scores(session, scorer, [NewScore(image, images[2], 0.5) for image in images[:2]])
    assert "someone's" in {row["name"] for row in scorers(reader)}
