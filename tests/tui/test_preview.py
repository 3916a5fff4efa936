"""Previews: pictures in cells, one at a time, never in the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Event
from types import SimpleNamespace

import PIL.Image
import pytest
from textual.app import App, ComposeResult

from store import Home
from store.blobs import StoredBlob, blob_path, keep_image
from tests.tui.pages import until
from tui import images
from tui.pictures import cells, kitty
from tui.pictures.gallery import Gallery
from tui.pictures.look import Look, crop_box, fit_crop, fit_whole
from tui.widgets.preview import Preview


def keep(home: Home, colour: str, size: tuple[int, int] = (64, 48)) -> StoredBlob:
    return keep_image(home, PIL.Image.new("RGB", size, colour))


def gallery(home: Home, protocol: str = "half", colours: str = "colour", sent: list[str] | None = None) -> Gallery:
    return Gallery(home, protocol, colours, ([] if sent is None else sent).append)


def look(blob: StoredBlob, **rest: object) -> Look:
    return Look(blob.sha256, blob.suffix, **rest)  # type: ignore[arg-type]


def test_a_half_cell_shows_two_pixels_exactly() -> None:
    image = PIL.Image.new("RGB", (2, 2))
    image.putdata([(1, 2, 3), (4, 5, 6), (7, 8, 9), (250, 0, 128)])
    (strip,) = cells.half_cells(image)
    colours = [(s.style.color.triplet, s.style.bgcolor.triplet) for s in strip if s.style]  # type: ignore[union-attr]
    assert strip.text == "▀▀"
    assert colours == [((1, 2, 3), (7, 8, 9)), ((4, 5, 6), (250, 0, 128))]


def test_without_colours_the_brighter_cell_is_the_fuller_character() -> None:
    image = PIL.Image.new("L", (5, 2))
    image.putdata([0, 60, 120, 180, 255] * 2)
    assert cells.shades(image)[0].text == " ░▒▓█"


@pytest.mark.parametrize(("source", "room"), [((512, 384), (60, 30)), ((100, 900), (40, 12)), ((9000, 3), (10, 10))])
def test_a_picture_keeps_its_proportions_and_stays_in_the_room(source: tuple[int, int], room: tuple[int, int]) -> None:
    fit = fit_whole(source, room, images.HALF_CELL)
    assert 1 <= fit.cells[0] <= room[0]
    assert 1 <= fit.cells[1] <= room[1]
    assert fit.cells[0] == room[0] or fit.cells[1] == room[1]


def test_a_crop_is_pixel_for_pixel_and_stays_inside_the_image() -> None:
    fit = fit_crop((64, 48), (20, 10), images.HALF_CELL)
    assert fit.pixels == (20, 20)
    assert crop_box(fit, (0.5, 0.5)) == (22, 14, 42, 34)
    assert crop_box(fit, (1.0, 0.0)) == (44, 0, 64, 20)


def test_fidelity_says_what_is_seen_and_what_is_hidden(home: Home) -> None:
    drawn = gallery(home).draw(look(keep(home, "red")), (20, 20))
    assert drawn.fidelity == "half-cells 20×8 of 64×48"
    assert "grain" in drawn.hides
    crop = gallery(home).draw(look(keep(home, "red"), centre=(0.5, 0.5)), (20, 20))
    assert crop.fidelity == "half-cells 1:1, 20×40 px at 50%, 50% of 64×48"
    assert crop.hides == ""


def test_the_difference_of_an_image_with_itself_is_black(home: Home) -> None:
    blob = keep(home, "orange")
    drawn = gallery(home).draw(look(blob, other=(blob.sha256, blob.suffix)), (8, 8))
    assert {s.style.bgcolor.triplet for strip in drawn.strips for s in strip if s.style} == {(0, 0, 0)}  # type: ignore[union-attr]


def test_no_color_gives_greys_and_a_terminal_without_colours_gives_characters(home: Home) -> None:
    blob = keep(home, "red")
    grey = gallery(home, colours="grey").draw(look(blob), (8, 8)).strips[0]
    assert all(len(set(s.style.color.triplet)) == 1 for s in grey if s.style)  # type: ignore[union-attr,arg-type]
    assert set(gallery(home, "kitty", "none").draw(look(blob), (8, 8)).strips[0].text) <= set(cells.SHADES)


def test_a_file_that_is_gone_or_broken_gives_its_reason_until_it_is_back(home: Home) -> None:
    blob = keep(home, "blue")
    path = blob_path(home, blob.sha256, blob.suffix)
    data = path.read_bytes()
    shown = gallery(home)
    path.unlink()
    assert "No such file" in shown.draw(look(blob), (8, 8)).reason
    path.write_bytes(b"not an image")
    assert "not a readable image" in shown.draw(look(blob), (8, 8)).reason
    path.write_bytes(data)
    assert shown.draw(look(blob), (8, 8)).strips


def test_kitty_pictures_are_sent_once_and_freed_when_they_are_dropped(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.pictures.gallery.KEPT", 1)
    monkeypatch.setattr("tui.pictures.gallery.cell_size", lambda protocol: (10, 20))
    monkeypatch.setattr(kitty, "in_multiplexer", lambda: False)
    sent: list[str] = []
    shown = gallery(home, "kitty", sent=sent)
    first, second = look(keep(home, "red")), look(keep(home, "green"))
    for _ in range(3):
        shown.deliver(shown.draw(first, (8, 8)))
    assert len(sent) == 1
    assert sent[0].startswith("\x1b_Ga=T,U=1,f=100,i=")
    dropped = shown.draw(first, (8, 8)).image_id
    shown.deliver(shown.draw(second, (8, 8)))
    assert kitty.deletion(dropped) in sent[1]
    shown.clear()
    assert sent[2] == kitty.deletion(shown.draw(second, (8, 8)).image_id)


def test_each_kitty_placeholder_names_its_own_line_and_column() -> None:
    strips = kitty.placeholders(0x010203, (3, 2))
    marks = kitty.DIACRITICS
    assert strips[1].text == "".join(kitty.PLACEHOLDER + chr(marks[1]) + chr(marks[column]) for column in range(3))
    assert all(strip.cell_length == 3 for strip in strips)
    assert {s.style.color.triplet for s in strips[0] if s.style} == {(1, 2, 3)}  # type: ignore[union-attr]


def test_in_a_multiplexer_kitty_sequences_are_passed_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kitty, "in_multiplexer", lambda: True)
    assert kitty.deletion(7) == "\x1bPtmux;\x1b\x1b_Ga=d,d=I,q=2,i=7\x1b\x1b\\\x1b\\"


def test_sixels_are_encoded_once_and_painted_over_blanks(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.pictures.gallery.cell_size", lambda protocol: (10, 20))
    drawn = gallery(home, "sixel").draw(look(keep(home, "red")), (8, 8))
    assert drawn.overlay.startswith("\x1bP")
    assert drawn.overlay.endswith("\x1b\\")
    assert {strip.text for strip in drawn.strips} == {" " * 8}


def test_the_protocol_is_half_cells_wherever_the_terminal_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert images.choose("auto", {}) == "half"
    assert images.choose("kitty", {}) == "half"
    assert images.choose("off", {}) == "off"
    monkeypatch.setattr(images, "has_size", lambda: True)
    monkeypatch.setattr(images, "_ask", lambda wanted: f"asked for {wanted}")
    assert images.choose("auto", {"TERM": "xterm-kitty"}) == "asked for auto"
    assert images.choose("auto", {"TERM": "tmux-256color"}) == "half"
    assert images.choose("kitty", {"TERM": "tmux-256color"}) == "asked for kitty"
    assert images.choose("auto", {"TERM": "xterm", "NO_COLOR": ""}) == "half"
    with pytest.raises(ValueError, match="auto, kitty, sixel, half, off"):
        images.choose("jpeg", {})


@pytest.mark.parametrize(
    ("protocol", "colours", "hides"),
    [
        ("half", "few", "hides true colours, grain"),
        ("sixel", "colour", "hides true colours"),
        ("half", "colour", "hides g"),
    ],
)
def test_a_palette_hides_colours_and_says_so(home: Home, protocol: str, colours: str, hides: str) -> None:
    drawn = gallery(home, protocol, colours).draw(look(keep(home, "red")), (5, 3))
    assert drawn.hides.startswith(hides)
    assert drawn.fidelity.startswith(protocol)


class Frame(App[None]):
    """An app with one preview."""

    def __init__(self, gallery: Gallery):
        super().__init__()
        self.gallery = gallery
        self.ready: list[str] = []

    def compose(self) -> ComposeResult:
        yield Preview()

    def on_preview_ready(self, event: Preview.Ready) -> None:
        self.ready.append(event.preview.fidelity)

    @property
    def lines(self) -> list[str]:
        preview = self.query_one(Preview)
        return [strip.text for strip in preview.render_lines(preview.size.region)]

    async def settle(self) -> None:
        await self.workers.wait_for_complete()


@pytest.mark.parametrize(
    ("answer", "understood"),
    [("\x1b_Gi=31;OK\x1b\\", True), ("\x1b_Gi=31;EINVAL:no\x1b\\", False), ("", False)],
)
def test_kitty_is_used_only_where_placeholders_are_understood(
    answer: str, understood: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def terminal(start: str, end: str, timeout: float) -> Iterator[SimpleNamespace]:
        response = SimpleNamespace(sequence="")
        yield response
        if not answer:
            raise TimeoutError
        response.sequence = answer

    monkeypatch.setattr("textual_image._terminal.capture_terminal_response", terminal)
    assert images.placeholders_understood() is understood


@asynccontextmanager
async def shown(home: Home, size: tuple[int, int]) -> AsyncIterator[Frame]:
    """A preview of this size, showing a picture."""
    app = Frame(gallery(home))
    async with app.run_test(size=size) as pilot:
        blob = keep(home, "red")
        app.query_one(Preview).show(blob.sha256, blob.suffix)
        await app.settle()
        await pilot.pause()
        yield app


async def test_a_preview_shows_the_picture_with_its_badge(home: Home) -> None:
    async with shown(home, (60, 20)) as app:
        assert app.lines[0].strip() == "▀" * 51
        assert app.lines[-1].strip().startswith("half-cells 51×19 of 64×48 · hides grain")


async def test_where_the_badge_has_no_room_it_says_what_the_picture_hides(home: Home) -> None:
    async with shown(home, (40, 20)) as app:
        assert app.lines[-1].strip() == "hides grain, fringing, fine blur"


async def test_the_old_picture_stays_until_the_new_one_is_ready(home: Home) -> None:
    app = Frame(gallery(home))
    async with app.run_test(size=(40, 20)) as pilot:
        preview = app.query_one(Preview)
        red, blue = keep(home, "red"), keep(home, "blue")
        preview.show(red.sha256, red.suffix)
        await app.settle()
        await pilot.pause()
        preview.show(blue.sha256, blue.suffix)
        assert preview.shown == look(red)
        assert "▀" in app.lines[10]
        await until(pilot, lambda: preview.shown == look(blue))


async def test_the_old_picture_goes_where_the_new_one_takes_long(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, finish = gallery(home), Event()
    draw, red, blue = shown.draw, keep(home, "red"), keep(home, "blue")
    monkeypatch.setattr(shown, "draw", lambda wish, room: (wish == look(blue) and finish.wait(10), draw(wish, room))[1])
    app = Frame(shown)
    async with app.run_test(size=(40, 20)) as pilot:
        preview = app.query_one(Preview)
        preview.show(red.sha256, red.suffix)
        await until(pilot, lambda: preview.shown == look(red))
        preview.show(blue.sha256, blue.suffix)
        await until(pilot, lambda: preview.shown is None)
        assert not "".join(app.lines).strip()
        assert preview.fidelity == "no image"
        finish.set()
        await until(pilot, lambda: preview.shown == look(blue))


async def test_what_was_seen_of_an_image_stays_while_more_of_it_is_made(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.widgets.preview.STALE_SECONDS", 0.0)
    shown, finish = gallery(home), Event()
    draw, red = shown.draw, keep(home, "red")
    monkeypatch.setattr(shown, "draw", lambda wish, room: (wish.centre and finish.wait(10), draw(wish, room))[1])
    app = Frame(shown)
    async with app.run_test(size=(40, 20)) as pilot:
        preview = app.query_one(Preview)
        preview.show(red.sha256, red.suffix)
        await until(pilot, lambda: preview.shown == look(red))
        preview.show(red.sha256, red.suffix, centre=(0.5, 0.5))
        await pilot.pause(0.05)
        assert preview.shown == look(red)
        finish.set()
        await until(pilot, lambda: preview.shown != look(red))


def test_a_difference_is_another_image_and_a_crop_is_not(home: Home) -> None:
    red, blue = keep(home, "red"), keep(home, "blue")
    assert look(red).is_of_same_image(look(red, centre=(0.5, 0.5)))
    assert not look(red).is_of_same_image(look(red, other=(blue.sha256, blue.suffix)))
    assert not look(red).is_of_same_image(look(blue))


async def test_a_repeating_key_makes_no_picture_in_between(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = gallery(home)
    made: list[Look] = []
    draw = shown.draw
    monkeypatch.setattr(shown, "draw", lambda wish, room: (made.append(wish), draw(wish, room))[1])
    app = Frame(shown)
    async with app.run_test(size=(40, 20)) as pilot:
        blobs = [keep(home, colour) for colour in ("red", "green", "blue", "white")]
        for blob in blobs:
            app.query_one(Preview).show(blob.sha256, blob.suffix)
        await until(pilot, lambda: app.query_one(Preview).shown == look(blobs[-1]))
        assert made == [look(blobs[0]), look(blobs[-1])]


async def test_a_reason_stands_in_the_place_of_a_picture(home: Home) -> None:
    app = Frame(gallery(home))
    async with app.run_test(size=(40, 20)) as pilot:
        app.query_one(Preview).show("0" * 64, ".png")
        await app.settle()
        await pilot.pause()
        assert "No such file" in " ".join(line.strip() for line in app.lines)


async def test_nothing_to_show_is_an_empty_place(home: Home) -> None:
    app = Frame(gallery(home))
    async with app.run_test(size=(40, 20)) as pilot:
        blob = keep(home, "red")
        app.query_one(Preview).show(blob.sha256, blob.suffix)
        await app.settle()
        await pilot.pause()
        app.query_one(Preview).show(None)
        assert not "".join(app.lines).strip()


def test_a_picture_is_shown_where_no_thumbnail_can_be_written(home: Home, full_disk: Callable) -> None:
    blob = keep(home, "red")
    with full_disk(0):
        drawn = gallery(home).draw(look(blob), (20, 10))
    assert drawn.reason == ""
    assert drawn.strips
    assert [path for path in home.thumbnails.rglob("*") if path.is_file()] == []
