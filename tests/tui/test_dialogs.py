"""The two dialogs that every page uses: choosing one of several, and typing one text."""

import pytest
from textual.app import App
from textual.events import Paste
from textual.screen import Screen
from textual.widgets import OptionList

from tui.keys import Key
from tui.screens.ask import Ask, OneText
from tui.screens.choose import Choice, Choose
from tui.screens.help import Help
from tui.screens.palette import move

SIZES = [(80, 24), (160, 50)]
DIMENSIONS = [Choice("clarity", "Clarity", "12"), Choice("tilt", "Tilt", "3"), Choice("blur", "Intentional blur", "7")]


class OneDialog(App[None]):
    """An app that shows one dialog and keeps its result."""

    def __init__(self, dialog: Screen) -> None:
        super().__init__()
        self.dialog = dialog
        self.results: list[object] = []

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self.results.append)


async def result_of(dialog: Screen, *keys: str, size: tuple[int, int] = (80, 24)) -> list[object]:
    app = OneDialog(dialog)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
    return app.results


async def test_in_the_help_a_meaning_stays_beside_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.screens.help.keys_of", lambda page: [Key(page, "table", "x", "Table", "many words " * 20)])
    app = OneDialog(Help("grid", {}))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        said = ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
        lines = [line for line in said if "words" in line]
        assert len(lines) > 4
        assert len({min(line.index("many"), line.index("words")) for line in lines}) == 1


@pytest.mark.parametrize("size", SIZES)
async def test_typing_filters_and_enter_takes_the_first_match(size: tuple[int, int]) -> None:
    assert await result_of(Choose("Dimension", DIMENSIONS), *"blu", "enter", size=size) == ["blur"]


async def test_arrows_move_while_the_filter_has_the_keys() -> None:
    assert await result_of(Choose("Dimension", DIMENSIONS), "down", "down", "up", "enter") == ["tilt"]


async def test_the_current_value_is_highlighted_at_first() -> None:
    assert await result_of(Choose("Dimension", DIMENSIONS, current="tilt"), "enter") == ["tilt"]


async def test_escape_chooses_nothing() -> None:
    assert await result_of(Choose("Dimension", DIMENSIONS), "escape") == [None]


async def test_enter_takes_nothing_where_nothing_matches() -> None:
    assert await result_of(Choose("Dimension", DIMENSIONS), *"xyz", "enter") == []


async def test_options_are_data_and_never_markup() -> None:
    app = OneDialog(Choose("[b]\x1b[2J", [Choice(1, "[red]\x1b]0;x\x07sources", "[/]")]))
    async with app.run_test() as pilot:
        await pilot.pause()
        shown = str(app.screen.query_one(OptionList).get_option_at_index(0).prompt)
        assert shown.startswith("[red]]0;xsources")
        assert "\x1b" not in shown


@pytest.mark.parametrize("size", SIZES)
async def test_a_text_is_edited_and_kept_as_one_line(size: tuple[int, int]) -> None:
    assert await result_of(Ask("Note", "a bear"), *" cub", "enter", size=size) == ["a bear cub"]


async def test_escape_keeps_no_text() -> None:
    assert await result_of(Ask("Note", "a bear"), "x", "escape") == [None]


async def test_a_text_that_is_wrong_is_not_kept_and_the_reason_is_shown() -> None:
    def number(text: str) -> str:
        return "" if text.isdigit() else "must be a number"

    app = OneDialog(Ask("Seed", "", check=number))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("x", "enter")
        await pilot.pause()
        assert app.results == []
        assert "must be a number" in str(app.screen.query_one("#wrong").render())
        await pilot.press("backspace", "7", "enter")
        await pilot.pause()
    assert app.results == ["7"]


async def test_pasted_escape_codes_and_line_breaks_are_made_harmless() -> None:
    app = OneDialog(Ask("Note"))
    async with app.run_test() as pilot:
        await pilot.pause()
        app.screen.query_one(OneText).post_message(Paste("two\nlines \x1b[31mred"))
        await pilot.pause()
        assert app.screen.query_one(OneText).text == "two lines [31mred"
        await pilot.press("enter")
        await pilot.pause()
    assert app.results == ["two lines [31mred"]


async def test_what_is_typed_is_data_and_never_markup() -> None:
    app = OneDialog(Choose("Dimension", DIMENSIONS))
    async with app.run_test() as pilot:
        app.screen.post_message(Paste('[@click=app.bell("x]'))
        await pilot.pause()
        (nothing,) = app.screen.query_one(OptionList).options
        assert "[@click" in str(nothing.prompt)


@pytest.mark.parametrize("action", ["page_down", "page_up"])
def test_a_list_that_is_not_drawn_yet_may_be_moved_in(action: str) -> None:
    listed = OptionList("one", "two")
    listed.highlighted = 0
    move(listed, action)
    assert listed.highlighted == 0
