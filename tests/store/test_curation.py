"""Curation: what people decided, for ever, and where each subject stands now."""

from __future__ import annotations

import getpass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store import Home, curation
from store.curation import Action, Subject, add_verdict, decide, rebuild_curation, undo, undo_verdict
from store.curator import default_curator
from store.queries.pairs import pair_detail
from tests.conftest import populate


def rows(session, query):
    return [tuple(row) for row in session.execute(text(query)).all()]


def state(session):
    """All that curation derives: states, tags, and the facts that people may edit."""
    return [
        rows(session, "SELECT * FROM curation ORDER BY 1, 2"),
        rows(session, "SELECT * FROM curation_tag ORDER BY 1, 2, 3"),
        rows(session, "SELECT * FROM photograph ORDER BY 1"),
    ]


@pytest.fixture
def session(small_home):
    with small_home.home.database.write() as opened:
        yield opened


@pytest.fixture
def photograph(small_home):
    """A candidate of which nobody has decided anything."""
    return small_home.photographs[3]


def stands(session, image):
    query = f"SELECT status, stars, note, curator FROM curation WHERE subject = 'image' AND subject_id = {image}"
    return rows(session, query)


def test_the_last_decision_of_each_kind_stands(session, photograph):
    for action, value in [
        (Action.ACCEPT, ""),
        (Action.STARS, "2"),
        (Action.REJECT, ""),
        (Action.NOTE, "too clean"),
        (Action.STARS, "5"),
    ]:
        decide(session, "ann", Subject.IMAGE, photograph, action, value)
    assert stands(session, photograph) == [("rejected", 5, "too clean", "ann")]


def test_skipping_decides_nothing_but_is_remembered(session, photograph):
    decide(session, "ann", Subject.IMAGE, photograph, Action.SKIP)
    assert stands(session, photograph) == [("candidate", 0, "", "ann")]


def test_tags_are_added_and_denied_one_dimension_at_a_time(session, photograph):
    for action, dimension in [(Action.TAG, "clarity"), (Action.TAG, "emotion"), (Action.UNTAG, "clarity")]:
        decide(session, "ann", Subject.IMAGE, photograph, action, dimension)
    assert rows(session, "SELECT dimension, present FROM curation_tag ORDER BY 1") == [("clarity", 0), ("emotion", 1)]


def test_an_image_and_a_pair_of_the_same_number_are_two_subjects(session, small_home):
    number = small_home.pairs[2]
    decide(session, "ann", Subject.IMAGE, number, Action.TAG, "clarity")
    decide(session, "ann", Subject.PAIR, number, Action.TAG, "emotion")
    decide(session, "ann", Subject.PAIR, number, Action.REJECT)
    assert rows(session, "SELECT subject, dimension FROM curation_tag ORDER BY 1") == [
        ("image", "clarity"),
        ("pair", "emotion"),
    ]
    assert rows(session, f"SELECT status FROM curation WHERE subject_id = {number} ORDER BY subject") == [
        ("curated",),
        ("rejected",),
    ]


