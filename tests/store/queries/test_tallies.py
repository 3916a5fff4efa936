"""Sums by cluster are the sums of the margins, by whichever way they are reached."""

from __future__ import annotations

from collections import defaultdict

import pytest

from store import work
from store.queries import tallies


def read(small_home, query):
    return [tuple(row) for row in small_home.home.database.reader().execute(query)]


def summed(rows):
    """key → (n, wins, ties, margins, truncated), by hand."""
    found = defaultdict(lambda: (0, 0, 0, 0.0, 0))
    for *key, margin, truncated in rows:
        n, wins, ties, margins, cut = found[tuple(key)]
        found[tuple(key)] = (n + 1, wins + (margin > 0), ties + (margin == 0), margins + margin, cut + truncated)
    return dict(found)


def keyed(rows, *names):
    columns = ("n", "wins", "ties", "margins", "truncated")
    return {tuple(row[name] for name in names): tuple(row[column] for column in columns) for row in rows}


@pytest.mark.parametrize(("left_out", "condition"), [(False, "1"), (True, "NOT truncated")])
def test_every_slice_is_the_sum_of_its_margins(small_home, left_out, condition):
    reader = small_home.home.database.reader()
    expected = summed(read(small_home, f"SELECT scorer_id, cluster, margin, truncated FROM margin WHERE {condition}"))
    assert keyed(tallies.by_scorer(reader, left_out), "scorer_id", "cluster") == expected
    query = "SELECT scorer_id, source_id, cluster, margin, truncated FROM margin"
    expected = summed(read(small_home, f"{query} WHERE {condition}"))
    assert keyed(tallies.by_source(reader, left_out), "scorer_id", "source_id", "cluster") == expected
    query = "SELECT scorer_id, dimension, cluster, margin, truncated FROM margin JOIN pair_dimension USING (pair_id)"
    expected = summed(read(small_home, f"{query} WHERE {condition}"))
    assert keyed(tallies.by_dimension(reader, left_out), "scorer_id", "dimension", "cluster") == expected


def test_the_grids_cells_add_up_the_clusters_and_their_products(small_home):
    reader, by_cluster = small_home.home.database.reader(), defaultdict(list)
    for row in [*tallies.by_scorer(reader), *tallies.by_dimension(reader)]:
        by_cluster[row["scorer_id"], row["dimension"]].append(row)
    cells = tallies.cells(reader)
    assert {(cell["scorer_id"], cell["dimension"]) for cell in cells} == set(by_cluster)
    for cell in cells:
        rows = by_cluster[cell["scorer_id"], cell["dimension"]]
        assert cell["clusters"] == len(rows)
        for name in ("n", "wins", "ties", "margins", "truncated"):
            assert cell[name] == sum(row[name] for row in rows)
        for one, other in (("n", "n"), ("wins", "wins"), ("wins", "n"), ("margins", "margins"), ("margins", "n")):
            assert cell[f"{one}_{other}"] == sum(row[one] * row[other] for row in rows)


def test_the_margins_of_a_scorer_are_columns_by_pair(small_home):
    rows = tallies.margins(small_home.home.database.reader(), small_home.conse)
    assert [row[0] for row in rows] == [*small_home.pairs[:5]]
    assert rows[0][3:] == (0.75, 0.5, 0.25, 0.75, 0.25, 0)


def test_witnesses_are_counted_by_source_dimension_and_whether_the_effect_was_alone(small_home):
    rows = tallies.witnesses(small_home.home.database.reader())
    assert [(row["dimension"], row["single"], row["n"], row["witnessed"]) for row in rows] == [
        ("clarity", 1, 1, 0),
        ("film_artifacts", 1, 1, 0),
        ("intentional_blur", 1, 1, 1),
    ]


def test_the_grid_counts_the_same_witnesses_by_cluster(small_home):
    reader = small_home.home.database.reader()
    rows = tallies.witnesses_by_cluster(reader, by_source=True)
    assert [(0, *row[1:]) for row in rows] == tallies.witnesses_by_cluster(reader)
    assert [(source, dimension, n, witnessed) for source, dimension, _, n, witnessed in sorted(rows)] == [
        (small_home.darkroom, "clarity", 1, 0),
        (small_home.darkroom, "film_artifacts", 1, 0),
        (small_home.darkroom, "intentional_blur", 1, 1),
    ]


def test_what_was_asked_is_counted_whether_or_not_it_was_witnessed(small_home):
    rows = tallies.asked(small_home.home.database.reader())
    found = {(row["source_id"], row["dimension"]): row["n"] for row in rows}
    assert sum(found.values()) == 6
    assert found[small_home.imported, "muted_faded"] == 1


def test_failures_are_counted_by_model(small_home):
    with small_home.home.database.write() as session:
        run = work.add_run(session, "demo", {})
        for item in "ab":
            work.record_failure(session, run, "score", "conse 1", item, "not a number")
    rows = tallies.failures(small_home.home.database.reader())
    assert [tuple(row) for row in rows] == [("score", "conse 1", 2)]
