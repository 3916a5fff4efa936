"""Triage: photographs or pairs one at a time, by one dimension. One key decides, and the next one is there.

The screen shows a decision at once and the ledger writes it. The queue is fixed when it is opened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import TypeVar

from textual import work
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from engine.taxonomy import DIMENSIONS
from store.queries.triage import (
    SCOPES,
    Entry,
    Order,
    Standing,
    SubjectName,
    TriageFilter,
    TriageItem,
    dimension_counts,
    orders,
    standings,
    status_counts,
    triage_ids,
    triage_items,
)
from tui.keys import bindings
from tui.ledger import Ledger, TakenBack
from tui.pictures.look import Look
from tui.reading import Reading
from tui.screens.ask import Ask
from tui.screens.choose import Choice, Choose
from tui.screens.page import Page
from tui.screens.tags import Tags
from tui.text import content, cut, plain
from tui.views.known import Known
from tui.views.sitting import Sitting
from tui.views.triage import (
    STATUS_WORDS,
    SUBJECTS,
    chips,
    chosen_elsewhere,
    content_lines,
    done,
    item_title,
    nothing,
    progress,
    taken_back,
)
from tui.views.triage_choices import ANY, dimension_choices, order_choices, status_choices
from tui.widgets.preview import Preview
from tui.widgets.triage_facts import facts

Result = TypeVar("Result")

BEFORE, AFTER = 2, 5
"""How many neighbours are read with the entry shown."""
READING = "still being read"
EDITABLE = {
    "caption": "Caption P_o: the subject alone",
    "wide_prompt": "Wide prompt P_a: the same subject, with the effects it asks for",
    "title": "Title",
    "author": "Author, as credited",
    "license": "Licence",
    "note": "Note",
}


class Triage(Page):
    """One queue, one entry of it, and what was decided last."""

    page = "triage"
    BINDINGS = bindings("triage")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    Triage #chips, Triage #last, Triage #progress { height: 1; padding: 0 1; }
    Triage #chips { background: $surface; }
    Triage #body { height: 1fr; }
    Triage #pictures { width: 5fr; layout: vertical; }
    Triage #facts { width: 4fr; padding: 0 1; scrollbar-size-vertical: 1; }
    Triage #facts Static { height: auto; }
    Triage.-wide #pictures { width: 1fr; layout: horizontal; padding: 1 1 0 1; }
    Triage.-wide #facts { width: 54; padding: 1 2; }
    Triage .which { height: 1; text-align: center; color: $text-muted; }
    Triage #original, Triage .which { display: none; }
    Triage.-pair #original, Triage.-pair .which { display: block; }
    Triage.-wide #original { margin-right: 1; }
    Triage.-wide #original Preview { margin-bottom: 1; }
    Triage #empty { height: 1fr; content-align: center middle; text-align: center; display: none; }
    Triage.-empty #body { display: none; }
    Triage.-empty #empty { display: block; }
    """

    @dataclass
    class QueueRead(Message):
        """A queue that was asked for has come."""

        wanted: TriageFilter
        entries: list[Entry]

    @dataclass
    class ItemsRead(Message):
        """Facts have come that were asked for at a moment of `Known`."""

        moment: int
        entries: list[Entry]
        items: dict[Entry, TriageItem]

    @dataclass
    class Undone(Message):
        """The latest decision was taken back; None: there was none."""

        taken: TakenBack | None

    @dataclass
    class Failed(Message):
        """The store refused something; `entry` and `action` say what, where it was a decision."""

        reason: str
        entry: Entry | None = None
        action: str = ""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = TriageFilter()
        self.given = ""
        self.sitting = Sitting([])
        self.loaded = False
        self.known = Known()
        self.advance = True
        self.scores_shown = False
        self._scores: tuple[Entry, Sequence[Standing]] | None = None
        self._scoring = Reading(self, self._read_scores, self._show_scores)
        self._fetching = self._fetch_again = False

    @property
    def ledger(self) -> Ledger:
        """Where decisions are written."""
        return self.instrument.ledger

    @property
    def item(self) -> TriageItem | None:
        """What is shown; None while it is being read, and past the end."""
        return self.known.item(self.sitting.current)

    def compose_page(self) -> ComposeResult:
        """What the queue is, the pictures, the facts, the last decision, how far it is."""
        yield Static(id="chips")
        with Horizontal(id="body"):
            with Container(id="pictures"):
                with Vertical(id="original"):
                    yield Static("I_o  original", classes="which")
                    yield Preview(badge=False)
                with Vertical(id="image"):
                    yield Static("I_a  wide", classes="which")
                    yield Preview()
            with VerticalScroll(id="facts", can_focus=False):
                yield Static()
        yield Static(id="empty")
        yield Static(id="last")
        yield Static(id="progress")

    def on_mount(self) -> None:
        """Get ready to write, and read the first queue."""
        if not self.instrument.read_only:
            self.ledger.warm()
        self.load(self.wanted)

    # What is in the queue.

    def load(self, wanted: TriageFilter) -> None:
        """Read another queue; the one shown stays until it has come."""
        self.wanted, self.given = wanted, ""

        def queue(reader: Connection) -> list[Entry]:
            return [Entry(wanted.subject, subject_id) for subject_id in triage_ids(reader, wanted)]

        self._ask(queue, lambda entries: self.QueueRead(wanted, entries))
        self.query_one("#chips", Static).update(chips(wanted, "", self.key_name))

    def open_with(self, subject: SubjectName, ids: Sequence[int]) -> None:
        """Triage these, in this order, whatever their dimensions and status."""
        self.wanted = TriageFilter(subject, None, None, "every")
        self.given = chosen_elsewhere(len(ids), subject)
        self._begin([Entry(subject, subject_id) for subject_id in ids])

    def on_triage_queue_read(self, event: QueueRead) -> None:
        """Begin, unless another queue was asked for meanwhile."""
        if event.wanted == self.wanted and not self.given:
            self._begin(event.entries)

    def _begin(self, entries: list[Entry]) -> None:
        self.sitting, self.loaded = Sitting(entries), True
        self.known.clear()
        self.say(Content(""))
        self.show()

    def store_changed(self) -> None:
        """Read again what is shown; the queue stays as it is."""
        self._fetch(again=True)
        if self.scores_shown:
            self._scoring.news()

    def redraw(self) -> None:
        """Send the pictures again."""
        for preview in self.query(Preview):
            preview.redraw()

    def _fetch(self, again: bool = False) -> None:
        """Read the facts of the entry shown and of its neighbours, where they are not there yet."""
        around = self.sitting.around(BEFORE, AFTER)
        missing = around if again else self.known.missing(around)
        if self._fetching:
            self._fetch_again |= again
        elif missing:
            self._fetching, moment = True, self.known.moment
            self._ask(
                lambda reader: triage_items(reader, missing), lambda items: self.ItemsRead(moment, missing, items)
            )

    def on_triage_items_read(self, event: ItemsRead) -> None:
        """Keep the facts, except of what was decided on after they were asked for."""
        self._fetching = False
        self.known.keep(event.moment, event.entries, event.items)
        again, self._fetch_again = self._fetch_again, False
        self.show(again)

    def _ask(self, question: Callable[[Connection], Result], answer: Callable[[Result], Message]) -> None:
        """Read in the ledger's thread, and hear of it by a message."""
        self._hear(self.ledger.read(question), answer)

    def _hear(
        self,
        future: Future[Result],
        answer: Callable[[Result], Message] | None,
        entry: Entry | None = None,
        action: str = "",
    ) -> None:
        """Have a message posted when something has been read or written; None: only if it failed."""

        def ended(future: Future[Result]) -> None:
            if error := future.exception():
                self.post_message(self.Failed(str(error), entry, action))
            elif answer:
                self.post_message(answer(future.result()))

        future.add_done_callback(ended)

    # What is on the screen.

    def show(self, again: bool = False) -> None:
        """Draw everything from what is known, and read what is not, or (`again`) all of it."""
        current, item = self.sitting.current, self.item
        gone = self.known.is_gone(current)
        with self.app.batch_update():
            self.set_class(self.loaded and (current is None or gone), "-empty")
            self.set_class(current is not None and current.subject == "pair", "-pair")
            self.query_one("#chips", Static).update(chips(self.wanted, self.given, self.key_name))
            stays = f"{self.key_name('triage.advance')}: stays after a decision"
            remarks = [stays] * (not self.advance) + ["read-only"] * self.instrument.read_only
            self.query_one("#progress", Static).update(progress(self.sitting, remarks))
            if item:
                self._show_item(item)
            elif gone and current:
                lines = [f"{current.subject} {current.id} is no longer in the store", ""]
                lines.append(f"{self.key_name('triage.move.next')} goes on")
                self.query_one("#empty", Static).update(content_lines(lines))
            elif self.loaded and current is None:
                self.query_one("#empty", Static).update(nothing(self.wanted, self.sitting, self.key_name))
        self._fetch(again)

    def _show_item(self, item: TriageItem) -> None:
        *originals, image = item.images
        self.query_one("#image Preview", Preview).show(*image)
        for original in originals:
            self.query_one("#original Preview", Preview).show(*original)
        scores = self._scores[1] if self._scores and self._scores[0] == item.entry else []
        shown = facts(item, self.wanted.dimension, scores if self.scores_shown else None, self.key_name)
        self.query_one("#facts Static", Static).update(shown)
        self._look_ahead()

    @work(thread=True, exclusive=True, group="ahead")
    def _look_ahead(self) -> None:
        """Make the next picture ready."""
        position = self.sitting.position + 1
        for entry in self.sitting.entries[position : position + 1]:
            if item := self.known.item(entry):
                for place, image in zip(("#image", "#original"), reversed(item.images), strict=False):
                    self.query_one(f"{place} Preview", Preview).ahead(Look(*image))

    def say(self, line: Content) -> None:
        """What was done last."""
        self.query_one("#last", Static).update(line)

    def _went(self) -> None:
        """Another entry is shown: from its top, and blind until its scores have come."""
        self.query_one("#facts", VerticalScroll).scroll_home(animate=False)
        self.show()
        if self.scores_shown:
            self._scoring.ask()

    # Decisions.

    def _may(self) -> Entry | None:
        """The entry to decide on; None, with the reason on the screen, where nothing can be decided."""
        if self.instrument.read_only:
            self.say(Content("read-only: nothing can be decided from here"))
        elif self.sitting.current is None:
            self.say(Content("nothing is shown that could be decided on" if self.loaded else READING))
        else:
            return self.sitting.current
        return None

    def _may_change(self) -> tuple[Entry, TriageItem] | None:
        """As `_may`, with the facts that are to be changed."""
        entry, item = self._may(), self.item
        if entry and not item:
            self.say(Content(READING))
        return (entry, item) if entry and item else None

    def _write(self, entry: Entry, action: str, value: str = "") -> None:
        """Show a decision at once, and have it written."""
        self.known.decide(entry, action, value)
        self.say(done(action, value, item_title(self.known.item(entry))))
        self._hear(self.ledger.decide(entry, action, value), None, entry, action)

    def action_decide(self, action: str) -> None:
        """Accept, reject or skip, and go on."""
        if entry := self._may():
            self._write(entry, action)
            self._settle(entry, action, self.advance or action == "skip")

    def _settle(self, entry: Entry, action: str, go_on: bool) -> None:
        self.sitting.decide(entry, action, time.monotonic())
        if go_on:
            self.sitting.move(1)
            self._went()
        else:
            self.show()

    def action_stars(self, stars: int) -> None:
        """Give stars, or none."""
        if entry := self._may():
            self._write(entry, "stars", str(stars))
            self.show()

    def action_answer(self, action: str) -> None:
        """Say whether the dimension is there; where that is all that is asked, go on."""
        dimension = self.wanted.dimension
        if not dimension:
            chooses, yes, no = map(self.key_name, ("triage.dimension", "triage.answer.tag", "triage.answer.untag"))
            self.say(content(f"{chooses} chooses the dimension that {yes} and {no} are about"))
        elif entry := self._may():
            self._write(entry, action, dimension)
            if self.wanted.scope == "open":
                self._settle(entry, action, self.advance)
            else:
                self.show()

    def action_undo(self) -> None:
        """Take back this curator's latest decision, of this sitting or an earlier one."""
        if self.instrument.read_only:
            self.say(Content("read-only: nothing can be undone from here"))
        else:
            self._hear(self.ledger.undo(), self.Undone)

    def on_triage_undone(self, event: Undone) -> None:
        """Go to what it was about."""
        if event.taken is None:
            self.say(content(f"nothing is left that {self.instrument.curator} could undo"))
            return
        entry, action, value, item = event.taken
        self.known.forget(entry)
        self.sitting.take_back(entry, action)
        self.sitting.jump(entry)
        self.say(taken_back(action, value, item_title(item)))
        self._went()

    def on_triage_failed(self, event: Failed) -> None:
        """Say what was not kept, and show what stands in the store."""
        self._fetching = False
        words = f"{item_title(self.known.item(event.entry))}: not kept" if event.entry else "the store can't be used"
        self.notify(cut(f"{words}: {event.reason}", 400), severity="error", markup=False)
        if event.entry:
            self.sitting.take_back(event.entry, event.action)
            self.known.clear()
            self.show()

    async def action_tags(self) -> None:
        """Tag any dimension."""
        if found := self._may_change():
            entry, item = found

            def answer(dimension: str, present: bool) -> None:
                self._write(entry, "tag" if present else "untag", dimension)
                self.show()

            title = f"Dimensions of {cut(item_title(item), 40)}"
            await self.app.push_screen(Tags(title, item.proposed, item.tags, answer))

    async def action_edit(self, field: str = "") -> None:
        """Edit a text; with no field named, choose one first."""
        found = self._may_change()
        if not found:
            return
        entry, item = found
        if not field:
            fields = [Choice(name, heading, getattr(item, name)) for name, heading in EDITABLE.items()]
            await self.app.push_screen(Choose("Edit", fields), self._edit_chosen)
            return
        if item.kind == "pair" and field != "note":
            note = self.key_name("triage.edit.note")
            self.say(content(f"a pair's prompts made its images and can't be edited; {note} writes a note"))
            return

        def keep(text: str | None) -> None:
            if text is not None and text != plain(getattr(item, field)):
                self._write(entry, field, text)
                self.show()

        await self.app.push_screen(Ask(EDITABLE[field], getattr(item, field), cut(item_title(item), 50)), keep)

    async def _edit_chosen(self, field: str | None) -> None:
        if field:
            await self.action_edit(field)

    # Moving, and choosing what to triage.

    def action_move(self, way: str) -> None:
        """Go to the next, the previous or the first one, or to the end, without a decision."""
        size = len(self.sitting.entries)
        self.sitting.move({"next": 1, "previous": -1, "first": -size, "end": size}[way])
        self._went()

    def action_scroll_facts(self, way: str) -> None:
        """Scroll the facts where they are longer than the screen."""
        self.query_one("#facts", VerticalScroll).scroll_relative(y=5 if way == "down" else -5, animate=False)

    def action_back(self) -> None:
        """Return to the page one came from."""
        self.instrument.action_page(self.instrument.previous_page)

    def action_reload(self) -> None:
        """Read the queue again: what was decided leaves it, what is new comes in."""
        self.load(replace(self.wanted, scope="shown", status="candidate") if self.given else self.wanted)

    def action_subject(self) -> None:
        """Change between photographs and pairs."""
        subject: SubjectName = "pair" if self.wanted.subject == "image" else "image"
        self.load(TriageFilter(subject, self.wanted.dimension))

    def action_scope(self) -> None:
        """Ask about the dimension where it shows, where nobody has said, or of every one."""
        if not self.wanted.dimension:
            self.say(content(f"{self.key_name('triage.dimension')} chooses a dimension first"))
        elif not self.given:
            self.load(replace(self.wanted, scope=SCOPES[(SCOPES.index(self.wanted.scope) + 1) % len(SCOPES)]))

    def action_advance(self) -> None:
        """Go on after a decision, or stay."""
        self.advance = not self.advance
        self.say(Content(f"after a decision: {'the next one' if self.advance else 'stays'}"))
        self.show()

    async def action_dimension(self) -> None:
        """Choose the dimension to triage by; of a queue chosen elsewhere, only the question changes."""
        wanted = self.wanted
        kinds = f"{STATUS_WORDS[wanted.status]}, {SUBJECTS[wanted.subject]}"
        dialog = Choose(f"Dimension ({kinds})", dimension_choices({}), wanted.dimension or ANY)
        await self.app.push_screen(dialog, self._take_dimension)
        self._offer(dialog, lambda reader: dimension_choices(dimension_counts(reader, wanted.subject, wanted.status)))

    def _take_dimension(self, chosen: str | None) -> None:
        if chosen is None:
            return
        changed = replace(self.wanted, dimension=None if chosen == ANY else chosen)
        if self.given:
            self.wanted = changed
            self.show()
        else:
            self.load(changed)

    async def action_status(self) -> None:
        """Choose by status."""
        wanted = self.wanted
        dialog = Choose(f"Which {SUBJECTS[wanted.subject]}", status_choices({}), wanted.status or ANY)
        await self.app.push_screen(dialog, self._take_status)
        self._offer(dialog, lambda reader: status_choices(status_counts(reader, wanted.subject)))

    def _take_status(self, chosen: str | None) -> None:
        if chosen is not None:
            self.load(replace(self.wanted, status=None if chosen == ANY else chosen))

    async def action_order(self) -> None:
        """Choose by which number the queue is sorted."""
        wanted = self.wanted
        dialog: Choose[Order | str] = Choose("Order of the queue", order_choices([], None, {}), wanted.order or ANY)
        await self.app.push_screen(dialog, self._take_order)
        self._offer(
            dialog,
            lambda reader: order_choices(
                orders(reader, wanted.subject), wanted.dimension, _telling_probes(wanted.dimension)
            ),
        )

    def _take_order(self, chosen: Order | str | None) -> None:
        if chosen is not None:
            self.load(replace(self.wanted, order=chosen if isinstance(chosen, Order) else None))

    @work(exclusive=True, group="offer")
    async def _offer(self, dialog: Choose[Result], question: Callable[[Connection], Sequence[Choice[Result]]]) -> None:
        """Fill a dialog that is open already with what has to be read: keys typed ahead must find it open."""
        dialog.offer(await asyncio.shield(asyncio.wrap_future(self.ledger.read(question))))

    # What the scorers say, hidden until asked for, so that it sways nobody.

    def action_scores(self) -> None:
        """Show or hide what the scorers say."""
        self.scores_shown = not self.scores_shown
        self.show()
        if self.scores_shown:
            self._scoring.ask()

    def _read_scores(self) -> tuple[Entry, Sequence[Standing]] | None:
        current = self.sitting.current
        return (current, standings(self.reader, current)) if current else None

    def _show_scores(self, scores: tuple[Entry, Sequence[Standing]] | None) -> None:
        self._scores = scores
        self.show()


def _telling_probes(dimension: str | None) -> dict[str, bool]:
    """The probes that witness a dimension, and whether a large value is what obeying means. Loads numpy."""
    from engine.probes.witnesses import WITNESSES
    from engine.taxonomy import effects_of

    if dimension not in DIMENSIONS:
        return {}
    witnesses = [witness for effect in effects_of(dimension) for witness in WITNESSES[effect.name]]
    return {witness.probe: witness.direction == "up" for witness in reversed(witnesses)}
