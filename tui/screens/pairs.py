"""Pairs: a filtered list of any length, both images of the pair under the cursor, and all that is known of it."""

from __future__ import annotations

import asyncio
import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Label, Static
from textual.worker import get_current_worker

from store import HomeUnusable
from store.queries import facets, pairs
from store.queries.pairs import PairFilter
from tui.keys import bindings
from tui.reading import Reading
from tui.screens.page import Page
from tui.text import content, cut, plain
from tui.views.pairs import chips, edit_words, edited, found, nothing
from tui.widgets.pair_list import PairHead, PairList
from tui.widgets.pair_view import PairView
from tui.widgets.tabs import Tabs

if TYPE_CHECKING:
    from concurrent.futures import Future

    from textual.widgets import Input

    from store.queries.pairs import PairDetail
    from tui.screens.choose import Choose
    from tui.screens.pair_filters import Facet

Result = TypeVar("Result")

FIRST = 64
"""Pairs that are shown before all ids are known."""
IDS_SECONDS = 2.0
"""Between two readings of all ids while others commit."""
SCALES_SECONDS = 10.0
"""For which the scales of the bars hold."""
AHEAD_SECONDS = 0.1
"""A cursor that rests so long makes the neighbours' pictures."""

STEPS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


class Pairs(Page):
    """Narrow: the list above the images; wide: beside them. Enter gives the pair the whole page.

    The first frame has the list alone: the rest is mounted when the first rows are on the screen.
    """

    page = "pairs"
    BINDINGS = bindings("pairs")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 (not a class variable in Textual)
    DEFAULT_CSS = """
    Pairs {
        #chips { height: 1; }
        #searching { display: none; height: 1; padding: 0 1; }
        #search { width: 1fr; margin: 0 1; }
        #found { width: auto; color: $foreground-muted; }
        #body { height: 1fr; layout: vertical; margin-bottom: 1; }
        &.-complete #body { margin-bottom: 0; }
        #list { height: 8; }
        PairView { height: 1fr; padding: 0 1; }
        PairView #pictures { height: 12; }
        &.-searching #searching { display: block; }
        &.-searching #chips { display: none; }
        &.-wide #body { layout: horizontal; }
        &.-wide #list { width: 43%; height: 1fr; }
        &.-wide PairView { width: 1fr; border-left: vkey $panel; }
        &.-wide PairView #pictures { height: 19; }
        &.-open #list { display: none; }
        &.-open PairView { border-left: none; }
        &.-open PairView #pictures { height: 60%; }
    }
    """

    class FirstFound(Message):
        """The first pairs of a filter, with their rows."""

        def __init__(
            self,
            asked: PairFilter,
            wanted: PairFilter,
            scorer: sqlite3.Row | None,
            source: str,
            ids: array[int],
            rows: Sequence[sqlite3.Row],
        ):
            super().__init__()
            self.asked, self.wanted, self.scorer, self.source = asked, wanted, scorer, source
            self.ids, self.rows = ids, rows

    class AllFound(Message):
        """The ids of all pairs that a filter selects, and how many pairs there are."""

        def __init__(self, wanted: PairFilter, ids: array[int], total: int):
            super().__init__()
            self.wanted, self.ids, self.total = wanted, ids, total

    def __init__(self) -> None:
        super().__init__()
        self.wanted = PairFilter()
        self.listed = PairList(self._read_rows)
        self.view = PairView(self.key_name)
        self.total: int | None = None
        self.scorer: sqlite3.Row | None = None
        self.source = ""
        self._scales: dict[int, float] = {}
        self._scales_until = 0.0
        self._detail: Reading[tuple[PairDetail | None, dict[int, float]]] = Reading(
            self, self._read_detail, self._show_detail
        )
        self._ids_timer: Timer | None = None
        self._rest: Timer | None = None
        self._version = -1
        self._text_before = ""
        self._sought: int | None = None

    def compose(self) -> ComposeResult:
        """Tabs and the list; what it shows is read meanwhile."""
        self._find(self.wanted)
        yield Tabs(self.page)
        yield from self.compose_page()

    def compose_page(self) -> ComposeResult:
        """Chips and the list."""
        yield Static(" …", id="chips")
        with Container(id="body"), Vertical(id="list"):
            yield PairHead()
            yield self.listed

    @on(PairList.Painted)
    async def _complete(self) -> None:
        """Mount what the first frame did without."""
        from textual.widgets import Footer, Input

        self.add_class("-complete")
        search = Input(id="search", compact=True, placeholder="words of either prompt")
        await self.mount(
            Horizontal(Label(self.key_name("pairs.search"), markup=False), search, Label(id="found"), id="searching"),
            after=self.query_one("#chips"),
        )
        await self.query_one("#body").mount(self.view)
        await self.mount(Footer(show_command_palette=False))
        self.refresh_bindings()  # a footer that comes late has missed the news of the keys
        self._show_chips(None if self.total is None else len(self.listed.ids))
        self._detail.ask()

    @property
    def search(self) -> Input:
        """Where words are typed."""
        from textual.widgets import Input

        return self.query_one("#search", Input)

    def on_mount(self) -> None:
        """Keys go to the list."""
        self.listed.focus()

    def on_screen_resume(self) -> None:
        """The store may have changed while another page was open."""
        if self.total is not None and self._version != self.instrument.data_version:
            self.store_changed()

    # Finding

    def open_with(self, wanted: PairFilter) -> None:
        """Show what a filter selects; a search that was left for another page is over."""
        self.remove_class("-open")
        if self.has_class("-searching"):
            self._end_search(wanted.text)
        self.ask(wanted)
        self.listed.focus()

    def ask(self, wanted: PairFilter) -> None:
        """Change the filter."""
        if wanted != self.wanted:
            self.wanted = wanted
            self._find(wanted)

    @work(thread=True, exclusive=True, group="find")
    def _find(self, asked: PairFilter) -> None:
        """The first pairs with their rows, and then the ids of all, unless something else was asked for meanwhile."""
        reader, wanted = self.reader, asked
        if wanted.scorer_id is None:
            wanted = replace(wanted, scorer_id=facets.first_scorer(reader))
        first = pairs.pair_ids(reader, wanted, FIRST)
        rows = pairs.pair_rows(reader, first, wanted.scorer_id)
        scorer = next((row for row in pairs.scorers(reader) if row["id"] == wanted.scorer_id), None)
        source = facets.source_name(reader, wanted.source_id) if wanted.source_id is not None else ""
        self.post_message(self.FirstFound(asked, wanted, scorer, source, first, rows))
        if not get_current_worker().is_cancelled:
            ids = first if len(first) < FIRST else pairs.pair_ids(reader, wanted)
            self.post_message(self.AllFound(wanted, ids, pairs.count_pairs(reader)))

    @work(thread=True, exclusive=True, group="find again")
    def _find_again(self, wanted: PairFilter) -> None:
        """The ids of all, while what was found before stays on the screen."""
        reader = self.reader
        self.post_message(self.AllFound(wanted, pairs.pair_ids(reader, wanted), pairs.count_pairs(reader)))

    @on(FirstFound)
    def _show_first(self, event: FirstFound) -> None:
        if event.asked == self.wanted:
            self.wanted, self.scorer, self.source = event.wanted, event.scorer, event.source
            self._version = self.instrument.data_version
            self.listed.set_ids(event.ids, event.rows, keep=False)
            self._show_chips(None)

    @on(AllFound)
    def _show_all(self, event: AllFound) -> None:
        if event.wanted == self.wanted:
            self.total = event.total
            if event.ids != self.listed.ids:
                self.listed.set_ids(event.ids)
            self._reach_sought()
            self._show_chips(len(event.ids))
            self.view.say_nothing(nothing(self.wanted, self.total, self.key_name))

    def _show_chips(self, shown: int | None) -> None:
        """Name every filter, and how many pairs it leaves where that is known."""
        self.query_one("#chips", Static).update(
            chips(self.wanted, self.scorer, self.source, shown, self.total, self.key_name), layout=False
        )
        if self.has_class("-searching"):
            keys = f"Enter keeps, {self.key_name('pairs.back')} leaves"
            self.query_one("#found", Label).update(content(f"{found(shown, self.total)} · {keys}"))

    def _read_rows(self, ids: list[int]) -> Sequence[sqlite3.Row]:
        return pairs.pair_rows(self.reader, ids, self.wanted.scorer_id)

    def store_changed(self) -> None:
        """Read again what is in view, soon; and all ids, seldom."""
        self._version = self.instrument.data_version
        if self.wanted.scorer_id is None:
            self._find(self.wanted)
            return
        self.listed.forget()
        self._detail.news()
        if self._ids_timer is None:
            self._ids_timer = self.set_timer(IDS_SECONDS, self._look_again)

    def _look_again(self) -> None:
        self._ids_timer = None
        self._find_again(self.wanted)

    # The pair under the cursor

    @on(PairList.Moved)
    def _pair_changed(self) -> None:
        if self.has_class("-complete"):
            self._detail.ask()

    def _read_detail(self) -> tuple[PairDetail | None, dict[int, float]]:
        if monotonic() > self._scales_until:
            self._scales = facets.margin_scales(self.reader)
            self._scales_until = monotonic() + SCALES_SECONDS
        pair_id = self.listed.pair_id
        return pairs.pair_detail(self.reader, pair_id) if pair_id is not None else None, self._scales

    def _show_detail(self, found: tuple[PairDetail | None, dict[int, float]]) -> None:
        pair, scales = found
        self.view.show(pair, scales)
        if self._rest:
            self._rest.stop()
        self._rest = self.set_timer(AHEAD_SECONDS, self._look_ahead)

    def _look_ahead(self) -> None:
        at, ids = self.listed.cursor, self.listed.ids
        self._make_ahead([ids[i] for i in (at + 1, at - 1, at + 2) if 0 <= i < len(ids)])

    @work(thread=True, exclusive=True, group="ahead")
    def _make_ahead(self, ids: list[int]) -> None:
        worker = get_current_worker()
        for pair_id in ids:
            pair = pairs.pair_detail(self.reader, pair_id)
            if pair and not worker.is_cancelled:
                self.view.ahead([pair])

    # Keys

    def action_go(self, where: str) -> None:
        """Move the crop, the text, or the cursor, whichever is being moved."""
        if where in STEPS and self.view.centre:
            self.view.pan(*STEPS[where])
        elif where in ("left", "right"):
            if not self.has_class("-open"):
                (self.view if where == "right" else self.listed).focus()
        elif self.view.has_focus:
            page = max(self.view.size.height - 2, 1)
            lines = {"up": -2, "down": 2, "page_up": -page, "page_down": page, "top": -10_000, "bottom": 10_000}
            self.view.scroll_relative(y=lines[where], animate=False)
        else:
            page, end = self.listed.page_lines, len(self.listed.ids)
            steps = {"up": -1, "down": 1, "page_up": -page, "page_down": page, "top": -end, "bottom": end}
            self.listed.move(steps[where])

    def action_step(self, where: str) -> None:
        """The next or the previous pair, wherever the focus is."""
        self.listed.move(1 if where == "next" else -1)

    def action_open(self) -> None:
        """Give the pair the whole page, or the list its place back."""
        if self.toggle_class("-open").has_class("-open"):
            self.view.focus()
        else:
            self.listed.focus()

    @on(PairList.Opened)
    def _open_clicked(self) -> None:
        self.action_open()

    def action_back(self) -> None:
        """Leave the search, the crop, the difference, the swap, or the opened pair: the innermost of them."""
        view = self.view
        if self.has_class("-searching"):
            self._end_search(self._text_before)
        elif view.centre:
            view.toggle_crop()
        elif view.difference:
            view.toggle_difference()
        elif view.swapped:
            view.swap()
        elif self.has_class("-open"):
            self.action_open()
        else:
            self.listed.focus()

    def action_crop(self) -> None:
        """Pixel for pixel, or whole."""
        self.view.toggle_crop()

    def action_swap(self) -> None:
        """Each image in the other's place."""
        self.view.swap()

    def action_difference(self) -> None:
        """The difference in the right place."""
        self.view.toggle_difference()

    def action_provenance(self) -> None:
        """How the images were made."""
        self.view.toggle_provenance()

    def action_clear(self) -> None:
        """Every pair, in the same order, under the same scorer."""
        if self.view.is_mounted:
            self.search.value = ""
        self.ask(PairFilter(scorer_id=self.wanted.scorer_id, order=self.wanted.order))

    def redraw(self) -> None:
        """Draw the pictures again too."""
        self.view.redraw()
        super().redraw()

    # Searching

    def action_search(self) -> None:
        """Find words in the prompts while they are typed."""
        if self.view.is_mounted:
            self._text_before = self.search.value = self.wanted.text
            self.add_class("-searching")
            self.refresh_bindings()
            self._show_chips(None if self.total is None else len(self.listed.ids))
            self.set_focus(self.search)  # now: the letters of the same burst are words

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No search is offered within the search."""
        return action != "search" or not self.has_class("-searching")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask for what was typed."""
        if self.has_class("-searching"):
            self.ask(replace(self.wanted, text=event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what was typed."""
        self._end_search(event.value)

    def _end_search(self, text: str) -> None:
        self.remove_class("-searching")
        self.refresh_bindings()
        self.search.value = text
        self.ask(replace(self.wanted, text=text))
        self.listed.focus()

    # Dialogs

    def action_filter(self, name: str) -> None:
        """Set one part of the filter; the counts come after the options."""
        from tui.screens.choose import Choose
        from tui.screens.pair_filters import FACETS

        facet, wanted = FACETS[name], self.wanted
        options = facet.options(self.reader, wanted)
        if len(options) <= bool(facet.whole):
            self.notify("there is nothing to choose from yet")
            return
        dialog: Choose[tuple[Any]] = Choose(facet.heading, options, (getattr(wanted, facet.field),))

        def take(chosen: tuple[Any] | None) -> None:
            if chosen is not None:
                self.ask(replace(self.wanted, **{facet.field: chosen[0]}))

        self.app.push_screen(dialog, take)
        if facet.counts is not None:
            self._count(facet, wanted, dialog)

    @work(thread=True, exclusive=True, group="counts")
    def _count(self, facet: Facet, wanted: PairFilter, dialog: Choose[tuple[Any]]) -> None:
        assert facet.counts
        options = facet.options(self.reader, wanted, facet.counts(self.reader, wanted))
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(dialog.offer, options)

    def action_judge(self) -> None:
        """Say which image follows P_a; kept with the order shown and the fidelity seen."""
        from tui.screens.choose import Choice, Choose

        pair = self.view.pair
        if self.instrument.read_only:
            self.notify("read-only: no verdict can be kept", severity="warning")
        elif pair is not None:
            order, fidelity = self.view.order_shown, self.view.fidelity
            options = [
                Choice("wide", f"{'◂' if self.view.swapped else '▸'} the wide image, I_a"),
                Choice("original", f"{'▸' if self.view.swapped else '◂'} the original image, I_o"),
                Choice("tie", "= both alike"),
                Choice("neither", "– neither"),
            ]

            def take(choice: str | None) -> None:
                if choice is not None:
                    self._keep_verdict(pair.id, choice, order, fidelity)

            self.app.push_screen(Choose(f"Which image follows P_a? (seen as {fidelity})", options), take)

    @work(group="write")
    async def _keep_verdict(self, pair_id: int, choice: str, order: str, fidelity: str) -> None:
        try:
            await _ended(self.instrument.ledger.judge(pair_id, choice, order, fidelity))
        except HomeUnusable as error:
            self._say_not_kept(error)
        self._detail.ask()

    def action_undo(self) -> None:
        """Take back this curator's latest verdict, of this sitting or an earlier one, and go to its pair."""
        if self.instrument.read_only:
            self.notify("read-only: nothing can be undone from here", severity="warning")
        else:
            self._take_back()

    @work(group="write")
    async def _take_back(self) -> None:
        try:
            taken = await _ended(self.instrument.ledger.undo_verdict())
        except HomeUnusable as error:
            self._say_not_kept(error)
            return
        if taken is None:
            words = f"no verdict is left that {self.instrument.curator} could take back"
        else:
            words = f"↶ undone: {taken.choice}, of pair {taken.pair_id}: {taken.caption}"
            if taken.pair_id in self.listed.ids:
                self.listed.cursor = self.listed.ids.index(taken.pair_id)
            self._detail.ask()
        self.notify(cut(words, 400), markup=False)

    def _say_not_kept(self, error: Exception) -> None:
        self.notify(cut(f"not kept: {error}", 400), severity="error", markup=False)

    def action_edit(self) -> None:
        """Say P_a in other words: they are kept beside it, and a run makes the pair that they ask for."""
        from tui.screens.ask import Ask

        pair = self.view.pair
        if self.instrument.read_only:
            self.notify("read-only: no prompt can be edited from here", severity="warning")
        elif pair is not None:

            def take(text: str | None) -> None:
                if text is not None and text != plain(pair.wide_prompt):
                    self._keep_edit(pair.id, text)

            note = "kept beside the original, with a new image and new scores"
            self.app.push_screen(Ask(f"P_a of pair {pair.id}, edited", pair.wide_prompt, note), take)

    @work(thread=True, group="write")
    def _keep_edit(self, pair_id: int, text: str) -> None:
        from engine.edits import edit_prompts, start_edited
        from engine.runs import ensure_worker

        try:
            run_id, *_ = start_edited(self.home, edit_prompts(self.home, {pair_id: text}, self.instrument.curator))
            ensure_worker(self.home)
        except (ValueError, HomeUnusable) as error:  # it can't be edited, or a catalogue can't be read
            self.app.call_from_thread(self._say_not_kept, error)
            return
        self.app.call_from_thread(self._say_kept, run_id)

    def _say_kept(self, run_id: int) -> None:
        key = self.key_name("pairs.edited")
        self.notify(f"kept beside the original: run {run_id} makes the new pair, and {key} goes to it", markup=False)
        self._detail.ask()

    def action_edited(self) -> None:
        """Go to the pair of the latest edit of P_a, or from such a pair to the one whose P_a was edited."""
        pair = self.view.pair
        if pair is None:
            return
        if other := edited(pair):
            self._seek(other)
        elif pair.edits:
            self.notify(f"there is no new pair yet: {edit_words(pair.edits[-1])}", markup=False)
        else:
            self.notify(f"nobody has edited this P_a yet: {self.key_name('pairs.edit')} edits it", markup=False)

    def _seek(self, pair_id: int) -> None:
        """Put the cursor on a pair; where the filter leaves it out, or it is too new for the list, find all first."""
        self._sought = pair_id
        if pair_id in self.listed.ids:
            self._reach_sought()
            return
        self.search.value = ""
        every = PairFilter(scorer_id=self.wanted.scorer_id)
        if self.wanted == every:
            self._find_again(every)
        else:
            self.ask(every)

    def _reach_sought(self) -> None:
        """The pair that is sought is among those that were found, or is no more sought."""
        if self._sought is not None and self._sought in self.listed.ids:
            self.listed.cursor = self.listed.ids.index(self._sought)
        self._sought = None

    async def action_triage(self) -> None:
        """Decide on these pairs, one at a time."""
        if self.listed.ids:
            await self.instrument.open_triage("pair", self.listed.ids)


async def _ended(future: Future[Result]) -> Result:
    """What the ledger did. It does it even where the page no longer waits."""
    return await asyncio.shield(asyncio.wrap_future(future))
