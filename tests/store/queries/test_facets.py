"""Facets: the count beside an option is what choosing it leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from store import Home, records
from store.queries import facets
from store.queries.pairs import PairFilter, count_pairs

FILTERS = [
    PairFilter(),
    PairFilter(text="bear"),
    PairFilter(status="candidate", dimension="clarity"),
    PairFilter(verdict="original"),
    PairFilter(witnessed=("intentional_blur", "clarity")),
]


@pytest.mark.parametrize("wanted", FILTERS)
def test_each_count_is_what_choosing_it_leaves(shared_home: Any, wanted: PairFilter) -> None:
    reader = shared_home.home.database.reader()
    wanted = replace(wanted, scorer_id=shared_home.conse)
    counted = {
        "dimension": facets.dimension_counts(reader, wanted),
        "source_id": facets.source_counts(reader, wanted),
        "verdict": facets.verdict_counts(reader, wanted),
        "witnessed": facets.witnessed_counts(reader, wanted, ("clarity", "noise")),
        "status": facets.status_counts(reader, wanted),
    }
    for field, counts in counted.items():
        for value, many in counts.items():
            assert many == count_pairs(reader, replace(wanted, **{field: value}))
    assert sum(counted["status"].values()) == count_pairs(reader, replace(wanted, status=None))


def test_the_list_begins_with_a_reward_model_if_one_has_scored(small_home: Any) -> None:
    home = small_home.home
    assert facets.first_scorer(home.database.reader()) == small_home.conse
    with home.database.write() as session:
        model = records.scorer_id(session, records.ScorerFacts("hps", "1", "reward model", "dual", True))
    assert facets.first_scorer(home.database.reader()) == small_home.conse
    reader = home.database.reader()
    pair = reader.execute("SELECT * FROM pair").fetchone()
    with home.database.write() as session:
        images = (pair["original_image_id"], pair["wide_image_id"])
        records.add_scores(session, model, [records.NewScore(i, pair["wide_prompt_id"], 0.5) for i in images])
    assert facets.first_scorer(home.database.reader()) == model


def test_an_empty_home_has_no_scorer_to_begin_with(home: Home) -> None:
    reader = home.database.reader()
    assert facets.first_scorer(reader) is None
    assert facets.margin_scales(reader) == {}
    assert facets.source_name(reader, 7) == ""


def test_the_scale_of_a_scorer_spans_its_margins(shared_home: Any) -> None:
    scales = facets.margin_scales(shared_home.home.database.reader())
    assert scales == {shared_home.conse: 0.5, shared_home.polish: 0.5}


def test_scorers_are_counted_by_the_pairs_that_they_scored(shared_home: Any) -> None:
    counts = facets.scorer_counts(shared_home.home.database.reader())
    assert counts == {shared_home.conse: 5, shared_home.polish: 5}
