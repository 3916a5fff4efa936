"""Pairs as text: bars, columns and chips."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from store.queries.pairs import COULD, PairFilter
from tui.text import sized
from tui.views.pairs import bar, chips, columns, found, in_columns, nothing, said, verdict


@pytest.mark.parametrize(
    ("margin", "drawn"),
    [
        (0.0, "    │    "),
        (1.0, "    │████"),
        (9.0, "    │████"),
        (-1.0, "████│    "),
        (-0.5, "  ██│    "),
        (-0.125, "   ▐│    "),
        (0.375, "    │█▌  "),
    ],
)
def test_a_bar_goes_left_for_the_original_and_right_for_the_wide_image(margin: float, drawn: str) -> None:
    assert bar(margin, 1.0, 4) == drawn


def test_a_bar_without_a_scale_is_its_middle_line() -> None:
    assert bar(0.5, 0.0, 2) == "  │  "


@pytest.mark.parametrize("width", range(20, 200, 7))
def test_the_columns_fill_the_width_and_no_more(width: int) -> None:
    widths = columns(width)
    texts = dict.fromkeys(widths, "x" * 300)
    assert cell_len("".join(in_columns(texts, widths))) == max(width - 1, sum(widths.values()) + len(widths))


def test_a_text_is_cut_to_cells_and_not_to_characters() -> None:
    assert sized("日本語の写真", 7) == "日本語…"
    assert cell_len(sized("日本語の写真", 8)) == 8
    assert sized("ab", 4) == "ab  "


@pytest.mark.parametrize(
    ("role", "reads_prompt", "words"),
    [
        ("reward model", True, "overruled the prompt"),
        ("reward model", False, "put the original first"),
        ("control", True, "put the original first"),
        ("base encoder", True, "put the original first"),
        ("judge", True, "put the original first"),
    ],
)
def test_only_a_reward_model_that_reads_the_prompt_overrules_it(role: str, reads_prompt: bool, words: str) -> None:
    assert said(role, reads_prompt, -0.1) == words


def test_a_margin_is_wide_original_a_tie_or_missing() -> None:
    assert [verdict(each) for each in (0.1, -0.1, 0.0, None)] == ["wide", "original", "tie", "missing"]


def test_chips_say_every_filter_that_is_on() -> None:
    wanted = PairFilter(
        dimension="clarity",
        verdict="tie",
        witnessed=False,
        strength=0.5,
        status="curated",
        text="a [b]",
        order="newest",
    )
    text = chips(wanted, None, "darkroom", 3, 1200).plain
    assert " ".join(text.split()) == (
        "3 of 1,200 pairs d Clarity f darkroom v = gave both the same value w ✗ one not witnessed "
        "swept at strength 0.5 c curated / a [b] o newest x clears"
    )
    assert "x clears" not in chips(PairFilter(scorer_id=1, order="margin"), None, "", 3, 3).plain
    assert "w ± a probe could see an effect" in chips(PairFilter(witnessed=COULD), None, "", 3, 3).plain
    assert "w ± a probe could see Clarity" in chips(PairFilter(witnessed=("clarity", "noise")), None, "", 3, 3).plain
    assert "v ± has scored it" in chips(PairFilter(verdict="scored"), None, "", 3, 3).plain


def test_how_many_pairs_a_filter_leaves_is_said_when_it_is_known() -> None:
    assert found(2, 6) == "2 of 6 pairs"
    assert found(6, 6) == "6 pairs"
    assert found(None, 6) == found(2, None) == "…"


def test_where_there_is_no_pair_the_way_to_some_is_named_and_nothing_before_it_is_known() -> None:
    assert nothing(PairFilter(), None) == ""
    assert "clears" not in nothing(PairFilter(text="bear"), 0)
    assert "x takes every filter off" in nothing(PairFilter(text="bear"), 3)
    assert "o chooses another order" in nothing(PairFilter(order="margin"), 3)
