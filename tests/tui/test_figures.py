"""Numbers as screens write them."""

import pytest

from tui import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0801, "0.080"), (-0.0801, "−0.080"), (5.234, "5.23"), (-13.24, "−13.2"), (1234.5, "1234")],
)
def test_numbers_have_about_three_digits_and_a_true_minus(value, text) -> None:
    assert figures.number(value) == text


def test_only_what_is_above_zero_bears_a_plus() -> None:
    assert [figures.signed(value) for value in (0.5, 0.0, -0.5)] == ["+0.500", "0.000", "−0.500"]


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0"), (9999, "9999"), (12_345, "12k"), (999_999, "1.0M"), (1_234_567, "1.2M")]
)
def test_counts_take_four_cells_at_most(n, text) -> None:
    assert figures.count(n) == text


def test_an_interval_without_bounds_is_written_as_such() -> None:
    assert figures.bounds(None, None, figures.points) == "[–]"
    assert figures.bounds(0.061, 0.234, figures.points) == "[6.1, 23.4]"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (8.9, "8 s"), (200, "3 min 20 s"), (7500, "2 h 05 min"), (273_600, "3 d 4 h")],
)
def test_durations_are_written_in_the_two_units_that_matter(seconds, text) -> None:
    assert figures.duration(seconds) == text


@pytest.mark.parametrize("share", [-1, 0, 0.01, 0.33, 0.5, 0.999, 1, 7])
@pytest.mark.parametrize("width", [1, 8, 20])
def test_a_bar_has_its_width_whatever_the_share(share, width) -> None:
    heavy, light = figures.bar(share, width)
    assert len(heavy + light) == width


def test_a_strip_shows_value_interval_and_middle() -> None:
    assert figures.strip(0.0, None, None, 5) == "●····"
    assert figures.strip(0.5, 0.25, 0.75, 5) == "·├●┤·"
    assert figures.strip(1.0, None, None, 5, middle=True) == "··┊·●"
    assert figures.strip(2.0, -1.0, 3.0, 5, point="◇") == "├───◇"
