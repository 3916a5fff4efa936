"""Generators, one file or folder each. `GENERATORS` knows them by name and imports none until asked."""

from engine.registry import Registry

GENERATORS = Registry(
    "generator",
    "widespectrum.generators",
    {"darkroom": ("engine.generators.darkroom:Darkroom", "edits a real photograph; nothing to download")},
)
