"""The Grid: what its cells show and say, at both sizes, on a small home and on an empty one."""

from __future__ import annotations

import random
from contextlib import AbstractAsyncContextManager

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from engine.taxonomy import DIMENSIONS, with_related
from store import Home, records
from store.queries.pairs import PairFilter, count_pairs, pair_ids
from tests.conftest import colour_blob
from tests.tui import pages
from tests.tui.pages import until
from tui.app import Widespectrum
from tui.screens.grid import GridPage
from tui.widgets.heat_grid import HeatGrid

SIZES = [(80, 24), (160, 50)]


class GridFirst(Widespectrum):
    """The app, opened on the Grid; it keeps what it was asked to open."""

    DEFAULT_MODE = "grid"
    CSS_PATH = None
    opened: PairFilter | None = None

    async def open_pairs(self, wanted: PairFilter) -> None:
        self.opened = wanted


def opened(home: Home, size: tuple[int, int] = (80, 24)) -> AbstractAsyncContextManager[Pilot]:
    return pages.opened(GridFirst(home, "ann"), size)


def lines(pilot: Pilot) -> list[str]:
    grid = pilot.app.screen.query_one(HeatGrid)
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


def line(pilot: Pilot, title: str) -> str:
    return next(each for each in lines(pilot) if title in each)


def said(pilot: Pilot) -> str:
    return " ".join(str(pilot.app.screen.query_one("#sentence", Static).render()).split())


async def go_to(pilot: Pilot, row: str, column: str) -> None:
    grid = pilot.app.screen.query_one(HeatGrid)
    titles = [each.title for each in grid.table.columns]
    rows = [each.key for each in grid.table.rows if each.key]
    grid.move(-1000, -1000)
    grid.move(rows.index(row), titles.index(column))
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
async def test_every_cell_shows_its_number_and_how_much_stands_behind_it(shared_home, size) -> None:
    async with opened(shared_home.home, size) as pilot:
        text = line(pilot, "All pairs")
        assert "40.0%" in text  # two wins of five
        assert "33.3%" in text  # one of three effects witnessed
        assert "Clarity and focus" in "\n".join(lines(pilot))


async def test_intervals_stand_in_the_cells_where_there_is_room(shared_home) -> None:
    async with opened(shared_home.home, (160, 50)) as wide:
        assert "[" in line(wide, "All pairs")
    async with opened(shared_home.home, (80, 24)) as narrow:
        assert "[" not in line(narrow, "All pairs")


async def test_the_role_stands_under_the_name_of_each_scorer(shared_home) -> None:
    async with opened(shared_home.home) as pilot:
        names, roles = lines(pilot)[:2]
        assert names.split() == ["Dimension", "witnessed", "conse", "polish"]
        assert roles.split() == ["covers", "50%", "control", "control"]


@pytest.mark.parametrize("size", SIZES)
async def test_the_cell_under_the_cursor_is_said_in_full(shared_home, size) -> None:
    async with opened(shared_home.home, size) as pilot:
        await go_to(pilot, "*", "conse")
        assert "conse × all pairs: puts the wide image first in 40.0%" in said(pilot)
        assert "of 5 pairs (1 tie), 3 clusters; mean margin −0.050" in said(pilot)
        assert "1 prompt cut" in said(pilot)


async def test_a_control_is_never_said_to_have_overruled_anything(shared_home) -> None:
    async with opened(shared_home.home) as pilot:
        await go_to(pilot, "*", "polish")
        assert "it has not overruled a prompt" in said(pilot)


@pytest.mark.parametrize(
    ("reads_prompt", "words"),
    [(True, "overruled the prompt in 100.0% of these pairs"), (False, "never sees the prompt")],
)
async def test_a_reward_model_that_reads_the_prompt_overrules_it_where_it_lost_without_a_tie(
    small_home, reads_prompt, words
) -> None:
    with small_home.home.database.write() as session:
        facts = records.ScorerFacts("pleaser", "1", "reward model", "dual", reads_prompt)
        scorer = records.scorer_id(session, facts)
        pair = small_home.home.database.reader().execute("SELECT * FROM pair ORDER BY id").fetchone()
        prompt = pair["wide_prompt_id"] if reads_prompt else 0
        images = (pair["original_image_id"], pair["wide_image_id"])
        scores = [records.NewScore(image, prompt, value) for image, value in zip(images, (2.0, 1.0), strict=True)]
        records.add_scores(session, scorer, scores)
    async with opened(small_home.home) as pilot:
        await go_to(pilot, "*", "pleaser")
        assert words in said(pilot)


async def test_one_cluster_has_no_bounds_and_says_why(shared_home) -> None:
    async with opened(shared_home.home, (160, 50)) as pilot:
        await go_to(pilot, "intentional_blur", "conse")
        assert "[–]" in line(pilot, "Intentional blur")
        assert "100.0% [–] of 1 pair (no ties), 1 cluster" in said(pilot)
        assert "[–]: an interval needs two clusters" in said(pilot)


