"""The Grid's other tables: generators beside their bases, and margins by strength; at both sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from textual.widgets import Static

from store import Home, curation
from store.queries.pairs import PairFilter, count_pairs
from tests.aligned_home import AlignedHome, populate_aligned
from tests.tui.pages import settled, until
from tests.tui.test_grid import SIZES, go_to, line, lines, opened, said
from tui.widgets.heat_grid import HeatGrid


@pytest.fixture(scope="module")
def aligned(tmp_path_factory) -> Iterator[AlignedHome]:
    """For reading."""
    with Home(tmp_path_factory.mktemp("aligned") / "home") as home:
        yield populate_aligned(home)


async def show(pilot, *keys) -> None:
    await pilot.press(*keys)
    await settled(pilot)


def caption(pilot) -> str:
    return str(pilot.app.screen.query_one("#caption", Static).render())


def cells(pilot, title: str) -> list[str]:
    return line(pilot, title).split()


@pytest.mark.parametrize("size", SIZES)
async def test_each_generator_has_a_column_and_one_beside_it_for_its_base(aligned, size) -> None:
    async with opened(aligned.home, size) as pilot:
        await show(pilot, "x")
        assert "Obedience by probes" in caption(pilot)
        assert lines(pilot)[0].split() == ["Dimension", "plain", "pleased", "−", "plain", "sweeper"]
        text = line(pilot, "All pairs")
        for figure in ("87.5%", "37.5%", "−50.0", "83.3%"):  # 7 and 3 of 8, and 10 of 12
            assert figure in text


@pytest.mark.parametrize("size", SIZES)
async def test_the_cell_says_coverage_base_and_difference_in_full(aligned, size) -> None:
    async with opened(aligned.home, size) as pilot:
        await show(pilot, "x")
        await go_to(pilot, "*", "− plain")
        assert "pleased × all pairs: witnessed in 37.5% [7.6, 81.3] of 8 effects" in said(pilot)
        assert "of 8 asked (covered 100.0%)" in said(pilot)
        assert "its base plain, over 8 effects with the same P_o, P_a and seed: 37.5% [7.6, 81.3] and 87.5%" in said(
            pilot
        )
        assert "difference −50.0 points [−100.0, 21.7]" in said(pilot)
        await go_to(pilot, "*", "plain")
        assert "No base model of it has made pairs" in said(pilot)


async def test_witnesses_are_shown_in_turn_and_then_how_far_probes_reach(aligned) -> None:
    async with opened(aligned.home) as pilot:
        await show(pilot, "x")
        seen = []
        for _ in range(5):
            seen.append(caption(pilot).split(":")[0].strip())
            await pilot.press("v")
        by = [f"Obedience by {witness}" for witness in ("probes", "people", "judge-effects")]
        assert seen == [*by, "Coverage", by[0]]


@pytest.mark.parametrize("figures", range(5))
@pytest.mark.parametrize("tables", range(3))
async def test_no_caption_is_cut_at_80_columns(aligned, tables, figures) -> None:
    async with opened(aligned.home) as pilot:
        await show(pilot, *["x"] * tables, *["v"] * figures)
        assert "…" not in caption(pilot)
        assert caption(pilot).rstrip().endswith("dimensions")
        assert ": " in caption(pilot)


@pytest.mark.parametrize("tables", range(2))
async def test_what_no_probe_could_see_has_the_same_mark_in_every_table(small_home, tables) -> None:
    with small_home.home.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM witness WHERE dimension = 'exposure_extremes'")
    async with opened(small_home.home) as pilot:
        await show(pilot, *["x"] * tables)
        assert cells(pilot, "Exposure extremes")[2] == "–"


async def test_verdicts_say_their_ties_and_how_many_pairs_were_judged(aligned) -> None:
    async with opened(aligned.home, (160, 50)) as pilot:
        await show(pilot, "x", "v")
        await go_to(pilot, "*", "pleased")
        assert "people said the wide image follows P_a in 33.3% [1.1, 95.6] of 3 verdicts for one image" in said(pilot)
        assert "(0 ties, 1 neither); 4 of 8 pairs judged (covered 50.0%)" in said(pilot)
        await go_to(pilot, "*", "plain")
        assert "100.0% [13.9, 100.0] of 3 verdicts for one image (1 tie, 0 neither)" in said(pilot)


async def test_ratings_are_changes_in_their_own_unit(aligned) -> None:
    async with opened(aligned.home, (160, 50)) as pilot:
        await show(pilot, "x", "v", "v")
        assert "+25.0" in line(pilot, "All pairs")  # of requested effects, 0–100
        assert "−50.0" in line(pilot, "All pairs")  # beside its base
        assert "+0.500" in line(pilot, "Intentional blur")  # of a dimension, 0–2
        await go_to(pilot, "*", "pleased")
        assert "judge-effects:seer rates the wide image −25.0 [−25.0, −25.0] above the original" in said(pilot)


async def test_rows_are_ordered_by_the_difference_under_the_cursor(aligned) -> None:
    async with opened(aligned.home) as pilot:
        await show(pilot, "x")
        await go_to(pilot, "*", "− plain")
        await pilot.press("o")
        rows = [row.key for row in pilot.app.screen.query_one(HeatGrid).table.rows if row.key]
        assert rows == ["*", "exposure_extremes", "intentional_blur"]


async def test_enter_opens_the_pairs_of_the_generator_in_the_dimension(aligned) -> None:
    async with opened(aligned.home) as pilot:
        await show(pilot, "x")
        for column in ("pleased", "− plain"):
            await go_to(pilot, "intentional_blur", column)
            await pilot.press("enter")
            assert pilot.app.opened == PairFilter(source_id=aligned.pleased, dimension="intentional_blur")
        await go_to(pilot, "*", "sweeper")
        await pilot.press("enter")
        assert pilot.app.opened == PairFilter(source_id=aligned.swept)


async def test_the_other_taxonomy_counts_effects_where_they_are_related(aligned) -> None:
    async with opened(aligned.home) as pilot:
        await show(pilot, "x", "t")
        assert "75.0%" in line(pilot, "Clarity")  # 3 of the base's 4 blurred pairs


async def test_a_new_verdict_appears_in_the_table_that_is_shown(home) -> None:
    aligned = populate_aligned(home)
    async with opened(home) as pilot:
        await show(pilot, "x", "v")
        assert "33.3%" in line(pilot, "All pairs")
        with home.database.write() as session:
            pair = home.database.reader().execute("SELECT max(id) FROM pair WHERE source_id = ?", (aligned.pleased,))
            curation.add_verdict(session, pair.fetchone()[0], "bob", "wide", "original-wide", "pixels")
        pilot.app.screen.store_changed()
        await until(pilot, lambda: "50.0%" in line(pilot, "All pairs"))


@pytest.mark.parametrize("size", SIZES)
async def test_margins_stand_by_strength_with_their_curve(aligned, size) -> None:
    async with opened(aligned.home, size) as pilot:
        await show(pilot, "x", "x")
        assert "4 swept sets" in caption(pilot)
        rows = [row.title for row in pilot.app.screen.query_one(HeatGrid).table.rows]
        assert rows[:4] == ["All swept pairs", "0.25", "0.5", "1"]
        await go_to(pilot, "@0.5", "conse")
        assert "conse × all swept pairs at strength 0.5: mean margin −0.438 [−0.636, −0.239] over 4 pairs" in said(
            pilot
        )
        assert "▆▅▁ 0.25: −0.219, 0.5: −0.438, 1: −0.875" in said(pilot)
        await go_to(pilot, "intentional_blur@0.25", "witnessed")
        assert "witnessed in 50.0% [6.1, 93.9] of 4 effects that a probe could see" in said(pilot)


async def test_keys_that_would_change_nothing_are_not_offered(aligned) -> None:
    async with opened(aligned.home) as pilot:
        for table, offered in (("scorers", {"v", "o"}), ("generators", {"v", "o"}), ("strengths", set())):
            assert pilot.app.screen.shown == table
            assert {"v", "o"} & pilot.app.screen.active_bindings.keys() == offered
            await show(pilot, "x")


@pytest.mark.parametrize("tables", range(3))
async def test_at_80_columns_all_that_a_cell_says_is_seen(aligned, tables) -> None:
    async with opened(aligned.home) as pilot:
        await show(pilot, *["x"] * tables)
        heat_grid, cell = pilot.app.screen.query_one(HeatGrid), pilot.app.screen.query_one("#cell")
        for _ in heat_grid.table.columns:
            for _ in heat_grid.table.rows:
                await pilot.press("j")
                await pilot.pause()
                assert cell.max_scroll_y == 0, said(pilot)
            await pilot.press("g", "l")


async def test_enter_on_a_strength_opens_the_swept_pairs_of_its_dimension(aligned) -> None:
    async with opened(aligned.home) as pilot:
        await show(pilot, "x", "x")
        await go_to(pilot, "intentional_blur@1.0", "conse")
        await pilot.press("enter")
        swept = PairFilter(dimension="intentional_blur", strength=1.0)
        assert pilot.app.opened == replace(swept, scorer_id=aligned.conse, verdict="scored")


async def test_the_pairs_of_a_strength_are_those_that_its_figure_counts(aligned) -> None:
    async with opened(aligned.home) as pilot:
        await show(pilot, "x", "x")
        view, reader = pilot.app.screen.view, aligned.home.database.reader()
        for dimension in ("", "intentional_blur"):
            for column in ("probes", str(aligned.conse)):
                for strength, figure in view.curve(dimension, column).items():
                    wanted = view.wanted(f"{dimension}@{strength!r}", column)
                    assert count_pairs(reader, wanted) == figure.n
        waiting = PairFilter(scorer_id=aligned.conse, strength=0.125)
        assert view.wanted("@0.125", str(aligned.conse)) == waiting, "no figure yet"


async def test_the_third_press_is_back_at_scorers(aligned) -> None:
    async with opened(aligned.home) as pilot:
        before = lines(pilot)
        await show(pilot, "x", "x", "x")
        assert lines(pilot) == before


@pytest.mark.parametrize("size", SIZES)
async def test_a_home_without_them_says_what_to_do(home, size) -> None:
    async with opened(home, size) as pilot:
        for words in ("V on Pairs says which image follows P_a", "generate --strength 0:1:0.25"):
            await show(pilot, "x")
            assert words in str(pilot.app.screen.query_one("#empty", Static).render())
            await pilot.press("j", "l", "v", "t", "o", "enter", "G")
        assert pilot.app.opened is None
