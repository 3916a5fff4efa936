"""Textual's palette of actions."""

from __future__ import annotations

import inspect
from contextlib import suppress

from textual import work
from textual.command import CommandList, CommandPalette
from textual.widgets import OptionList

_GATHER = inspect.unwrap(CommandPalette._gather_commands)


def move(listed: OptionList, action: str) -> None:
    """Move in a list of options: cursor_up, cursor_down, page_up, page_down, first or last.

    A list that has no room to be drawn has no page either, which Textual 8 answers with a KeyError.
    """
    with suppress(KeyError):
        getattr(listed, f"action_{action}")()


class Palette(CommandPalette):
    """Textual's palette, whose list may be moved in before it is drawn."""

    def _action_command_list(self, action: str) -> None:
        for listed in self.query(OptionList):
            move(listed, action)

    @work(exclusive=True, group=CommandPalette._GATHER_COMMANDS_GROUP)
    async def _gather_commands(self, search_value: str) -> None:
        if self.query(CommandList):  # else it was closed before it began to look, which Textual 8 doesn't expect
            await _GATHER(self, search_value)
