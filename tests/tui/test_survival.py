"""Real terminals on a real worker: they watch one run, and it goes on whatever becomes of them."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from engine.runs import is_working, live_workers, progress
from store import Home
from store.work import is_alive
from tests.engine.worker.conftest import _fill

PATIENCE = 120.0
PROGRAM = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); from tui.cli import main; main()"
"""Started as nohup starts it, which makes a program deaf to its terminal's end unless it listens again."""


class Terminal:
    """The program in a pseudo-terminal of 24 lines and 80 columns."""

    def __init__(self, folder: Path):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-c", PROGRAM, "--home", str(folder), "--images", "half"]
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self.said = ""

    def sees(self, *words: str) -> None:
        """Wait until one of these has been drawn since the last time."""
        end = time.monotonic() + PATIENCE
        while not any(word in self.said for word in words):
            assert time.monotonic() < end, f"{words} did not come; {self.said[-2000:]!r}"
            self._listen()
        self.said = ""

    def _listen(self) -> None:
        if select.select([self.ours], [], [], 0.1)[0]:
            with suppress(OSError):  # it has closed its side; what it was told to say has come
                self.said += os.read(self.ours, 65536).decode(errors="replace")

    def press(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def ended(self) -> int:
        """Wait for its end, listening meanwhile, as a terminal would."""
        while self.process.poll() is None:
            self._listen()
        return self.process.returncode

    def hang_up(self, tell: bool = True) -> None:
        """The line drops: its programs are told, unless who started them keeps it from them, and nobody listens."""
        os.close(self.ours)
        self.ours = -1
        if tell:
            os.killpg(self.process.pid, signal.SIGHUP)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.ours >= 0:
            os.close(self.ours)
            self.ours = -1


@pytest.fixture
def terminal(home: Home) -> Iterator[Callable[[], Terminal]]:
    """Opens a terminal on the home."""
    opened: list[Terminal] = []

    def start() -> Terminal:
        opened.append(Terminal(home.folder))
        return opened[-1]

    yield start
    for each in opened:
        each.kill()
    for worker in live_workers(home):
        if is_alive(worker.pid):
            os.kill(worker.pid, signal.SIGKILL)


def test_a_run_goes_on_when_the_terminals_that_started_and_watched_it_are_killed_hung_up_and_left(
    home: Home, terminal: Callable[[], Terminal]
) -> None:
    _fill(home)
    starter, watcher, leaver = terminal(), terminal(), terminal()
    for each in (starter, watcher, leaver):
        each.sees("Pairs")
        each.press("5")
        each.sees("No runs yet")
    starter.press("n")
    starter.sees("Adds 32 pairs")
    starter.press("s")
    for each in (starter, watcher, leaver):
        each.sees("running")
    starter.kill()
    watcher.hang_up()
    leaver.press("q")
    assert leaver.ended() == 0
    (worker,) = live_workers(home)
    assert progress(home, 1).left > 0, "it was over before the terminals were"
    watcher.process.wait(PATIENCE)
    late = terminal()
    late.sees("Pairs")
    late.press("5")
    late.sees("done")
    end = time.monotonic() + PATIENCE
    while is_working(home, worker.pid) and time.monotonic() < end:
        late._listen()
    seen = progress(home, 1)
    assert (seen.state, seen.failed, seen.left) == ("done", 0, 0)
    assert seen.stages[0].done == 32


def test_a_line_that_drops_ends_the_program_told_or_not(home: Home, terminal: Callable[[], Terminal]) -> None:
    for tell in (True, False):
        one = terminal()
        one.sees("Pairs")
        one.hang_up(tell)
        assert one.process.wait(PATIENCE) == -signal.SIGHUP
