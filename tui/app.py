"""The app: opens the pages, watches the store for news, and knows nothing of what a page shows."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.reactive import reactive
from textual.screen import Screen

from store import Home
from tui.keys import GLOBAL, KEYS, bindings, key_name, load_keymap
from tui.screens.page import Page
from tui.text import plain

if TYPE_CHECKING:
    from store.queries.pairs import PairFilter
    from store.queries.triage import SubjectName
    from tui.ledger import Ledger
    from tui.pictures.gallery import Gallery

NEWS_SECONDS = 0.5
"""How often the store is asked whether anyone has committed: one pragma, no query."""
WORKER_SECONDS = 3.0
"""How often the worker that is shown is looked for: one that was killed commits nothing any more."""


def _pairs() -> Screen[None]:
    from tui.screens.pairs import Pairs

    return Pairs()


def _grid() -> Screen[None]:
    from tui.screens.grid import GridPage

    return GridPage()


def _board() -> Screen[None]:
    from tui.screens.board import Board

    return Board()


def _triage() -> Screen[None]:
    from tui.screens.triage import Triage

    return Triage()


def _runs() -> Screen[None]:
    from tui.screens.runs import Runs

    return Runs()


class Widespectrum(App[None]):
    """The terminal instrument on one home.

    Args:
        home: the open home.
        curator: who decides, in the curation log.
        read_only: nothing can be decided, started or changed from here.
        images: the protocol that `tui.images.choose` decided on before the app started.
    """

    TITLE = "widespectrum"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    BINDINGS = bindings(GLOBAL)
    MODES: ClassVar[dict[str, Callable[[], Screen[None]]]] = {  # type: ignore[assignment]
        "pairs": _pairs,
        "grid": _grid,
        "board": _board,
        "triage": _triage,
        "runs": _runs,
    }
    DEFAULT_MODE = "pairs"

    worker_news: reactive[str] = reactive("")

    def __init__(self, home: Home, curator: str, read_only: bool = False, images: str = "half"):
        super().__init__()
        self.home, self.curator, self.read_only, self.images = home, curator, read_only, images
        self.previous_page = "pairs"
        self.given = load_keymap(home.folder / "keymap.toml")  # before the screen is taken: it may be refused
        self.data_version = self._stored_version()
        self._leaving = False

    def on_mount(self) -> None:
        """Use the home's keymap and begin to watch the store."""
        self.set_keymap(self.given)
        self.set_interval(NEWS_SECONDS, self._look_for_news)
        self.set_interval(WORKER_SECONDS, self._look_for_worker)
        self.call_after_refresh(self._read_worker_news)  # the first frame does not wait for it

    def _stored_version(self) -> int:
        """Another number whenever any other connection has committed."""
        return int(self.home.database.reader().execute("PRAGMA data_version").fetchone()[0])

    def _look_for_news(self) -> None:
        if not self.screen_stack:
            return  # the app is closing
        if not self.is_headless and not (sys.__stdin__ and sys.__stdin__.isatty()):
            signal.raise_signal(signal.SIGHUP)  # the line has dropped, and who started us, `make` say, kept it from us
        if not self.home.is_there:
            self._leave_what_is_gone()
            return
        version = self._stored_version()
        if version != self.data_version:
            self.data_version = version
            self._read_worker_news()
            if isinstance(self.screen, Page):
                self.screen.store_changed()

    def _look_for_worker(self) -> None:
        if self.worker_news:
            self._read_worker_news()

    @work(thread=True, exclusive=True, group="worker-news")
    def _read_worker_news(self) -> None:
        from store.queries.work import live_workers

        workers = live_workers(self.home.database.reader())
        news = " · ".join(plain(f"{worker['device']}: {worker['doing'] or 'waiting'}") for worker in workers)
        self.call_from_thread(setattr, self, "worker_news", news)

    @cached_property
    def ledger(self) -> Ledger:
        """Where decisions are written, in the order of the keys."""
        from tui.ledger import Ledger

        return Ledger(self.home, self.curator)

    @cached_property
    def gallery(self) -> Gallery:
        """The pictures that previews show, and how this terminal can show them."""
        from tui.pictures.gallery import Gallery

        system = self.console.color_system
        colours = "grey" if self.no_color else "few" if system == "256" else "colour"
        if system in (None, "standard") or self.native_ansi_color:
            colours = "none"
        protocol = "half" if self.images == "kitty" and system != "truecolor" else self.images
        return Gallery(self.home, protocol, colours, self.send)

    def send(self, sequence: str) -> None:
        """Write a sequence to the terminal through the driver, so that it falls between two frames."""
        if self._driver:
            self._driver.write(sequence)
            self._driver.flush()

    def on_unmount(self) -> None:
        """Write what still waits, and free the pictures that the terminal holds."""
        if "ledger" in self.__dict__:
            self.ledger.close()
        if "gallery" in self.__dict__:
            self.gallery.clear()

    async def open_pairs(self, wanted: PairFilter) -> None:
        """Open the Pairs page on what a filter selects."""
        from tui.screens.pairs import Pairs

        await self.switch_mode("pairs")
        assert isinstance(self.screen, Pairs)
        self.screen.open_with(wanted)

    async def open_triage(self, subject: SubjectName, ids: Sequence[int]) -> None:
        """Open the Triage page on these images or pairs, in this order."""
        from tui.screens.triage import Triage

        if self.current_mode != "triage":
            self.previous_page = self.current_mode
            await self.switch_mode("triage")
        assert isinstance(self.screen, Triage)
        self.screen.open_with(subject, ids)

    def action_page(self, name: str) -> None:
        """Open a page."""
        if name != self.current_mode:
            self.previous_page = self.current_mode
            self.switch_mode(name)

    async def action_quit(self) -> None:
        """Leave once every decision is written; what could not be written is said in the terminal."""
        await self._leave()

    async def _leave(self, *reasons: str) -> None:
        """Leave, with these reasons and what could not be written in the terminal."""
        if not self._leaving:
            self._leaving = True
            failed = await asyncio.to_thread(self.ledger.close) if "ledger" in self.__dict__ else []
            said = [*reasons, *(f"not kept: {plain(why)}" for why in failed)]
            self.exit(return_code=bool(said), message="\n".join(said) or None)

    def _leave_what_is_gone(self) -> None:
        self.call_later(self._leave, f"home {plain(str(self.home.folder))} is not there any more")

    def _handle_exception(self, error: Exception) -> None:
        """Whatever went wrong because the home is gone is told in one line, without a traceback."""
        if self.home.is_there:
            super()._handle_exception(error)
        else:
            self._leave_what_is_gone()

    def action_help(self) -> None:
        """Show the keys of the page and what the words mean."""
        from tui.screens.help import Help

        self.push_screen(Help(self.current_mode, self.given))

    def action_redraw(self) -> None:
        """Draw everything again: a multiplexer may have lost the pictures."""
        if isinstance(self.screen, Page):
            self.screen.redraw()
        self.refresh(repaint=True, layout=True)

    def action_toggle_dark(self) -> None:
        """Change between the dark and the light theme."""
        self.theme = "textual-light" if self.current_theme.dark else "textual-dark"

    def action_screenshot_file(self) -> None:
        """Save the screen as SVG in the home's `exports`."""
        if self.read_only:
            self.notify("read-only: no picture of the screen is saved in the home", severity="warning", markup=False)
            return
        folder = self.home.folder / "exports"
        try:
            folder.mkdir(exist_ok=True)
            saved = self.save_screenshot(path=str(folder))
        except OSError as error:
            self.notify(plain(f"not saved: {error}"), severity="error", markup=False)
        else:
            self.notify(plain(f"saved {saved}"), markup=False)

    def action_command_palette(self) -> None:
        """Find an action by name."""
        from tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every action of the key table that works on this page."""
        for key in KEYS:
            if key.page in (GLOBAL, self.current_mode) and key.action != "command_palette":
                name = key_name(key.id, self.given, self.current_mode)
                yield SystemCommand(f"{key.label}  ({name})", key.help, self._runner(key.action))

    def _runner(self, action: str) -> Callable[[], None]:
        async def run() -> None:
            target = self.screen if hasattr(self.screen, f"action_{action.split('(')[0]}") else self
            await self.run_action(action, target)

        def start() -> None:
            self.call_later(run)

        return start
