"""Both themes: what must be seen stands out from what is behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.color import Color
from textual.containers import ScrollableContainer
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.widget import Widget

from tests.conftest import SmallHome
from tests.tui.pages import settled
from tui.app import Widespectrum
from tui.keys import PAGES

LEAST = 3
"""Of contrast, for parts of a page that are no text (WCAG 2.2, 1.4.11)."""


def luminance(colour: Color) -> float:
    shares = (value / 255 for value in colour.rgb)
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: Color, other: Color) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def scrolling(screen: Screen) -> Iterator[Widget]:
    return (each for each in screen.walk_children() if isinstance(each, ScrollView | ScrollableContainer))


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_scrollbars_stand_out_on_every_page(shared_home: SmallHome, theme: str) -> None:
    app = Widespectrum(shared_home.home, "ann")
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = theme
        for page in PAGES:
            await app.run_action(f"page('{page}')")
            await settled(pilot)
            found = list(scrolling(app.screen))
            assert found, page
            for widget in found:
                track = widget.styles.scrollbar_background
                assert contrast(track, track + widget.styles.scrollbar_color) >= LEAST, widget
