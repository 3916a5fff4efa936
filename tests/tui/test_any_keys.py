"""Whatever is typed, pasted and clicked, on a terminal of any size: the terminal stays up."""

from __future__ import annotations

import random

import pytest
from textual.events import Paste

import engine.runs
from tests.conftest import SmallHome
from tui.app import Widespectrum
from tui.keys import KEYS
from tui.screens.palette import Palette

SIZES = [(80, 24), (160, 50), (40, 10), (79, 23), (20, 5), (1, 1)]
PASTED = [
    "x",
    "\x1b[31mred",
    "[bold]",
    "[/]",
    "' OR 1=1 --",
    '"a* NEAR(',
    "漢字\u202eabc",
    "0:1:0.1",
    "-1",
    "steps=",
    "a\n\nb",
]
STEPS = 80
LEAVING = {"quit"}
PRESSED = [key for each in KEYS if each.action not in LEAVING for key in each.keys.split(",")]
PRESSED += ["enter", "escape", "tab", "shift+tab", "backspace", "pagedown", "pageup", "end", "home"]


async def act(pilot, chance: random.Random) -> object:
    """One thing that a person, or a cat, does. Returns it."""
    kind = chance.random()
    if kind < 0.04:
        size = chance.choice(SIZES)
        await pilot.resize_terminal(*size)
        return size
    if kind < 0.1:
        text = chance.choice(PASTED)
        pilot.app.post_message(Paste(text))
        await pilot.pause()
        return text
    if kind < 0.14:
        place = (chance.randrange(pilot.app.size.width), chance.randrange(pilot.app.size.height))
        await pilot.click(offset=place)
        return place
    key = chance.choice(PRESSED)
    await pilot.press(key)
    return key


@pytest.mark.parametrize("seed", range(6))
async def test_no_keys_bring_it_down(small_home: SmallHome, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(engine.runs, "ensure_worker", lambda home: None)
    chance = random.Random(seed)
    app = Widespectrum(small_home.home, "cat")
    async with app.run_test(size=SIZES[seed % len(SIZES)]) as pilot:
        done: list[object] = []
        while app.is_running and len(done) < STEPS:  # the palette may be told to leave
            done.append(await act(pilot, chance))
    assert not app.return_code, done


async def test_a_palette_that_is_closed_before_it_looks_for_anything_brings_nothing_down(
    small_home: SmallHome,
) -> None:
    app = Widespectrum(small_home.home, "cat")
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p")
        palette = app.screen
        assert isinstance(palette, Palette)
        await palette.remove_children()
        palette._gather_commands("")
        await pilot.app.workers.wait_for_complete()
    assert not app.return_code
