"""The Grid's cells are what the margins of their pairs say."""

import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from engine.statistics import grid
from engine.statistics.grid import grid_cells
from engine.statistics.intervals import mean_estimate, share_estimate
from store.queries import tallies


def test_a_cell_is_the_estimate_over_its_clusters() -> None:
    n, wins, margins = np.array([2, 3, 1]), np.array([1, 3, 0]), np.array([0.5, 2.0, -0.25])
    row = {
        "scorer_id": 4, "dimension": "clarity", "clusters": 3, "n": n.sum(), "wins": wins.sum(), "ties": 1,
        "margins": margins.sum(), "truncated": 2, "n_n": n @ n, "wins_wins": wins @ wins, "wins_n": wins @ n,
        "margins_margins": margins @ margins, "margins_n": margins @ n,
    }  # fmt: skip
    cell = grid_cells([row])[4, "clarity"]
    for found, expected in (
        (cell.preference, share_estimate(n, wins)),
        (cell.margin, mean_estimate(n, margins)),
    ):
        assert found.n == expected.n
        assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))
    assert (cell.ties, cell.truncated, cell.clusters) == (1, 2, 3)


def test_the_grid_of_a_store_counts_strict_wins_and_leaves_ties_beside_them(shared_home) -> None:
    found = grid(shared_home.home.database.reader())
    conse = found.overall[shared_home.conse]
    assert (conse.preference.value, conse.preference.n, conse.ties, conse.clusters) == (0.4, 5, 1, 3)
    assert conse.margin.value == pytest.approx(-0.05)
    clarity = found.cells[shared_home.conse, "clarity"]
    assert (clarity.preference.value, clarity.preference.n, clarity.ties) == (0.5, 2, 1)
    assert [scorer.name for scorer in found.scorers] == ["conse", "polish"]
    assert not found.scorers[1].reads_prompt


def test_one_taxonomy_leaves_the_other_out_in_the_order_of_the_taxonomy(shared_home) -> None:
    reader = shared_home.home.database.reader()
    assert grid(reader, "visionreward").dimensions == ["clarity"]
    assert grid(reader, "photograph").dimensions == ["intentional_blur", "film_artifacts", "exposure_extremes"]
    assert grid(reader, "photograph").overall == grid(reader).overall


def test_an_empty_store_has_an_empty_grid(home) -> None:
    found = grid(home.database.reader())
    assert (found.scorers, found.dimensions, found.cells, found.overall) == ([], [], {}, {})


def test_tallies_kept_with_the_margins_are_what_the_margins_add_up_to(shared_home) -> None:
    reader: sqlite3.Connection = shared_home.home.database.reader()
    query = """
        SELECT m.scorer_id, d.dimension, m.cluster, count(*), sum(m.margin > 0), sum(m.margin = 0), sum(m.margin),
               sum(m.truncated)
        FROM margin m JOIN (SELECT pair_id, dimension FROM pair_dimension UNION SELECT id, '' FROM pair) d
        USING (pair_id) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    assert [tuple(row) for row in reader.execute("SELECT * FROM tally ORDER BY 1, 2, 3")] == [
        tuple(row) for row in reader.execute(query)
    ]


def test_pairs_with_a_cut_prompt_can_be_left_out(shared_home) -> None:
    reader = shared_home.home.database.reader()
    for read in (tallies.by_scorer, tallies.by_dimension, tallies.by_source):
        every, whole = (
            sum(row["n"] for row in read(reader, leave) if row["scorer_id"] == shared_home.conse)
            for leave in (False, True)
        )
        assert whole < every


def test_screens_that_read_the_grid_load_no_scikit_learn_and_no_scipy_stats() -> None:
    script = (
        "import sys, engine.statistics, engine.boards, engine.statistics.obedience;"
        "from engine.statistics.intervals import t_quantile; import numpy; t_quantile(numpy.array([3]));"
        "print([name for name in ('sklearn', 'scipy.stats', 'torch', 'sqlalchemy') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
