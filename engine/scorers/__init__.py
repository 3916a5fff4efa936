"""Scorers, one file each. `SCORERS` knows them by name and imports none until asked."""

from engine.registry import Registry

SCORERS = Registry(
    "scorer",
    "widespectrum.scorers",
    {
        "conse": ("engine.scorers.conse:ConSE", "control · content match, reads the subject and little of style"),
        "polish": ("engine.scorers.polish:Polish", "control · prompt-blind, built to prefer the clean image"),
    },
)

PROMPT_BLIND = frozenset({"polish"})
"""Those whose `reads_prompt` is false, known without importing them: the plan counts their work before they load."""
