"""What `widespectrum models verify` prints of one scorer: every value beside its publisher's, and the verdict."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine.verify.agreement import Agreement
from tui.text import plain

PROMPT_SHOWN = 40


def print_agreement(agreement: Agreement) -> None:
    """Print to standard output."""
    table = Table("image", "prompt", "here", "publisher", "difference", "", box=None, pad_edge=False)
    for column in table.columns[2:5]:
        column.justify = "right"
    for cell in agreement.cells:
        prompt = cell.prompt if len(cell.prompt) <= PROMPT_SHOWN else f"{cell.prompt[: PROMPT_SHOWN - 1]}…"
        numbers = (f"{cell.ours:.7f}", f"{cell.theirs:.7f}", f"{cell.difference:.1e}")
        words = (cell.image, prompt or "(empty)", *numbers, "" if cell.agrees else "DIFFERS")
        table.add_row(*(Text(plain(word), no_wrap=True) for word in words))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 120
    console.print(table)
    click.echo(plain(verdict(agreement)) + "\n")


def verdict(agreement: Agreement) -> str:
    """One line: whether they agree, how closely, on what."""
    differing = sum(not cell.agrees for cell in agreement.cells)
    found = "agrees with" if agreement.passed else f"DIFFERS in {differing} of {len(agreement.cells)} values from"
    against = ", ".join(f"{package} {version}" for package, version in agreement.versions.items())
    random = "RANDOM WEIGHTS: " if agreement.random else ""
    return (
        f"{random}{agreement.name} {found} its publisher's code: largest difference {agreement.largest:.1e}, allowed "
        f"{max(cell.allowed for cell in agreement.cells):.1e}; {len(agreement.cells)} cells, {agreement.precision} on "
        f"{agreement.device}, {agreement.weights}; {against}"
    )
