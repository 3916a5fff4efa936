"""Opening a page in a test, and waiting until it has read what it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from tui.app import Widespectrum


async def settled(pilot: Pilot) -> None:
    """Everything that the page asked for has come, and is drawn."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@asynccontextmanager
async def opened(app: Widespectrum, size: tuple[int, int], mark: str = "view") -> AsyncIterator[Pilot]:
    """The app on a terminal of that size, from when its page has set the attribute `mark`."""
    async with app.run_test(size=size) as pilot:
        while not getattr(app.screen, mark, None):
            await settled(pilot)
        await settled(pilot)
        yield pilot
