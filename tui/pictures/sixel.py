"""Sixel pictures, encoded by textual-image. They have no cells: they are painted over blank ones."""

from __future__ import annotations

import io

from PIL import Image
from rich.console import Console
from rich.segment import Segment
from textual_image.renderable import SixelImage


def sixels(image: Image.Image, cells: tuple[int, int]) -> str:
    """The sequence that paints an image from the cursor onwards, over so many columns × lines."""
    console = Console(file=io.StringIO(), width=cells[0], height=cells[1] + 1, force_terminal=True)
    options = console.options.update_dimensions(*cells)
    segments = SixelImage(image, width=cells[0], height=cells[1]).__rich_console__(console, options)
    texts = (segment.text for segment in segments if isinstance(segment, Segment))
    return next(text for text in texts if text.startswith("\x1bP"))
