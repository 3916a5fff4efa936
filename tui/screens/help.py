"""The help: the keys of one page from the key table, and the words that the screens use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.keys import GLOBAL, keys_of, shown

WORDS = {
    "P_o, P_a": "the plain caption, and the wide prompt: the same subject, asking for effects",
    "I_o, I_a": "the image for P_o, and the image for P_a",
    "margin": "score(I_a, P_a) − score(I_o, P_a); negative: the scorer put the original first",
    "preference": "share of pairs with a margin above zero; ties are counted apart and are not wins",
    "oiop oidp diop didp": "the four cells, image then prompt; o original, d wide (“distorted” in the paper)",
    "control": "a scorer of known build to compare with; it can't overrule a prompt",
    "probe": "a measure of one image: did the requested effect happen? It has no prompt and no preference",
    "witnessed": "the probe declared for the effect moved the way that obeying means",
    "[low, high]": "95% interval over clusters (original prompts); [–] under two clusters, where there is none",
    "–": "nothing is known: not scored, no probe could see it, or nobody has judged",
    "(2)": "on a Board: the rank that a single image would take among the means, which alone are ranked",
    "candidate, curated": "nothing is accepted by the program: a person accepts",
}


LEFT = 18
"""The least width of the column of keys and words, so that all lists stand alike."""


class Help(ModalScreen[None]):
    """One dialog, closed by Escape or `?`."""

    DEFAULT_CSS = "Help VerticalScroll { width: 90; max-width: 96%; height: 90%; } Help Static { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q", "dismiss", "Close", show=False)]

    def __init__(self, page: str, keymap: Mapping[str, str]):
        super().__init__()
        self.page, self.keymap = page, keymap

    def compose(self) -> ComposeResult:
        """Keys of the page, keys of everywhere, words."""
        with VerticalScroll(classes="dialog"):
            for title, page in ((self.page.title(), self.page), ("Everywhere", GLOBAL)):
                yield from _listed(title, {shown(key.given(self.keymap)): key.help for key in keys_of(page)})
            yield from _listed("Words", WORDS)
            yield Static("Shift-drag selects text with the mouse. Escape closes this.")


def _listed(title: str, entries: Mapping[str, str]) -> Iterator[Static]:
    """Keys or words, each beside what it means, whose further lines stand below its first."""
    yield Static(Content.styled(title, "bold underline"))
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="bold", min_width=LEFT)
    table.add_column()
    for entry, meaning in entries.items():
        table.add_row(Text(entry), Text(meaning))
    yield Static(table)
    yield Static()
