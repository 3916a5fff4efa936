"""What an unfinished image looks like, from its latents alone: a sketch for whoever waits, no part of the image.

Decoding would cost as much as many steps. So each channel of the latents is taken for a colour: by the line that fits
best how this pipeline's own decoder coloured the images that it has finished, and before the first of them in false
colours. The sketch has the size of the latents, an eighth of the image's in most families.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from PIL import Image

ENOUGH = 16
"""Finished images after which the line is as good as it gets."""
RIDGE = 1e-3
"""Keeps the line from following chance where the latents leave it open."""
LARGEST = 256
"""Edge of the largest sketch; of larger latents every second or third place is left out."""
SPREAD = 2.0
"""In false colours, how many standard deviations from the mean are told apart."""


class Sketcher:
    """Sketches of one pipeline's images, and what it has learned of their colours.

    Attributes:
        learned: finished images that it has seen.
    """

    def __init__(self) -> None:
        self.learned = 0
        self._seen: tuple[torch.Tensor, torch.Tensor] | None = None
        self._line: torch.Tensor | None = None
        self._deviation: torch.Tensor | None = None

    def learn(self, latents: torch.Tensor, images: torch.Tensor) -> None:
        """See which colours the decoder gave to finished latents.

        Args:
            latents: N×C×h×w, as they were decoded.
            images: N×3×H×W within 0–1.
        """
        if self.learned >= ENOUGH or not torch.isfinite(latents).all() or not torch.isfinite(images).all():
            return
        height, width = latents.shape[-2:]
        latents = latents.float()
        small = torch.nn.functional.adaptive_avg_pool2d(images.to(latents.device).float(), (height, width))
        places, colours = _with_one(_rows(latents)), _rows(small)
        squares, products = places.T @ places, places.T @ colours
        if self._seen is not None:
            squares, products = squares + self._seen[0], products + self._seen[1]
        self._seen = squares, products
        ridge = RIDGE * torch.eye(len(squares), device=squares.device) * squares.diagonal().mean()
        self._line = torch.linalg.solve(squares + ridge, products)
        self._deviation = latents.std()
        self.learned += len(latents)

    def draw(self, latents: torch.Tensor) -> tuple[Image.Image, str]:
        """A sketch of unfinished images side by side, and what kind of sketch it is.

        Args:
            latents: N×C×h×w.
        """
        from PIL import Image

        stride = -(-max(latents.shape[-2:]) // LARGEST)
        latents = latents[..., ::stride, ::stride].float()
        if self._line is None or self._deviation is None:
            colours, kind = _false_colours(latents), "false colours"
        else:
            noisier = (self._deviation / latents.std().clamp_min(1e-6)).clamp_max(1)  # early latents are far too wide
            colours = _with_one(_rows(latents * noisier)) @ self._line
            colours = colours.reshape(len(latents), *latents.shape[-2:], 3)
            kind = f"colours learned from {self.learned} before"
        beside = torch.cat(list(colours.nan_to_num()), dim=1)
        eight = (beside.clamp(0, 1) * 255).round().to(torch.uint8).cpu()
        return Image.fromarray(eight.contiguous().numpy()), kind


def unpacked(latents: torch.Tensor, width: int, height: int) -> torch.Tensor | None:
    """Latents as N×C×h×w; None where they come in an order that isn't known.

    Flux packs 2×2 places of a channel into one token, row by row (`FluxPipeline._pack_latents` in diffusers).

    Args:
        width, height: of the image, for its proportions.
    """
    if latents.ndim == 4:
        return latents
    if latents.ndim != 3 or latents.shape[2] % 4:
        return None
    count, tokens, channels = latents.shape
    rows = max(round((tokens * height / width) ** 0.5), 1)
    if tokens % rows:
        return None
    places = latents.view(count, rows, tokens // rows, channels // 4, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return places.reshape(count, channels // 4, 2 * rows, 2 * (tokens // rows))


def _rows(pictures: torch.Tensor) -> torch.Tensor:
    """N×C×h×w as one row of C numbers for each place."""
    return pictures.permute(0, 2, 3, 1).reshape(-1, pictures.shape[1])


def _with_one(rows: torch.Tensor) -> torch.Tensor:
    """With a last column of ones, which is what a line starts from."""
    return torch.cat([rows, rows.new_ones(len(rows), 1)], dim=1)


def _false_colours(latents: torch.Tensor) -> torch.Tensor:
    """The first three channels as red, green and blue, N×h×w×3 within 0–1; fewer channels are repeated."""
    channels = [number % latents.shape[1] for number in range(3)]
    shown = latents[:, channels].permute(0, 2, 3, 1)
    centred = shown - shown.mean(dim=(0, 1, 2))
    return centred / (2 * SPREAD * centred.std(dim=(0, 1, 2)).clamp_min(1e-6)) + 0.5
