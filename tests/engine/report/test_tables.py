"""The tables say what the figures say, in words that fit each scorer's role."""

import csv
import io

import pytest

from engine.report import Table, report, tables, to_csv, to_markdown
from engine.report.tables import Column, shown
from engine.statistics import Estimate
from store.tables import Scorer


@pytest.fixture(scope="module")
def found(shared_home):
    return tables(report(shared_home.home))


def test_every_row_has_a_cell_for_every_column(found) -> None:
    assert [table.title for table in found][:2] == [
        "Which image each scorer puts first under the wide prompt",
        "By how much",
    ]
    for table in found:
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_it_says_how_often_each_control_put_the_original_first_with_its_interval(found) -> None:
    assert "conse (control) puts the original first in 40.0% [" in found[0].note
    assert "polish (control), which never sees the prompt, puts the original first in 100.0% [" in found[0].note


def test_of_a_control_or_an_encoder_it_never_says_that_it_overruled_a_prompt(small_home) -> None:
    with small_home.home.database.write() as session:
        session.get_one(Scorer, small_home.conse).role = "base encoder"
    assert "overrul" not in to_markdown(tables(report(small_home.home)))
    with small_home.home.database.write() as session:
        session.get_one(Scorer, small_home.conse).role = "reward model"
    assert "overruling the prompt" in to_markdown(tables(report(small_home.home)))


@pytest.mark.parametrize(
    ("cell", "unit", "text"),
    [
        (Estimate(0.123456, 0.1, 0.25, 9), "share", "12.3% [10.0, 25.0]"),
        (Estimate(0.5, None, None, 1), "share", "50.0% [–]"),
        (Estimate(None, None, None, 0), "number", "–"),
        (Estimate(0.603, 0.57, 0.632, 300), "ratio", "0.603 [0.570, 0.632]"),
        (-0.000123456, "number", "-0.000123"),
        (10.55, "number", "10.55"),
        (12345.678, "number", "12,345.68"),
        (10_000, "count", "10000"),
        (None, "text", "–"),
        ("a | b", "text", "a | b"),
    ],
)
def test_cells_are_written_for_people(cell, unit, text) -> None:
    assert shown(cell, unit) == text


def test_markdown_keeps_names_from_outside_harmless() -> None:
    table = Table("A *title*", (Column("name"), Column("n", "count")), (("a|b\n<b>\x1b[31m`c`", 3),), "note_1")
    assert to_markdown([table]).splitlines() == [
        "## A \\*title\\*",
        "",
        "| name | n |",
        "| :--- | ---: |",
        "| a\\|b \\<b\\> [31m\\`c\\` | 3 |",
        "",
        "note\\_1",
    ]


def test_csv_keeps_full_precision_and_the_interval(found) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(found[0]))))
    assert [row["scorer"] for row in rows] == ["conse", "polish"]
    assert float(rows[0]["F1"]) == 0.8 / 1.4
    assert float(rows[0]["wide first low"]) < 0.4 < float(rows[0]["wide first high"])
    assert rows[0]["wide first n"] == "5"
    assert rows[1]["role"] == "control, prompt-blind"


def test_tables_without_rows_are_left_out(home) -> None:
    assert [table.title for table in tables(report(home))] == ["Board: hpsv3"]


def test_every_estimate_of_a_dimension_a_source_and_a_margin_is_written_with_its_n(found) -> None:
    by_title = {table.title: table for table in found}
    for title in ("Wide image first, by photographic dimension", "Wide image first, by source", "By how much"):
        table = by_title[title]
        for row in table.rows:
            assert table.texts(row)[1].endswith(f" n {row[1].n}")


def test_dimensions_of_two_taxonomies_are_two_lists_each_under_its_name(found) -> None:
    heads = ("Wide image first, by {} dimension", "Was it carried out? By {} dimension")
    by_title = {table.title: table for table in found}
    for head in heads:
        for kind, its, others in (
            ("VisionReward", "Clarity", "Clipped"),
            ("photographic", "Film artefacts", "Clarity"),
        ):
            table = by_title[head.format(kind)]
            named = {row[0] for row in table.rows}
            assert table.columns[0].title == f"{kind} dimension"
            assert its in named
            assert others not in named
    assert not any(table.title.endswith("by dimension") for table in found)


def test_dimensions_of_no_taxonomy_have_a_list_of_their_own(small_home) -> None:
    with small_home.home.database.write() as session:
        session.connection().exec_driver_sql("UPDATE tally SET dimension = 'glitter' WHERE dimension = 'clarity'")
    table = next(each for each in tables(report(small_home.home)) if each.title.endswith("by other dimension"))
    assert [row[0] for row in table.rows] == ["detail", "glitter"]


def test_a_figure_without_an_interval_says_so_and_the_note_below_says_why(found) -> None:
    sources = next(table for table in found if table.title == "Wide image first, by source")
    assert sources.texts(sources.rows[1])[1] == "100.0% [–] n 1"
    for table in found:
        lacks = any("[–]" in text for row in table.rows for text in table.texts(row))
        assert lacks == ("[–]: no interval, which needs at least two clusters." in table.note.splitlines())


def test_a_board_ranks_means_and_puts_the_rank_that_an_image_would_take_in_brackets(found) -> None:
    board = next(table for table in found if table.title == "Board: hpsv3")
    ranks = {row[1]: board.texts(row)[0] for row in board.rows}
    assert (ranks["LAPIS"], ranks["The Scream, Edvard Munch, 1893"]) == ("10", "(12)")
    assert "(2) is the rank that a single image would take there" in board.note
    scream = next(row for row in csv.DictReader(io.StringIO(to_csv(board))) if row["name"].startswith("The Scream"))
    assert scream["rank"] == "12"  # brackets would be a negative number to a spreadsheet


def test_of_what_has_no_value_no_n_is_written() -> None:
    assert shown(Estimate(None, None, None, 0), "share", counted=True) == "–"
    assert shown(Estimate(0.5, 0.2, 0.8, 9), "share", counted=True) == "50.0% [20.0, 80.0] n 9"
