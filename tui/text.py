"""Text from prompts, files and models is data: made harmless and measured before it reaches the terminal."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len, set_cell_size
from textual.content import Content

MUTED = "$foreground-muted"
"""The style of quiet words inside a `Content`, where `$text-muted` would be drawn in full white or black."""

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that could move the cursor, reorder the line or have no glyph."""


def plain(text: str) -> str:
    """One line without control, formatting or unassigned characters; joiners inside emoji and scripts stay."""
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if c in "\u200d\u200c" or unicodedata.category(c) not in HIDDEN)


def content(text: str, style: str = "") -> Content:
    """A harmless line that is never read as markup."""
    return Content.styled(plain(text), style) if style else Content(plain(text))


def cut(text: str, width: int) -> str:
    """A harmless line of at most `width` characters, with an ellipsis where it was cut."""
    line = plain(text)
    return line if len(line) <= width else f"{line[: max(width - 1, 0)]}…"


def fitted(text: str, width: int) -> str:
    """A harmless line of exactly `width` cells, with an ellipsis where it was cut."""
    return sized(plain(text), width)


def sized(line: str, width: int) -> str:
    """A line that is harmless already, its spaces kept, of exactly `width` cells, with an ellipsis where it was cut."""
    if cell_len(line) <= width:
        return set_cell_size(line, width)
    return f"{set_cell_size(line, width - 1)}…" if width > 0 else ""
