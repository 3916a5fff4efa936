"""Writing: nothing twice, and what is derived is right whatever came first."""

from __future__ import annotations

import json
import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store import records
from store.blobs import StoredBlob
from store.records import AskedDimension, NewMeasure, NewPair, NewScore, NewWitness, PhotographFacts, ScorerFacts
from store.tables import NO_PROMPT


def rows(session, query):
    return [tuple(row) for row in session.execute(text(query)).all()]


def margins(session):
    return rows(session, "SELECT * FROM margin ORDER BY scorer_id, pair_id")


def tallies(session):
    return rows(session, "SELECT * FROM tally ORDER BY scorer_id, dimension, cluster")


def blob(number):
    return StoredBlob(f"{number:064x}", ".png", 10, 4, 3)


@pytest.fixture
def session(home):
    with home.database.write() as opened:
        yield opened


def test_a_text_is_one_prompt_and_no_text_is_prompt_zero(session):
    assert records.prompt_id(session, "a bear") == records.prompt_id(session, "a bear")
    assert records.prompt_id(session, "A bear") != records.prompt_id(session, "a bear")
    assert records.prompt_id(session, "") == NO_PROMPT


@pytest.mark.parametrize("prompt", ["[bold]x[/]", "\x1b[31mred", "a\nb", "'; DROP TABLE pair; --", "🙂", " a", "a "])
def test_a_prompt_is_kept_as_it_is(session, prompt):
    number = records.prompt_id(session, prompt)
    assert rows(session, f"SELECT text FROM prompt WHERE id = {number}") == [(prompt,)]


def test_two_origins_share_a_blob_and_one_origin_is_one_image(session):
    made = records.add_image(session, blob(1), "made 1", "generated", {"seed": 1})
    assert records.add_image(session, blob(1), "made 1", "generated", {"seed": 2}) == made
    assert records.add_image(session, blob(1), "photograph 1", "photograph", {}) != made
    assert rows(session, "SELECT count(*) FROM blob") == [(1,)]
    assert json.loads(rows(session, f"SELECT provenance FROM image WHERE id = {made}")[0][0]) == {"seed": 1}


def test_a_photograph_that_is_there_keeps_its_facts(session):
    facts = PhotographFacts("Bear", "a bear", "a bear in the dark", dimensions=("exposure_extremes", "muted_faded"))
    image, new = records.add_photograph(session, blob(1), "photograph", facts)
    again, still_new = records.add_photograph(session, blob(1), "photograph", PhotographFacts("Other"))
    assert (again, new, still_new) == (image, True, False)
    assert rows(session, "SELECT title, conventional FROM photograph") == [("Bear", 0)]
    assert rows(session, "SELECT dimension FROM photograph_dimension") == [("exposure_extremes",), ("muted_faded",)]


def test_versions_of_a_scorer_are_never_merged(session):
    facts = ScorerFacts("conse", "1", "control", "dual", True)
    one = records.scorer_id(session, facts)
    assert records.scorer_id(session, facts) == one
    others = (
        ScorerFacts("conse", "2", "control", "dual", True),
        ScorerFacts("conse", "1", "control", "dual", True, origin="paper"),
    )
    assert len({one, *(records.scorer_id(session, other) for other in others)}) == 3


def test_a_request_for_an_image_is_recorded_once(session):
    source = records.source_id(session, "darkroom", "1", "generator")
    image = records.add_image(session, blob(1), "made 1", "edit", {})
    prompt = records.prompt_id(session, "a bear")
    for seconds in (1.0, 2.0):
        new = records.NewGeneration(source, prompt, 7, "h", "{}", image, seconds)
        records.add_generation(session, new)
    assert rows(session, "SELECT seed, seconds FROM generation") == [(7, 1.0)]


def make_pair(session, number=1, dimensions=(), images=None):
    source = records.source_id(session, "darkroom", "1", "generator")
    original, wide = images or (2 * number, 2 * number + 1)
    return records.add_pair(
        session,
        NewPair(
            f"pair {number}",
            source,
            records.prompt_id(session, f"caption {number % 2}"),
            records.prompt_id(session, f"wide {number}"),
            *(records.add_image(session, blob(each), f"made {each}", "edit", {}) for each in (original, wide)),
            number,
            "1",
            dimensions,
        ),
    )


def test_a_pair_is_there_once_and_keeps_what_it_asked_for(session):
    first = make_pair(session, dimensions=(AskedDimension("clarity", "defocus", 0.5), AskedDimension("a", asked=False)))
    assert make_pair(session, dimensions=(AskedDimension("emotion", "grief", 1.0),)) == first
    assert rows(session, "SELECT * FROM pair_dimension ORDER BY 1") == [
        ("a", first, "", 0.0, 0),
        ("clarity", first, "defocus", 0.5, 1),
    ]


