"""The form for a new run: j and k move, Enter changes a line, and the last line says what it would add."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from engine import runs
from engine.generators import generators
from engine.judges import judges
from engine.plan.wants import COLLECTION
from engine.scorers import SCORERS
from engine.taxonomy import DIMENSIONS, GROUPS, effects_of
from store import Home
from tui.figures import plural
from tui.reading import Reading
from tui.screens.ask import Ask
from tui.screens.choose import Choice, Choose
from tui.screens.pick import Pick
from tui.text import content, fitted
from tui.views.run_form import ORIGINALS, TOGGLES, FormLine, RunForm, form_lines, originals_title
from tui.widgets.line_list import LineList, Part

TEXTS = {
    "name": ("Name of the run", "how the list calls it"),
    "per_original": ("Pairs of each original", "1 to 1000"),
    "singles": ("How many of them ask for one effect alone", "empty for half; the others ask for 2 to 4"),
    "seed": ("Seed of every draw", "a whole number"),
}
"""Lines that are typed: title and remark of the dialog."""
LABEL = 19


@dataclass(frozen=True)
class Outlook:
    """What a form would add, or what is wrong with it.

    Args:
        dimensions: those that the generator can show, by an effect of their own or of one related to them.
    """

    words: str = ""
    wrong: str = ""
    dimensions: tuple[str, ...] = ()


class NewRun(ModalScreen[RunForm | None]):
    """Ends with the form to start, or None if the person went back."""

    DEFAULT_CSS = """
    NewRun .dialog { width: 78; max-width: 100%; padding: 0 1; }
    NewRun LineList { background: $surface; }
    NewRun #outlook { height: auto; margin: 1 0; }
    NewRun .note { padding: 0; }
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
        self.lines: list[FormLine] = form_lines(self.form)
        self.outlook = Outlook()
        self._reading = Reading(self, self._estimate, self._show_outlook)

    def compose(self) -> ComposeResult:
        """Title, lines, what they would add, keys."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("New run", "bold"))
            yield LineList(self._draw)
            yield Static(id="outlook")
            yield Static("Enter changes a line · s starts · Esc goes back", classes="note", markup=False)

    def on_mount(self) -> None:
        """Show the form."""
        self._show()

    def _show(self) -> None:
        self.lines = form_lines(self.form)
        listed = self.query_one(LineList)
        listed.styles.height = len(self.lines)
        listed.show_rows([line.key for line in self.lines])
        self.query_one("#outlook", Static).update(content("counting …", "$foreground-muted"))
        self._reading.ask()

    def _draw(self, index: int, width: int) -> list[Part]:
        line = self.lines[index]
        if line.key == "start":
            return [(f"→ {line.label}", "bold")]
        value = fitted(line.value, max(min(len(line.value) + 2, width - LABEL), 8))
        label = f"{line.label:<{LABEL}}"
        remark = fitted(line.remark, max(width - len(label) - len(value), 0))
        style = "quiet" if line.value[:1] == "✗" else "bold"
        return [(label, ""), (value, style), (remark, "quiet")]

    def _estimate(self) -> Outlook:
        renders = generators(self.home.folder).load(self.form.generator).renders
        able = tuple(
            name for name in DIMENSIONS if renders is None or any(effect.name in renders for effect in effects_of(name))
        )
        try:
            coming = runs.estimate(self.home, self.form.wants())
        except ValueError as error:
            return Outlook(wrong=str(error), dimensions=able)
        counts = {"pair": coming.pairs, "measured image": coming.measures, "score": coming.scores}
        if not any(counts.values()):
            return Outlook("Adds nothing: it is all there already, or there is no image to start from.", "", able)
        return Outlook(f"Adds {', '.join(plural(n, word) for word, n in counts.items() if n)}.", "", able)

    def _show_outlook(self, outlook: Outlook) -> None:
        self.outlook = outlook
        said = content(f"✗ {outlook.wrong}", "$text-error") if outlook.wrong else content(outlook.words, "bold")
        self.query_one("#outlook", Static).update(said)

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
                self._choose("originals", "Start from", self._selections())
            case "generator":
                known = generators(self.home.folder)
                options = [Choice(name, name, known.summary(name)) for name in known.names()]
                self._choose("generator", "Who makes the wide images", options)
            case "dimensions":
                names = self.outlook.dimensions
                options = [Choice(name, DIMENSIONS[name].title, GROUPS[DIMENSIONS[name].group]) for name in names]
                self._pick("dimensions", "Dimensions to draw from; none marked: all", options)
            case "scorers":
                summaries = {name: SCORERS.summary(name) for name in SCORERS.names()} | judges(self.home.folder)
                options = [Choice(name, name, summary) for name, summary in summaries.items()]
                self._pick("scorers", "Score with", options)
            case key if key in TEXTS:
                title, note = TEXTS[key]
                self.app.push_screen(Ask(title, getattr(self.form, key), note), partial(self._set, key))
            case key if key in TOGGLES:
                self._change(self.form.toggle(key))

    def _selections(self) -> list[Choice[str]]:
        query = "SELECT collection, count(*) FROM photograph WHERE collection != '' GROUP BY 1 ORDER BY 1"
        rows = self.home.database.reader().execute(query)
        collections = {f"{COLLECTION}{name}": plural(n, "image") for name, n in rows}
        kinds = {**dict.fromkeys(ORIGINALS, ""), **collections}
        return [Choice(key, originals_title(key), detail) for key, detail in kinds.items()]

    def _pick(self, key: str, title: str, options: list[Choice[str]]) -> None:
        def changed(picked: tuple[str, ...]) -> None:
            self._change(replace(self.form, **{key: picked}))  # type: ignore[arg-type]

        self.app.push_screen(Pick(title, options, getattr(self.form, key), changed))

    def _choose(self, key: str, title: str, options: list[Choice[str]]) -> None:
        self.app.push_screen(Choose(title, options, getattr(self.form, key)), partial(self._set, key))

    def _set(self, key: str, value: str | None) -> None:
        if value is not None:
            self._change(replace(self.form, **{key: value}))  # type: ignore[arg-type]

    def _change(self, form: RunForm) -> None:
        self.form = form
        self._show()

    def action_start(self) -> None:
        """End with the form, unless something is wrong with it."""
        try:
            self.form.wants()
        except ValueError as error:
            self._show_outlook(Outlook(wrong=str(error)))
            return
        self.dismiss(self.form)
