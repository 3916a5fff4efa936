"""The board: means and single images ranked under one scorer, with a photograph's neighbours above and below."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from store.queries import pairs
from store.queries.pairs import PairFilter
from tui.figures import plural
from tui.keys import bindings
from tui.reading import Reading
from tui.screens.ask import Ask
from tui.screens.choose import Choice, Choose
from tui.screens.page import Page
from tui.text import MUTED, content, plain
from tui.views.board import FILTERS, BoardView, head, key_of, line, neighbours, sentence, standing
from tui.widgets.line_list import LineList, Part
from tui.widgets.preview import Preview

if TYPE_CHECKING:
    from engine.boards import BoardRow

NOTHING = {
    "all": "{scorer} has scored no image yet.\n\n"
    "Press {runs} to open Runs, then {new} to start a run that scores photographs.",
    "means": "No mean stands on this board yet.\n\nPress {filter} for everything.",
    "candidates": "No candidate stands on this board.\n\n"
    "Press {filter} for everything; add images with `widespectrum add`.",
    "curated": "Nothing is curated yet: only a person accepts.\n\n"
    "Press {filter} for everything, {open} to triage an image.",
}
"""What to do where nothing is shown, with the keys still to be named."""
AROUND = 3
"""Neighbours shown on either side."""


class Board(Page):
    """One scorer's board. Other boards are chosen by name; the published one is always there."""

    page = "board"
    BINDINGS = bindings("board")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 (an instance variable in Textual)
    DEFAULT_CSS = """
    Board #caption { height: 1; padding: 0 1; color: $foreground-muted; }
    Board #prompts { height: auto; max-height: 2; padding: 0 1; color: $foreground-muted; }
    Board #board-body { height: 1fr; layout: vertical; }
    Board #beside { height: 3; padding: 0 1; background: $surface; }
    Board #beside Preview { display: none; }
    Board #words { height: auto; }
    Board #nothing {
        height: 1fr; content-align: center middle; text-align: center; color: $foreground-muted; display: none;
    }
    Board.-nothing #board-body { display: none; }
    Board.-nothing #nothing { display: block; }
    Board.-wide #board-body { layout: horizontal; }
    Board.-wide #beside { width: 44; height: 1fr; padding: 1 2; }
    Board.-wide.-picture #beside Preview { display: block; height: 1fr; max-height: 22; margin-bottom: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.key: str | None = None
        self.view: BoardView | None = None
        self.keys: list[tuple[str, int | None]] = []
        self._roles: dict[int, str] = {}
        self._found = ""
        self._reading = Reading(self, self._read, self._show)

    def compose_page(self) -> ComposeResult:
        """Captions, the board, and what is under the cursor: below it, or beside it where there is room."""
        yield Static(id="caption")
        yield Static(id="prompts")
        with Container(id="board-body"):
            yield LineList(self._line, head)
            with Vertical(id="beside"):
                yield Preview()
                yield Static(id="words")
        yield Static(id="nothing")

    def on_mount(self) -> None:
        """Read for the first time."""
        self._reading.ask()

    def on_screen_resume(self) -> None:
        """The store may have changed while another page was open."""
        self._reading.news()

    def store_changed(self) -> None:
        """Read again, soon."""
        self._reading.news()

    def redraw(self) -> None:
        """Draw the picture again, too."""
        super().redraw()
        self.query_one(Preview).redraw()

    def _read(self) -> tuple[BoardView, list[tuple[str, int | None]], dict[int, str]]:
        from engine.boards import board, boards

        keys = boards(self.reader)
        key, scorer_id = next((each for each in keys if each[0] == self.key), keys[0])
        roles = {row["id"]: row["role"] for row in pairs.scorers(self.reader)}
        found = board(self.reader, scorer_id)
        files = pairs.image_files(self.reader, [row.image_id for row in found.rows if row.image_id is not None])
        return BoardView(key, found, roles.get(scorer_id or 0, ""), files), keys, roles

    def _show(self, read: tuple[BoardView, list[tuple[str, int | None]], dict[int, str]]) -> None:
        view, self.keys, self._roles = read
        before, self.key = self.view, view.key
        self.view = replace(view, shown=before.shown) if before else view
        self._draw(keep=before is not None and before.key == view.key)

    def _draw(self, keep: bool = True) -> None:
        view = self.view
        if view is None:
            return
        self.query_one("#caption", Static).update(self._caption(view))
        self.query_one("#prompts", Static).update(content(view.board.prompt_set))
        self.query_one("#nothing", Static).update(self._nothing(view))
        self.set_class(not view.rows, "-nothing")
        self.query_one(LineList).show_rows([key_of(row) for row in view.rows], keep)

    def _nothing(self, view: BoardView) -> Content:
        keys = {"runs": "global.page.runs", "new": "runs.new", "filter": "board.filter", "open": "board.open"}
        named = {name: self.key_name(action) for name, action in keys.items()}
        return Content(NOTHING[view.shown].format(scorer=plain(view.key), **named))

    def _caption(self, view: BoardView) -> Content:
        parts = [plural(view.means, "mean"), plural(view.images, "image")]
        if view.board.rejected:
            parts.append(f"{view.board.rejected} rejected left out")
        name = Content.assemble(content(view.key, "bold $foreground"), " · ", content(view.role or "published rows"))
        tail = f"showing {FILTERS[view.shown]}"
        room = self.size.width - 3 - len(tail)
        said = Content.assemble(name, " · ", " · ".join(parts)).truncate(max(room, 12), ellipsis=True)
        return Content.assemble(said, " " * max(room - said.cell_length + 1, 1), (tail, "bold $foreground"))

    def on_resize(self) -> None:
        """The caption is cut to the width."""
        self._draw()

    def _line(self, index: int, width: int) -> list[Part]:
        return line(self.view, index, width) if self.view else []

    @property
    def row(self) -> BoardRow | None:
        """The row under the cursor."""
        at = self.query_one(LineList).cursor
        return self.view.rows[at] if self.view and at < len(self.view.rows) else None

    @on(LineList.Moved)
    def _describe(self) -> None:
        """Show the image under the cursor, and say where it stands."""
        row = self.row
        if self.view is None or row is None:
            return
        file = self.view.files.get(row.image_id) if row.image_id is not None else None
        self.set_class(file is not None, "-picture")
        self.query_one(Preview).show(*(file or (None, "")))
        said = [content(sentence(self.view, row), "bold"), content(standing(row), MUTED)]
        if self.has_class("-wide"):
            said += [Content(""), *self._neighbours(self.view, row)]
        self.query_one("#words", Static).update(Content("\n").join(said))

    def _neighbours(self, view: BoardView, row: BoardRow) -> list[Content]:
        return [
            content(f"{'▸' if here else ' '}", "bold")
            + Content.styled(text, "bold" if here else MUTED).truncate(38, ellipsis=True)
            for text, here in neighbours(view, row, AROUND)
        ]

    def action_go(self, where: str) -> None:
        """Move the cursor."""
        listed = self.query_one(LineList)
        steps = {"up": -1, "down": 1, "page_up": -listed.page_lines, "page_down": listed.page_lines}
        listed.move(steps.get(where, len(listed.keys) * (-1 if where == "top" else 1)))

    def action_filter(self) -> None:
        """Show the next selection of rows."""
        if self.view is not None:
            names = list(FILTERS)
            following = names[(names.index(self.view.shown) + 1) % len(names)]
            self.view = replace(self.view, shown=following)
            self._draw()

    def action_scorer(self) -> None:
        """Choose another board."""
        options = [Choice(key, key, self._roles.get(scorer_id or 0, "published rows")) for key, scorer_id in self.keys]
        self.app.push_screen(Choose("Whose board?", options, self.key), self._choose)

    def _choose(self, key: str | None) -> None:
        if key is not None and key != self.key:
            self.key = key
            self._reading.ask()

    def action_find(self) -> None:
        """Ask for words, and go to the first name that has them."""
        self.app.push_screen(
            Ask("Find in the names", self._found, f"{self.key_name('board.next')}: the next"), self._find
        )

    def _find(self, words: str | None) -> None:
        if words:
            self._found = words
            self.action_next()

    def action_next(self) -> None:
        """Go to the next name with the words that were asked for."""
        listed, words = self.query_one(LineList), self._found.casefold().split()
        if self.view is None or not words:
            return
        names = [plain(row.name).casefold() for row in self.view.rows]
        order = [*range(listed.cursor + 1, len(names)), *range(listed.cursor + 1)]
        at = next((i for i in order if all(word in names[i] for word in words)), None)
        if at is None:
            self.notify(f"no name has “{self._found}”", markup=False)
        else:
            listed.go(at)

    async def action_open(self) -> None:
        """Triage the image under the cursor, or open the pairs of a source."""
        row = self.row
        if row is None or self.view is None:
            return
        if row.image_id is not None:
            await self.instrument.open_triage("image", [row.image_id])
        elif row.source_id is not None:
            wanted = PairFilter(scorer_id=self.view.board.scorer_id, source_id=row.source_id)
            await self.instrument.open_pairs(wanted)
        else:
            published = row.kind == "published"
            self.notify(standing(row) if published else "a mean over images: nothing to open", markup=False)

    @on(LineList.Opened)
    async def _open_clicked(self) -> None:
        await self.action_open()
