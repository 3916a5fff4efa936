"""One image in the terminal. The old picture stays a moment, at most until the new one is ready; nothing waits for it.

Give it no border, padding, tint or hover style: it draws its own lines past Textual's styling, so that the colours
are the picture's own and the kitty placeholders keep their meaning.
"""

from __future__ import annotations

from textwrap import wrap
from time import monotonic
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import work
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import get_current_worker

from tui.pictures.look import Drawn, Look
from tui.text import cut, plain

if TYPE_CHECKING:
    from tui.app import Widespectrum
    from tui.pictures.gallery import Gallery

DEBOUNCE_SECONDS = 0.05
"""A wish that follows another sooner than this waits so long, so that a repeating key decodes nothing between."""
STALE_SECONDS = 0.2
"""So long a picture stays where another image is wanted, lest it flicker; longer, it would be taken for that one."""


class Preview(Widget):
    """An image, as large as there is room, centred.

    Args:
        badge: whether the last line says at what fidelity the image is seen.
    """

    DEFAULT_CSS = "Preview { width: 1fr; height: 1fr; }"

    class Ready(Message):
        """A picture, the reason why there is none, or an empty place is on the screen."""

        def __init__(self, preview: Preview):
            super().__init__()
            self.preview = preview

    class Made(Message):
        """A picture was made in a thread."""

        def __init__(self, look: Look, room: tuple[int, int], drawn: Drawn):
            super().__init__()
            self.look, self.room, self.drawn = look, room, drawn

    def __init__(self, *, badge: bool = True, id: str | None = None):
        super().__init__(id=id)
        self.badge = badge
        self.drawn = Drawn()
        self.shown: Look | None = None
        self._look: Look | None = None
        self._asked = 0.0
        self._timer: Timer | None = None
        self._stale: Timer | None = None

    @property
    def gallery(self) -> Gallery:
        """The pictures of the app."""
        app: Widespectrum = self.app  # type: ignore[assignment]
        return app.gallery

    @property
    def fidelity(self) -> str:
        """What can be seen now, as a verdict keeps it, such as `half-cells 60×30 of 512×384`."""
        return self.drawn.fidelity or "no image"

    @property
    def badge_text(self) -> str:
        """The fidelity, and what it hides."""
        if not self.drawn.fidelity or self.drawn.reason:
            return self.drawn.fidelity
        return " · ".join(filter(None, (self.drawn.fidelity, self.drawn.hides)))

    def _badge(self, width: int) -> str:
        """As much of the badge as fits: rather what the picture hides than how large it is."""
        parts = (self.badge_text, self.drawn.hides, self.drawn.fidelity)
        return next((part for part in parts if part and cell_len(part) <= width), cut(self.badge_text, width))

    @property
    def room(self) -> tuple[int, int]:
        """Columns and lines that a picture may take."""
        return self.size.width, self.size.height - self.badge

    def show(
        self,
        sha256: str | None,
        suffix: str = "",
        *,
        other: tuple[str, str] | None = None,
        centre: tuple[float, float] | None = None,
    ) -> None:
        """Show an image, or nothing for None. See `Look` for `other` and `centre`."""
        self._look = Look(sha256, suffix, other, centre) if sha256 else None
        self._ask(wait=monotonic() - self._asked < DEBOUNCE_SECONDS)
        self._asked = monotonic()

    def show_file(self, path: str, stamp: int) -> None:
        """Show a small PNG that is replaced now and then, such as a sketch; `stamp` tells one state from another."""
        look = Look("", "", file=path, stamp=stamp)
        if look != self._look:
            self._look = look
            self._ask()

    def ahead(self, look: Look) -> None:
        """Make a picture that may be wanted next; call it in a thread."""
        if min(self.room) > 0:
            self.gallery.draw(look, self.room)

    def redraw(self) -> None:
        """Draw again from the beginning: the terminal may have lost the picture."""
        self.gallery.forget_sent()
        self._ask()
        self.refresh()

    def _ask(self, wait: bool = False) -> None:
        if self._timer:
            self._timer.stop()
        look, room = self._look, self.room
        if look is None:
            self._present(None, Drawn())
        elif min(room) > 0:
            if drawn := self.gallery.kept(look, room):
                self._present(look, drawn)
                return
            if self.shown and not self.shown.is_of_same_image(look):
                self._stale = self._stale or self.set_timer(STALE_SECONDS, self._clear)
            if wait:
                self._timer = self.set_timer(DEBOUNCE_SECONDS, lambda: self._make(look, room))
            else:
                self._make(look, room)

    @work(thread=True, exclusive=True, group="picture")
    def _make(self, look: Look, room: tuple[int, int]) -> None:
        worker = get_current_worker()
        drawn = self.gallery.draw(look, room)
        if not worker.is_cancelled:
            self.post_message(self.Made(look, room, drawn))

    def on_preview_made(self, event: Made) -> None:
        """Show it if it is still what is wanted."""
        event.stop()
        if (event.look, event.room) == (self._look, self.room):
            self._present(event.look, event.drawn)

    def _clear(self) -> None:
        """Show nothing until the picture that is wanted is ready, unless that is another view of what is shown."""
        self._stale = None
        if self.shown and self._look and self.shown.is_of_same_image(self._look):
            return
        self.shown, self.drawn = None, Drawn()
        self.refresh()
        self.post_message(self.Ready(self))

    def _present(self, look: Look | None, drawn: Drawn) -> None:
        if self._stale:
            self._stale.stop()
            self._stale = None
        self.gallery.deliver(drawn)
        self.shown, self.drawn = look, drawn
        self.refresh()
        self.post_message(self.Ready(self))

    def on_resize(self) -> None:
        """Another size is another picture."""
        self._ask()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The part of the lines that the compositor asks for."""
        style = self.rich_style
        lines = [self._line(y, style).crop(crop.x, crop.right) for y in range(crop.y, crop.bottom)]
        if self.drawn.overlay and lines and self.screen.is_active:
            lines[-1] = self._painted(lines[-1])
        return lines

    def _line(self, y: int, style: Style) -> Strip:
        """One whole line of the widget."""
        width, height = self.size
        if self.badge and y == height - 1:
            return Strip([Segment(self._badge(width).center(width), style + Style(dim=True))], width)
        if self.drawn.reason:
            return self._reason_line(y, style)
        top = max(0, (self.room[1] - len(self.drawn.strips)) // 2)
        if not 0 <= y - top < len(self.drawn.strips):
            return Strip.blank(width, style)
        strip = self.drawn.strips[y - top]
        if not self.gallery_has_colours:
            strip = strip.apply_style(style)
        left = max(0, (width - strip.cell_length) // 2)
        right = max(0, width - strip.cell_length - left)
        return Strip.join([Strip.blank(left, style), strip, Strip.blank(right, style)])

    @property
    def gallery_has_colours(self) -> bool:
        """Whether the strips bring their own colours; shades, blanks and placeholders take the widget's."""
        return self.gallery.style == "half"

    def _reason_line(self, y: int, style: Style) -> Strip:
        width = self.size.width
        lines = wrap(plain(self.drawn.reason), max(width - 2, 1))
        text = f" {lines[y]}" if y < len(lines) else ""
        return Strip([Segment(text.ljust(width)[:width], style + Style(dim=True))], width)

    def _painted(self, last: Strip) -> Strip:
        """The last line, and after it the sixels over all the lines, with the cursor put back behind them."""
        columns, lines = self.drawn.fit.cells
        region = self.region
        left = region.x + max(0, (self.size.width - columns) // 2)
        top = region.y + max(0, (self.room[1] - lines) // 2)
        picture = f"\x1b7\x1b[{top + 1};{left + 1}H{self.drawn.overlay}\x1b8"
        return Strip([*last, Segment(picture, None, [(0,)])], last.cell_length)  # type: ignore[list-item]
