"""The dialog that marks several of many: type a few letters, Enter marks or unmarks, Escape is done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from textual.content import Content
from textual.widgets import Input

from tui.screens.choose import Choice, Choose
from tui.text import MUTED


class Pick(Choose[str]):
    """Stays open until Escape; each change is given at once to `changed(values)`, in the order of the options.

    Args:
        another: an option that is not among the others, for what was typed; None where there is none.
    """

    NOTE = "Enter: mark or unmark · Esc: done"

    def __init__(
        self,
        title: str,
        options: Sequence[Choice[str]],
        picked: Collection[str],
        changed: Callable[[tuple[str, ...]], None],
        another: Callable[[str], Choice[str] | None] = lambda typed: None,
    ):
        super().__init__(title, options)
        self.picked, self.changed, self.another = set(picked), changed, another

    def matching(self, typed: str) -> list[Choice[str]]:
        """Also what was typed itself, where it can be an option."""
        found = super().matching(typed)
        another = self.another(typed)
        return [*found, another] if another and all(each.value != another.value for each in self.options) else found

    def line_of(self, choice: Choice[str], width: int) -> Content:
        """With its mark in front."""
        mark = ("✓ ", "$text-success bold") if choice.value in self.picked else ("· ", MUTED)
        return Content.assemble(mark, choice.line(width))

    def take(self, choice: Choice[str]) -> None:
        """Mark or unmark it; what was typed has served."""
        if all(each.value != choice.value for each in self.options):
            self.options = [*self.options, choice]
        self.picked ^= {choice.value}
        self.changed(tuple(each.value for each in self.options if each.value in self.picked))
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        self.fill(choice.value)
