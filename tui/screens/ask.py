"""The dialog that asks for one text, wrapped over as many lines as it needs: Enter keeps it, Escape goes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key, Paste
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from tui.text import content, plain


class OneText(TextArea):
    """A wrapped text without line breaks; what is pasted is made harmless first."""

    @dataclass
    class Submitted(Message):
        """Enter was pressed."""

    async def _on_key(self, event: Key) -> None:
        if event.key == "enter":
            event.prevent_default()
            event.stop()
            self.post_message(self.Submitted())

    async def _on_paste(self, event: Paste) -> None:
        event.prevent_default()
        event.stop()
        self.insert(plain(event.text))


class Ask(ModalScreen[str | None]):
    """Ends with the text as one harmless line, which may be empty, or None if the person went back.

    Args:
        title: what is asked for.
        text: what stands there at first.
        note: a quiet remark, such as an example or a unit.
        check: returns what is wrong with a text, or "" if it can be kept.
    """

    DEFAULT_CSS = """
    Ask OneText, Ask OneText:focus { border: none; background: $boost; }
    Ask OneText { height: auto; min-height: 1; max-height: 12; padding: 0 1; margin-top: 1; }
    Ask .hint { margin-top: 1; color: $text-muted; height: auto; }
    Ask #wrong { color: $text-error; height: auto; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Back", show=False)]

    def __init__(self, title: str, text: str = "", note: str = "", check: Callable[[str], str] = lambda text: ""):
        super().__init__()
        self.heading, self.text, self.note, self.check = title, plain(text), note, check

    def compose(self) -> ComposeResult:
        """Title, text, what is wrong with it, keys."""
        with Vertical(classes="dialog"):
            yield Static(content(self.heading, "bold"))
            yield OneText(self.text, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False)
            yield Static(id="wrong")
            yield Static(content(" · ".join(filter(None, (self.note, "Enter keeps", "Esc goes back")))), classes="hint")

    def on_mount(self) -> None:
        """The cursor stands at the end."""
        area = self.query_one(OneText)
        area.move_cursor(area.document.end)
        self.set_focus(area)  # now, so that keys typed ahead are not lost

    @on(OneText.Submitted)
    def keep(self) -> None:
        """End with the text, unless something is wrong with it."""
        text = plain(self.query_one(OneText).text)
        if wrong := self.check(text):
            reason = self.query_one("#wrong", Static)
            reason.update(content(f"✗ {wrong}"))
            reason.display = True
        else:
            self.dismiss(text)
