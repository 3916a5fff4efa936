"""One pair: both images side by side, at one fidelity and one crop, and all that is known of them below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.widgets import Static

from tui.keys import Named
from tui.pictures.look import Look
from tui.text import MUTED, content
from tui.views.pairs import facts
from tui.widgets.preview import Preview

if TYPE_CHECKING:
    from store.queries.pairs import PairDetail

PAN = 0.5
"""Share of what is seen that one key moves a crop."""
MOST_WIDTH = 104
"""Columns of the facts: longer lines are hard to follow."""


class PairView(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Both images and the facts. The page gives it keys; how the images are looked at stays from pair to pair.

    Args:
        key: says what the key of an action is called.
    """

    DEFAULT_CSS = """
    PairView {
        padding: 0 1; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
    }
    PairView #pictures { height: 18; }
    PairView #pictures Vertical { width: 1fr; }
    PairView #pictures Static { text-align: center; height: 1; }
    PairView #left { margin-right: 1; }
    PairView #badge { height: 1; color: $text-muted; text-align: center; }
    PairView #facts { height: auto; }
    PairView.-nothing #pictures, PairView.-nothing #badge { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, key: Named) -> None:
        super().__init__()
        self.key = key
        self.pair: PairDetail | None = None
        self.nothing = ""
        self.scales: Mapping[int, float] = {}
        self.swapped = self.difference = self.provenance = False
        self.centre: tuple[float, float] | None = None
        self.scrolled_before = 0.0
        self.pictures = {side: Preview(badge=False, id=f"{side}-picture") for side in ("left", "right")}

    def compose(self) -> ComposeResult:
        """Two pictures with their names, the fidelity of both, and the facts."""
        with Horizontal(id="pictures"):
            for side, picture in self.pictures.items():
                with Vertical(id=side):
                    yield Static(id=f"{side}-name")
                    yield picture
        yield Static(id="badge")
        yield Static(id="facts")

    @property
    def order_shown(self) -> str:
        """As a verdict keeps it."""
        return "wide-original" if self.swapped else "original-wide"

    @property
    def fidelity(self) -> str:
        """As a verdict keeps it: of the right picture, which is as large as the left."""
        return self.pictures["right"].fidelity if self.is_mounted else "no image"

    def show(self, pair: PairDetail | None, scales: Mapping[int, float]) -> None:
        """Show a pair; the old pictures stay a moment, as `Preview` says."""
        other = pair is None or self.pair is None or pair.id != self.pair.id
        self.pair, self.scales = pair, scales
        self.set_class(pair is None, "-nothing")
        if other:
            self.scrolled_before = 0.0
            self.scroll_home(animate=False)
        self.show_facts()
        self.show_pictures()

    def say_nothing(self, words: str) -> None:
        """What stands here while there is no pair."""
        self.nothing = words
        self.show_facts()

    def show_facts(self) -> None:
        """Write the facts for the width there is."""
        if not self.is_mounted:
            return
        width = min(self.scrollable_content_region.width, MOST_WIDTH)
        text = (
            facts(self.pair, self.scales, width, self.provenance, self.key)
            if self.pair
            else content(self.nothing, MUTED)
        )
        self.query_one("#facts", Static).update(text)

    def on_resize(self) -> None:
        """Lines are wrapped for the width."""
        self.show_facts()

    def looks(self, pair: PairDetail) -> tuple[Look, Look]:
        """What is to be seen left and right of a pair."""
        original, wide = pair.original, pair.wide
        left, right = (wide, original) if self.swapped else (original, wide)
        other = (left.sha256, left.suffix) if self.difference else None
        return (
            Look(left.sha256, left.suffix, centre=self.centre),
            Look(right.sha256, right.suffix, other=other, centre=self.centre),
        )

    def show_pictures(self) -> None:
        """Ask for both pictures, and name them."""
        if not self.is_mounted:
            return
        names = [("I_o", "original"), ("I_a", "wide")]
        if self.swapped:
            names.reverse()
        if self.difference:
            names[1] = ("|I_a − I_o|", "difference")
        looks = self.looks(self.pair) if self.pair else (None, None)
        for (side, picture), look, (sign, word) in zip(self.pictures.items(), looks, names, strict=True):
            name = Content.assemble((sign, "bold"), (f" {word}", MUTED)) if look else Content("")
            self.query_one(f"#{side}-name", Static).update(name, layout=False)
            if look:
                picture.show(look.sha256, look.suffix, other=look.other, centre=look.centre)
            else:
                picture.show(None)

    def ahead(self, pairs: list[PairDetail]) -> None:
        """Make the pictures of pairs that may be wanted next; call it in a thread."""
        for pair in pairs:
            for picture, look in zip(self.pictures.values(), self.looks(pair), strict=True):
                picture.ahead(look)

    @on(Preview.Ready)
    def _show_badge(self, event: Preview.Ready) -> None:
        event.stop()
        if event.preview is self.pictures["right"]:
            self.query_one("#badge", Static).update(content(self._badge(event.preview)), layout=False)

    def _badge(self, picture: Preview) -> str:
        """What its picture says of itself, and the key that shows more."""
        if not picture.drawn.fidelity or picture.drawn.reason:
            return picture.badge_text
        is_whole = picture.shown is None or picture.shown.centre is None
        return f"{picture.badge_text} · {self.key('pairs.crop')}: {'1:1' if is_whole else 'whole'}"

    def swap(self) -> None:
        """Each image in the other's place: what blinks is what differs."""
        self.swapped = not self.swapped
        self.show_pictures()

    def toggle_difference(self) -> None:
        """The right place shows |left − right|, or its image again."""
        self.difference = not self.difference
        self.show_pictures()

    def toggle_crop(self) -> None:
        """Pixel for pixel around the middle, or whole again."""
        self.centre = None if self.centre else (0.5, 0.5)
        self.show_pictures()

    def pan(self, right: int, down: int) -> None:
        """Move the crop of both images."""
        if not self.is_mounted:
            return
        fit: Any = self.pictures["left"].drawn.fit
        if self.centre is None or not all(fit.source):
            return
        moved = []
        for at, by, seen, side in zip(self.centre, (right, down), fit.pixels, fit.source, strict=True):
            edge = min(seen / side / 2, 0.5)
            moved.append(round(min(max(at + by * PAN * seen / side, edge), 1 - edge), 4))
        self.centre = (moved[0], moved[1])
        self.show_pictures()

    def toggle_provenance(self) -> None:
        """How both images were made, or not."""
        self.provenance = not self.provenance
        self.show_facts()
        if self.provenance:
            self.scrolled_before = self.scroll_y
            self.call_after_refresh(self._show_provenance)
        else:
            self.scroll_to(y=self.scrolled_before, animate=False)

    def _show_provenance(self) -> None:
        """Scroll as far as it takes to see where it begins."""
        text = self.query_one("#facts", Static)
        before, found, after = str(text.content).partition("\nI_o provenance")
        if found:
            first, height = before.count("\n") + 1, min(after.count("\n") + 1, self.size.height // 2)
            region = Region(0, text.virtual_region.y + first, 1, height)
            self.scroll_to_region(region, animate=False)

    def redraw(self) -> None:
        """Draw both pictures from the beginning."""
        for picture in self.pictures.values():
            picture.redraw()
