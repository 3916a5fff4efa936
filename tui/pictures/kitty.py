"""The kitty graphics protocol: each picture is sent once, then stands wherever its placeholder cells are drawn.

https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from __future__ import annotations

import base64
import io
from itertools import count
from random import randint

from PIL import Image
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual_image.renderable.tgp import _NUMBER_TO_DIACRITIC as DIACRITICS

from tui.images import in_multiplexer

PLACEHOLDER = "\U0010eeee"
CHUNK = 4096
MOST_CELLS = len(DIACRITICS)

_ids = count(randint(1, 2**23))
"""An id is the placeholder's 24-bit colour. A random start keeps other programs' pictures from being replaced."""


def next_id() -> int:
    """An id for a picture."""
    return next(_ids) % (2**24 - 1) + 1


def transmission(image: Image.Image, image_id: int, cells: tuple[int, int]) -> str:
    """The sequences that send an image and place it virtually on so many columns × lines."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    data = base64.standard_b64encode(buffer.getvalue()).decode("ascii")
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    first = f"a=T,U=1,f=100,i={image_id},c={cells[0]},r={cells[1]},"
    return "".join(
        _sequence(f"{'' if number else first}q=2,m={int(number < len(chunks) - 1)};{chunk}")
        for number, chunk in enumerate(chunks)
    )


def deletion(image_id: int) -> str:
    """The sequence that frees a picture in the terminal."""
    return _sequence(f"a=d,d=I,q=2,i={image_id}")


def _sequence(command: str) -> str:
    sequence = f"\x1b_G{command}\x1b\\"
    return "\x1bPtmux;{}\x1b\\".format(sequence.replace("\x1b", "\x1b\x1b")) if in_multiplexer() else sequence


def placeholders(image_id: int, cells: tuple[int, int]) -> tuple[Strip, ...]:
    """The cells that stand for a picture. Each names its own line and column, so any part can be drawn alone."""
    style = Style.from_color(Color.from_rgb(image_id >> 16, image_id >> 8 & 255, image_id & 255))
    columns = [chr(DIACRITICS[column]) for column in range(cells[0])]
    return tuple(
        Strip([Segment(PLACEHOLDER + chr(DIACRITICS[line]) + column, style) for column in columns], cells[0])
        for line in range(cells[1])
    )