async def test_a_figure_without_an_interval_stands_out_by_no_shade(shared_home) -> None:
    async with opened(shared_home.home) as pilot:
        await go_to(pilot, "*", "conse")
        cells = pilot.app.screen.query_one(HeatGrid).table.cells
        quiet = {row for (row, column), cell in cells.items() if column == str(shared_home.conse) and cell.quiet}
        assert quiet == {"intentional_blur", "film_artifacts", "exposure_extremes"}
        heat_grid = pilot.app.screen.query_one(HeatGrid)
        y = next(y for y, text in enumerate(lines(pilot)) if "Intentional blur" in text)
        grounds = {segment.style.bgcolor for segment in heat_grid.render_line(y) if segment.style}
        assert grounds == {heat_grid.rich_style.bgcolor}


async def test_where_there_is_room_all_that_is_said_of_a_cell_stands_beside_the_table(shared_home) -> None:
    async with opened(shared_home.home, (160, 50)) as pilot:
        await go_to(pilot, "film_artifacts", "conse")
        assert said(pilot).startswith("conse × Film artefacts: ")
        assert pilot.app.screen.query_one("#cell").max_scroll_y == 0


async def test_the_description_of_the_dimension_under_the_cursor_is_shown(shared_home) -> None:
    async with opened(shared_home.home, (160, 50)) as pilot:
        await go_to(pilot, "film_artifacts", "conse")
        assert "effects: film grain, dust and scratches" in said(pilot)
        assert "falls under:" in said(pilot)


async def test_probes_say_what_was_witnessed_and_prefer_nothing(shared_home) -> None:
    async with opened(shared_home.home) as pilot:
        await go_to(pilot, "*", "witnessed")
        assert "witnessed in 33.3%" in said(pilot)
        assert "no prompt and no preference" in said(pilot)


async def test_showing_goes_round_preference_margin_and_pairs(shared_home) -> None:
    async with opened(shared_home.home) as pilot:
        seen = []
        for _ in range(4):
            seen.append(str(pilot.app.screen.query_one("#caption", Static).render()).split(":")[0].strip())
            await pilot.press("v")
        assert seen == ["Preference", "Margin", "Pairs", "Preference"]


async def test_what_probes_witnessed_says_of_how_much_they_could_speak(shared_home) -> None:
    async with opened(shared_home.home, (160, 50)) as pilot:
        await go_to(pilot, "*", "witnessed")
        assert "33.3% [1.1, 95.6] of 3 effects that a probe could see, of 6 asked (covered 50.0%)" in said(pilot)


async def test_the_other_taxonomy_is_shown_without_a_read(shared_home) -> None:
    async with opened(shared_home.home) as pilot:
        await pilot.press("t")
        text = "\n".join(lines(pilot))
        assert "VisionReward" in text
        assert "Clarity " in text
        assert "Intentional blur" not in text


async def test_rows_are_ordered_by_the_column_of_the_cursor(shared_home) -> None:
    async with opened(shared_home.home) as pilot:
        await go_to(pilot, "*", "conse")
        await pilot.press("v", "o")
        rows = [row.key for row in pilot.app.screen.query_one(HeatGrid).table.rows if row.key]
        assert rows == ["*", "exposure_extremes", "film_artifacts", "intentional_blur"]


async def test_the_cursor_steps_over_headings_and_stops_at_the_edges(shared_home) -> None:
    async with opened(shared_home.home) as pilot:
        grid = pilot.app.screen.query_one(HeatGrid)
        await pilot.press("g", "h", "h", "h", "j")
        assert grid.cursor == ("intentional_blur", "probes")
        await pilot.press("G", "j", "l", "l", "l", "l")
        assert grid.cursor == ("exposure_extremes", str(shared_home.polish))
        await pilot.press("k", "up", "left")
        assert grid.cursor == ("intentional_blur", str(shared_home.conse))


async def test_enter_opens_the_pairs_of_the_cell(shared_home) -> None:
    async with opened(shared_home.home) as pilot:
        await go_to(pilot, "film_artifacts", "conse")
        await pilot.press("enter")
        wanted = PairFilter(scorer_id=shared_home.conse, dimension="film_artifacts", verdict="scored")
        assert pilot.app.opened == wanted


async def test_the_pairs_of_a_cell_are_those_that_its_figure_counts(shared_home) -> None:
    async with opened(shared_home.home) as pilot:
        view, reader = pilot.app.screen.view, shared_home.home.database.reader()
        for row in ("*", *view.dimensions):
            for scorer in view.grid.scorers:
                if cell := view.cell(row, str(scorer.id)):
                    assert count_pairs(reader, view.wanted(row, str(scorer.id))) == cell.preference.n
            if seen := view.seen(row):  # no pair here has two effects that a probe could see
                assert count_pairs(reader, view.wanted(row, "probes")) == seen.witnessed.n
        waiting = PairFilter(scorer_id=shared_home.conse, dimension="muted_faded")
        assert view.wanted("muted_faded", str(shared_home.conse)) == waiting, "no figure yet"


