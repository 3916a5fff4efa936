"""Runs are counted where that may bring news, and in a large store seldom."""

from __future__ import annotations

from tui.counting import OLDEST_SECONDS, REST_FACTOR, Counting


class Store:
    """Counts how often it was counted; a count takes `takes` seconds."""

    def __init__(self, takes: float = 0.01):
        self.now, self.takes, self.counted = 0.0, takes, 0

    def clock(self) -> float:
        return self.now

    def count(self, key: int) -> tuple[int, int]:
        self.now += self.takes
        self.counted += 1
        return key, self.counted


def test_nothing_is_counted_again_where_nothing_changed() -> None:
    store = Store()
    counting = Counting(store.count, store.clock)
    assert counting.of(1, "running", 5) == (1, 1)
    store.now += OLDEST_SECONDS - 1
    assert counting.of(1, "running", 5) == (1, 1)
    assert counting.of(2, "queued", 5) == (2, 2)
    assert not counting.behind


def test_what_changed_is_counted_again_and_so_is_another_state_and_what_is_old() -> None:
    store = Store()
    counting = Counting(store.count, store.clock)
    counting.of(1, "running", 5)
    store.now += 1
    assert counting.of(1, "running", 6) == (1, 2)
    assert counting.of(1, "paused", 6) == (1, 3)
    store.now += OLDEST_SECONDS + 1
    assert counting.of(1, "paused", 6) == (1, 4)


def test_a_long_count_rests_and_says_that_it_is_behind() -> None:
    store = Store(takes=2.0)
    counting = Counting(store.count, store.clock)
    counting.of(1, "running", 5)
    store.now += 2.0 * REST_FACTOR - 3
    assert counting.of(1, "running", 6) == (1, 1)
    assert counting.behind == {1}
    store.now += 3
    assert counting.of(1, "running", 6) == (1, 2)
    assert not counting.behind


def test_what_has_no_mark_is_counted_once_however_long_ago() -> None:
    store = Store()
    counting = Counting(store.count, store.clock)
    counting.of(1, "done")
    store.now += 100 * OLDEST_SECONDS
    assert counting.of(1, "done") == (1, 1)
    assert counting.of(1, "queued", 5) == (1, 2)


def test_what_does_not_age_is_counted_again_only_where_something_changed() -> None:
    store = Store()
    counting = Counting(store.count, store.clock)
    counting.of(1, "done", 5, ages=False)
    store.now += 100 * OLDEST_SECONDS
    assert counting.of(1, "done", 5, ages=False) == (1, 1)
    assert counting.of(1, "done", 6, ages=False) == (1, 2)


def test_many_long_counts_come_one_reading_after_the_other() -> None:
    store = Store(takes=0.4)
    counting = Counting(store.count, store.clock)
    counting.begin(0.5)
    assert [counting.of(key, "done") for key in (1, 2, 3)] == [(1, 1), (2, 2), None]
    assert counting.behind == {3}
    counting.begin(0.5)
    assert [counting.of(key, "done") for key in (1, 2, 3)] == [(1, 1), (2, 2), (3, 3)]
    assert not counting.behind
