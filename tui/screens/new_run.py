"""The form for a new run: j and k move, Enter changes a line, and below or beside it stands what it would add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from engine import runs
from engine.generators import default_settings, generators
from engine.judges import judges
from engine.models.here import lacking
from engine.plan.wants import COLLECTION, SOURCE
from engine.prompts.writers import writers
from engine.scorers import SCORERS
from engine.taxonomy import DIMENSIONS, GROUPS, effects_of
from store import Home
from tui import asked
from tui.figures import plural
from tui.reading import Reading
from tui.screens.ask import Ask
from tui.screens.choose import Choice, Choose
from tui.screens.pick import Pick
from tui.text import MUTED, fitted
from tui.views.run_form import (
    ORIGINALS,
    TOGGLES,
    FormLine,
    Outlook,
    RunForm,
    form_lines,
    originals_title,
    outlook_lines,
)
from tui.widgets.line_list import LineList, Part

TEXTS = {
    "name": ("Name of the run", "how the list calls it; empty for what it does"),
    "settings": ("Settings of the generator", "NAME=VALUE with blanks between, such as steps=20 size=768"),
    "per_original": ("Pairs of each original", "1 to 1000"),
    "singles": ("How many of them ask for one effect alone", "empty for half; the others ask for 2 to 4"),
    "strengths": ("Strengths of the effects", "such as 0.3 0.8, or a sweep FROM:TO:STEP such as 0:1:0.25"),
    "seed": ("Seed of every draw", "a whole number"),
    "running": ("How it is run", "such as precision=bf16 memory=offload batch-size=4 gpus=0,1; empty for the usual"),
}
"""Lines that are typed: title and remark of the dialog."""
IDS = "ids"
"""Among the selections of originals: those of image ids that are typed next."""
CLIP = "clip:"
LABEL = 19
WIDE = 120
NARROW_ROOM, WIDE_ROOM = 4, 30
"""Lines for what the run adds, below the form and beside it."""


class NewRun(ModalScreen[RunForm | None]):
    """Ends with the form to start, or None if the person went back."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 (an instance variable in Textual)
    DEFAULT_CSS = """
    NewRun #asked {
        width: 78; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
        background: $surface; border: round $primary;
    }
    NewRun LineList { background: $surface; }
    NewRun #form { height: auto; layout: vertical; }
    NewRun #outlook { height: auto; margin: 1 0 0 0; }
    NewRun.-wide #asked { width: 154; padding: 1 2; }
    NewRun.-wide #form { layout: horizontal; margin-top: 1; }
    NewRun.-wide LineList { width: 1fr; }
    NewRun.-wide #outlook { width: 70; margin: 0 0 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Back", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("enter,space", "change", show=False),
        Binding("s", "start", show=False),
    ]

    def __init__(self, home: Home, form: RunForm | None = None):
        super().__init__()
        self.home = home
        self.form = form or RunForm.new()
        self.outlook = Outlook()
        self.lines: list[FormLine] = form_lines(self.form, self.outlook)
        self._reading = Reading(self, self._estimate, self._show_outlook)

    def compose(self) -> ComposeResult:
        """Title and keys, lines, what they would add."""
        with Vertical(id="asked"):
            yield Static(
                Content.assemble(("New run", "bold"), (" · Enter changes a line · s starts · Esc back", MUTED))
            )
            with Container(id="form"):
                yield LineList(self._draw)
                yield Static(id="outlook")

    def on_mount(self) -> None:
        """Show the form."""
        self._change(self.form)

    def _change(self, form: RunForm) -> None:
        """Another form: what is wrong with it is said at once, what it adds once it is counted."""
        self.form = form
        self.outlook = replace(self.outlook, coming=None, wrong={})
        self._draw_all()
        self._reading.ask()

    def _draw_all(self) -> None:
        self.lines = form_lines(self.form, self.outlook)
        listed = self.query_one(LineList)
        listed.styles.height = len(self.lines)
        listed.show_rows([line.key for line in self.lines])
        room = WIDE_ROOM if self.has_class("-wide") else NARROW_ROOM
        self.query_one("#outlook", Static).update(outlook_lines(self.outlook, room))

    def on_resize(self) -> None:
        """Another size has another room for what it adds."""
        self._draw_all()

    def _draw(self, index: int, width: int) -> list[Part]:
        line = self.lines[index]
        if line.key == "start":
            return [(f"→ {line.label}", "bold"), (fitted(_wrong(line), max(width - 18, 0)), "low")]
        room = width - LABEL
        value = fitted(line.value, min(len(line.value) + 2, room if not line.wrong else max(room // 2, 8)))
        rest = max(room - len(value), 0)
        said: Part = (fitted(_wrong(line), rest), "low") if line.wrong else (fitted(line.remark, rest), "quiet")
        style = "quiet" if line.value[:1] == "✗" else "bold"
        return [(f"{line.label:<{LABEL}}", ""), (value, style), said]

    def _estimate(self) -> Outlook:
        form, folder = self.form, self.home.folder
        known = generators(folder)
        names = [*known.names(), *writers(folder).names(), *SCORERS.names(), *judges(folder), *form.scorers]
        outlook = Outlook(
            wrong=form.problems(folder),
            lacking={name: said for name in dict.fromkeys(names) if (said := lacking(name, folder))},
            defaults=default_settings(form.generator, folder),
        )
        renders = known.load(form.generator).renders
        able = [each for each in DIMENSIONS if renders is None or any(e.name in renders for e in effects_of(each))]
        outlook = replace(outlook, dimensions=tuple(able))
        if outlook.wrong:
            return outlook
        try:
            wants = form.wants()
            runs.require_start(self.home, wants)
            return replace(outlook, coming=runs.estimate(self.home, wants))
        except runs.NothingToStartFrom as error:
            return replace(outlook, wrong={"originals": str(error)})
        except ValueError as error:
            return replace(outlook, wrong={"start": str(error)})

    def _show_outlook(self, outlook: Outlook) -> None:
        self.outlook = outlook
        self._draw_all()

    def action_move(self, by: int) -> None:
        """Move over the lines."""
        self.query_one(LineList).move(by)

    @on(LineList.Opened)
    def action_change(self) -> None:
        """Change the line under the cursor."""
        line = self.lines[self.query_one(LineList).cursor]
        match line.key:
            case "start":
                self.action_start()
            case "originals":
                options = self._selections()
                self.app.push_screen(Choose("Start from", options, self._selection), self._start_from)
            case "generator":
                known = generators(self.home.folder)
                options = [Choice(name, name, self._about(name, known.summary(name))) for name in known.names()]
                self._choose("generator", "Who makes the wide images", options)
            case "writer":
                words = writers(self.home.folder)
                options = [Choice(name, name, self._about(name, words.summary(name))) for name in words.names()]
                self._choose("writer", "Who puts the wide prompts into words", options)
            case "dimensions":
                names = self.outlook.dimensions
                options = [Choice(name, DIMENSIONS[name].title, GROUPS[DIMENSIONS[name].group]) for name in names]
                self._pick("dimensions", "Dimensions to draw from; none marked: all", options)
            case "scorers":
                summaries = {name: SCORERS.summary(name) for name in SCORERS.names()} | judges(self.home.folder)
                names = tuple(dict.fromkeys((*summaries, *self.form.scorers)))
                options = [Choice(name, name, self._about(name, summaries.get(name, ""))) for name in names]
                self._pick("scorers", "Score with; type clip:OWNER/NAME for another CLIP", options, _another_clip)
            case key if key in TEXTS:
                self._ask(key)
            case key if key in TOGGLES:
                self._change(self.form.toggle(key))

    def _about(self, name: str, summary: str) -> str:
        """A line on a model: what it lacks first, where it lacks anything."""
        return f"✗ {lack}" if (lack := self.outlook.lacking.get(name)) else summary

    def _ask(self, key: str) -> None:
        title, note = TEXTS[key]
        if key == "settings" and self.outlook.defaults:
            own = " ".join(f"{name}={value}" for name, value in self.outlook.defaults.items())
            note = f"{note}; {self.form.generator}'s own: {own}"
        self.app.push_screen(Ask(title, getattr(self.form, key), note, partial(self._wrong_text, key)), self._set(key))

    def _wrong_text(self, key: str, text: str) -> str:
        """What would be wrong with a line if this text stood there."""
        return replace(self.form, **{key: text.strip()}).problems(self.home.folder).get(key, "")  # type: ignore[arg-type]

    @property
    def _selection(self) -> str:
        """Which of the selections the originals are."""
        if self.form.originals.startswith(asked.FILE):
            return asked.FILE
        return IDS if isinstance(asked.ids_or_name(self.form.originals), tuple) else self.form.originals

    def _selections(self) -> list[Choice[str]]:
        query = "SELECT collection, count(*) FROM photograph WHERE collection != '' GROUP BY 1 ORDER BY 1"
        rows = self.home.database.reader().execute(query)
        collections = {f"{COLLECTION}{name}": plural(n, "image") for name, n in rows}
        query = "SELECT s.name, count(*) FROM pair p JOIN source s ON s.id = p.source_id GROUP BY 1 ORDER BY 1"
        sources = {
            f"{SOURCE}{name}": f"{plural(n, 'pair')}: their I_o, and the same wide prompts"
            for name, n in self.home.database.reader().execute(query)
        }
        kinds = {**dict.fromkeys(ORIGINALS, ""), **collections, **sources}
        return [
            *(Choice(key, originals_title(key), detail) for key, detail in kinds.items()),
            Choice(IDS, "images by their ids …", "such as 12,15"),
            Choice(asked.FILE, "prompts of a file …", "one a line, for generators that work from text"),
        ]

    def _start_from(self, selection: str | None) -> None:
        """The selection that was chosen; ids and the name of a file are typed next."""
        if selection == IDS:
            now = self.form.originals if self._selection == IDS else ""
            dialog = Ask("Ids of the images", now, "such as 12,15", partial(self._wrong_text, "originals"))
            self.app.push_screen(dialog, self._set("originals"))
        elif selection == asked.FILE:
            now = self.form.originals.removeprefix(asked.FILE) if self._selection == asked.FILE else ""
            wrong = partial(self._wrong_text, "originals")
            dialog = Ask("File of prompts", now, "text, one prompt a line", lambda text: wrong(asked.FILE + text))
            self.app.push_screen(dialog, lambda text: self._set("originals")(text and asked.FILE + text.strip()))
        else:
            self._set("originals")(selection)

    def _pick(
        self,
        key: str,
        title: str,
        options: list[Choice[str]],
        another: Callable[[str], Choice[str] | None] = lambda typed: None,
    ) -> None:
        def changed(picked: tuple[str, ...]) -> None:
            self._change(replace(self.form, **{key: picked}))  # type: ignore[arg-type]

        self.app.push_screen(Pick(title, options, getattr(self.form, key), changed, another))

    def _choose(self, key: str, title: str, options: list[Choice[str]]) -> None:
        self.app.push_screen(Choose(title, options, getattr(self.form, key)), self._set(key))

    def _set(self, key: str) -> Callable[[str | None], None]:
        """Takes what a dialog ended with as a line's value; None changes nothing."""

        def take(value: str | None) -> None:
            if value is not None:
                self._change(replace(self.form, **{key: value.strip()}))  # type: ignore[arg-type]

        return take

    def action_start(self) -> None:
        """End with the form, unless something is wrong with it or lacking: then go to the first such line."""
        if wrong := self.form.problems(self.home.folder) or self.outlook.wrong:
            self._show_outlook(replace(self.outlook, coming=None, wrong=wrong))
        at = next((index for index, line in enumerate(self.lines) if line.wrong), None)
        if at is None:
            self.dismiss(self.form)
            return
        self.query_one(LineList).go(at)
        self._reading.ask()  # what a model lacks may have come meanwhile


def _wrong(line: FormLine) -> str:
    return f"✗ {line.wrong}" if line.wrong else ""


def _another_clip(typed: str) -> Choice[str] | None:
    """Any CLIP-like model that was typed in full: of the hub, or a folder of this machine."""
    name = typed.strip()
    which = name.removeprefix(CLIP)
    if not name.startswith(CLIP) or not which:
        return None
    if Path(which).expanduser().is_dir():
        return Choice(name, name, "the CLIP-like model in this folder")
    owner, _, model = which.partition("/")
    return Choice(name, name, "a CLIP-like model of the hub") if owner and model and "/" not in model else None
