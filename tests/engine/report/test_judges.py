"""A report says how steady judges are and what they cost, and keeps them out of the tables of scorers."""

from __future__ import annotations

import json

from engine.report import report, tables, to_markdown
from store import curation, records
from store.records import NewAnswer, ScorerFacts

JUDGE = "judge-pairwise:m"


def test_judges_have_a_table_of_their_own(small_home):
    with small_home.home.database.write() as session:
        judge = records.scorer_id(session, ScorerFacts(JUDGE, "7", "judge", "judge", True))
        for pair, choices in zip(small_home.pairs, (("wide", "wide"), ("wide", "tie"), ("wide",)), strict=False):
            for choice, order in zip(choices, ("original-wide", "wide-original"), strict=False):
                curation.add_verdict(session, pair, JUDGE, choice, order, "pixels", judge)
                records.add_answer(session, 1, judge, NewAnswer(f"{pair}/{order}", True, "{}", 1000, 0.25))
        records.add_answer(session, 1, judge, NewAnswer("9/original-wide", False, "hm", 1000, 0.25))
    found = report(small_home.home)
    assert JUDGE not in found["scorers"]
    assert JUDGE not in found["boards"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    said = found["judges"][JUDGE]
    assert {name: said[name] for name in ("pairs", "wide", "original", "ties")} == {
        "pairs": 2,
        "wide": 1,
        "original": 0,
        "ties": 1,
    }
    assert (said["answers"], said["unusable"], said["tokens"], said["cost"]) == (6, 1, 6000, 1.5)
    assert (said["alike"]["value"], said["alike"]["n"]) == (0.5, 2)
    (table,) = [each for each in tables(found) if each.columns[0].title == "judge"]
    assert table.rows[0][0] == JUDGE
    assert "6000" in to_markdown(tables(found))


def test_without_judges_there_is_no_such_table(shared_home):
    assert not [each for each in tables(report(shared_home.home)) if each.columns[0].title == "judge"]
