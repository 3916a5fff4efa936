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
from select import select

from tui.images import has_size

QUESTION = "\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[m\x1b[c"
"""Sets a colour, asks for it (DECRQSS), takes it back, and asks what every terminal answers, which ends the wait."""
SAME_COLOUR = re.compile(rb"48[:;]2[:;](\d*:)?1[:;]2[:;]3(?!\d)")
END = re.compile(rb"\x1b\[\?[\d;]*c")
SECONDS = 2.0
"""So long an answer may take: one that came later would be taken for keys. Whatever answers nothing is no terminal."""


def announce_colours(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set COLORTERM where it isn't set and the terminal says that it has 24-bit colours; before the app is made."""
    if {"COLORTERM", "NO_COLOR"} & environ.keys() or environ.get("TERM", "dumb") == "dumb" or not has_size():
        return
    if "TMUX" in environ or SAME_COLOUR.search(_answer()):
        environ["COLORTERM"] = "truecolor"


def _answer() -> bytes:
    """All that the terminal says until it has answered what every terminal does; what was typed before is lost."""
    import termios  # there is none on Windows, whose consoles are not asked
    import tty

    keyboard = sys.__stdin__.fileno()  # type: ignore[union-attr]
    before = termios.tcgetattr(keyboard)
    tty.setcbreak(keyboard, termios.TCSANOW)
    try:
        sys.__stdout__.write(QUESTION)  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]
        said = b""
        while not END.search(said) and select([keyboard], [], [], SECONDS)[0] and (more := os.read(keyboard, 1024)):
            said += more
        return said
    finally:
        termios.tcsetattr(keyboard, termios.TCSANOW, before)
