"""Judges: vision-language models that are asked in words. Known by name, and imported only when asked for.

A judge's name is what it is asked, a colon, and the model that answers: `judge-pairwise:qwen2.5-vl-7b`. The models are
the catalogue's entries of the kind `judge`, those of a home's own included.
"""

from __future__ import annotations

from pathlib import Path

from engine.models.catalogue import Entry, known
from engine.registry import UnknownName

PAIRWISE, EFFECTS = "judge-pairwise", "judge-effects"
ASKED = {
    PAIRWISE: "which image follows P_a better, asked in both orders",
    EFFECTS: "how far each image shows the subject and the effects of P_a",
}
"""What a judge can be asked, and a line on it."""


def is_judge(name: str) -> bool:
    """Whether a name among scorers is that of a judge."""
    return asked_of(name) in ASKED


def asked_of(name: str) -> str:
    """What a judge is asked: `judge-pairwise` or `judge-effects`."""
    return name.partition(":")[0]


def model_of(name: str) -> str:
    """The model that answers, as the catalogue names it."""
    return name.partition(":")[2]


def judges(home: Path | None = None) -> dict[str, str]:
    """Every judge's name, with a line on it. Raises `BadCatalogue`."""
    models = [entry for entry in known(home).values() if entry.kind == "judge"]
    return {f"{asked}:{model.name}": f"judge · {ASKED[asked]}; {_where(model)}" for asked in ASKED for model in models}


def require(name: str, home: Path | None = None) -> str:
    """The name itself if it is a known judge's. Raises `UnknownName`, `BadCatalogue`."""
    names = list(judges(home))
    if name not in names:
        raise UnknownName("judge", name, names)
    return name


def _where(model: Entry) -> str:
    return "a service that may cost money" if model.remote else f"a local model of {model.gigabytes:g} GB"
