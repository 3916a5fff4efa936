"""Who can write wide prompts: the template, and the language models of the catalogue. None is imported until asked."""

from __future__ import annotations

from pathlib import Path

from engine.models.catalogue import Entry, known
from engine.prompts.base import Writer
from engine.registry import Registry

TEMPLATE = "template"
"""The writer by rule and seed (`engine.prompts.writer`): no model, and so no stage of a run."""
GROUP = "widespectrum.writers"
_LOCAL, _REMOTE = "engine.prompts.local:LocalWriter", "engine.prompts.remote:RemoteWriter"
_BY_RULE = ("engine.prompts.writer:write_wide_prompt", "by rule and seed; nothing to download")


def writers(home: Path | None) -> Registry:
    """The writers that a home knows. Raises `BadCatalogue`."""
    models = {name: _line(each) for name, each in known(home).items() if each.kind == "writer"}
    return Registry("writer", GROUP, {TEMPLATE: _BY_RULE, **models})


def open_writer(name: str, home: Path, device: str | None = None) -> Writer:
    """A language model, ready to be asked.

    Raises:
        UnknownName: no such writer, or the template, which is none.
        MissingWeights: they are not here; the message says how to get them.
        ValueError: a setting in the catalogue that it doesn't know.
    """
    make: type[Writer] = writers(home).load(name)
    return make.open(name, home, device)


def _line(entry: Entry) -> tuple[str, str]:
    return (_REMOTE, "a language model behind a service") if entry.remote else (_LOCAL, "a language model, run here")
