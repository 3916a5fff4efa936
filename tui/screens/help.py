"""The help: the keys of one page from the key table, and the words that the screens use."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.keys import GLOBAL, keys_of

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


def shown(keys: str) -> str:
    """Textual key names as people write them."""
    names = {"question_mark": "?", "colon": ":", "slash": "/", "left_square_bracket": "[", "right_square_bracket": "]"}
    names |= {"full_stop": ".", "comma": ",", "plus": "+", "minus": "-", "equals_sign": "=", "space": "space"}
    return " ".join(names.get(key.strip(), key.strip()) for key in keys.split(","))


class Help(ModalScreen[None]):
    """One dialog, closed by Escape or `?`."""

    DEFAULT_CSS = "Help VerticalScroll { width: 90; max-width: 96%; height: 90%; } Help Static { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q", "dismiss", "Close", show=False)]

    def __init__(self, page: str):
        super().__init__()
        self.page = page

    def compose(self) -> ComposeResult:
        """Keys of the page, keys of everywhere, words."""
        lines: list[Content] = []
        for title, page in ((self.page.title(), self.page), ("Everywhere", GLOBAL)):
            lines.append(Content.styled(title, "bold underline"))
            for key in keys_of(page):
                lines.append(Content.assemble((f"{shown(key.keys):>16}  ", "bold"), key.help))
            lines.append(Content(""))
        lines.append(Content.styled("Words", "bold underline"))
        lines += [Content.assemble((f"{word:>20}  ", "bold"), meaning) for word, meaning in WORDS.items()]
        lines += [Content(""), Content("Shift-drag selects text with the mouse. Escape closes this.")]
        with VerticalScroll(classes="dialog"):
            yield Static(Content("\n").join(lines))
