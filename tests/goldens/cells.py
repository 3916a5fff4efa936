"""The images and prompts of the goldens. Imports nothing that a publisher's environment might lack."""

from __future__ import annotations

from importlib.resources import files

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
)


def picture(name: str) -> Image.Image:
    """A packaged photograph, one pixel, or a narrow strip of colours; RGB."""
    if name == "dot":
        return Image.new("RGB", (1, 1), (200, 40, 90))
    if name == "strip":
        return Image.linear_gradient("L").resize((40, 300)).convert("RGB")
    with files("sample_data").joinpath("photographs", "public", f"{name}.jpg").open("rb") as stream:
        return Image.open(stream).convert("RGB")
