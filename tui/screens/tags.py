"""The dialog that tags dimensions: type a few letters, Enter says that it is there, Enter again that it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from textual.content import Content
from textual.widgets import Input

from engine.taxonomy.dimensions import DIMENSIONS, GROUPS
from tui.screens.choose import Choice, Choose
from tui.text import MUTED
from tui.views.pairs import dimension_title
from tui.views.triage import in_triage_order

MARKS = {True: ("✓ ", "$text-success bold"), False: ("✗ ", "$text-error bold")}


class Tags(Choose[str]):
    """Stays open until Escape; each answer is given at once to `answer(dimension, present)`.

    Args:
        proposed: dimensions that came with the subject.
        tags: what people have said so far.
    """

    NOTE = "Enter: ✓ there, again: ✗ not there · Esc: done"

    def __init__(
        self, title: str, proposed: Iterable[str], tags: Mapping[str, bool], answer: Callable[[str, bool], None]
    ) -> None:
        self.tags, self.proposed, self.answer = dict(tags), tuple(proposed), answer
        first = [*self.tags, *self.proposed]
        names = dict.fromkeys([*first, *in_triage_order()])
        super().__init__(title, [Choice(name, dimension_title(name), self._detail(name)) for name in names])

    def _detail(self, name: str) -> str:
        group = GROUPS[DIMENSIONS[name].group] if name in DIMENSIONS else "of no taxonomy"
        return f"proposed · {group}" if name in self.proposed else group

    def line_of(self, choice: Choice[str], width: int) -> Content:
        """With the answer in front."""
        present = self.tags.get(choice.value)
        mark = ("· " if choice.value in self.proposed else "  ", MUTED) if present is None else MARKS[present]
        return Content.assemble(mark, choice.line(width))

    def take(self, choice: Choice[str]) -> None:
        """Answer for this dimension; what was typed has served."""
        present = not self.tags.get(choice.value, False)
        self.tags[choice.value] = present
        self.answer(choice.value, present)
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        self.fill(choice.value)
