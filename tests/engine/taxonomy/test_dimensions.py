"""The 39 dimensions and how the two taxonomies relate."""

import subprocess
import sys
from collections import Counter

import pytest

from engine.registry import UnknownName
from engine.taxonomy import DIMENSIONS, GROUPS, dimension, in_group, with_photographic, with_related

PAPER = {
    "visionreward": "object_pairing main_object richness background clarity color_brightness color_aesthetic "
    "lighting_distinction emotion detail_refinement detail_realism",
    "clarity_and_focus": "intentional_blur double_exposure film_artifacts analog_degradation digital_artifacts "
    "bad_or_no_details",
    "color_and_tone": "clashing_disharmony chromatic_aberration muted_faded sickly_cast color_inconsistency",
    "lighting_and_exposure": "exposure_extremes light_leak flat_lighting harsh_or_insufficient_flash "
    "low_contrast_oppressive",
    "composition_and_structure": "unconventional_framing obstructed_cropping scale_inconsistency "
    "unconventional_scale amateur_snapshot_energy",
    "emotion_and_subject": "negative_personal_emotion atmospheric_distress decay_and_degradation "
    "disgust_and_aversion unfinished_raw abstract_photo surrealism",
}


def test_the_names_and_groups_are_those_of_the_paper():
    for group, names in PAPER.items():
        assert [each.name for each in in_group(group)] == names.split()
    assert list(GROUPS) == list(PAPER)
    assert Counter(each.taxonomy for each in DIMENSIONS.values()) == {"visionreward": 11, "photograph": 28}


def test_every_dimension_is_described_in_a_text_of_its_own():
    assert len({each.description for each in DIMENSIONS.values()}) == len(DIMENSIONS)
    assert len({each.title for each in DIMENSIONS.values()}) == len(DIMENSIONS)
    assert all(each.description.endswith(".") for each in DIMENSIONS.values())


def test_every_photographic_dimension_falls_under_visionreward_ones_only():
    for each in DIMENSIONS.values():
        assert set(each.related) <= {upper.name for upper in in_group("visionreward")}
        assert bool(each.related) == (each.taxonomy == "photograph")
        assert len(set(each.related)) == len(each.related)


def test_the_inverse_of_the_relation_names_the_same_pairs():
    forward = {(each.name, upper) for each in DIMENSIONS.values() for upper in each.related}
    assert forward == {(name, upper) for upper in DIMENSIONS for name in with_photographic(upper)[1:]}


def test_related_dimensions_are_added_upwards_once_and_in_order():
    assert with_related(["intentional_blur", "digital_artifacts", "clarity"]) == [
        "clarity",
        "detail_refinement",
        "detail_realism",
        "intentional_blur",
        "digital_artifacts",
    ]
    assert with_related(["clarity"]) == ["clarity"]
    assert with_related([]) == []


def test_what_counts_as_a_dimension_is_itself_and_all_that_falls_under_it():
    for name in DIMENSIONS:
        assert set(with_photographic(name)) == {each for each in DIMENSIONS if name in with_related([each])}
        assert with_photographic(name)[0] == name


@pytest.mark.parametrize("look_up", [dimension, with_photographic, lambda name: with_related([name])])
def test_a_wrong_name_is_answered_with_the_nearest(look_up):
    with pytest.raises(UnknownName, match="did you mean clarity"):
        look_up("claritty")


def test_a_wrong_group_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean color_and_tone"):
        in_group("colour_and_tone")


def test_the_taxonomy_loads_nothing_beyond_the_standard_library_and_the_registry():
    code = "import sys; before = set(sys.modules); import engine.taxonomy; print(*(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    foreign = {name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names}
    assert foreign == {
        "engine",
        "engine.registry",
        "engine.taxonomy",
        "engine.taxonomy.dimensions",
        "engine.taxonomy.effects",
        "engine.taxonomy.phrases",
    }
