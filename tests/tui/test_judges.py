"""Judges on the screens: what they said of a pair, in what order, and what a run of theirs cost."""

from __future__ import annotations

import pytest
from sqlmodel import Session
from textual.widgets import Static

from engine.plan.wants import Wants
from store import curation, records, work
from store.queries.judges import REQUESTED_EFFECTS
from store.queries.pairs import PairFilter
from store.records import NewAnswer, NewScore, ScorerFacts
from tests.conftest import SmallHome
from tests.tui.pages import opened, settled
from tui.app import Widespectrum
from tui.screens.new_run import NewRun
from tui.screens.pick import Pick
from tui.views.judges import cost_words, ratings, verdicts
from tui.widgets.line_list import LineList


def row(choice: str, order: str, scorer: int = 1) -> dict:
    return {"scorer_id": scorer, "judge": "judge-pairwise:m", "version": "1", "choice": choice, "order_shown": order}


@pytest.mark.parametrize(
    ("rows", "choice", "words"),
    [
        ([row("wide", "original-wide"), row("wide", "wide-original")], "wide", "wide, in both orders"),
        ([row("tie", "original-wide"), row("tie", "wide-original")], "tie", "tie, in both orders"),
        (
            [row("wide", "original-wide"), row("original", "wide-original")],
            "tie",
            "tie: wide with I_o first, original with I_a first",
        ),
        ([row("wide", "wide-original")], "missing", "wide with I_a first; no answer with I_o first"),
    ],
)
def test_a_judge_is_shown_with_both_orders_and_what_they_come_to(rows: list[dict], choice: str, words: str) -> None:
    (said,) = verdicts(rows)
    assert (said.choice, said.judge, said.words) == (choice, "judge-pairwise:m", words)


def test_each_version_of_a_judge_speaks_for_itself() -> None:
    rows = [row(choice, "original-wide", scorer) for scorer, choice in ((1, "wide"), (2, "tie"))]
    assert len(verdicts(rows)) == 2


def test_ratings_go_from_the_original_to_the_wide_image() -> None:
    common = {"scorer_id": 1, "judge": "judge-effects:m", "version": "1"}
    rows = [
        {**common, "dimension": "main_concepts", "original": 90.0, "wide": 80.0},
        {**common, "dimension": "requested_effects", "original": None, "wide": 75.0},
        {**common, "dimension": "clarity", "original": 0.0, "wide": 2.0},
    ]
    (said,) = ratings(rows, {"clarity": "Clarity"})
    assert said.words == "concepts 90 → 80 · effects – → 75 · Clarity 0 → 2"


def test_what_nobody_counted_is_left_out_of_the_cost() -> None:
    known = {"answers": 12, "unusable": 1, "tokens": 15480, "cost": 0.468}
    assert cost_words(known) == "judges: 12 answers, 1 of no use, 15,480 tokens, cost 0.468"
    assert cost_words({"answers": 1, "unusable": 0, "tokens": None, "cost": None}) == "judges: 1 answer"


async def test_a_pair_shows_what_its_judges_said_in_which_order_and_what_they_rated(small_home: SmallHome) -> None:
    reader, pair = small_home.home.database.reader(), small_home.pairs[-1]
    query = "SELECT original_image_id, wide_image_id, wide_prompt_id FROM pair WHERE id = ?"
    original, wide, prompt = reader.execute(query, (pair,)).fetchone()
    with small_home.home.database.write() as session:
        chooses = judge(session, "judge-pairwise:m")
        for choice, order in (("wide", "original-wide"), ("original", "wide-original")):
            curation.add_verdict(session, pair, "judge-pairwise:m", choice, order, "pixels", chooses)
        rated = [(original, 5.0), (wide, 80.0)]
        scores = [NewScore(image, prompt, value, dimension=REQUESTED_EFFECTS) for image, value in rated]
        records.add_scores(session, judge(session, "judge-effects:m"), scores)
        records.add_answer(session, 1, chooses, NewAnswer(f"{pair}/original-wide", True, "it is [b]darker"))
    app = Widespectrum(small_home.home, "ann")
    async with opened(app, (160, 50), mark="total") as pilot:
        app.screen.ask(PairFilter(order="newest"))  # type: ignore[attr-defined]
        await settled(pilot)
        words = " ".join(str(app.screen.query_one("#facts", Static).render()).split())
        assert "= judge-pairwise:m: tie: wide with I_o first, original with I_a first" in words
        assert "judge-effects:m: effects 5 → 80" in words
        assert "says judge" not in words
        assert "darker" not in words
        await pilot.press("i")
        await settled(pilot)
        words = " ".join(str(app.screen.query_one("#facts", Static).render()).split())
        assert "said judge-pairwise:m, I_o first: it is [b]darker" in words


async def test_a_run_of_judges_shows_what_it_cost_and_what_was_of_no_use(small_home: SmallHome) -> None:
    with small_home.home.database.write() as session:
        run = work.add_run(session, "asked", Wants(scorers=("judge-pairwise:qwen3-vl-8b",)).to_json())
        scorer = judge(session, "judge-pairwise:qwen3-vl-8b")
        records.add_answer(session, run, scorer, NewAnswer("1/original-wide", True, "{}", 1000, 0.25))
        records.add_answer(session, run, scorer, NewAnswer("1/wide-original", False, "hm", 1000, 0.25))
        model = "judge-pairwise:qwen3-vl-8b 1"
        work.record_failure(session, run, "score", model, "1/wide-original", "the answer is no JSON: hm")
    app = Widespectrum(small_home.home, "ann")
    async with opened(app, (160, 50), mark="total") as pilot:
        await app.switch_mode("runs")
        await settled(pilot)
        words = " ".join(str(app.screen.query_one("#details", Static).render()).split())
        assert "judges: 2 answers, 1 of no use, 2,000 tokens, cost 0.5" in words
        assert "1/wide-original: the answer is no JSON: hm" in words


async def test_the_form_offers_every_judge_that_the_home_knows(small_home: SmallHome) -> None:
    own = 'kind = "judge"\nlicence = ""\nremote = "m"\nendpoint = "https://example.com/v1"\nsources = []\n'
    (small_home.home.folder / "catalogue.toml").write_text(f"[mine]\n{own}")
    app = Widespectrum(small_home.home, "ann")
    async with opened(app, (160, 50), mark="total") as pilot:
        form = NewRun(small_home.home)
        app.push_screen(form)
        await settled(pilot)
        form.query_one(LineList).go([line.key for line in form.lines].index("scorers"))
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, Pick)
        offered = {choice.value for choice in app.screen.options}
        assert {"hpsv2.1", "judge-pairwise:mine", "judge-effects:mine", "judge-effects:qwen2.5-vl-7b"} <= offered


def judge(session: Session, name: str) -> int:
    return records.scorer_id(session, ScorerFacts(name, "1", "judge", "judge", True))
