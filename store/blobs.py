"""Image files, content-addressed by sha256, and the thumbnails made from them."""

from __future__ import annotations

import hashlib
import io
import os
import uuid
import warnings
from pathlib import Path
from typing import NamedTuple, cast

import PIL.Image
from PIL import ImageOps
from PIL.PngImagePlugin import PngInfo

from store.errors import BrokenImage, HomeUnusable
from store.home import Home

MAX_BYTES = 256 * 2**20
MAX_PIXELS = 100_000_000
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "GIF": ".gif", "BMP": ".bmp", "MPO": ".jpg"}
OPENED = [kind for kind in SUFFIXES if kind != "MPO"]
"""What Pillow is asked for; a camera's MPO begins as a JPEG and is found by that."""

warnings.filterwarnings("ignore", module=r"PIL\.")  # of oddities in files; on a terminal they would stain the screen


class StoredBlob(NamedTuple):
    """A file that is in the home."""

    sha256: str
    suffix: str
    size: int
    width: int
    height: int


def read_image(data: bytes, name: str) -> tuple[PIL.Image.Image, str]:
    """Decode bytes from outside to an upright RGB image, with the name of their format.

    Transparent pixels are laid on white, as a viewer would show them; 16-bit greys are scaled to 8 bits.

    Raises:
        BrokenImage: naming `name` and the reason (format, size, damage).
    """
    if len(data) > MAX_BYTES:
        raise BrokenImage(f"{name}: {len(data) / 2**20:.0f} MiB is over the limit of {MAX_BYTES // 2**20} MiB")
    try:
        image = PIL.Image.open(io.BytesIO(data), formats=OPENED)
        if image.width * image.height > MAX_PIXELS:
            raise BrokenImage(f"{name}: {image.width}×{image.height} is over the limit of {MAX_PIXELS:,} pixels")
        kind = image.format or ""
        image.load()
        return to_rgb(ImageOps.exif_transpose(image)), kind
    except BrokenImage:
        raise
    except PIL.UnidentifiedImageError as error:
        raise BrokenImage(f"{name}: not an image of a known kind ({', '.join(OPENED)}), or damaged") from error
    except Exception as error:  # decoders raise whatever the bytes make them raise
        raise BrokenImage(f"{name}: not a readable image: {error or type(error).__name__}") from error


def to_rgb(image: PIL.Image.Image) -> PIL.Image.Image:
    """Any Pillow mode as 8-bit RGB."""
    if image.mode.startswith("I;16"):
        return _scaled(image.convert("I"), 65535)
    if image.mode in ("I", "F"):
        return _scaled(image, _white_of(image))
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        return PIL.Image.alpha_composite(PIL.Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def _white_of(image: PIL.Image.Image) -> int:
    """Integers hold 8 or 16 bits, floats 0–1 or either of those: the brightest value tells which."""
    top = cast("tuple[float, float]", image.getextrema())[1]
    if image.mode == "F" and top <= 1:
        return 1
    return 255 if top <= 255 else 65535


def _scaled(image: PIL.Image.Image, white: int) -> PIL.Image.Image:
    return image.convert("F").point(lambda value: value * (255 / white)).convert("L").convert("RGB")


def keep_bytes(home: Home, data: bytes, name: str) -> StoredBlob:
    """Put the bytes of an image file into the home, once. Raises `BrokenImage`, and `HomeUnusable` on a full disk."""
    image, kind = read_image(data, name)
    return _keep(home, data, SUFFIXES[kind], image.size)


def keep_image(home: Home, image: PIL.Image.Image, text: dict[str, str] | None = None) -> StoredBlob:
    """Put an image that was made here into the home as PNG, with `text` in its text chunks."""
    info = PngInfo()
    for key, value in (text or {}).items():
        info.add_itxt(key, value)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=info, compress_level=1)
    return _keep(home, buffer.getvalue(), ".png", image.size)


def _keep(home: Home, data: bytes, suffix: str, size: tuple[int, int]) -> StoredBlob:
    sha256 = hashlib.sha256(data).hexdigest()
    path = blob_path(home, sha256, suffix)
    if not path.exists():
        _write_whole(path, data)
    return StoredBlob(sha256, suffix, len(data), *size)


def blob_path(home: Home, sha256: str, suffix: str) -> Path:
    """Where a blob lies."""
    return home.images / sha256[:2] / f"{sha256}{suffix}"


def open_blob(home: Home, sha256: str, suffix: str) -> PIL.Image.Image:
    """A blob as an upright RGB image.

    Raises:
        BrokenImage: the file is gone, changed or damaged.
        HomeUnusable: so is the home: moved, deleted, or on a disk that was taken away.
    """
    path = blob_path(home, sha256, suffix)
    try:
        data = path.read_bytes()
    except OSError as error:
        if not home.images.is_dir():
            raise HomeUnusable(f"{home.images} is not there any more") from error
        raise BrokenImage(f"{path}: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BrokenImage(f"{path}: the file has changed since it was stored")
    return read_image(data, str(path))[0]


def thumbnail(home: Home, sha256: str, suffix: str, edge: int) -> Path:
    """The path of a PNG whose longer side is at most `edge` pixels, made now if it isn't cached yet.

    Raises:
        HomeUnusable: it isn't there and can't be kept: the disk is full, or the home was opened to be read only.
    """
    path = home.thumbnails / sha256[:2] / f"{sha256}-{edge}.png"
    if not path.exists():
        if home.database.read_only:
            raise HomeUnusable(f"{path}: is not made in a home that was opened for reading only")
        image = open_blob(home, sha256, suffix)
        image.thumbnail((edge, edge), PIL.Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        image.save(buffer, "PNG", compress_level=1)
        _write_whole(path, buffer.getvalue())
    return path


def _write_whole(path: Path, data: bytes) -> None:
    """The whole file or none: written beside its place, then renamed. Readable by whom the umask lets read it.

    Its folder and the one above are made, but no home that was moved or deleted meanwhile.
    """
    temporary = path.with_name(f".new-{uuid.uuid4().hex}")
    try:
        path.parent.parent.mkdir(exist_ok=True)
        path.parent.mkdir(exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise HomeUnusable(f"{path}: can't be written: {error.strerror}") from error