@pytest.mark.parametrize(
    ("subject", "action", "value", "reason"),
    [
        (Subject.IMAGE, Action.STARS, "", "stars must be 0 to 5"),
        (Subject.IMAGE, Action.STARS, "6", "stars must be 0 to 5"),
        (Subject.IMAGE, Action.STARS, "12", "stars must be 0 to 5"),
        (Subject.IMAGE, Action.TAG, "", "needs a dimension"),
        (Subject.IMAGE, Action.UNTAG, "", "needs a dimension"),
        (Subject.IMAGE, Action.UNDO, "", r"call undo\(\)"),
        (Subject.PAIR, Action.CAPTION, "a bear", "pair 1 is no photograph"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(session, subject, action, value, reason):
    before = rows(session, "SELECT count(*) FROM decision")
    with pytest.raises(ValueError, match=reason):
        decide(session, "ann", subject, 1, action, value)
    assert rows(session, "SELECT count(*) FROM decision") == before


@pytest.mark.parametrize("subject", Subject)
def test_a_decision_about_what_is_not_there_is_refused(session, subject):
    with pytest.raises(ValueError, match=f"there is no {subject} 999"):
        decide(session, "ann", subject, 999, Action.ACCEPT)


def test_a_made_image_has_no_caption_to_edit(session):
    made = rows(session, "SELECT max(id) FROM image")[0][0]
    with pytest.raises(ValueError, match="no photograph or artwork"):
        decide(session, "ann", Subject.IMAGE, made, Action.TITLE, "mine")


TEXTS = [Action.TITLE, Action.AUTHOR, Action.LICENSE, Action.CAPTION, Action.WIDE_PROMPT]


@pytest.mark.parametrize("action", TEXTS)
def test_an_edited_text_is_changed_and_undone_to_the_letter(session, photograph, action):
    before = state(session)
    for value in ("first [b]", "", "third\x1b[31m"):
        decide(session, "ann", Subject.IMAGE, photograph, action, value)
        assert curation._text_of(session, photograph, action) == value
    for value in ("", "first [b]"):
        undo(session, "ann")
        assert curation._text_of(session, photograph, action) == value
    undo(session, "ann")
    assert state(session) == before


def test_a_text_that_two_people_edited_goes_back_to_the_other_ones(session, photograph):
    decide(session, "ann", Subject.IMAGE, photograph, Action.TITLE, "Ann's")
    decide(session, "bob", Subject.IMAGE, photograph, Action.TITLE, "Bob's")
    undo(session, "ann")
    assert rows(session, f"SELECT title FROM photograph WHERE image_id = {photograph}") == [("Bob's",)]
    undo(session, "bob")
    assert rows(session, f"SELECT title FROM photograph WHERE image_id = {photograph}") == [("Picture 3",)]


def test_undo_takes_back_the_latest_that_stands_and_says_which(session, photograph):
    decide(session, "ann", Subject.IMAGE, photograph, Action.ACCEPT)
    decide(session, "ann", Subject.IMAGE, photograph, Action.STARS, "4")
    undone = undo(session, "ann")
    assert (undone.action, undone.subject_id) == ("stars", photograph)
    assert stands(session, photograph) == [("curated", 0, "", "ann")]
    assert undo(session, "ann").action == "accept"
    assert stands(session, photograph) == []


def test_undo_ends_when_nothing_is_left_and_only_then(session):
    count = rows(session, "SELECT count(*) FROM decision WHERE curator = 'ann'")[0][0]
    assert [undo(session, "ann") is not None for _ in range(count + 2)] == [True] * count + [False] * 2


def test_each_curator_undoes_only_their_own(session, photograph):
    decide(session, "ann", Subject.IMAGE, photograph, Action.STARS, "4")
    decide(session, "bob", Subject.IMAGE, photograph, Action.STARS, "1")
    undo(session, "ann")
    assert stands(session, photograph) == [("candidate", 1, "", "bob")]
    undo(session, "bob")
    assert undo(session, "bob") is None


def test_a_decision_after_an_undo_can_be_undone_in_its_turn(session, photograph):
    decide(session, "ann", Subject.IMAGE, photograph, Action.STARS, "1")
    undo(session, "ann")
    decide(session, "ann", Subject.IMAGE, photograph, Action.STARS, "2")
    undo(session, "ann")
    assert stands(session, photograph) == []


def test_undo_works_after_a_restart(small_home, photograph):
    with small_home.home.database.write() as session:
        before = state(session)
        decide(session, "ann", Subject.IMAGE, photograph, Action.CAPTION, "a new caption")
        decide(session, "ann", Subject.IMAGE, photograph, Action.ACCEPT)
    small_home.home.close()
    with Home(small_home.home.folder) as again:
        with again.database.write() as session:
            undone = [undo(session, "ann"), undo(session, "ann")]
        assert [entry.action for entry in undone] == ["accept", "caption"]
        with again.database.write() as session:
            assert state(session) == before


@pytest.mark.parametrize("statement", ["DELETE FROM decision", "UPDATE decision SET value = 'x'"])
def test_the_log_cannot_be_changed(session, statement):
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text(statement))


def test_a_subject_may_be_decided_of_and_rebuilt_in_one_transaction(session, photograph):
    decide(session, "ann", Subject.IMAGE, photograph, Action.ACCEPT)
    decide(session, "ann", Subject.IMAGE, photograph, Action.TAG, "clarity")
    kept = state(session)
    rebuild_curation(session)
    assert state(session) == kept
    decide(session, "ann", Subject.IMAGE, photograph, Action.REJECT)
    assert stands(session, photograph) == [("rejected", 0, "", "ann")]


VALUES = {
    Action.STARS: st.sampled_from("012345"),
    Action.TAG: st.sampled_from(["clarity", "emotion"]),
    Action.UNTAG: st.sampled_from(["clarity", "emotion"]),
    **{action: st.sampled_from(["", "one", "two", "a bear and a cub"]) for action in (*TEXTS, Action.NOTE)},
}
PAIR_ACTIONS = [action for action in Action if action not in (*TEXTS, Action.UNDO)]


@st.composite
def decisions(draw):
    """(curator, image or pair, which of two, action, value)."""
    subject = draw(st.sampled_from(Subject))
    action = draw(st.sampled_from(PAIR_ACTIONS + (TEXTS if subject is Subject.IMAGE else [])))
    value = draw(VALUES.get(action, st.just("")))
    return draw(st.sampled_from(["cat", "dan"])), subject, draw(st.integers(0, 1)), action, value


UNDO = st.sampled_from(["cat", "dan"])


@given(steps=st.lists(st.one_of(decisions(), UNDO), max_size=20))
@settings(max_examples=40)
def test_any_work_is_undone_to_where_it_began_and_folds_the_same_from_the_log(shared_home, trial, steps):
    subjects = {Subject.IMAGE: shared_home.photographs, Subject.PAIR: shared_home.pairs}
    with trial(shared_home.home) as session:
        before = state(session)
        for step in steps:
            if isinstance(step, str):
                undo(session, step)
            else:
                curator, subject, which, action, value = step
                decide(session, curator, subject, subjects[subject][which], action, value)
        kept = state(session)
        rebuild_curation(session)
        assert state(session) == kept
        for curator in ("cat", "dan"):
            while undo(session, curator):
                pass
        assert state(session) == before


def test_the_system_user_is_the_curator_by_default(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    assert default_curator() == "ann"


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_system_that_has_no_name_for_its_user_has_an_unknown_curator(monkeypatch, error):
    def nameless():
        raise error

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert default_curator() == "unknown"


def test_verdicts_are_all_kept_with_what_was_seen(session, small_home):
    for judge, choice in [("ann", "wide"), ("ann", "original"), ("bob", "tie"), ("bob", "neither")]:
        add_verdict(session, small_home.pairs[0], judge, choice, "wide-original", "half-cells 60×30")
    assert rows(session, "SELECT judge, choice, order_shown, fidelity FROM verdict ORDER BY id") == [
        ("ann", "wide", "wide-original", "half-cells 60×30"),
        ("ann", "original", "wide-original", "half-cells 60×30"),
        ("bob", "tie", "wide-original", "half-cells 60×30"),
        ("bob", "neither", "wide-original", "half-cells 60×30"),
    ]


def test_a_verdict_is_one_of_four(session, small_home):
    with pytest.raises(ValueError, match="not 'both'"):
        add_verdict(session, small_home.pairs[0], "ann", "both", "wide-original", "pixels")


def test_a_verdict_on_no_pair_is_refused(small_home):
    with pytest.raises(IntegrityError), small_home.home.database.write() as session:
        add_verdict(session, 999, "ann", "wide", "wide-original", "pixels")


@pytest.mark.parametrize("statement", ["DELETE FROM verdict", "UPDATE verdict SET choice = 'tie'"])
def test_verdicts_cannot_be_changed(session, small_home, statement):
    add_verdict(session, small_home.pairs[0], "ann", "wide", "wide-original", "pixels")
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text(statement))


def judged(session, small_home, *choices, judge="ann"):
    pair = small_home.pairs[0]
    return [add_verdict(session, pair, judge, choice, "wide-original", "pixels") for choice in choices]


def standing(small_home):
    detail = pair_detail(small_home.home.database.reader(), small_home.pairs[0])
    return [(row["judge"], row["choice"]) for row in detail.verdicts]


def test_undo_takes_back_the_latest_verdict_then_the_one_before_without_end(small_home):
    with small_home.home.database.write() as session:
        judged(session, small_home, "wide", "original", "tie")
    for expected in ("tie", "original", "wide"):
        with small_home.home.database.write() as session:
            assert undo_verdict(session, "ann").choice == expected
    assert standing(small_home) == []
    with small_home.home.database.write() as session:
        assert undo_verdict(session, "ann") is None
        judged(session, small_home, "neither")
    assert standing(small_home) == [("ann", "neither")]


def test_a_verdict_that_was_taken_back_stays_in_the_log(session, small_home):
    judged(session, small_home, "wide")
    undo_verdict(session, "ann")
    assert rows(session, "SELECT judge, choice FROM verdict") == [("ann", "wide")]


def test_each_takes_back_only_their_own_verdicts_also_after_a_restart(tmp_path):
    with Home(tmp_path / "again") as home:
        pair = populate(home).pairs[0]
        with home.database.write() as session:
            for judge, choice in [("ann", "wide"), ("bob", "original"), ("ann", "tie")]:
                add_verdict(session, pair, judge, choice, "wide-original", "pixels")
            undo_verdict(session, "ann")
    with Home(tmp_path / "again") as home:
        with home.database.write() as session:
            assert undo_verdict(session, "ann").choice == "wide"
            assert undo_verdict(session, "ann") is None
        assert [row["judge"] for row in pair_detail(home.database.reader(), pair).verdicts] == ["bob"]


@pytest.mark.parametrize("statement", ["DELETE FROM withdrawal", "UPDATE withdrawal SET at = 0"])
def test_an_undo_of_a_verdict_cannot_be_changed(session, small_home, statement):
    judged(session, small_home, "wide")
    undo_verdict(session, "ann")
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text(statement))


@given(steps=st.lists(st.tuples(st.sampled_from(["ann", "bob"]), st.sampled_from(["wide", "original", "undo"]))))
@settings(max_examples=25)
def test_what_stands_is_what_each_gave_and_did_not_take_back(shared_home, trial, steps):
    given_by = {"ann": [], "bob": []}
    with trial(shared_home.home) as session:
        for judge, step in steps:
            if step != "undo":
                add_verdict(session, shared_home.pairs[0], judge, step, "wide-original", "pixels")
                given_by[judge].append(step)
            else:
                taken = undo_verdict(session, judge)
                assert (taken.choice if taken else None) == (given_by[judge].pop() if given_by[judge] else None)
        found = rows(session, "SELECT judge, choice FROM verdict WHERE id NOT IN (SELECT verdict_id FROM withdrawal)")
        assert sorted(found) == sorted((judge, choice) for judge, all_of in given_by.items() for choice in all_of)
