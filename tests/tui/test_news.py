"""What another process writes while the app closes is nobody's news."""

from __future__ import annotations

from store import Home
from store.tables import Prompt
from tui.app import Widespectrum


async def test_news_that_come_when_the_last_page_is_gone_are_let_pass(home: Home) -> None:
    app = Widespectrum(home, "ann")
    async with app.run_test():
        pass
    with Home(home.folder) as other, other.database.write() as session:
        session.add(Prompt(text="a bear"))
    app._look_for_news()  # as its timer may, between the last page and the end
    assert app.screen_stack == []
