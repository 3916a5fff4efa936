"""Makes pictures and keeps the latest: opens, scales and draws in whatever thread asks, never the screen's own.

`kitty` and `sixel` are imported only where `tui.images.choose` chose them: their library asks the terminal at its
import, and an answer that comes while the app runs would be taken for keys.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.images import cell_size
from tui.pictures.look import HIDDEN, Drawn, Look, crop_box, fit_crop, fit_whole
from tui.text import plain

if TYPE_CHECKING:
    from PIL import Image

    from store import Home

KEPT = 48
"""Pictures kept: two a pair, some pairs back and ahead."""
DECODED = 4
"""Whole images kept for panning at 1:1: two sides, before and after."""
EDGES = (128, 256, 512, 1024, 2048)
"""Sizes of the thumbnails on disk."""
NAMES = {"half": "half-cells", "shades": "characters"}


class Gallery:
    """The pictures of one app.

    Args:
        home: whose image files are shown.
        protocol: kitty, sixel, half or off.
        colours: "colour"; "few" for a terminal with a palette of 256, which only half-cells use; "grey" for
            one where colour is unwanted; "none" where there is none to use.
        send: writes a sequence to the terminal, in step with the frames; called in the screen's thread only.
    """

    def __init__(self, home: Home, protocol: str, colours: str, send: Callable[[str], None]):
        self.home, self.colours, self.send = home, colours, send
        self.protocol = protocol if colours in ("colour", "few") or protocol == "off" else "half"
        self.style = "shades" if self.protocol == "half" and colours == "none" else self.protocol
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Look, tuple[int, int]], Drawn] = OrderedDict()
        self._decoded: OrderedDict[tuple[str, str], Image.Image] = OrderedDict()
        self._sizes: dict[str, tuple[int, int]] = {}
        self._sent: set[int] = set()
        self._stale: list[int] = []

    def kept(self, look: Look, room: tuple[int, int]) -> Drawn | None:
        """A picture that is ready, or None."""
        with self._lock:
            if drawn := self._kept.get((look, room)):
                self._kept.move_to_end((look, room))
            return drawn

    def draw(self, look: Look, room: tuple[int, int]) -> Drawn:
        """A picture for `room` columns × lines; slow. A file that can't be shown gives the reason, not an error."""
        if drawn := self.kept(look, room):
            return drawn
        from store.errors import BrokenImage

        try:
            drawn = self._draw(look, room)
        except (BrokenImage, OSError) as error:
            return Drawn(reason=str(error))  # not kept: the file may come back
        with self._lock:
            if look.file:
                for key in [key for key in self._kept if key[0].file == look.file]:
                    self._forget(key)  # what it was before is never asked for again
            self._kept[look, room] = drawn
            while len(self._kept) > KEPT:
                self._forget(next(iter(self._kept)))
        return drawn

    def _forget(self, key: tuple[Look, tuple[int, int]]) -> None:
        """Keep a picture no longer, here or in the terminal; the lock is held."""
        old = self._kept.pop(key)
        if old.image_id:
            self._stale.append(old.image_id)

    def deliver(self, drawn: Drawn) -> None:
        """Send what the terminal needs to show this picture, once, and free what it no longer needs."""
        if not drawn.image_id:
            return
        from tui.pictures import kitty

        with self._lock:
            stale, self._stale = self._stale, []
        gone = "".join(kitty.deletion(image_id) for image_id in stale if image_id in self._sent)
        self._sent.difference_update(stale)
        new = "" if drawn.image_id in self._sent else drawn.transmission
        self._sent.add(drawn.image_id)
        if gone + new:
            self.send(gone + new)

    def forget_sent(self) -> None:
        """The terminal may have lost its pictures: send each again when it is next shown."""
        self._sent.clear()

    def clear(self) -> None:
        """Free every picture in the terminal."""
        if self._sent:
            from tui.pictures import kitty

            self.send("".join(kitty.deletion(image_id) for image_id in self._sent))
        self.forget_sent()

    def _draw(self, look: Look, room: tuple[int, int]) -> Drawn:
        cell = cell_size(self.protocol)
        if look.file:
            return self._sketch(look.file, room, cell)
        source = self._size(look.sha256, look.suffix)
        if self.protocol == "off":
            return Drawn(reason=f"{source[0]}×{source[1]} · images are off", fidelity="no image")
        if look.centre is None:
            fit = fit_whole(source, room, cell)
            image = self._scaled(look.sha256, look.suffix, fit.pixels)
        else:
            fit = fit_crop(source, room, cell)
            image = self._whole(look.sha256, look.suffix).crop(crop_box(fit, look.centre))
        if look.other:
            image = self._difference(image, look, fit.pixels)
        if self.colours == "grey":
            image = image.convert("L").convert("RGB")
        name = NAMES.get(self.style, self.style)
        size = f"{source[0]}×{source[1]}"
        if look.centre:
            where = "{:.0%}, {:.0%}".format(*look.centre)
            fidelity = f"{name} 1:1, {fit.pixels[0]}×{fit.pixels[1]} px at {where} of {size}"
        else:
            fidelity = f"{name} {fit.cells[0]}×{fit.cells[1]} of {size}"
        every_pixel = all(drawn >= side for drawn, side in zip(fit.pixels, source, strict=True))
        hides = "" if look.centre or every_pixel else HIDDEN
        if lacks := self._lacks:
            hides = ", ".join(filter(None, (f"hides {lacks}", hides.removeprefix("hides "))))
        return self._in_cells(image, Drawn(fit=fit, fidelity=fidelity, hides=hides))

    @property
    def _lacks(self) -> str:
        """What no picture has here."""
        if self.style == "shades" or self.colours == "grey":
            return "colour"
        has_palette = self.style == "sixel" or (self.style == "half" and self.colours == "few")
        return "true colours" if has_palette else ""

    def _sketch(self, file: str, room: tuple[int, int], cell: tuple[int, int]) -> Drawn:
        """A small picture of what is being made, with what it says of itself in place of a fidelity."""
        import PIL.Image

        with PIL.Image.open(file, formats=("PNG",)) as opened:
            image, about = opened.convert("RGB"), plain(str(opened.info.get("about", "")))
        if self.protocol == "off":
            return Drawn(reason="images are off", fidelity="no image")
        fit = fit_whole(image.size, room, cell)
        image = image.resize(fit.pixels, PIL.Image.Resampling.BICUBIC)
        if self.colours == "grey":
            image = image.convert("L").convert("RGB")
        return self._in_cells(image, Drawn(fit=fit, fidelity="sketch", hides=about))

    def _in_cells(self, image: Image.Image, plan: Drawn) -> Drawn:
        from dataclasses import replace

        from textual.strip import Strip

        cells = plan.fit.cells
        if self.style == "kitty":
            from tui.pictures import kitty

            cells = (min(cells[0], kitty.MOST_CELLS), min(cells[1], kitty.MOST_CELLS))
            image_id = kitty.next_id()
            return replace(
                plan,
                image_id=image_id,
                transmission=kitty.transmission(image, image_id, cells),
                strips=kitty.placeholders(image_id, cells),
            )
        if self.style == "sixel":
            from tui.pictures.sixel import sixels

            return replace(plan, overlay=sixels(image, cells), strips=(Strip.blank(cells[0]),) * cells[1])
        from tui.pictures.cells import half_cells, shades

        return replace(plan, strips=(shades if self.style == "shades" else half_cells)(image))

    def _size(self, sha256: str, suffix: str) -> tuple[int, int]:
        """Upright width and height, from the file's header alone."""
        if sha256 not in self._sizes:
            import PIL.Image

            from store.blobs import OPENED, blob_path
            from store.errors import BrokenImage

            path = blob_path(self.home, sha256, suffix)
            try:
                with PIL.Image.open(path, formats=OPENED) as image:
                    turned = image.getexif().get(0x0112, 1) >= 5
                    self._sizes[sha256] = image.size[::-1] if turned else image.size
            except OSError as error:  # Pillow's own error of an unreadable file is one too
                raise BrokenImage(f"{path}: {error.strerror or 'not a readable image'}") from error
        return self._sizes[sha256]

    def _scaled(self, sha256: str, suffix: str, pixels: tuple[int, int]) -> Image.Image:
        import PIL.Image

        from store.blobs import thumbnail
        from store.errors import HomeUnusable

        edge = next((edge for edge in EDGES if edge >= max(pixels)), None)
        try:
            if edge is None:
                image = self._whole(sha256, suffix)
            else:
                image = PIL.Image.open(thumbnail(self.home, sha256, suffix, edge)).convert("RGB")
        except HomeUnusable:  # no room for a thumbnail, or no leave to write it: seen all the same
            image = self._whole(sha256, suffix)
        return image.resize(pixels, PIL.Image.Resampling.LANCZOS, reducing_gap=2.0)

    def _whole(self, sha256: str, suffix: str) -> Image.Image:
        from store.blobs import open_blob

        with self._lock:
            if image := self._decoded.get((sha256, suffix)):
                self._decoded.move_to_end((sha256, suffix))
                return image
        image = open_blob(self.home, sha256, suffix)
        with self._lock:
            self._decoded[sha256, suffix] = image
            while len(self._decoded) > DECODED:
                self._decoded.popitem(last=False)
        return image

    def _difference(self, image: Image.Image, look: Look, pixels: tuple[int, int]) -> Image.Image:
        from PIL import ImageChops

        assert look.other
        if look.centre is None:
            other = self._scaled(*look.other, pixels)
        else:
            whole = self._whole(*look.other)
            fit = fit_crop(whole.size, pixels, (1, 1))
            other = whole.crop(crop_box(fit, look.centre)).resize(pixels)
        return ImageChops.difference(image, other)
