"""The line at the top: the five pages with their keys, the home, and what the worker does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.reactive import reactive
from textual.widget import Widget

from tui.keys import PAGES, key_name

if TYPE_CHECKING:
    from tui.app import Widespectrum


class Tabs(Widget):
    """One line: ` 1 Pairs  2 Grid … ` and, at the right, the worker's state."""

    DEFAULT_CSS = "Tabs { height: 1; background: $panel; color: $text-muted; }"

    news: reactive[str] = reactive("")

    def __init__(self, current: str):
        super().__init__()
        self.current = current

    def on_mount(self) -> None:
        """Show what the app knows of the worker, now and whenever it changes."""
        self.watch(self.app, "worker_news", self._show_news)

    @property
    def _tabs(self) -> dict[str, str]:
        """Each page behind its key, the same on all pages."""
        app: Widespectrum = self.app  # type: ignore[assignment]
        return {name: f" {key_name(f'global.page.{name}', app.given)} {name.title()} " for name in PAGES}

    def _show_news(self, news: str) -> None:
        self.news = news

    def render(self) -> Content:
        """The tabs at the left, the news at the right, cut to the width."""
        parts = [
            Content.styled(tab, "bold reverse" if name == self.current else "") for name, tab in self._tabs.items()
        ]
        tabs = Content("").join(parts)
        room = self.size.width - tabs.cell_length - 2
        news = Content(self.news).truncate(max(room, 0), ellipsis=True)
        return Content.assemble(tabs, " " * max(room - news.cell_length + 1, 1), news)

    def on_click(self, event: Click) -> None:
        """Open the page whose tab was clicked."""
        edge = 0
        for name, tab in self._tabs.items():
            edge += cell_len(tab)
            if event.x < edge:
                self.app.call_later(self.app.run_action, f"page('{name}')")
                return
