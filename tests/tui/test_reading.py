"""Reading: one read at a time, bursts become one more, and a changed question drops the answer under way."""

from __future__ import annotations

import threading

from textual.app import App
from textual.pilot import Pilot

from tui.reading import Reading


class Asker(App[None]):
    """An app that reads a number at a gate, which a test opens."""

    def __init__(self) -> None:
        super().__init__()
        self.question = 0
        self.reads: list[int] = []
        self.shown: list[int] = []
        self.gate = threading.Semaphore(0)
        self.reading: Reading[int] = Reading(self, self.read, self.shown.append)

    def read(self) -> int:
        question = self.question
        self.reads.append(question)
        assert self.gate.acquire(timeout=10)
        return question


async def until(pilot: Pilot, condition) -> None:
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never came")


async def test_a_burst_of_news_becomes_one_more_read() -> None:
    app = Asker()
    async with app.run_test() as pilot:
        app.reading.ask()
        await until(pilot, lambda: app.reads)
        for _ in range(20):
            app.reading.news()
        app.gate.release()
        await until(pilot, lambda: len(app.reads) == 2)
        app.gate.release()
        await until(pilot, lambda: len(app.shown) == 2)
        await until(pilot, lambda: app.reading._rest is None)
        assert not app.reading._reading
        assert len(app.reads) == 2


async def test_the_answer_to_an_older_question_is_not_shown() -> None:
    app = Asker()
    async with app.run_test() as pilot:
        app.reading.ask()
        await until(pilot, lambda: app.reads)
        app.question = 1
        app.reading.ask()
        app.gate.release(2)
        await until(pilot, lambda: app.shown)
        assert app.shown == [1]


async def test_a_person_need_not_wait_for_the_rest_that_news_takes() -> None:
    app = Asker()
    async with app.run_test() as pilot:
        app.gate.release(2)
        app.reading.ask()
        await until(pilot, lambda: app.shown)
        app.question = 1
        app.reading.ask()
        assert app.reading._rest is None
        await until(pilot, lambda: app.shown == [0, 1])


async def test_an_answer_that_comes_after_the_app_has_closed_is_dropped() -> None:
    app = Asker()
    async with app.run_test() as pilot:
        app.reading.ask()
        await until(pilot, lambda: app.reads)
        app.gate.release()
    assert len(app.shown) <= 1
