"""The stable module for other people's packages: import from here, and from nowhere else in `engine`."""

from engine.generators.base import Ask, Failed, Generator, Manner, Refused, Request, StepCallback
from engine.probes.base import Probe
from engine.prompts.base import Answer, Conversation, Writer
from engine.scorers.base import Kind, Role, Scorer, Text

__all__ = [
    "Answer",
    "Ask",
    "Conversation",
    "Failed",
    "Generator",
    "Kind",
    "Manner",
    "Probe",
    "Refused",
    "Request",
    "Role",
    "Scorer",
    "StepCallback",
    "Text",
    "Writer",
]
