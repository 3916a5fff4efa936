"""What happens to the home while it is open: others write, a worker dies, the folder goes away."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time

import pytest

import tui.app
from store import Home
from store.tables import Prompt, Worker
from tests.conftest import SmallHome
from tests.tui.pages import settled, until
from tui.app import Widespectrum


async def test_news_that_come_when_the_last_page_is_gone_are_let_pass(home: Home) -> None:
    app = Widespectrum(home, "ann")
    async with app.run_test():
        pass
    with Home(home.folder) as other, other.database.write() as session:
        session.add(Prompt(text="a bear"))
    app._look_for_news()  # as its timer may, between the last page and the end
    assert app.screen_stack == []


@pytest.mark.parametrize("key", ["j", "n", "f8", ""])
async def test_a_home_that_goes_away_ends_the_app_with_one_line(
    small_home: SmallHome, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    app = Widespectrum(small_home.home, "ann")
    async with app.run_test() as pilot:
        await settled(pilot)
        shutil.rmtree(small_home.home.folder)
        await pilot.press(*filter(None, [key]))
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 1
    said = capsys.readouterr().err.replace("\n", "").replace(" ", "")  # the terminal breaks it anywhere
    assert said == f"home{small_home.home.folder}isnotthereanymore"


async def test_a_worker_that_is_killed_is_not_said_to_work_for_ever(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tui.app, "WORKER_SECONDS", 0.1)
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    facts = {"pid": process.pid, "host": socket.gethostname(), "device": "cpu", "doing": "measuring 8 images"}
    with home.database.write() as session:
        session.add(Worker(**facts, started=time.time(), heartbeat=time.time()))
    app = Widespectrum(home, "ann")
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.worker_news == "cpu: measuring 8 images")
        process.kill()
        process.communicate()
        await until(pilot, lambda: not app.worker_news)
