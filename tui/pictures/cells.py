"""Pictures as characters: a half-block for two pixels of colour, or shades where the terminal has no colours."""

from __future__ import annotations

from PIL import Image
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

UPPER_HALF = "▀"
SHADES = " ░▒▓█"


def half_cells(image: Image.Image) -> tuple[Strip, ...]:
    """An RGB image of even height as strips: the upper pixel is the foreground, the lower the background. Exact."""
    width, height = image.size
    data = image.tobytes()
    colours: dict[bytes, Color] = {}
    styles: dict[bytes, Style] = {}

    def colour(pixel: bytes) -> Color:
        found = colours.get(pixel)
        if found is None:
            found = colours[pixel] = Color.from_rgb(*pixel)
        return found

    strips = []
    for top in range(0, height, 2):
        upper = data[top * width * 3 : (top + 1) * width * 3]
        lower = data[(top + 1) * width * 3 : (top + 2) * width * 3]
        line = []
        for at in range(0, width * 3, 3):
            both = upper[at : at + 3] + lower[at : at + 3]
            style = styles.get(both)
            if style is None:
                style = styles[both] = Style.from_color(colour(both[:3]), colour(both[3:]))
            line.append(Segment(UPPER_HALF, style))
        strips.append(Strip(line, width))
    return tuple(strips)


def shades(image: Image.Image) -> tuple[Strip, ...]:
    """An image of even height as one of five characters a cell, the brighter the fuller."""
    width, height = image.size
    grey = image.convert("L").resize((width, height // 2), Image.Resampling.BOX).tobytes()
    characters = "".join(SHADES[value * len(SHADES) // 256] for value in grey)
    return tuple(Strip([Segment(characters[at : at + width])], width) for at in range(0, len(characters), width))
