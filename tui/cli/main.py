"""`widespectrum`: the options that every command shares, and the list of commands."""

from __future__ import annotations

import codecs
import errno
import importlib
import io
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from store import Home, HomeUnusable, StoreError
from store.curator import default_curator
from store.home import whole_path
from tui.colours import announce_colours
from tui.images import CHOICES, choose
from tui.text import plain

COMMANDS = {
    "demo": "Build a home from the sample photographs and open it.",
    "add": "Add a folder of your own photographs or artworks.",
    "generate": "Make pairs: wide images beside originals.",
    "emotions": "Edit happy portraits to sad, angry, fearful.",
    "prompts": "Edit wide prompts: one, or many in a table.",
    "score": "Score and measure what is in the home.",
    "report": "Print every figure with its n and interval.",
    "runs": "List, watch and steer the work.",
    "models": "List, fetch and point to the models that score, judge, generate and write.",
    "reproduce": "Make an image again and compare the pixels.",
    "rebuild": "Derive margins, curation and witnesses again.",
    "doctor": "Examine the installation and the home.",
}
LOOKING = "\n`widespectrum --read-only` looks at what is there; so do `report`, `runs` and `doctor`"


@dataclass
class Options:
    """What the command line says of every command."""

    home: Path | None = None
    curator: str | None = None
    images: str = "auto"
    read_only: bool = False

    def open_home(self, make: bool = True) -> Home:
        """Open the home that was asked for, to write; what is wrong with it becomes a command-line error.

        Args:
            make: make it if it is missing. Without it a mistyped path is an error, not an empty home.
        """
        self.require_writing()
        try:
            return Home(self.home, make=make)
        except HomeUnusable as error:
            raise click.ClickException(f"{plain(str(error))}{LOOKING}") from error

    def require_writing(self) -> None:
        """Refuse a command that changes something where `--read-only` was asked for."""
        if self.read_only:
            raise click.ClickException("--read-only: nothing is added, decided or started")

    def open_home_to_read(self) -> Home:
        """Open one that is there to look at it, also on a full disk or where one may not write."""
        home = Home(self.home, read_only=True) if self.read_only else Home.to_read(self.home)
        if home.remark:
            click.echo(f"note: {plain(home.remark)}", err=True)
        return home


class Commands(click.Group):
    """Imports a command's module only when that command is used: `--help` and the terminal stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of a first visit."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, from its own file."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"tui.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does, with the nearest names for a wrong one."""
        from engine.registry import UnknownName

        if args[0] not in COMMANDS:
            raise click.UsageError(plain(str(UnknownName("command", args[0], list(COMMANDS)))), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; the errors that a person can mend are told in one line, without a traceback."""
        import sqlite3

        from engine.registry import UnknownName

        try:
            return super().invoke(ctx)
        except (StoreError, UnknownName) as error:
            raise click.ClickException(plain(str(error))) from error
        except ValueError as error:
            from engine.models.catalogue import BadCatalogue

            if not isinstance(error, BadCatalogue):
                raise
            raise click.ClickException(plain(str(error))) from error
        except sqlite3.Error as error:
            raise click.ClickException(f"the database can't be read: {plain(str(error))}") from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # `report | head`: nobody reads on, and click ends in silence
                raise
            raise click.ClickException(plain(str(error))) from error


def _set_home(ctx: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        try:
            ctx.ensure_object(Options).home = whole_path(value)
        except (StoreError, OSError) as error:
            raise click.BadParameter(plain(str(error))) from error


class _Folder(click.Path):
    """A folder that is named: an empty text, as a variable without a value gives it, is not the folder we are in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("no folder is named", param, ctx)
        return super().convert(value, param, ctx)


home_option = click.option(
    "--home",
    type=_Folder(path_type=Path, file_okay=False),
    expose_value=False,
    callback=_set_home,
    help="The folder of the database and images. By default $WIDESPECTRUM_HOME, or the user's data folder.",
)


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@home_option
@click.option("--as", "curator", metavar="NAME", help="Who decides, in the curation log; by default the system user.")
@click.option(
    "--images",
    type=click.Choice(CHOICES),
    default="auto",
    help="How the terminal shows images.",
)
@click.option("--read-only", is_flag=True, help="Look, but decide and start nothing.")
@click.version_option(package_name="widespectrum")
@click.pass_context
def main(ctx: click.Context, curator: str | None, images: str, read_only: bool) -> None:
    """When someone asks for an image that is dark, blurred, muddy, awkward, grieving or decayed: does the generator
    make it, and does the reward model recognise it, or do both drag it back to polish?

    Without a command, opens the terminal instrument on the home. A first visit:

    \b
      widespectrum demo                  sample photographs, about three minutes of work
      widespectrum add ~/Pictures/grit   your own, with metadata.csv for captions and credits
      widespectrum report                every figure, with n and interval
    """
    _make_streams_speak()
    options = ctx.ensure_object(Options)
    options.curator, options.images, options.read_only = curator, images, read_only
    if ctx.invoked_subcommand is None:
        open_terminal(options)


def open_terminal(options: Options) -> None:
    """Open the instrument; without a terminal to draw on, say so."""
    if not at_terminal():
        raise click.ClickException("there is no terminal here; `widespectrum report` prints the figures")
    from tui.app import Widespectrum

    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever started us with nohup would leave us behind without a line
    with options.open_home_to_read() if options.read_only else options.open_home() as home:
        announce_colours()
        app = Widespectrum(home, curator_name(options), options.read_only, choose(options.images))
        app.run()
    sys.exit(app.return_code)


def _make_streams_speak() -> None:
    """A sign that a stream lacks becomes `?`; ASCII, which Python takes a locale for that is not set, becomes UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            unset = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding="utf-8" if unset else None, errors="replace")


def speaks_unicode() -> bool:
    """Whether standard output takes every sign."""
    return codecs.lookup(getattr(sys.stdout, "encoding", None) or "ascii").name.startswith("utf")


def at_terminal() -> bool:
    """Whether there is a terminal to draw on. A stream that was closed before we started is None."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def curator_name(options: Options) -> str:
    """The name from `--as`, or the system user's."""
    return plain(options.curator) if options.curator else default_curator()
