"""Which photographs and pairs a queue holds, in which order, and what is told of each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import PIL.Image
import pytest

from store import Home
from store.blobs import keep_image
from store.curation import Action, Subject, decide
from store.queries.triage import (
    Entry,
    Order,
    TriageFilter,
    dimension_counts,
    orders,
    standings,
    status_counts,
    triage_ids,
    triage_items,
)
from store.records import (
    AskedDimension,
    NewMeasure,
    NewPair,
    NewScore,
    PhotographFacts,
    ScorerFacts,
    add_image,
    add_measures,
    add_pair,
    add_photograph,
    add_scores,
    probe_id,
    prompt_id,
    scorer_id,
    source_id,
)

FADED = TriageFilter(dimension="muted_faded")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Photographs 1–3 (1 and 2 proposed as faded, 3 conventional) and pairs 1 and 2 made from photograph 3."""
    with Home(tmp_path) as opened:
        with opened.database.write() as session:
            reading = scorer_id(session, ScorerFacts("conse", "1", "control", "dual", True))
            blind = scorer_id(session, ScorerFacts("polish", "1", "control", "dual", False))
            probe = probe_id(session, "brightness", "1")
            for number in range(1, 4):
                blob = keep_image(opened, PIL.Image.new("RGB", (8, 8), (number, 0, 0)))
                facts = PhotographFacts(
                    title=f"photograph {number}",
                    caption=f"thing {number}",
                    wide_prompt="a faded thing" if number == 1 else "",
                    conventional=number == 3,
                    dimensions=("muted_faded",) if number < 3 else (),
                )
                image, _ = add_photograph(session, blob, "photograph", facts)
                prompt = prompt_id(session, facts.wide_prompt or facts.caption)
                add_scores(session, reading, [NewScore(image, prompt, number / 10)])
                add_scores(session, blind, [NewScore(image, 0, -float(number))])
                if number != 2:
                    add_measures(session, [NewMeasure(image, probe, 10.0 * number)])
            source = source_id(session, "darkroom", "1", "generator")
            for number in range(1, 3):
                blob = keep_image(opened, PIL.Image.new("RGB", (8, 8), (0, number, 0)))
                wide = add_image(session, blob, f"edit {number}", "edit", {})
                add_scores(session, blind, [NewScore(wide, 0, number - 5.0)])
                prompts = prompt_id(session, "thing 3"), prompt_id(session, f"blurred {number}")
                asked = (AskedDimension("intentional_blur", "defocus", 0.5), AskedDimension("clarity", asked=False))
                add_pair(session, NewPair(str(number), source, *prompts, 3, wide, 1, "writer", asked))
        yield opened


def say(home: Home, entry: Entry, action: Action, value: str = "") -> None:
    with home.database.write() as session:
        decide(session, "ann", Subject(entry.subject), entry.id, action, value)


def ids(home: Home, wanted: TriageFilter) -> list[int]:
    return triage_ids(home.database.reader(), wanted)


def test_a_conventional_photograph_is_no_candidate_until_a_person_accepts_it(home: Home) -> None:
    assert ids(home, TriageFilter()) == [1, 2]
    assert ids(home, TriageFilter(status="conventional")) == [3]
    assert ids(home, TriageFilter(status=None)) == [1, 2, 3]
    say(home, Entry("image", 3), Action.ACCEPT)
    assert ids(home, TriageFilter(status="curated")) == [3]
    assert status_counts(home.database.reader(), "image") == {"candidate": 2, "curated": 1}


def test_stars_alone_leave_a_candidate_a_candidate(home: Home) -> None:
    say(home, Entry("image", 1), Action.STARS, "3")
    say(home, Entry("image", 3), Action.STARS, "3")
    assert ids(home, TriageFilter()) == [1, 2]
    assert ids(home, TriageFilter(status="conventional")) == [3]


