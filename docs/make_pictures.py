"""Draws the pictures of the README: each page on a demo home, as SVG in `docs/images`.

widespectrum --home FOLDER demo
python docs/make_pictures.py FOLDER

The README shows them as PNG of the same names, 1630 wide, into which a browser or resvg turns the SVG.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

os.environ["COLORTERM"] = "truecolor"  # rich asks for it when the app is made

from store import Home
from tui.app import Widespectrum

IMAGES = Path(__file__).with_name("images")
SIZE = (132, 40)
KEYS = {"pairs": "j j j", "grid": "j j j", "board": "f f j", "triage": "", "runs": ""}
"""What is pressed on each page before its picture is taken."""
SETTLE_SECONDS = 2.5
"""Previews are decoded off the screen; a picture is taken when they have come."""


async def take(home: Home, page: str, keys: str, theme: str) -> None:
    """One page as it looks after some keys."""
    app = Widespectrum(home, "curator")
    async with app.run_test(size=SIZE) as pilot:
        app.theme = theme
        await app.run_action(f"page('{page}')")
        await pilot.pause(SETTLE_SECONDS)
        await pilot.press(*keys.split())
        await pilot.pause(SETTLE_SECONDS)
        (IMAGES / f"{page}.svg").write_text(app.export_screenshot(title="widespectrum"), encoding="utf-8")


def main(folder: str) -> None:
    """Every page in turn."""
    IMAGES.mkdir(exist_ok=True)
    for page, keys in KEYS.items():
        with Home(folder) as home:
            asyncio.run(take(home, page, keys, "textual-dark"))


if __name__ == "__main__":
    main(sys.argv[1])
