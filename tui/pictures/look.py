"""What is to be seen of an image, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from textual.strip import Strip

HIDDEN = "hides grain, fringing, fine blur"


@dataclass(frozen=True)
class Look:
    """A wish to see an image.

    Args:
        sha256, suffix: its blob.
        other: (sha256, suffix) of an image from which the difference is shown.
        centre: (x, y) in 0–1 of the image around which it is shown pixel for pixel; None for the whole image.
        file, stamp: in place of a blob a small PNG that is replaced now and then, and which of its states is meant.
    """

    sha256: str
    suffix: str
    other: tuple[str, str] | None = None
    centre: tuple[float, float] | None = None
    file: str = ""
    stamp: int = 0

    def is_of_same_image(self, other: Look) -> bool:
        """Whether both show one image, or one difference, whatever part of it."""
        return (self.sha256, self.other, self.file) == (other.sha256, other.other, other.file)


@dataclass(frozen=True)
class Fit:
    """Where a picture goes: `cells` columns × lines, drawn from `pixels` of an image of size `source`."""

    cells: tuple[int, int]
    pixels: tuple[int, int]
    source: tuple[int, int]


@dataclass(frozen=True)
class Drawn:
    """A picture that is ready to show, or the reason why there is none.

    Args:
        strips: one per line, each `fit.cells[0]` wide; empty where there is a reason.
        fidelity: what can be seen at this size, such as `half-cells 60×30 of 512×384`, for badges and verdicts.
        hides: what can't be seen, or "" at 1:1.
        reason: why there is no picture.
        image_id, transmission: of the kitty protocol: what must be sent once before the placeholders mean anything.
        overlay: of sixel: what draws the picture from its upper left cell.
    """

    strips: tuple[Strip, ...] = ()
    fit: Fit = Fit((0, 0), (0, 0), (0, 0))
    fidelity: str = ""
    hides: str = ""
    reason: str = ""
    image_id: int = 0
    transmission: str = ""
    overlay: str = ""


def fit_whole(source: tuple[int, int], room: tuple[int, int], cell: tuple[int, int]) -> Fit:
    """The largest size with the image's proportions in `room` columns × lines of `cell` pixels."""
    scale = min(room[0] * cell[0] / source[0], room[1] * cell[1] / source[1])
    cells = tuple(
        max(1, min(most, round(side * scale / unit))) for side, most, unit in zip(source, room, cell, strict=True)
    )
    return Fit((cells[0], cells[1]), (cells[0] * cell[0], cells[1] * cell[1]), source)


def fit_crop(source: tuple[int, int], room: tuple[int, int], cell: tuple[int, int]) -> Fit:
    """As many whole cells as the image fills pixel for pixel."""
    cells = tuple(max(1, min(most, side // unit)) for side, most, unit in zip(source, room, cell, strict=True))
    return Fit((cells[0], cells[1]), (cells[0] * cell[0], cells[1] * cell[1]), source)


def crop_box(fit: Fit, centre: tuple[float, float]) -> tuple[int, int, int, int]:
    """Left, upper, right, lower of the part that is seen, kept inside the image."""
    corner = [
        max(0, min(side - part, round(at * side - part / 2)))
        for side, part, at in zip(fit.source, fit.pixels, centre, strict=True)
    ]
    return corner[0], corner[1], corner[0] + fit.pixels[0], corner[1] + fit.pixels[1]