def test_a_dimension_shows_where_it_was_proposed_or_tagged_unless_somebody_said_no(home: Home) -> None:
    assert ids(home, FADED) == [1, 2]
    say(home, Entry("image", 1), Action.UNTAG, "muted_faded")
    say(home, Entry("image", 3), Action.TAG, "muted_faded")
    assert ids(home, replace(FADED, status=None)) == [2, 3]
    assert dimension_counts(home.database.reader(), "image", None) == {"muted_faded": 2}
    assert dimension_counts(home.database.reader(), "image", "candidate") == {"muted_faded": 1}


def test_an_open_question_is_one_that_nobody_has_answered(home: Home) -> None:
    say(home, Entry("image", 1), Action.UNTAG, "muted_faded")
    assert ids(home, replace(FADED, scope="open", status=None)) == [2, 3]
    assert ids(home, replace(FADED, scope="every", status=None)) == [1, 2, 3]


def test_tags_of_images_and_of_pairs_with_the_same_number_are_apart(home: Home) -> None:
    say(home, Entry("pair", 1), Action.UNTAG, "intentional_blur")
    say(home, Entry("image", 2), Action.TAG, "intentional_blur")
    blur = TriageFilter("pair", "intentional_blur")
    assert ids(home, blur) == [2]
    assert ids(home, replace(blur, subject="image")) == [2]
    assert dimension_counts(home.database.reader(), "pair", "candidate") == {"clarity": 2, "intentional_blur": 1}


def test_a_queue_is_sorted_by_a_probe_a_score_or_a_margin_and_those_without_come_last(home: Home) -> None:
    def by(subject: str, name: str, falling: bool) -> list[int]:
        found = next(order for order in orders(home.database.reader(), subject) if order.name == name)  # type: ignore[arg-type]
        return ids(home, TriageFilter(subject, status=None, order=replace(found, falling=falling)))  # type: ignore[arg-type]

    assert by("image", "brightness", falling=True) == [3, 1, 2]
    assert by("image", "brightness", falling=False) == [1, 3, 2]
    assert by("image", "conse", falling=True) == [3, 2, 1]
    assert by("image", "polish", falling=True) == [1, 2, 3]
    assert by("pair", "polish", falling=True) == [2, 1]


def test_only_what_was_measured_or_scored_can_order_a_queue(home: Home) -> None:
    assert [order.name for order in orders(home.database.reader(), "pair")] == ["polish"]
    assert orders(home.database.reader(), "image")[0] == Order("probe", 1, "brightness")


def test_what_is_told_of_a_photograph_and_of_a_pair(home: Home) -> None:
    photograph, pair, gone = Entry("image", 1), Entry("pair", 1), Entry("image", 99)
    say(home, photograph, Action.TAG, "light_leak")
    say(home, photograph, Action.NOTE, "look again")
    say(home, pair, Action.REJECT)
    items = triage_items(home.database.reader(), [photograph, pair, gone])
    assert items.keys() == {photograph, pair}
    first, second = items[photograph], items[pair]
    assert (first.title, first.caption, first.wide_prompt) == ("photograph 1", "thing 1", "a faded thing")
    assert (first.proposed, first.tags, first.note) == (("muted_faded",), {"light_leak": True}, "look again")
    assert (second.kind, second.origin, second.status) == ("pair", "darkroom", "rejected")
    assert second.proposed == ("intentional_blur", "clarity")
    assert len(second.images) == 2


def test_a_standing_ranks_a_photograph_under_its_board_prompt_and_gives_a_pair_its_margin(home: Home) -> None:
    reader = home.database.reader()
    assert [(each.scorer, each.value, each.rank, each.of) for each in standings(reader, Entry("image", 1))] == [
        ("conse", 0.1, 3, 3),
        ("polish", -1.0, 1, 3),
    ]
    assert [(each.scorer, each.value) for each in standings(reader, Entry("pair", 2))] == [("polish", 0.0)]
