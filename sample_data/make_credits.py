"""Writes `CREDITS` from the manifest: `python -m sample_data.make_credits`. The manifest is the only thing to edit."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from sample_data.collection import SamplePhotograph, photographs

CREDITS = Path(__file__).with_name("CREDITS")

_HEAD = """\
Credits of the photographs and artworks in this folder

Works that are in the public domain or under CC0 lie in photographs/public. Works under a Creative Commons
licence that asks for attribution lie in photographs/attribution; each stays under its own licence, which is named
below with the address of its text. Under a ShareAlike licence, an edited work must be shared under that licence again.
Naming an author here does not mean that the author endorses this program."""


def credits_text(works: Iterable[SamplePhotograph]) -> str:
    """The whole text: collections in alphabetical order, and in each its works by file."""
    ordered = sorted(works, key=lambda work: (work.collection.casefold(), work.file))
    sections = [_section(name, group) for name, group in groupby(ordered, key=lambda work: work.collection)]
    return "\n\n".join([_HEAD, *sections]) + "\n"


def _section(collection: str, works: Iterable[SamplePhotograph]) -> str:
    return "\n\n".join([f"{collection}\n{'-' * len(collection)}", *map(_entry, works)])


def _entry(work: SamplePhotograph) -> str:
    return (
        f"{work.file}\n"
        f"    “{work.title}” by {work.author}\n"
        f"    {work.license}, {work.license_url}\n"
        f"    {work.url}\n"
        f"    taken from {work.origin}; {work.changes}"
    )


if __name__ == "__main__":
    CREDITS.write_text(credits_text(photographs()), encoding="utf-8")
