"""The cells that are compared: varied photographs of the sample collection, and prompts that are hard to read alike."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from PIL import Image

PHOTOGRAPHS = (
    "alpine_landscape",
    "auvers_church",
    "castle_clinton",
    "coffee",
    "crocodile",
    "kitten_yarn",
    "opera",
    "rocket",
)
PROMPTS = (
    "a kitten with a ball of yarn",
    "A blurred, grainy photograph of a dog in the fog at night, badly framed and far too dark, with light leaking in "
    "from the left, dust on the film, a sickly cast over everything and nothing at all in focus; the horizon leans, a "
    "finger covers a corner, the flash has burnt out the nearest face, and whoever made it has not cared for a moment "
    "about where the eye should rest or what anybody would want to keep of that evening by the harbour",
    "Café à la brèche, naïve façade, Ångström, señor",
    "salt &amp; pepper &lt;3 &quot;quoted&quot; &amp;amp; twice",
    "“Curly quotes”, it’s ‘nested’ — and a dash… ﬁne ligatures",
    "",
    "شارع في الليل, 夜のカフェ, Ночь 🌃",
    "mojibake: sÃ¼ÃŸ   with\ttabs\nand lines",
)
PROMPTS_EACH = 3


def write_cells(folder: Path) -> list[tuple[Path, str]]:
    """(image file, prompt) of every cell: each photograph with three of the prompts, and each prompt with three.

    Files are PNG, which two versions of an image library can't decode differently.
    """
    cells = []
    for number, name in enumerate(PHOTOGRAPHS):
        path = folder / f"{name}.png"
        with files("sample_data").joinpath("photographs", "public", f"{name}.jpg").open("rb") as stream:
            Image.open(stream).convert("RGB").save(path)
        chosen = (PROMPTS[(number + step) % len(PROMPTS)] for step in range(PROMPTS_EACH))
        cells += [(path, prompt) for prompt in chosen]
    return cells