def test_a_pair_of_an_image_that_is_not_there_is_refused(home):
    with pytest.raises(IntegrityError), home.database.write() as session:
        records.add_pair(session, NewPair("pair", 1, 0, 0, 98, 99, 0, "1"))


def cells(session, pair, values=(0.1, 0.2, 0.3, 0.4), truncated=False):
    """The four cells of a pair: oiop, oidp, diop, didp."""
    query = f"SELECT original_image_id, wide_image_id, original_prompt_id, wide_prompt_id FROM pair WHERE id = {pair}"
    original, wide, caption, asked = rows(session, query)[0]
    places = [(original, caption), (original, asked), (wide, caption), (wide, asked)]
    return [NewScore(*place, value, truncated) for place, value in zip(places, values, strict=True)]


def reader(session, name="conse"):
    return records.scorer_id(session, ScorerFacts(name, "1", "control", "dual", True))


def blind(session):
    return records.scorer_id(session, ScorerFacts("polish", "1", "control", "cross", False))


def test_a_margin_is_the_wide_image_less_the_original_under_the_wide_prompt(session):
    pair, scorer = make_pair(session), reader(session)
    records.add_scores(session, scorer, cells(session, pair, (1.0, 2.0, 4.0, 8.0)))
    query = "SELECT scorer_id, pair_id, oiop, oidp, diop, didp, margin, truncated FROM margin"
    assert rows(session, query) == [(scorer, pair, 1.0, 2.0, 4.0, 8.0, 6.0, 0)]


def test_a_margin_needs_only_the_cells_of_the_wide_prompt_and_takes_the_others_when_they_come(session):
    pair, scorer = make_pair(session), reader(session)
    oiop, oidp, diop, didp = cells(session, pair)
    records.add_scores(session, scorer, [oidp, oiop])
    assert margins(session) == []
    records.add_scores(session, scorer, [didp])
    assert rows(session, "SELECT oiop, diop FROM margin") == [(0.1, None)]
    records.add_scores(session, scorer, [diop])
    assert rows(session, "SELECT oiop, diop FROM margin") == [(0.1, 0.3)]


def test_a_margin_says_when_the_wide_prompt_was_truncated(session):
    pair, scorer = make_pair(session), reader(session)
    oiop, oidp, diop, didp = cells(session, pair)
    records.add_scores(session, scorer, [oiop._replace(truncated=True), oidp, diop, didp])
    assert rows(session, "SELECT truncated FROM margin") == [(0,)]
    other = reader(session, "clip")
    records.add_scores(session, other, [oiop, oidp, diop, didp._replace(truncated=True)])
    assert rows(session, f"SELECT truncated FROM margin WHERE scorer_id = {other}") == [(1,)]


def test_a_prompt_blind_value_is_stored_once_an_image_and_fills_all_four_cells(session):
    pair, scorer = make_pair(session), blind(session)
    original, wide = rows(session, "SELECT original_image_id, wide_image_id FROM pair")[0]
    records.add_scores(session, scorer, [NewScore(original, NO_PROMPT, 0.75), NewScore(wide, NO_PROMPT, 0.25)])
    assert rows(session, "SELECT pair_id, oiop, oidp, diop, didp, margin FROM margin") == [
        (pair, 0.75, 0.75, 0.25, 0.25, -0.5)
    ]


def test_a_prompt_blind_value_under_a_prompt_is_refused(session):
    pair = make_pair(session)
    with pytest.raises(ValueError, match="reads no prompt"):
        records.add_scores(session, blind(session), cells(session, pair))


def test_scores_by_dimension_make_no_margin(session):
    pair, scorer = make_pair(session), reader(session)
    records.add_scores(session, scorer, [cell._replace(dimension="clarity") for cell in cells(session, pair)])
    assert margins(session) == []


def test_a_score_that_is_there_is_left_as_it_is(session):
    pair, scorer = make_pair(session), reader(session)
    records.add_scores(session, scorer, cells(session, pair, (1.0, 2.0, 4.0, 8.0)))
    before = margins(session)
    records.add_scores(session, scorer, cells(session, pair, (5.0, 5.0, 5.0, 5.0)))
    assert margins(session) == before
    assert rows(session, "SELECT count(*) FROM score") == [(4,)]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_refused_and_nothing_of_its_batch_is_kept(small_home, value):
    scores = [NewScore(1, 5, 0.5), NewScore(1, 6, value)]
    refused = pytest.raises(ValueError, match=f"image 1 under prompt 6 is {value}")
    with refused, small_home.home.database.write() as session:
        records.add_scores(session, small_home.conse, scores)
    read = small_home.home.database.reader().execute
    assert read("SELECT count(*) FROM score WHERE image_id = 1 AND prompt_id > 0").fetchone()[0] == 0