def add_pairs_of_many_effects(home: Home) -> dict[int, list[str]]:
    """Fifty pairs of one to three effects, and of each pair the dimensions of those that a probe could see."""
    chance, photographic = random.Random(11), [each.name for each in DIMENSIONS.values() if each.related]
    seen: dict[int, list[str]] = {}
    with home.database.write() as session:
        source, probe = (
            records.source_id(session, "darkroom", "1", "generator"),
            records.probe_id(session, "noise", "1"),
        )
        original, wide = (
            records.add_image(session, colour_blob(home, shade), f"made {shade}", "edit", {}) for shade in (90, 160)
        )
        for number in range(50):
            names = chance.sample([*photographic, "clarity"], chance.randint(1, 3))
            dimensions = tuple(records.AskedDimension(each, asked=each in names) for each in with_related(names))
            prompts = [records.prompt_id(session, text) for text in (f"a kite, {number % 9}", f"a kite, {names}")]
            new = records.NewPair(f"pair {number}", source, *prompts, original, wide, number, "1", dimensions)
            pair = records.add_pair(session, new)
            seen[pair] = [each for each in names if chance.random() < 0.6]
            witnesses = [
                records.NewWitness(pair, each, each, probe, 0.0, 1.0, chance.random() < 0.5) for each in seen[pair]
            ]
            records.set_witnesses(session, [pair], witnesses)
    return seen


@pytest.mark.parametrize("taxonomy", ["photograph", "visionreward"])
async def test_the_column_of_probes_opens_the_pairs_whose_effects_it_counts_and_no_others(home, taxonomy) -> None:
    seen = add_pairs_of_many_effects(home)
    reader = home.database.reader()
    async with opened(home) as pilot:
        if taxonomy != "photograph":
            await pilot.press("t")
        view = pilot.app.screen.view
        assert len(view.dimensions) > 5
        for row in view.dimensions:
            counted = {pair: [each for each in of if row in with_related([each])] for pair, of in seen.items()}
            if (cell := view.seen(row)) is None:
                assert not any(counted.values())
                continue
            assert sum(map(len, counted.values())) == cell.witnessed.n
            assert list(pair_ids(reader, view.wanted(row, "probes"))) == [pair for pair, of in counted.items() if of]


async def test_a_click_moves_the_cursor_and_a_second_one_opens(shared_home) -> None:
    async with opened(shared_home.home) as pilot:
        grid = pilot.app.screen.query_one(HeatGrid)
        place = (grid.title_width + 16, 4)
        await pilot.click(HeatGrid, offset=place)
        assert grid.cursor == ("intentional_blur", str(shared_home.conse))
        assert pilot.app.opened is None
        await pilot.click(HeatGrid, offset=place)
        await pilot.pause()
        assert pilot.app.opened is not None


async def test_new_scores_of_another_process_appear_and_the_cursor_stays(small_home) -> None:
    async with opened(small_home.home) as pilot:
        await go_to(pilot, "film_artifacts", "polish")
        page = pilot.app.screen
        assert isinstance(page, GridPage)
        assert "   5" in line(pilot, "All pairs")
        with small_home.home.database.write() as session:
            pair = small_home.home.database.reader().execute("SELECT * FROM pair ORDER BY id DESC").fetchone()
            images = (pair["original_image_id"], pair["wide_image_id"])
            records.add_scores(session, small_home.polish, [records.NewScore(image, 0, 0.5) for image in images])
        page.store_changed()
        await until(pilot, lambda: line(pilot, "All pairs").split()[-1] == "6")
        assert page.query_one(HeatGrid).cursor == ("film_artifacts", str(small_home.polish))


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_home_says_what_to_do_next(home, size) -> None:
    async with opened(home, size) as pilot:
        assert pilot.app.screen.has_class("-empty")
        assert "Press 5" in str(pilot.app.screen.query_one("#empty", Static).render())
        await pilot.press("j", "l", "v", "t", "o", "enter", "G")
        assert pilot.app.opened is None


async def test_hostile_names_are_shown_as_harmless_text(small_home) -> None:
    with small_home.home.database.write() as session:
        facts = records.ScorerFacts("[red]\x1b[2Jevil", "1", "[b]role\x1b]0;x\x07", "dual", False, about="[/]\x1b[31m")
        scorer = records.scorer_id(session, facts)
        images = small_home.home.database.reader().execute("SELECT id FROM image").fetchall()
        records.add_scores(session, scorer, [records.NewScore(row["id"], 0, 1.0) for row in images])
    async with opened(small_home.home, (160, 50)) as pilot:
        await go_to(pilot, "*", "[red]\x1b[2Jevil")
        text = "\n".join(lines(pilot)) + said(pilot)
        assert "\x1b" not in text
        assert "[red][2Jevil × all pairs" in text
