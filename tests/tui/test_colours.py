"""Colours over SSH, which hands no COLORTERM on: the terminal is asked."""

from __future__ import annotations

import os
import sys
import termios
from collections.abc import Iterator
from threading import Thread
from types import SimpleNamespace

import pytest

from tui import colours

ASKED = {"TERM": "xterm-kitty"}


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A terminal that answers with `text` when it is asked; `asked` has what was written to it."""
    master, slave = os.openpty()
    state = SimpleNamespace(text=b"", asked=b"", keyboard=slave)

    def answer() -> None:
        while b"over" not in state.asked:
            state.asked += os.read(master, 1024)
            if state.asked.endswith(b"\x1b[c"):
                os.write(master, state.text)

    monkeypatch.setattr(sys, "__stdin__", SimpleNamespace(fileno=lambda: slave))
    written = SimpleNamespace(write=lambda text: os.write(slave, text.encode()), flush=lambda: None)
    monkeypatch.setattr(sys, "__stdout__", written)
    monkeypatch.setattr(colours, "has_size", lambda: True)
    thread = Thread(target=answer)
    thread.start()
    yield state
    os.write(slave, b"over")
    thread.join()
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize(
    ("text", "true"),
    [
        (b"\x1bP1$r48:2:1:2:3m\x1b\\\x1b[?62;52;c", True),  # kitty
        (b"\x1bP1$r0;48:2::1:2:3m\x1b\\\x1b[?64;1;2c", True),  # xterm, VTE
        (b"\x1bP1$r0;48;2;1;2;3m\x1b\\\x1b[?1;2c", True),
        ("jé\x1b[A".encode() + b"\x1bP1$r48:2:1:2:3m\x1b\\\x1b[?62c", True),  # after keys pressed too early
        (b"\x1bP1$r0;48:5:16m\x1b\\\x1b[?64;1;2c", False),  # the nearest of a palette
        (b"\x1bP1$r0;48:2::1:2:34m\x1b\\\x1b[?64;1;2c", False),
        (b"\x1bP0$r\x1b\\\x1b[?1;2;4c", False),  # it doesn't know the question
        (b"\x1b[?6c", False),  # the Linux console
    ],
)
def test_a_terminal_that_keeps_a_24_bit_colour_has_them(terminal: SimpleNamespace, text: bytes, true: bool) -> None:
    terminal.text, environ = text, dict(ASKED)
    before = termios.tcgetattr(terminal.keyboard)
    colours.announce_colours(environ)
    assert environ == ASKED | ({"COLORTERM": "truecolor"} if true else {})
    assert termios.tcgetattr(terminal.keyboard) == before


def test_one_that_never_answers_is_waited_for_a_moment(
    terminal: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(colours, "SECONDS", 0.01)
    environ = dict(ASKED)
    colours.announce_colours(environ)
    assert environ == ASKED


def test_tmux_takes_them_all_and_does_not_answer(terminal: SimpleNamespace) -> None:
    environ = {"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}
    colours.announce_colours(environ)
    assert environ["COLORTERM"] == "truecolor"
    assert terminal.asked == b""


@pytest.mark.parametrize(
    "environ",
    [ASKED | {"COLORTERM": "24bit"}, ASKED | {"COLORTERM": ""}, ASKED | {"NO_COLOR": "1"}, {"TERM": "dumb"}, {}],
)
def test_where_the_environment_says_it_the_terminal_is_not_asked(terminal: SimpleNamespace, environ: dict) -> None:
    before = dict(environ)
    colours.announce_colours(environ)
    assert (environ, terminal.asked) == (before, b"")
