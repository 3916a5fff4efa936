"""What the five pages share: the tabs above, the footer below, and news from the store."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.screen import Screen

from store import Home
from tui.keys import key_name
from tui.widgets.tabs import Tabs

if TYPE_CHECKING:
    from tui.app import Widespectrum


class Page(Screen[None]):
    """One of the pages. A subclass gives `page`, `BINDINGS = bindings(page)` and `compose_page`.

    Nothing here may wait: a page reads the store in a thread (`tui.reading`) and shows what came back.
    """

    page: ClassVar[str]

    @property
    def instrument(self) -> Widespectrum:
        """The app, with its own type."""
        from tui.app import Widespectrum

        assert isinstance(self.app, Widespectrum)
        return self.app

    @property
    def home(self) -> Home:
        """The open home."""
        return self.instrument.home

    @property
    def reader(self) -> sqlite3.Connection:
        """The reading connection of the calling thread."""
        return self.home.database.reader()

    def key_name(self, action: str) -> str:
        """What the key of an action is called as it is bound now, for a hint on this page."""
        return key_name(action, self.instrument.given, self.page)

    def compose(self) -> ComposeResult:
        """Tabs, the page itself, and the footer."""
        from textual.widgets import Footer  # its import would delay a page that mounts it after its first frame

        yield Tabs(self.page)
        yield from self.compose_page()
        yield Footer(show_command_palette=False)

    def compose_page(self) -> ComposeResult:
        """The widgets between the tabs and the footer."""
        raise NotImplementedError

    def store_changed(self) -> None:
        """Called when any process has committed something; the page reads again what it shows."""

    def redraw(self) -> None:
        """Called when the terminal may have lost its pictures."""
        self.refresh(layout=True)
