"""Textual's palette of actions."""

from __future__ import annotations

from contextlib import suppress

from textual.command import CommandPalette
from textual.widgets import OptionList


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
