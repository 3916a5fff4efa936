"""Opening a page in a test, and waiting until it has read what it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from tui.app import Widespectrum


async def settled(pilot: Pilot) -> None:
    """Everything that the page asked for has come, and is drawn."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def until(pilot: Pilot, holds: Callable[[], bool]) -> None:
    """The page has read again, as it does some time after news, and shows what is expected."""
    for _ in range(600):
        if holds():
            return
        await pilot.pause(0.05)
    raise AssertionError("not shown within half a minute")


@asynccontextmanager
async def opened(app: Widespectrum, size: tuple[int, int], mark: str = "view") -> AsyncIterator[Pilot]:
    """The app on a terminal of that size, from when its page has set the attribute `mark`."""
    async with app.run_test(size=size) as pilot:
        while not getattr(app.screen, mark, None):
            await settled(pilot)
        await settled(pilot)
        yield pilot
