"""How images reach the terminal: kitty, sixel, half-cells, or not at all. Decided before the app starts.

textual-image asks the terminal at its import, which works only while nothing else reads the keyboard: so `choose`
runs in the command line's process, before `App.run`, and never in a worker or a test.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

PROTOCOLS = ("kitty", "sixel", "half", "off")
CHOICES = ("auto", *PROTOCOLS)
"""What `--images` takes."""

HALF_CELL = (1, 2)
"""Pixels of a cell when a picture is drawn with half-blocks: two square ones."""


def choose(wanted: str = "auto", environ: Mapping[str, str] = os.environ) -> str:
    """The protocol to use, a name of `PROTOCOLS`, for what the user asked by `--images`.

    Automatic means the best that the terminal says it has. Multiplexers get half-cells: they lose passed-through
    pictures or leave ghosts. A terminal without size, colour or a tty gets half-cells, which degrade to characters.

    Raises:
        ValueError: `wanted` is not one of `CHOICES`.
    """
    if wanted not in CHOICES:
        raise ValueError(f"images are one of {', '.join(CHOICES)}, not {wanted!r}")
    if wanted in ("half", "off"):
        return wanted
    if not has_size() or "NO_COLOR" in environ or environ.get("TERM", "dumb") == "dumb":
        return "half"
    if wanted == "auto" and in_multiplexer(environ):
        return "half"
    return _ask(wanted)


def in_multiplexer(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether tmux or screen stands between the program and the terminal."""
    return bool(environ.get("TMUX") or environ.get("STY")) or environ.get("TERM", "").startswith(("tmux", "screen"))


def has_size() -> bool:
    """A tty that has columns and lines: textual-image divides by them."""
    if not (sys.__stdin__ and sys.__stdout__ and sys.__stdin__.isatty() and sys.__stdout__.isatty()):
        return False
    columns, lines = os.get_terminal_size(sys.__stdout__.fileno())
    return columns > 0 and lines > 0


def _ask(wanted: str) -> str:
    """Ask the terminal what it can do, and how large its cells are, while nobody else reads its answers."""
    from textual_image.renderable import Image, SixelImage, TGPImage

    cell_size("kitty")
    if wanted != "auto":
        return wanted
    if Image is TGPImage:
        return "kitty" if placeholders_understood() else "half"
    return "sixel" if Image is SixelImage else "half"


def placeholders_understood() -> bool:
    """Whether the terminal knows kitty's virtual placements: older ones know the protocol and draw boxes instead."""
    from textual_image._terminal import TerminalError, capture_terminal_response

    try:
        with capture_terminal_response("\x1b_G", "\x1b\\", 0.1) as response:
            sys.__stdout__.write("\x1b_Gi=31,s=1,v=1,a=q,U=1,t=d,f=24;AAAA\x1b\\")  # type: ignore[union-attr]
            sys.__stdout__.flush()  # type: ignore[union-attr]
    except (TerminalError, TimeoutError):
        return False
    return response.sequence.removesuffix("\x1b\\").endswith(";OK")


def cell_size(protocol: str) -> tuple[int, int]:
    """Width and height of a cell in pixels, as the protocol can use them."""
    if protocol not in ("kitty", "sixel"):
        return HALF_CELL
    from textual_image._terminal import get_cell_size  # asks once, and remembers

    return tuple(get_cell_size())
