"""What a person decides, written one by one in the order of the keys, without the screen waiting for the disk.

One thread does it all: a read that is asked for after a decision sees that decision. Nothing here touches a widget.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from sqlite3 import Connection
from typing import NamedTuple, TypeVar

from store import Home, HomeUnusable
from store.queries.pairs import pair_detail
from store.queries.triage import Entry, TriageItem, triage_items

Result = TypeVar("Result")


class TakenBack(NamedTuple):
    """A decision that was undone, and what it was about as it stands now."""

    entry: Entry
    action: str
    value: str
    item: TriageItem | None


class TakenBackVerdict(NamedTuple):
    """A verdict that was undone, and the caption of its pair."""

    pair_id: int
    choice: str
    caption: str


class Ledger:
    """The curation log and the log of verdicts, as one curator writes them.

    The futures end in that thread: a callback there must not wait for the screen.
    """

    def __init__(self, home: Home, curator: str):
        self.home, self.curator = home, curator
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self.failures: list[str] = []

    def warm(self) -> None:
        """Import the object mapper now, so that the first decision need not wait for it."""
        self._start(_import_curation)

    def decide(self, entry: Entry, action: str, value: str = "") -> Future[int]:
        """Append a decision, see `store.curation.decide`. Its future fails with what the store raised."""
        return self._submit(lambda: self._decide(entry, action, value))

    def undo(self) -> Future[TakenBack | None]:
        """Take back this curator's latest decision that stands; None if none is left."""
        return self._submit(self._undo)

    def judge(self, pair_id: int, choice: str, order_shown: str, fidelity: str) -> Future[int]:
        """Append a verdict, see `store.curation.add_verdict`."""
        return self._submit(lambda: self._judge(pair_id, choice, order_shown, fidelity))

    def undo_verdict(self) -> Future[TakenBackVerdict | None]:
        """Take back this curator's latest verdict that stands; None if none is left."""
        return self._submit(self._undo_verdict)

    def read(self, question: Callable[[Connection], Result]) -> Future[Result]:
        """Ask the store, after everything decided until now was written."""
        return self._start(lambda: question(self.home.database.reader()))

    def close(self) -> list[str]:
        """Write what still waits. Returns what could not be written, in words; a page may go on asking, and fails."""
        self._thread.shutdown(wait=True)
        return self.failures

    def _submit(self, job: Callable[[], Result]) -> Future[Result]:
        """Write, and remember what could not be written."""
        future = self._start(job)
        future.add_done_callback(self._remember)
        return future

    def _remember(self, future: Future[Result]) -> None:
        if error := future.exception():
            self.failures.append(str(error))

    def _start(self, job: Callable[[], Result]) -> Future[Result]:
        try:
            return self._thread.submit(job)
        except RuntimeError:  # the thread was closed: the page lives on until all that waited is written
            refused: Future[Result] = Future()
            refused.set_exception(HomeUnusable("the program is being left; nothing was changed"))
            return refused

    def _decide(self, entry: Entry, action: str, value: str) -> int:
        from store.curation import Action, Subject, decide

        with self.home.database.write() as session:
            return decide(session, self.curator, Subject(entry.subject), entry.id, Action(action), value)

    def _undo(self) -> TakenBack | None:
        from store.curation import undo

        with self.home.database.write() as session:
            decision = undo(session, self.curator)
            if decision is None:
                return None
            entry = Entry("pair" if decision.subject == "pair" else "image", decision.subject_id)
            action, value = decision.action, decision.value
        return TakenBack(entry, action, value, triage_items(self.home.database.reader(), [entry]).get(entry))

    def _judge(self, pair_id: int, choice: str, order_shown: str, fidelity: str) -> int:
        from store.curation import add_verdict

        with self.home.database.write() as session:
            return add_verdict(session, pair_id, self.curator, choice, order_shown, fidelity)

    def _undo_verdict(self) -> TakenBackVerdict | None:
        from store.curation import undo_verdict

        with self.home.database.write() as session:
            verdict = undo_verdict(session, self.curator)
            if verdict is None:
                return None
        pair = pair_detail(self.home.database.reader(), verdict.pair_id)
        return TakenBackVerdict(verdict.pair_id, verdict.choice, pair.original_prompt if pair else "")


def _import_curation() -> None:
    import store.curation  # noqa: F401
