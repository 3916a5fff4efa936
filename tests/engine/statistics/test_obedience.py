"""Obedience as probes witness it: a share beside its coverage, never of what no probe could see."""

from engine.statistics.estimate import NOTHING
from engine.statistics.obedience import obedience


def row(cluster: int, n: int, witnessed: int, single: int = 1) -> dict[str, int]:
    return {"cluster": cluster, "n": n, "witnessed": witnessed, "single": single}


def test_what_no_probe_could_witness_lowers_the_coverage_and_not_the_share() -> None:
    found = obedience([row(1, 4, 4), row(2, 2, 1)], [{"n": 9}, {"n": 3}])
    assert (found.witnessed.value, found.could_witness) == (5 / 6, 6)
    assert (found.asked, found.coverage) == (12, 0.5)


def test_effects_asked_alone_stand_apart_from_those_beside_others() -> None:
    found = obedience([row(1, 2, 2), row(2, 2, 2), row(1, 4, 1, single=0)], [{"n": 8}])
    assert (found.single.value, found.single.n) == (1, 4)
    assert (found.several.value, found.several.n) == (0.25, 4)
    assert found.several.low is None  # one cluster
    assert found.witnessed.low is not None


def test_rows_of_one_prompt_are_one_cluster() -> None:
    assert obedience([row(7, 2, 2), row(7, 3, 1, single=0)], []).witnessed.low is None


def test_nothing_asked_is_nothing_said() -> None:
    found = obedience([], [])
    assert (found.witnessed, found.coverage) == (NOTHING, None)
