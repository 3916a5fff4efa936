"""What the Grid shows of probes: the same shares that reports work out from the rows."""

import pytest

from engine.statistics.obedience import obedience
from engine.statistics.witnessed import witness_cells
from store.queries import tallies


def test_shares_by_source_are_those_of_the_report(shared_home) -> None:
    reader = shared_home.home.database.reader()
    rows = [row for row in tallies.witnesses(reader) if row["source_id"] == shared_home.darkroom]
    cells = witness_cells(tallies.witnesses_by_cluster(reader, by_source=True))
    assert cells[shared_home.darkroom, ""].witnessed == obedience(rows, []).witnessed


def test_a_witness_counts_in_its_dimension_and_in_those_related(shared_home) -> None:
    cells = witness_cells(tallies.witnesses_by_cluster(shared_home.home.database.reader()))
    assert cells[0, "intentional_blur"].witnessed.value == 1.0
    assert cells[0, "film_artifacts"].witnessed.value == 0.0
    assert cells[0, "clarity"].witnessed.n == 3  # its own, and those of blur and film


def test_several_witnesses_of_one_pair_are_one_cluster(shared_home) -> None:
    cell = witness_cells(tallies.witnesses_by_cluster(shared_home.home.database.reader()))[0, ""]
    assert cell.witnessed.value == pytest.approx(1 / 3)
    assert (cell.witnessed.n, cell.clusters) == (3, 3)


def test_a_store_without_witnesses_has_no_cells(home) -> None:
    assert witness_cells(tallies.witnesses_by_cluster(home.database.reader())) == {}
