"""Image files: read with care, stored once, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import struct
import zlib
from contextlib import suppress

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import BrokenImage, Home, HomeUnusable, blobs
from store.blobs import blob_path, keep_bytes, keep_image, open_blob, read_image, thumbnail, to_rgb

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")


def encoded(image, kind="PNG", **settings):
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def colour(image):
    return image.getpixel((0, 0))


NOISE = PIL.Image.effect_noise((64, 64), 90)
RED = PIL.Image.new("RGB", (4, 3), (200, 30, 40))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_a_known_kind_of_file_is_read_as_rgb(kind):
    image, found = read_image(encoded(RED, kind), "red")
    assert (image.mode, image.size, found) == ("RGB", (4, 3), kind)
    assert colour(image) == pytest.approx((200, 30, 40), abs=4)


SHOWN = {
    "a transparent colour is laid on white": (PIL.Image.new("RGBA", (2, 2), (255, 0, 0, 0)), (255, 255, 255)),
    "a half transparent black is grey": (PIL.Image.new("RGBA", (2, 2), (0, 0, 0, 128)), (127, 127, 127)),
    "a transparent grey is white": (PIL.Image.new("LA", (2, 2), (9, 0)), (255, 255, 255)),
    "a bit is black or white": (PIL.Image.new("1", (2, 2), 1), (255, 255, 255)),
    "16 bits are scaled to 8": (PIL.Image.new("I;16", (2, 2), 257 * 100), (100, 100, 100)),
    "a dark picture of 16 bits stays dark": (PIL.Image.new("I;16", (2, 2), 200), (0, 0, 0)),
    "16 bits the other way round are scaled too": (PIL.Image.new("I;16B", (2, 2), 257 * 100), (100, 100, 100)),
    "integers beyond 8 bits hold 16": (PIL.Image.new("I", (2, 2), 257 * 100), (100, 100, 100)),
    "integers beyond 16 bits are white": (PIL.Image.new("I", (2, 2), 10**6), (255, 255, 255)),
    "small integers hold 8 bits": (PIL.Image.new("I", (2, 2), 100), (100, 100, 100)),
    "negative integers are black": (PIL.Image.new("I", (2, 2), -5), (0, 0, 0)),
    "floats up to 1 are shares of white": (PIL.Image.new("F", (2, 2), 0.4), (102, 102, 102)),
    "floats up to 255 are levels": (PIL.Image.new("F", (2, 2), 100.0), (100, 100, 100)),
    "floats beyond 255 hold 16 bits": (PIL.Image.new("F", (2, 2), 25700.0), (100, 100, 100)),
    "ink is turned into light": (PIL.Image.new("CMYK", (2, 2), (0, 255, 255, 0)), (255, 0, 0)),
    "lightness and colour are turned into light": (PIL.Image.new("YCbCr", (2, 2), (100, 128, 128)), (100, 100, 100)),
}


@pytest.mark.parametrize("what", SHOWN)
def test_any_mode_is_shown_as_a_viewer_would(what):
    image, expected = SHOWN[what]
    assert to_rgb(image).mode == "RGB"
    assert colour(to_rgb(image)) == expected


def test_a_palette_and_its_transparent_entry_are_read():
    image = PIL.Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 0, 0, 0])
    image.putpixel((1, 0), 1)
    read, _ = read_image(encoded(image, "PNG", transparency=1), "palette")
    assert [read.getpixel((x, 0)) for x in (0, 1)] == [(10, 20, 30), (255, 255, 255)]


def test_a_colour_that_a_file_declares_transparent_is_laid_on_white():
    assert colour(read_image(encoded(RED, "PNG", transparency=(200, 30, 40)), "red")[0]) == (255, 255, 255)


@pytest.mark.parametrize(
    "image",
    [
        PIL.Image.new("I;16", (2, 2), 257 * 100),
        PIL.Image.new("CMYK", (2, 2), (0, 255, 255, 0)),
        PIL.Image.new("F", (2, 2), 0.4),
    ],
    ids=["16-bit", "CMYK", "float"],
)
def test_a_wide_file_is_read_as_its_pixels_are_shown(image):
    assert colour(read_image(encoded(image, "TIFF"), "wide")[0]) == colour(to_rgb(image))


def test_a_photograph_that_the_camera_turned_is_upright(home):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    data = encoded(PIL.Image.new("RGB", (40, 20)), "JPEG", exif=exif)
    blob = keep_bytes(home, data, "turned")
    assert (blob.width, blob.height) == (20, 40)
    assert open_blob(home, blob.sha256, blob.suffix).size == (20, 40)
    with PIL.Image.open(thumbnail(home, blob.sha256, blob.suffix, 10)) as small:
        assert small.size == (5, 10)


def test_an_animation_is_its_first_picture():
    frames = [PIL.Image.new("RGB", (4, 4), shade) for shade in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert colour(read_image(data, "moving")[0]) == (255, 0, 0)


def test_a_cameras_two_pictures_in_one_file_are_its_first(home):
    data = encoded(RED, "MPO", save_all=True, append_images=[PIL.Image.new("RGB", (4, 3), "blue")])
    image, kind = read_image(data, "both")
    assert kind == "MPO"
    assert colour(image) == pytest.approx((200, 30, 40), abs=4)
    assert keep_bytes(home, data, "both").suffix == ".jpg"


def test_one_pixel_is_an_image(home):
    blob = keep_bytes(home, encoded(PIL.Image.new("RGB", (1, 1), "red")), "dot")
    assert (blob.width, blob.height) == (1, 1)
    with PIL.Image.open(thumbnail(home, blob.sha256, blob.suffix, 64)) as small:
        assert small.size == (1, 1)


def claiming(width, height):
    """A PNG whose header claims a size that its pixels don't have."""
    data = bytearray(encoded(RED))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not an image of a known kind"),
        (b"hello", "not an image of a known kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image of a known kind"),
        (encoded(RED)[:30], "or damaged"),
        (encoded(NOISE, "JPEG")[:900], "truncated"),
        (encoded(NOISE, "PNG")[:900], "not a readable image"),
        (claiming(10_001, 10_000), "10001×10000 is over the limit of 100,000,000 pixels"),
        (claiming(60_000, 60_000), "decompression bomb"),
        (claiming(9_000, 9_000), "not a readable image"),
    ],
    ids=["nothing", "a text", "a drawing", "a header", "cut JPEG", "cut PNG", "too large", "bomb", "lying header"],
)
def test_what_is_no_image_is_refused_with_its_name_and_a_reason(home, data, reason):
    with pytest.raises(BrokenImage, match=reason) as caught:
        keep_bytes(home, data, "holiday/beach.png")
    assert str(caught.value).startswith("holiday/beach.png: ")
    assert "0x" not in str(caught.value)
    assert list(home.images.iterdir()) == []


