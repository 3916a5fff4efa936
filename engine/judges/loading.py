"""Opening a judge's model by name, wherever it is: the one door that the worker uses."""

from __future__ import annotations

from pathlib import Path

from engine.devices import take
from engine.judges.base import Judge
from engine.models.catalogue import entry
from engine.models.places import locate


def open_judge(model: str, home: Path, device: str | None = None, precision: str = "publisher") -> Judge:
    """A model, ready to be asked.

    Args:
        model: as the catalogue names it, such as `qwen2.5-vl-7b`.
        home: the home's folder, which knows where weights lie.
        device, precision: of a local model (see `engine.scorers.loading.open_scorer`).

    Raises:
        UnknownName: no such model.
        MissingWeights, UnreadableWeights: they are not here, or damaged.
        MissingKey: a service's key is not in the environment.
    """
    if entry(model, home).remote:
        from engine.judges.remote import Remote

        return Remote.open(model, home)
    folder = locate(model, home)  # before torch is loaded: what is missing is told at once
    from engine.judges.local import Local
    from engine.scorers.precision import best_device

    device = device or best_device()
    take(device)
    return Local(model, folder, device, precision)
