"""The packaged photographs and artworks, one object each, as `photographs.json` lists them. Decodes no image."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class SamplePhotograph:
    """One packaged image with its credit, its plain caption and, for a candidate, its wide prompt.

    Args:
        file: path inside the package, with `/`. Works that ask for attribution lie in `photographs/attribution`,
            those free of conditions in `photographs/public`.
        kind: a painting is an artwork, all else a photograph.
        role: `conventional` is an original for the darkroom to edit, `candidate` is itself wide-spectrum and waits
            for a person to accept it.
        title: what its origin calls it.
        caption: P_o, the subject alone.
        wide_prompt: P_a, which names the effects before the subject; None for a conventional one.
        dimensions: photographic dimensions visible in a candidate; empty for a conventional one.
        author: whom to credit.
        license: SPDX identifier, or `public-domain`, for which SPDX has none.
        license_url: where the licence, or the mark of the public domain, is explained.
        url: page of the work or, where that is unknown, of the collection.
        collection: a readable grouping by provenance.
        origin: package and version that the file was taken from.
        changes: what was done to the work since its author published it.
        sha256: of the file's bytes, in hex.
        width: in pixels.
        height: in pixels.
    """

    file: str
    kind: Literal["photograph", "artwork"]
    role: Literal["conventional", "candidate"]
    title: str
    caption: str
    wide_prompt: str | None
    dimensions: tuple[str, ...]
    author: str
    license: str
    license_url: str
    url: str
    collection: str
    origin: str
    changes: str
    sha256: str
    width: int
    height: int

    @property
    def credit(self) -> str:
        """One line with what the licence asks for: title, author, licence and page."""
        return f"“{self.title}” by {self.author}, {self.license} ({self.license_url}), {self.url}"

    def resource(self) -> Traversable:
        """The packaged file; `.read_bytes()` and `.open("rb")` work wherever the package is installed."""
        return files("sample_data").joinpath(*self.file.split("/"))

    def path(self) -> AbstractContextManager[Path]:
        """A real file for as long as the `with` block lasts, even where the package is a zip archive."""
        return as_file(self.resource())


@cache
def photographs() -> tuple[SamplePhotograph, ...]:
    """All packaged photographs and artworks, in the order of their files."""
    text = files("sample_data").joinpath("photographs.json").read_text(encoding="utf-8")
    return tuple(_photograph(row) for row in json.loads(text))


def _photograph(row: dict[str, Any]) -> SamplePhotograph:
    return SamplePhotograph(**{**row, "dimensions": tuple(row["dimensions"])})