def test_an_image_at_the_limit_of_pixels_is_kept_and_one_beyond_is_refused(monkeypatch):
    monkeypatch.setattr(blobs, "MAX_PIXELS", 12)
    assert read_image(encoded(RED), "red")[0].size == (4, 3)
    with pytest.raises(BrokenImage, match="over the limit of 12 pixels"):
        read_image(encoded(PIL.Image.new("RGB", (13, 1))), "wide")


def test_a_file_beyond_the_limit_of_bytes_is_refused_unread(monkeypatch):
    monkeypatch.setattr(blobs, "MAX_BYTES", 100)
    with pytest.raises(BrokenImage, match="over the limit"):
        read_image(b"x" * 101, "heavy")


SAMPLES = [encoded(RED, kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP")]


@given(st.sampled_from(SAMPLES), st.data())
def test_damage_is_an_image_or_a_refusal_and_nothing_else(sample, data):
    place = data.draw(st.integers(0, len(sample) - 1))
    damaged = sample[:place] + data.draw(st.binary(max_size=8)) + sample[place + data.draw(st.integers(0, 8)) :]
    with suppress(BrokenImage):
        assert read_image(damaged, "damaged")[0].mode == "RGB"


def test_the_same_bytes_are_stored_once_as_they_came(home):
    data = encoded(RED, "JPEG")
    first, again = keep_bytes(home, data, "one"), keep_bytes(home, data, "two")
    assert first == again == (hashlib.sha256(data).hexdigest(), ".jpg", len(data), 4, 3)
    files = [path for path in home.images.rglob("*") if path.is_file()]
    assert files == [blob_path(home, first.sha256, ".jpg")]
    assert files[0].read_bytes() == data


def test_a_file_that_went_missing_is_put_back_by_storing_it_again(home):
    blob = keep_bytes(home, encoded(RED), "red")
    blob_path(home, blob.sha256, blob.suffix).unlink()
    keep_bytes(home, encoded(RED), "red")
    assert colour(open_blob(home, blob.sha256, blob.suffix)) == (200, 30, 40)


def test_an_image_made_here_keeps_its_pixels_and_what_is_said_of_it(home):
    said = {"parameters": "a bear, very dark\nSteps: 4", "title": "Bär ☕"}
    blob = keep_image(home, RED, said)
    path = blob_path(home, blob.sha256, blob.suffix)
    with PIL.Image.open(path) as image:
        assert image.text == said
        assert image.tobytes() == RED.tobytes()
    assert path.stat().st_size == blob.size


def test_a_file_is_readable_by_whom_the_umask_lets_read_it(home):
    before = os.umask(0o027)
    try:
        blob = keep_image(home, RED)
    finally:
        os.umask(before)
    assert stat.S_IMODE(blob_path(home, blob.sha256, blob.suffix).stat().st_mode) == 0o640


def test_a_stored_file_that_changed_is_noticed(home):
    blob = keep_image(home, RED)
    blob_path(home, blob.sha256, blob.suffix).write_bytes(encoded(PIL.Image.new("RGB", (4, 3), "blue")))
    with pytest.raises(BrokenImage, match="has changed"):
        open_blob(home, blob.sha256, blob.suffix)


def test_a_stored_file_that_is_gone_is_named(home):
    with pytest.raises(BrokenImage, match=r"abc\.png: No such file"):
        open_blob(home, "abc", ".png")


def test_a_thumbnail_is_made_once_and_again_after_it_was_deleted(home):
    blob = keep_image(home, PIL.Image.new("RGB", (300, 150), "red"))
    path = thumbnail(home, blob.sha256, blob.suffix, 100)
    made = path.stat().st_mtime_ns
    with PIL.Image.open(path) as small:
        assert (small.size, small.mode, small.format) == ((100, 50), "RGB", "PNG")
    assert thumbnail(home, blob.sha256, blob.suffix, 100) == path
    assert path.stat().st_mtime_ns == made
    path.unlink()
    assert thumbnail(home, blob.sha256, blob.suffix, 100).is_file()


def test_no_thumbnail_is_made_in_a_home_that_is_only_looked_at(home):
    blob = keep_image(home, RED)
    there = thumbnail(home, blob.sha256, blob.suffix, 64)
    with Home(home.folder, read_only=True) as looked_at:
        assert thumbnail(looked_at, blob.sha256, blob.suffix, 64) == there
        with pytest.raises(HomeUnusable, match="opened for reading only"):
            thumbnail(looked_at, blob.sha256, blob.suffix, 2)
    assert [path for path in home.thumbnails.rglob("*") if path.is_file()] == [there]


def test_thumbnails_of_two_sizes_are_two_files_and_a_small_image_is_not_enlarged(home):
    blob = keep_image(home, RED)
    paths = {thumbnail(home, blob.sha256, blob.suffix, edge) for edge in (2, 64)}
    assert len(paths) == 2
    with PIL.Image.open(thumbnail(home, blob.sha256, blob.suffix, 64)) as small:
        assert small.size == (4, 3)


def test_a_full_disk_leaves_nothing_behind_and_is_said(home, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HomeUnusable, match="No space left"):
        keep_image(home, RED)
    assert [path for path in home.images.rglob("*") if path.is_file()] == []
    monkeypatch.undo()
    assert keep_image(home, RED).size > 0


def test_a_folder_that_cannot_be_made_is_said(home):
    home.thumbnails.rmdir()
    home.thumbnails.write_text("mine")
    blob = keep_image(home, RED)
    with pytest.raises(HomeUnusable, match="thumbnails"):
        thumbnail(home, blob.sha256, blob.suffix, 10)


def test_a_home_that_was_moved_is_not_made_again_where_it_was(home, tmp_path):
    kept = keep_image(home, RED)
    home.folder.rename(tmp_path / "moved")
    with pytest.raises(HomeUnusable, match="No such file"):
        keep_image(home, PIL.Image.new("RGB", (4, 3), "blue"))
    with pytest.raises(HomeUnusable, match="not there any more"):
        open_blob(home, kept.sha256, kept.suffix)
    assert not home.folder.exists()


def test_thumbnails_may_be_deleted_with_their_folder(home):
    blob = keep_image(home, RED)
    home.thumbnails.rmdir()
    assert thumbnail(home, blob.sha256, blob.suffix, 10).is_file()
