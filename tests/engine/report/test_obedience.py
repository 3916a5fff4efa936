"""The report says what probes, people and judges say of generators, beside their bases, and by strength of effects."""

from __future__ import annotations

import json

import pytest

from engine.report import report, tables, to_csv, to_markdown
from store import Home
from tests.aligned_home import CHOSEN, SEEN, STRENGTHS, AlignedHome, populate_aligned

ESTIMATE = {"value", "low", "high", "n"}


@pytest.fixture(scope="module")
def aligned(tmp_path_factory):
    with Home(tmp_path_factory.mktemp("aligned") / "home") as home:
        yield populate_aligned(home)


@pytest.fixture(scope="module")
def found(aligned: AlignedHome):
    return report(aligned.home)


def table(found, title):
    return next(each for each in tables(found) if each.title == title)


def share(values):
    return sum(values) / len(values)


def test_each_generator_names_the_base_that_it_stands_beside(found) -> None:
    assert {key: each["beside"] for key, each in found["generators"].items()} == {
        "plain": None, "pleased": "plain", "sweeper": None,
    }  # fmt: skip


def test_what_probes_saw_stands_beside_the_base(found) -> None:
    beside = found["generators"]["pleased"]["obedience"]["probes"]["beside_base"]
    assert all(figure.keys() == ESTIMATE for figure in beside.values())
    assert (beside["own"]["value"], beside["base"]["value"]) == (share(SEEN["pleased"]), share(SEEN["plain"]))
    assert (beside["difference"]["value"], beside["difference"]["n"]) == (-0.5, 8)
    in_dimension = found["generators"]["pleased"]["dimensions"]["exposure_extremes"]
    assert in_dimension["beside_base"]["difference"]["value"] == share(SEEN["pleased"][4:]) - share(SEEN["plain"][4:])
    assert "beside_base" not in found["generators"]["plain"]["obedience"]["probes"]


def test_what_people_said_counts_ties_apart_and_says_how_much_was_judged(found) -> None:
    for name, choices in CHOSEN.items():
        people = found["generators"][name]["obedience"]["people"]
        decided = [choice == "wide" for choice in choices if choice in ("wide", "original")]
        assert (people["wide"]["value"], people["wide"]["n"]) == (share(decided), len(decided))
        picked = people["picked"]
        assert (picked["value"], picked["n"]) == (choices.count("wide") / len(choices), len(choices))
        assert (people["ties"], people["neither"]) == (choices.count("tie"), choices.count("neither"))
        assert (people["judged"], people["pairs"], people["coverage"]) == (4, 8, 0.5)
    assert "people" not in found["generators"]["sweeper"]["obedience"]


def test_people_are_compared_over_the_requests_for_which_they_chose_an_image_on_both_sides(found) -> None:
    beside = found["generators"]["pleased"]["obedience"]["people"]["beside_base"]
    both = [
        (own == "wide", base == "wide")
        for own, base in zip(CHOSEN["pleased"], CHOSEN["plain"], strict=True)
        if {own, base} <= {"wide", "original"}
    ]
    own, base = zip(*both, strict=True)
    assert beside["difference"]["n"] == len(both)
    assert beside["difference"]["value"] == pytest.approx(share(own) - share(base))


def test_what_judges_rated_is_a_change_in_the_judges_unit(found) -> None:
    ratings = found["generators"]["pleased"]["obedience"]["ratings"]["judge-effects:seer"]["requested_effects"]
    assert (ratings["change"]["value"], ratings["after"]["value"]) == (-25, 0)
    assert ratings["beside_base"]["difference"]["value"] == -50
    assert ratings["coverage"] == ratings["change"]["n"] / 8
    blur = found["generators"]["plain"]["dimensions"]["intentional_blur"]["ratings"]["judge-effects:seer"]
    assert blur["intentional_blur"]["change"]["value"] == 0.5


def test_where_nobody_judged_and_nothing_was_swept_the_report_is_as_before(shared_home) -> None:
    found = report(shared_home.home)
    assert found["doses"] == {"sets": 0, "witnessed": [], "margins": {}, "dimensions": {}}
    for each in found["generators"].values():
        assert each["beside"] is None
        assert each["obedience"].keys() == {"probes"}
        assert all("beside_base" not in cell and "people" not in cell for cell in each["dimensions"].values())
    titles = {each.title for each in tables(found)}
    assert not titles & {
        "Obedience, as people and judges see it",
        "Obedience, aligned beside its base",
        "Dose and response",
    }


def test_margins_and_witnesses_stand_by_strength(found) -> None:
    doses = found["doses"]
    assert doses["sets"] == 4
    for cell in (doses, doses["dimensions"]["intentional_blur"], doses["dimensions"]["clarity"]):
        points = {point["strength"]: point for point in cell["margins"]["conse"]}
        assert list(points) == list(STRENGTHS)
        for strength, point in points.items():
            assert (point["value"], point["n"]) == (pytest.approx(-strength * 3.5 / 4), 4)
            assert point["low"] < point["value"] < point["high"]
        seen = [point["value"] for point in cell["witnessed"]]
        assert seen == [sum(strength > number / 8 for number in range(4)) / 4 for strength in STRENGTHS]


def test_the_whole_of_it_is_plain_json_and_the_same_each_time(found, aligned) -> None:
    assert json.loads(json.dumps(found, allow_nan=False)) == found == report(aligned.home)


def test_tables_show_generator_by_dimension_with_the_base_and_the_difference(found) -> None:
    text = to_markdown(tables(found))
    assert "-50.0% [-100.0, +21.7]" in text
    rows = {row[:3]: row for row in table(found, "Obedience, by generator and photographic dimension").rows}
    row = rows["pleased", "Exposure extremes", "probes"]
    assert (row[3].value, row[4], row[5]) == (0.25, 4, 1.0)
    assert (row[6].value, row[7].value, row[8].value) == (0.25, 1.0, -0.75)
    assert rows["plain", "Intentional blur", "people"][6:] == (None, None, None)
    for each in tables(found):
        assert all(len(row) == len(each.columns) for row in each.rows)
        assert to_csv(each).count("\n") >= len(each.rows) + 1


def test_every_point_of_a_curve_stands_in_a_row_with_a_bar_for_its_size(found) -> None:
    rows = table(found, "Dose and response").rows
    conse = [row for row in rows if row[0] == "conse"]
    assert [row[1] for row in conse] == list(STRENGTHS)
    assert [row[2] for row in conse] == ["−" + "█" * 4, "−" + "█" * 8, "−" + "█" * 16]
    assert [row[4].value for row in conse] == [pytest.approx(-strength * 0.875) for strength in STRENGTHS]
    assert [row[3].value for row in rows if row[0] == "witnessed"] == [0.5, 1, 1]


def test_curves_by_dimension_are_drawn_in_blocks_between_their_ends(found) -> None:
    rows = {row[:2]: row for row in table(found, "Dose and response, by photographic dimension").rows}
    assert rows["Intentional blur", "witnessed"][2] == "▅██"
    _, _, drawn, weakest, there, strongest, at_last = rows["Intentional blur", "conse"]
    assert (drawn, weakest, strongest) == ("▆▅▁", 0.25, 1.0)
    assert (there.value, at_last.value) == (pytest.approx(-0.21875), pytest.approx(-0.875))
