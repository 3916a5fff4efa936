"""One sitting of triage: where one stands, what is left, how fast it goes."""

from hypothesis import given
from hypothesis import strategies as st

from store.queries.triage import Entry, TriageItem
from tui.views.known import Known
from tui.views.sitting import Sitting


def sitting(size: int = 4) -> Sitting:
    return Sitting([Entry("image", number) for number in range(1, size + 1)])


def test_one_cannot_leave_the_queue_but_to_its_end() -> None:
    at = sitting()
    at.move(-3)
    assert at.current == Entry("image", 1)
    at.move(99)
    assert at.current is None
    at.move(-1)
    assert at.current == Entry("image", 4)


def test_what_comes_next_is_read_before_what_was_passed() -> None:
    at = sitting(6)
    at.move(2)
    assert [entry.id for entry in at.around(before=1, after=2)] == [3, 4, 5, 2]


def test_an_entry_from_elsewhere_comes_in_where_one_stands() -> None:
    at = sitting()
    at.move(2)
    at.jump(Entry("pair", 9))
    assert at.entries[2:4] == [Entry("pair", 9), Entry("image", 3)]
    at.jump(Entry("image", 1))
    assert (at.position, len(at.entries)) == (0, 5)


def test_an_entry_decided_twice_is_left_only_once_and_taken_back_twice() -> None:
    at, entry = sitting(), Entry("image", 1)
    at.decide(entry, "accept", 0)
    at.decide(entry, "reject", 1)
    assert (at.left, at.tally(["accept", "reject"])) == (3, {"accept": 0, "reject": 1})
    at.take_back(entry, "reject")
    assert (at.left, at.tally(["accept", "reject"])) == (3, {"accept": 1, "reject": 0})
    at.take_back(entry, "accept")
    at.take_back(entry, "accept")
    assert at.left == 4


def test_a_pause_does_not_change_the_rate() -> None:
    at = sitting()
    assert at.seconds_each is None
    for now in (0, 2, 4, 1000, 1002):
        at.decide(Entry("image", 1), "skip", now)
    assert at.seconds_each == 2


@given(st.lists(st.one_of(st.integers(-9, 9), st.builds(Entry, st.just("image"), st.integers(1, 9)))))
def test_position_and_what_is_left_stay_within_the_queue(steps: list[int | Entry]) -> None:
    at = sitting()
    for step in steps:
        if isinstance(step, int):
            at.move(step)
        else:
            at.jump(step)
            at.decide(step, "accept", 0)
        assert 0 <= at.position <= len(at.entries)
        assert 0 <= at.left <= len(at.entries)
        assert len(set(at.entries)) == len(at.entries)


def item(stars: int) -> TriageItem:
    return TriageItem(Entry("image", 1), (("0" * 64, ".png"),), "photograph", "", "", "", stars=stars)


def test_what_the_store_said_before_a_decision_does_not_take_it_off_the_screen() -> None:
    known, entry = Known(), Entry("image", 1)
    known.keep(known.moment, [entry], {entry: item(0)})
    asked = known.moment
    known.decide(entry, "stars", "4")
    known.keep(asked, [entry], {entry: item(0)})
    assert known.item(entry) == item(4)
    known.keep(known.moment, [entry], {entry: item(5)})
    assert known.item(entry) == item(5)


def test_what_was_forgotten_is_read_anew_and_what_is_gone_is_known_to_be_gone() -> None:
    known, entry = Known(), Entry("image", 1)
    known.keep(known.moment, [entry], {entry: item(0)})
    asked = known.moment
    known.forget(entry)
    known.keep(asked, [entry], {entry: item(0)})
    assert known.missing([entry]) == [entry]
    known.keep(known.moment, [entry], {})
    assert known.is_gone(entry)
    assert known.missing([entry]) == []
