"""Which pairs a run asks for: balanced, the same every time, and unchanged by what is added later."""

from collections import Counter

import pytest
from PIL import Image

from engine.generators import GENERATORS
from engine.plan.requests import Original, PairRequest, originals, pair_requests, starts
from engine.plan.wants import GenerateWants
from engine.taxonomy import EFFECTS
from store import Home
from store.blobs import keep_image
from store.records import PhotographFacts, add_photograph

RENDERS = GENERATORS.load("darkroom").renders
THIRTY = [Original(number + 1, f"{number:064x}", ".jpg", f"a thing, number {number}", number) for number in range(30)]


def asked(wants: GenerateWants, found: list[Original] = THIRTY) -> list[PairRequest]:
    return list(pair_requests(wants, found, RENDERS))


def test_the_demo_asks_for_240_different_pairs_of_at_least_15_dimensions() -> None:
    requests = asked(GenerateWants())
    assert len({request.key("darkroom", "1") for request in requests}) == 240
    assert len({ask.dimension for request in requests for ask in request.asks}) >= 15
    assert Counter(len(request.asks) for request in requests) == {1: 120, 2: 40, 3: 40, 4: 40}


def test_singles_ask_for_every_dimension_equally_often_and_go_round_its_effects_and_strengths() -> None:
    singles = [request.asks[0] for request in asked(GenerateWants()) if len(request.asks) == 1]
    counts = Counter(ask.dimension for ask in singles)
    assert max(counts.values()) - min(counts.values()) <= 1
    blurs = Counter((ask.effect, ask.strength) for ask in singles if ask.dimension == "intentional_blur")
    assert len(blurs) == 3 * len(RENDERS["defocus"])
    assert set(blurs.values()) == {1}


def test_a_seed_gives_the_same_requests_and_another_seed_others() -> None:
    assert asked(GenerateWants(seed=4)) == asked(GenerateWants(seed=4))
    keys = [{request.key("darkroom", "1") for request in asked(GenerateWants(seed=seed))} for seed in (4, 5)]
    assert not keys[0] & keys[1]


def test_an_original_that_is_added_later_changes_no_earlier_request() -> None:
    assert asked(GenerateWants())[: 29 * 8] == asked(GenerateWants(), THIRTY[:29])


def test_a_key_changes_with_whatever_changes_the_pixels_or_prompts() -> None:
    request = asked(GenerateWants())[0]
    base = request.original
    others = [
        request.key("darkroom", "2"),
        request.key("another", "1"),
        PairRequest(base, request.asks, request.wide_prompt, request.seed + 1).key("darkroom", "1"),
        PairRequest(base, request.asks, "other words", request.seed).key("darkroom", "1"),
        PairRequest(base._replace(caption="x"), request.asks, request.wide_prompt, request.seed).key("darkroom", "1"),
        PairRequest(base._replace(sha256="0"), request.asks, request.wide_prompt, request.seed).key("darkroom", "1"),
        PairRequest(base, (request.asks[0]._replace(strength=0.1),), request.wide_prompt, request.seed).key(
            "darkroom", "1"
        ),
    ]
    assert len({request.key("darkroom", "1"), *others}) == 8


def test_named_dimensions_and_strengths_are_the_only_ones() -> None:
    requests = asked(GenerateWants(dimensions=("light_leak", "clarity"), strengths=(0.33,)))
    asks = [ask for request in requests for ask in request.asks]
    assert {ask.dimension for ask in asks} == {"light_leak", "clarity"}
    assert {ask.strength for ask in asks} == {0.33}
    assert max(len(request.asks) for request in requests) == 2, "no more go together than were named"


def test_a_dimension_that_cannot_be_rendered_is_asked_for_alone_so_that_its_refusal_costs_no_other() -> None:
    requests = asked(GenerateWants(dimensions=("surrealism", "light_leak", "sickly_cast")))
    with_it = [request for request in requests if any(ask.effect == "surrealism" for ask in request.asks)]
    assert with_it
    assert all(len(request.asks) == 1 for request in with_it)


def test_a_generator_that_can_be_asked_for_anything_is_asked_for_every_dimension_with_an_effect_of_its_own() -> None:
    dimensions = {ask.dimension for r in pair_requests(GenerateWants(), THIRTY, None) for ask in r.asks}
    assert dimensions == {effect.dimension for effect in EFFECTS.values()}


