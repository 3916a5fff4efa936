"""Things known by name: scorers, generators and writers, imported only when asked for.

A name maps to `module:attribute`. Other people's packages add names through the entry-point group of a
registry, and are never imported until their name is used. A name may be followed by a colon and which one of its
kind is meant, as in `clip:openai/clip-vit-base-patch32`; what stands there is for the thing itself to understand.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


FEWEST_LETTERS = 3
"""A shorter text is a part of nearly everything."""


class UnknownName(ValueError):
    """No such scorer, generator, writer, dimension …: says what is known, the nearest first."""

    def __init__(self, kind: str, name: str, known: list[str]):
        near = difflib.get_close_matches(name.lower(), known, n=3) or _holding(name.lower(), known)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known) or 'none'}"
        super().__init__(f"unknown {kind} {name!r}: {hint}")


def _holding(part: str, known: Sequence[str]) -> list[str]:
    """The first names of which this is a part, as `kontext` is of `flux.1-kontext-dev`."""
    return [name for name in known if part in name][:3] if len(part) >= FEWEST_LETTERS else []


class Registry:
    """The names of one kind of thing, with a line on each.

    Args:
        kind: what the things are called in messages, such as `scorer`.
        group: the entry-point group through which other packages add to it.
        built_in: name -> (`module:attribute`, one line for lists and help).
    """

    def __init__(self, kind: str, group: str, built_in: Mapping[str, tuple[str, str]]):
        self.kind, self.group, self._built_in = kind, group, dict(built_in)

    def _plugins(self) -> dict[str, EntryPoint]:
        from importlib.metadata import entry_points  # slow to import, and the screens' taxonomy needs only the error

        return {point.name: point for point in entry_points(group=self.group)}

    def names(self) -> list[str]:
        """Every known name: the built-in ones in their order, then those of other packages."""
        return [*self._built_in, *sorted(self._plugins().keys() - self._built_in.keys())]

    def summary(self, name: str) -> str:
        """One line on a name, without importing it."""
        base = self._base(self.require(name))
        return self._built_in[base][1] if base in self._built_in else f"from {self._plugins()[base].value}"

    def require(self, name: str) -> str:
        """The name itself if it is known; raises `UnknownName` otherwise."""
        base = self._base(name)
        if base not in self._built_in and base not in self._plugins():
            raise UnknownName(self.kind, name, self.names())
        return name

    def load(self, name: str) -> Any:
        """The class or object behind a name, imported now. Raises `UnknownName`."""
        base = self._base(self.require(name))
        if base not in self._built_in:
            return self._plugins()[base].load()
        module, attribute = self._built_in[base][0].split(":")
        return getattr(import_module(module), attribute)

    @staticmethod
    def _base(name: str) -> str:
        return name.partition(":")[0]