@given(data=st.data())
@settings(max_examples=40)
def test_margins_are_the_same_in_whatever_order_pairs_and_scores_arrive(shared_home, trial, data):
    sides = [(50, 51), (50, 52), (53, 51), (52, 50)]  # images shared by pairs, on either side
    with trial(shared_home.home) as session:
        scorers = [reader(session), reader(session, "clip"), blind(session)]
        prompts = [
            records.prompt_id(session, name) for name in ("caption 0", "caption 1", *(f"wide {n}" for n in range(4)))
        ]
        images = [records.add_image(session, blob(each), f"made {each}", "edit", {}) for each in range(50, 54)]
        places = [*product(scorers[:2], images, prompts), *product(scorers[2:], images, [NO_PROMPT])]
        arriving = data.draw(st.permutations([*range(4), *places]))
        for each in arriving[: data.draw(st.integers(0, len(arriving)))]:
            if isinstance(each, int):
                asked = (AskedDimension("clarity"), AskedDimension("emotion", asked=False))[: each % 3]
                make_pair(session, each, asked, sides[each])
            else:
                scorer, image, prompt = each
                records.add_scores(session, scorer, [NewScore(image, prompt, (image * 7 + prompt * 3) % 11 / 16)])
        kept = margins(session), tallies(session)
        records.rebuild_margins(session)
        assert (margins(session), tallies(session)) == kept


def test_margins_are_tallied_by_dimension_and_by_original_prompt(small_home):
    with small_home.home.database.write() as session:
        query = "SELECT dimension, sum(n), sum(wins), sum(ties), sum(margins), sum(truncated) FROM tally"
        found = rows(session, f"{query} WHERE scorer_id = {small_home.conse} GROUP BY 1 ORDER BY 1")
        assert found[0] == ("", 5, 2, 1, -0.25, 1)
        assert ("clarity", 2, 1, 1, 0.125, 0) in found
        assert ("detail", 5, 2, 1, -0.25, 1) in found
        assert rows(session, "SELECT n FROM tally WHERE scorer_id = 1 AND dimension = '' ORDER BY cluster") == [
            (2,),  # pairs 0 and 3 are of one caption
            (2,),
            (1,),
        ]


def test_a_measure_is_stored_once_and_may_be_undefined(session):
    image, probe = records.add_image(session, blob(1), "made 1", "edit", {}), records.probe_id(session, "noise", "1")
    other = records.probe_id(session, "noise", "2")
    records.add_measures(session, [NewMeasure(image, probe, 0.5), NewMeasure(image, other, None)])
    records.add_measures(session, [NewMeasure(image, probe, 0.9), NewMeasure(image, other, 0.9)])
    assert rows(session, "SELECT probe_id, value FROM measure ORDER BY 1") == [(probe, 0.5), (other, None)]


def test_witnesses_of_the_named_pairs_are_replaced_and_no_others(session):
    one, two, probe = make_pair(session, 1), make_pair(session, 2), records.probe_id(session, "noise", "1")

    def seen(pair, dimension, witnessed):
        return NewWitness(pair, dimension, "film_grain", probe, 1.0, 2.0, witnessed)

    records.set_witnesses(session, [one, two], [seen(one, "clarity", True), seen(two, "clarity", False)])
    records.set_witnesses(session, [one], [seen(one, "film_artifacts", False)])
    assert rows(session, "SELECT pair_id, dimension, witnessed FROM witness ORDER BY 1") == [
        (one, "film_artifacts", 0),
        (two, "clarity", 0),
    ]


def test_a_witness_without_a_value_is_an_error_and_not_lost_in_silence(session):
    pair, probe = make_pair(session), records.probe_id(session, "noise", "1")
    with pytest.raises(IntegrityError):
        records.set_witnesses(session, [pair], [NewWitness(pair, "a", "b", probe, math.nan, 1.0, True)])


def test_a_batch_of_no_scores_changes_nothing(small_home):
    with small_home.home.database.write() as session:
        before = margins(session)
        records.add_scores(session, small_home.conse, [])
        records.refresh_margins(session, [])
        assert margins(session) == before


def test_a_prompt_is_never_rewritten(session):
    records.prompt_id(session, "a bear")
    with pytest.raises(IntegrityError, match="never rewritten"):
        session.execute(text("UPDATE prompt SET text = 'a cub' WHERE id > 0"))
