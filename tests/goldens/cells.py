"""The images and prompts of the goldens. Imports nothing that a publisher's environment might lack."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from PIL import Image

IMAGES = ("chelsea", "auvers_church", "alpine_landscape", "dot", "strip")
PROMPTS = (
    "the face of a tabby cat",
    "",
    "A blurred, grainy photograph of a dog in the fog at night, badly framed and far too dark, with light leaking in "
    "from the left, dust on the film, a sickly cast over everything and nothing at all in focus",
    "café “À la Brèche” — it’s Amélie &amp; friends, &lt;3",
    "شارع في الليل",
    "夜のカフェ 🌃",
    "a dog [SEP] in the fog [DEC]",
)


@dataclass(frozen=True)
class Golden:
    """Values [images][prompts] of a publisher's code, with the cells that they are of."""

    images: list[str]
    prompts: list[str]
    values: list[list[float]]

    def cells(self) -> list[tuple[Image.Image, str]]:
        """Every image with every prompt, in the order of the values."""
        return [(picture(image), prompt) for image in self.images for prompt in self.prompts]


def golden(name: str) -> Golden:
    """What the publisher of a scorer gives."""
    kept = json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
    return Golden(kept["images"], kept["prompts"], kept["values"])


def picture(name: str) -> Image.Image:
    """A packaged photograph, one pixel, or a narrow strip of colours; RGB."""
    if name == "dot":
        return Image.new("RGB", (1, 1), (200, 40, 90))
    if name == "strip":
        return Image.linear_gradient("L").resize((40, 300)).convert("RGB")
    with files("sample_data").joinpath("photographs", "public", f"{name}.jpg").open("rb") as stream:
        return Image.open(stream).convert("RGB")
