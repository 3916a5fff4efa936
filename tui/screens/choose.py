"""The dialog that lets one of several options be chosen: type to filter, arrows to move, Enter to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.screens.palette import move
from tui.text import MUTED, content

Value = TypeVar("Value")


@dataclass(frozen=True)
class Choice(Generic[Value]):
    """One option. `detail` is a quiet remark beside it, such as a count; both are searched and both are data."""

    value: Value
    label: str
    detail: str = ""

    def matches(self, typed: str) -> bool:
        """Whether every word that was typed stands in the label or the detail."""
        searched = f"{self.label} {self.detail}".casefold()
        return all(word in searched for word in typed.casefold().split())

    def line(self, width: int) -> Content:
        """The label, padded to `width` cells, and the detail."""
        label = content(self.label)
        return Content.assemble(label, " " * max(width - label.cell_length, 0), "  ", content(self.detail, MUTED))


class Choose(ModalScreen[Value | None], Generic[Value]):
    """Ends with the value of the option taken, or None if the person went back.

    Args:
        title: what is chosen.
        options: in the order shown.
        current: the value that is highlighted at first.
    """

    DEFAULT_CSS = """
    Choose Input { margin: 0 0 1 0; }
    Choose OptionList { border: none; padding: 0; background: $surface; text-wrap: nowrap; text-overflow: ellipsis; }
    Choose .hint { margin-top: 1; color: $text-muted; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", show=False),
        *(
            Binding(key, f"list('{action}')", show=False)
            for key, action in {
                "up": "cursor_up",
                "down": "cursor_down",
                "pageup": "page_up",
                "pagedown": "page_down",
                "ctrl+home": "first",
                "ctrl+end": "last",
            }.items()
        ),
    ]
    NOTE = "type to filter · ↑ ↓ move · Enter takes · Esc back"

    def __init__(self, title: str, options: Sequence[Choice[Value]], current: Value | None = None) -> None:
        super().__init__()
        self.heading, self.options, self.current = title, options, current
        self.shown: list[Choice[Value]] = []

    def compose(self) -> ComposeResult:
        """Title, filter, options, keys."""
        with Vertical(classes="dialog"):
            yield Static(content(self.heading, "bold"))
            yield Input(placeholder="filter", compact=True, select_on_focus=False)
            yield OptionList()
            yield Static(self.NOTE, classes="hint", markup=False)

    def on_mount(self) -> None:
        """The list takes its keys from the filter, so that typing and moving need no change of focus."""
        self.query_one(OptionList).can_focus = False
        self.set_focus(self.query_one(Input))  # now, so that keys typed ahead are not lost
        self.fill(self.current)

    def offer(self, options: Sequence[Choice[Value]]) -> None:
        """Other options have come, such as counts that had to be read; what was typed and highlighted stays."""
        self.options = options
        if self.is_attached:
            highlighted = self.query_one(OptionList).highlighted
            self.fill(self.shown[highlighted].value if self.shown and highlighted is not None else self.current)

    def fill(self, highlight: Value | None = None) -> None:
        """Show the options that match, and highlight the one with this value, or else the first."""
        typed = self.query_one(Input).value
        self.shown = self.matching(typed)
        width = max((content(choice.label).cell_length for choice in self.shown), default=0)
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.styles.height = self._height()
        if not self.shown:
            listed.add_option(Option(content(f"nothing matches “{typed}”"), disabled=True))
            return
        listed.add_options(self.line_of(choice, min(width, 44)) for choice in self.shown)
        values = [choice.value for choice in self.shown]
        listed.highlighted = values.index(highlight) if highlight in values else 0

    def matching(self, typed: str) -> list[Choice[Value]]:
        """The options to show for what was typed."""
        return [choice for choice in self.options if choice.matches(typed)]

    def _height(self) -> int:
        """As many lines as there are options, up to half the screen."""
        return min(max(len(self.shown), 1), max(self.app.size.height // 2, 1))

    def on_resize(self) -> None:
        """Another screen has another half."""
        self.query_one(OptionList).styles.height = self._height()

    def line_of(self, choice: Choice[Value], width: int) -> Content:
        """How an option is drawn."""
        return choice.line(width)

    def action_list(self, action: str) -> None:
        """Move in the list."""
        move(self.query_one(OptionList), action)

    @on(Input.Changed)
    def _filter(self) -> None:
        self.fill()

    @on(Input.Submitted)
    def _take_highlighted(self) -> None:
        highlighted = self.query_one(OptionList).highlighted
        if self.shown and highlighted is not None:
            self.take(self.shown[highlighted])

    @on(OptionList.OptionSelected)
    def _take_clicked(self, event: OptionList.OptionSelected) -> None:
        if self.shown:
            self.take(self.shown[event.option_index])

    def take(self, choice: Choice[Value]) -> None:
        """End with this option."""
        self.dismiss(choice.value)
