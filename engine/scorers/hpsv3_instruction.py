"""The words that HPSv3 asks its question in. They are its publisher's, and are not repeated here.

They are read from the file of the `hpsv3` package that its own code takes them from. The file is parsed for two string
constants; it is never imported, and nothing in it runs.
"""

from __future__ import annotations

import ast
import string
from dataclasses import dataclass
from pathlib import Path

from engine.scorers.weights import UnreadableWeights

MOST_BYTES = 2**20
QUESTION, ENDING = "INSTRUCTION", "prompt_with_special_token"  # as the package calls them
PROMPT, REWARD = "text_prompt", "<|Reward|>"


@dataclass(frozen=True)
class Instruction:
    """The text around a prompt, up to the token at which the reward is read; what the package has behind it can't reach
    that token."""

    before: str
    after: str

    def asking(self, prompt: str) -> str:
        """The whole text for one prompt."""
        return f"{self.before}{prompt}{self.after}"


def read_instruction(path: Path, remedy: str) -> Instruction:
    """The instruction in a file of the `hpsv3` package.

    Args:
        remedy: what brings the file back, for the message.

    Raises:
        UnreadableWeights: no such file, or not the one: it has no such constants, or they have no place for a prompt.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        constants = _constants(path.read_text(encoding="utf-8"))
        before, middle = _around_prompt(constants[QUESTION])
        ending, mark, _ = constants[ENDING].partition(REWARD)
        if not mark:
            raise ValueError(f"{ENDING} has no {REWARD}")
    except KeyError as error:
        raise UnreadableWeights(path, f"it sets no string {error.args[0]}", remedy) from error
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise UnreadableWeights(path, error, remedy) from error
    return Instruction(before, f"{middle}{ending}{REWARD}")


def _constants(source: str) -> dict[str, str]:
    """Names of a module that are set to a plain string at its top level."""
    found: dict[str, str] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
    return found


def _around_prompt(template: str) -> tuple[str, str]:
    """What stands before and after the one place for the prompt."""
    parts = list(string.Formatter().parse(template))
    places = [index for index, (_, field, _, _) in enumerate(parts) if field is not None]
    if len(places) != 1 or parts[places[0]][1:] != (PROMPT, "", None):
        raise ValueError(f"{QUESTION} has not exactly one place {{{PROMPT}}}")
    literals = [literal for literal, *_ in parts]
    return "".join(literals[: places[0] + 1]), "".join(literals[places[0] + 1 :])
