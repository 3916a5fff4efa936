"""The command line: one file a command, imported when it is used."""

from tui.cli.main import main

__all__ = ["main"]
