"""24-bit colours over SSH: the terminal is asked for them where the environment says nothing.

Terminals announce them by COLORTERM, which SSH doesn't hand on, and without it pictures would have 16 or 256 colours.
So one is set, and the terminal is asked which it has: https://github.com/termstandard/colors#querying-the-terminal
tmux doesn't answer; it takes all colours, and reduces them itself for a terminal that lacks them.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import MutableMapping

from tui.images import has_size

QUESTION = "\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[m\x1b[c"
"""Sets a colour, asks for it (DECRQSS), takes it back, and asks what every terminal answers, which ends the wait."""
SAME_COLOUR = re.compile(r"48[:;]2[:;](\d*:)?1[:;]2[:;]3(?!\d)")
SECONDS = 0.5
"""So long an answer may take: from the other side of the world it takes 0.3."""


def announce(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set COLORTERM where it isn't set and the terminal says that it has 24-bit colours; before the app is made."""
    silent = {"COLORTERM", "NO_COLOR"} & environ.keys() or environ.get("TERM", "dumb") == "dumb"
    if not silent and has_size() and ("TMUX" in environ or SAME_COLOUR.search(_answer())):
        environ["COLORTERM"] = "truecolor"


def _answer() -> str:
    """What the terminal says, or nothing; nobody else may read its answers meanwhile."""
    from textual_image._terminal import TerminalError, capture_terminal_response

    try:
        with capture_terminal_response("\x1b", "c", SECONDS) as response:
            sys.__stdout__.write(QUESTION)  # type: ignore[union-attr]
            sys.__stdout__.flush()  # type: ignore[union-attr]
    except (TerminalError, TimeoutError):
        return ""
    return str(response.sequence)
