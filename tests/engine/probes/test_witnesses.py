"""Which probe may speak for which effect, and what it says."""

import pytest

from engine.generators.base import Ask, Request
from engine.generators.darkroom import Darkroom
from engine.generators.darkroom.declared import DECLARED, REFUSED
from engine.probes import PROBES, measure_all
from engine.probes.witnesses import WITNESSES, Witness, witnessed, witnesses_for
from engine.registry import UnknownName

WITHOUT = {"tilt", "obstruction", "tiny_subject", "snapshot_crop", "double_exposure"}
EACH_STRENGTH = [(effect, s) for effect, d in DECLARED.items() if WITNESSES[effect] for s in d.strengths]


def ask(effect, strength=0.6):
    return Ask("any", effect, strength)


def test_every_effect_is_declared_and_names_only_what_exists():
    assert set(WITNESSES) == set(DECLARED) | set(REFUSED)
    for effect, witnesses in WITNESSES.items():
        for witness in witnesses:
            assert witness.probe in PROBES
            assert witness.drowned_by <= set(DECLARED) - {effect}


def test_no_probe_speaks_for_framing_for_a_second_exposure_or_for_what_the_darkroom_refuses():
    assert {effect for effect, witnesses in WITNESSES.items() if not witnesses} == WITHOUT | set(REFUSED)
    assert all(witnesses_for(effect, []) is None for effect in WITHOUT)


@pytest.mark.parametrize(("effect", "strength"), EACH_STRENGTH)
def test_a_single_effect_is_witnessed_on_a_photograph(photograph, effect, strength):
    request = Request("", 4, (ask(effect, strength),), photograph)
    (edited,) = Darkroom().generate([request])
    before, after = measure_all(photograph), measure_all(edited)
    (said,) = witnessed(request.asks, before, after)
    assert said.probe == WITNESSES[effect][0].probe
    assert said.witnessed
    assert (said.original, said.wide) == (before[said.probe], after[said.probe])


def test_the_first_witness_is_asked_unless_another_effect_drowns_it():
    first, second = WITNESSES["faded"]
    assert witnesses_for("faded", []) == first
    assert witnesses_for("faded", ["faded"]) == first
    by_colour = next(iter(first.drowned_by - second.drowned_by))
    assert witnesses_for("faded", [by_colour]) == second
    assert witnesses_for("faded", first.drowned_by | second.drowned_by) is None


def test_two_effects_that_move_one_probe_drown_each_other():
    assert witnesses_for("defocus", ["motion_blur"]) is None
    assert witnesses_for("motion_blur", ["defocus"]) is None
    assert witnesses_for("fringing", ["defocus"]) is not None


def test_an_unknown_effect_is_an_error_with_the_nearest_name():
    with pytest.raises(UnknownName, match="defocus"):
        witnesses_for("defocuss", [])


def test_only_a_strict_move_in_the_declared_direction_is_witnessed():
    up, down = Witness("blur", "up", frozenset()), Witness("blur", "down", frozenset())
    assert (up.saw(1, 2), up.saw(1, 1), up.saw(2, 1)) == (True, False, False)
    assert (down.saw(2, 1), down.saw(1, 1), down.saw(1, 2)) == (True, False, False)


def test_a_pair_has_one_testimony_for_each_ask_that_a_probe_can_speak_for():
    still = dict.fromkeys(PROBES, 1.0)
    moved = {**still, "blur": 2.0, "warmth": 2.0}
    said = witnessed([ask("tilt"), ask("defocus"), ask("light_leak"), ask("compression")], still, moved)
    assert [(t.ask.effect, t.probe, t.witnessed) for t in said] == [("compression", "blockiness", False)]
    said = witnessed([ask("light_leak"), ask("defocus"), ask("bad_flash")], still, moved)
    assert [(t.ask.effect, t.witnessed) for t in said] == [("light_leak", True), ("defocus", True)]


def test_an_undefined_measure_does_not_speak():
    values = dict.fromkeys(PROBES, 1.0)
    assert witnessed([ask("defocus")], values, {**values, "blur": float("nan")}) == []
    assert witnessed([ask("defocus")], {**values, "blur": float("nan")}, values) == []
