"""The command line: one file a command, imported when it is used."""

try:
    from tui.cli.main import main
except KeyboardInterrupt:  # Ctrl+C while the program still loads
    raise SystemExit(130) from None

__all__ = ["main"]
