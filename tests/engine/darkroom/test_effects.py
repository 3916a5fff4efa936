"""What every effect promises, whatever it shows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.generators.darkroom import effect_rng
from engine.generators.darkroom.declared import DECLARED

every_effect = pytest.mark.parametrize("declared", DECLARED.values(), ids=lambda declared: declared.name)
NOISY = {"film_grain", "vhs", "under_exposed"}  # their noise is drawn pixel by pixel


def apply(declared, rgb, strength, seed=0):
    return declared.function(rgb, strength, effect_rng(seed, declared.name))


def distance(a, b):
    return float(np.sqrt(np.square(a - b).mean(dtype=np.float64)))


@every_effect
def test_strength_zero_gives_the_same_frame(declared, frame):
    assert np.array_equal(apply(declared, frame, 0), frame)


@every_effect
@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_outside_0_to_1_is_an_error(declared, frame, strength):
    with pytest.raises(ValueError, match=declared.name):
        apply(declared, frame, strength)


@every_effect
def test_the_same_seed_gives_the_same_frame_and_the_input_is_left_alone(declared, frame):
    before = frame.copy()
    assert np.array_equal(apply(declared, frame, 0.7, seed=3), apply(declared, frame, 0.7, seed=3))
    assert np.array_equal(frame, before)


@pytest.mark.parametrize(
    "name",
    ["motion_blur", "tilt", "snapshot_crop", "obstruction", "light_leak", "film_grain", "dust_and_scratches", "vhs"],
)
def test_another_seed_gives_another_frame(name, frame):
    frames = [apply(DECLARED[name], frame, 0.7, seed=seed) for seed in range(4)]
    assert not all(np.array_equal(frames[0], other) for other in frames[1:])


@every_effect
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_more_strength_never_brings_the_frame_nearer_to_the_original(declared, frame, seed):
    distances = [distance(apply(declared, frame, strength, seed), frame) for strength in (0, 0.3, 0.6, 0.9, 1)]
    assert all(later >= 0.97 * earlier for earlier, later in pairwise(distances))
    assert distances[2] > 0.01
    assert distances[3] > distances[1]


@every_effect
def test_every_declared_strength_shows(declared, frame):
    distances = [distance(apply(declared, frame, strength), frame) for strength in declared.strengths]
    assert all(shown > 0.02 for shown in distances)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(DECLARED)),
    height=st.integers(1, 24),
    width=st.integers(1, 24),
    strength=st.floats(0, 1),
    content=st.sampled_from(["noise", "black", "white"]),
)
def test_any_size_and_content_gives_a_frame_of_the_same_shape_within_range(name, height, width, strength, content):
    rng = np.random.default_rng(height * 100 + width)
    values = {"noise": rng.random((height, width, 3)), "black": np.zeros(3), "white": np.ones(3)}[content]
    rgb = np.broadcast_to(values, (height, width, 3)).astype(np.float32)
    shown = apply(DECLARED[name], rgb, strength)
    assert shown.shape == rgb.shape
    assert shown.dtype == np.float32
    assert np.isfinite(shown).all()
    assert shown.min() >= 0
    assert shown.max() <= 1


@every_effect
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 200)])
def test_the_thinnest_frames_are_no_exception(declared, size):
    rgb = np.random.default_rng(0).random((*size, 3), dtype=np.float32)
    assert apply(declared, rgb, 1).shape == rgb.shape


@every_effect
def test_an_effect_looks_alike_at_twice_the_resolution(declared, photograph):
    tolerance = 0.06 if declared.name in NOISY else 0.03
    small, large = (
        apply(declared, np.asarray(photograph.resize(size), dtype=np.float32) / 255, 0.6)
        for size in (photograph.size, (2 * photograph.width, 2 * photograph.height))
    )

    def overview(rgb):
        image = Image.fromarray(np.rint(rgb * 255).astype(np.uint8)).resize((12, 8), Image.Resampling.BOX)
        return np.asarray(image, dtype=np.float32) / 255

    assert distance(overview(small), overview(large)) < tolerance
