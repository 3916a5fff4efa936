"""Colours over SSH, which hands no COLORTERM on: the terminal is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from tui import colours

ASKED = {"TERM": "xterm-kitty"}


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the terminal answers, and how often it was asked."""
    state = SimpleNamespace(text="", times=0)

    @contextmanager
    def terminal(start: str, end: str, timeout: float) -> Iterator[SimpleNamespace]:
        state.times += 1
        response = SimpleNamespace(sequence="")
        yield response
        if not state.text:
            raise TimeoutError
        assert state.text.startswith(start)
        response.sequence = state.text[: state.text.index(end) + 1]

    monkeypatch.setattr(colours, "has_size", lambda: True)
    monkeypatch.setattr("textual_image._terminal.capture_terminal_response", terminal)
    return state


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("\x1bP1$r48:2:1:2:3m\x1b\\\x1b[?62;52;c", True),  # kitty
        ("\x1bP1$r0;48:2::1:2:3m\x1b\\\x1b[?64;1;2c", True),  # xterm -direct, VTE
        ("\x1bP1$r0;48;2;1;2;3m\x1b\\\x1b[?1;2c", True),
        ("\x1bP1$r0;48:5:16m\x1b\\\x1b[?64;1;2c", False),  # the nearest of a palette
        ("\x1bP1$r0;48:2::1:2:34m\x1b\\\x1b[?64;1;2c", False),
        ("\x1bP0$r\x1b\\\x1b[?1;2;4c", False),  # tmux
        ("\x1b[?6c", False),  # the Linux console
        ("", False),
    ],
)
def test_a_terminal_that_keeps_a_24_bit_colour_has_them(answer: SimpleNamespace, text: str, true: bool) -> None:
    answer.text, environ = text, dict(ASKED)
    colours.announce(environ)
    assert environ == ASKED | ({"COLORTERM": "truecolor"} if true else {})


def test_tmux_takes_them_all_and_does_not_answer(answer: SimpleNamespace) -> None:
    environ = {"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}
    colours.announce(environ)
    assert environ["COLORTERM"] == "truecolor"


@pytest.mark.parametrize(
    "environ",
    [ASKED | {"COLORTERM": "24bit"}, ASKED | {"COLORTERM": ""}, ASKED | {"NO_COLOR": "1"}, {"TERM": "dumb"}, {}],
)
def test_where_the_environment_says_it_the_terminal_is_not_asked(answer: SimpleNamespace, environ: dict) -> None:
    before = dict(environ)
    colours.announce(environ)
    assert (environ, answer.times) == (before, 0)