def test_a_caption_too_long_for_a_wide_prompt_is_a_request_with_the_reason_why_not() -> None:
    request = asked(GenerateWants(), [THIRTY[0]._replace(caption="word " * 90)])[0]
    assert request.wide_prompt == ""
    assert "shorten the caption" in request.reason


@pytest.fixture
def mixed(home: Home) -> Home:
    """Five photographs: two conventional ones of a collection, one without a caption, an artwork, and another."""
    facts = [
        PhotographFacts(caption="one", conventional=True, collection="mine"),
        PhotographFacts(conventional=True, collection="mine"),
        PhotographFacts(caption="three", conventional=True),
        PhotographFacts(caption="four"),
    ]
    with home.database.write() as session:
        for number, each in enumerate(facts):
            blob = keep_image(home, Image.new("RGB", (8, 8), (number, 0, 0)))
            add_photograph(session, blob, "artwork" if number == 3 else "photograph", each)
    return home


@pytest.mark.parametrize(
    ("selection", "captions"),
    [
        ("conventional", ["one", "three"]),
        ("all", ["one", "three", "four"]),
        ("collection:mine", ["one"]),
        ("collection:all", []),
        ((4, 1), ["one", "four"]),
    ],
)
def test_originals_are_those_of_the_selection_that_have_a_caption(
    mixed: Home, selection: str, captions: list[str]
) -> None:
    assert [original.caption for original in originals(mixed.database.reader(), selection)] == captions


def test_a_caption_that_is_written_later_changes_nothing_for_the_other_originals(mixed: Home) -> None:
    from store.curation import Action, Subject, decide

    reader = mixed.database.reader()
    before = asked(GenerateWants(), originals(reader, "conventional"))
    with mixed.database.write() as session:
        decide(session, "someone", Subject.IMAGE, 2, Action.CAPTION, "two")
    after = asked(GenerateWants(), originals(reader, "conventional"))
    assert [request for request in after if request.original.caption != "two"] == before
    assert len(after) == 24


def test_from_text_all_pairs_of_an_original_prompt_share_its_seed_and_differ_in_what_they_ask_for() -> None:
    two = [Original(0, "", "", "a dog", 0), Original(0, "", "", "the fog", 1)]
    requests = list(pair_requests(GenerateWants(), two, None, from_text=True))
    assert len({(request.original.caption, request.seed) for request in requests}) == 2
    assert len({request.seed for request in requests}) == 2
    assert len({request.key("sdxl", "1") for request in requests}) == 16


def test_settings_of_the_generator_are_part_of_the_key() -> None:
    keys = {
        next(pair_requests(GenerateWants(), THIRTY, None, settings, from_text=True)).key("sdxl", "1")
        for settings in ((), (("steps", 20),), (("steps", 30),))
    }
    assert len(keys) == 3


def test_a_sweep_asks_for_the_same_at_rising_strengths_and_for_as_much_as_without_it() -> None:
    wants = {"per_original": 2, "singles": 1, "strengths": (0.9, 0.3)}
    requests = asked(GenerateWants(sweep=True, **wants), THIRTY[:3])
    assert len(requests) == 3 * 2 * 2
    for weak, strong in zip(requests[::2], requests[1::2], strict=True):
        assert (weak.original, weak.seed) == (strong.original, strong.seed)
        assert [ask.effect for ask in weak.asks] == [ask.effect for ask in strong.asks]
        assert {ask.strength for ask in weak.asks} == {0.3}
        assert {ask.strength for ask in strong.asks} == {0.9}


def test_captions_that_several_photographs_share_are_one_original_prompt_for_a_generator_from_text(mixed: Home) -> None:
    from store.curation import Action, Subject, decide

    with mixed.database.write() as session:
        decide(session, "someone", Subject.IMAGE, 2, Action.CAPTION, "one")
    reader = mixed.database.reader()
    for name, captions in (("sdxl", ["one", "three"]), ("darkroom", ["one", "one", "three"])):
        assert [each.caption for each in starts(reader, GenerateWants(), GENERATORS.load(name))] == captions
