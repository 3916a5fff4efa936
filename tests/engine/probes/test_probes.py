"""What each probe measures, and where it is undefined."""

import math
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from engine.probes import PROBES, measure_all
from engine.probes.base import View

rng = np.random.default_rng(0)
NOISY = Image.fromarray(rng.integers(0, 256, (96, 128, 3), dtype=np.uint8))
UNDEFINED_FOR_ONE_COLOUR = {"blur", "misregistration"}


def value(name, image):
    return PROBES[name].measure(View(image))


def grey(array):
    return Image.fromarray(np.repeat(np.asarray(array, dtype=np.uint8)[..., None], 3, axis=2))


def test_there_are_at_least_ten_and_each_says_what_it_can_not_tell():
    assert len(PROBES) >= 10
    for name, probe in PROBES.items():
        assert probe.name == name
        assert probe.version
        assert probe.unit
        assert len(probe.about) > 60


def test_a_photograph_gets_a_finite_value_from_every_probe(photograph):
    assert all(math.isfinite(v) for v in measure_all(photograph).values())
    assert list(measure_all(photograph)) == list(PROBES)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (90, 60, 200)])
def test_one_colour_is_undefined_only_where_documented(colour):
    values = measure_all(Image.new("RGB", (64, 40), colour))
    assert {name for name, v in values.items() if math.isnan(v)} == UNDEFINED_FOR_ONE_COLOUR


@settings(max_examples=40, deadline=None)
@given(width=st.integers(1, 40), height=st.integers(1, 40), flat=st.booleans())
def test_any_size_gives_a_finite_value_or_nan_and_no_warning(width, height, flat):
    image = Image.new("RGB", (width, height), (9, 99, 199)) if flat else NOISY.crop((0, 0, width, height))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = measure_all(image)
    assert all(isinstance(v, float) and not math.isinf(v) for v in values.values())


def test_images_of_other_modes_are_measured_as_rgb(photograph):
    assert measure_all(photograph.convert("RGBA")) == measure_all(photograph)


def test_measuring_twice_gives_the_same(photograph):
    assert measure_all(photograph) == measure_all(photograph)


def test_blur_rises_and_detail_falls_with_a_softer_picture(photograph):
    soft = photograph.filter(ImageFilter.GaussianBlur(2))
    assert 0 < value("blur", photograph) < value("blur", soft) < 1
    assert value("detail", photograph) > value("detail", soft)


def test_noise_reads_the_deviation_of_added_noise():
    for deviation in (5, 15):
        plane = np.clip(128 + rng.normal(0, deviation, (300, 300)), 0, 255)
        assert value("noise", grey(np.rint(plane))) == pytest.approx(deviation, rel=0.05)


def test_blockiness_finds_an_eight_pixel_grid_and_its_enlargements():
    squares = rng.integers(60, 200, (12, 12))
    assert value("blockiness", NOISY) == pytest.approx(1, abs=0.1)
    assert value("blockiness", grey(squares.repeat(8, 0).repeat(8, 1))) > 5
    assert value("blockiness", grey(squares.repeat(16, 0).repeat(16, 1))) > 5
    assert value("blockiness", grey(squares.repeat(11, 0).repeat(11, 1))) < 2


def test_repetition_counts_equal_neighbours():
    assert value("repetition", Image.new("RGB", (9, 9))) == 100
    assert value("repetition", grey(np.arange(100).reshape(10, 10))) == 0
    assert value("repetition", grey(np.arange(25).reshape(5, 5).repeat(4, 0).repeat(4, 1))) == pytest.approx(
        100 * 15 / 19, abs=0.1
    )


def test_line_structure_is_above_0_across_lines_and_below_along_them():
    lines = grey(np.tile([[40], [200]], (20, 40)))
    assert value("line_structure", lines) > 0 > value("line_structure", lines.transpose(Image.Transpose.ROTATE_90))
    assert value("line_structure", NOISY) == pytest.approx(0, abs=0.1)


def test_brightness_is_lightness_from_black_to_white():
    assert value("brightness", Image.new("RGB", (4, 4))) == pytest.approx(0, abs=0.01)
    assert value("brightness", Image.new("RGB", (4, 4), "white")) == pytest.approx(100, abs=0.01)


def test_clipping_is_the_share_of_black_and_of_white():
    half = grey(np.repeat([[0, 255, 128, 128]], 4, axis=0))
    assert value("clipped_highlights", half) == 25
    assert value("clipped_shadows", half) == 25


def test_contrast_and_tonal_range_of_two_tones():
    two = grey(np.tile([55, 200], (20, 10)))
    assert value("contrast", two) == pytest.approx(145 / 2 / 255)
    assert value("tonal_range", two) == pytest.approx(145 / 255)


def test_richness_is_the_entropy_of_the_tones():
    assert value("richness", Image.new("RGB", (4, 4), "grey")) == 0
    assert value("richness", grey(np.arange(256).reshape(16, 16))) == pytest.approx(8)


def test_edge_light_is_the_edge_minus_the_middle():
    plane = np.full((80, 80), 60)
    plane[20:60, 20:60] = 220
    assert value("edge_light", grey(plane)) < -20
    assert value("edge_light", grey(280 - plane)) > 20


def test_colourfulness_of_grey_is_nothing_and_of_many_hues_much():
    assert value("colourfulness", grey(np.arange(256).reshape(16, 16))) == 0
    assert value("colourfulness", NOISY) > 100


def test_warmth_and_green_cast_point_where_they_say():
    assert value("warmth", Image.new("RGB", (4, 4), (200, 150, 50))) > 20
    assert value("warmth", Image.new("RGB", (4, 4), (50, 100, 220))) < -20
    assert value("green_cast", Image.new("RGB", (4, 4), (80, 200, 80))) > 20
    assert value("green_cast", Image.new("RGB", (4, 4), (200, 80, 180))) < -20


def test_cast_spread_needs_casts_that_differ_across_the_frame():
    halves = np.zeros((40, 40, 3), dtype=np.uint8)
    halves[:, :20], halves[:, 20:] = (200, 150, 90), (90, 150, 200)
    checks = halves[np.indices((40, 40)).sum(axis=0) % 2 * 0, np.indices((40, 40)).sum(axis=0) % 2 * 39]
    assert value("cast_spread", Image.fromarray(halves)) > 20
    assert value("cast_spread", Image.fromarray(checks)) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("enlargement", [0.005, 0.01, 0.02])
def test_misregistration_reads_about_the_enlargement_of_red(photograph, enlargement):
    still = photograph.convert("L").convert("RGB")
    assert value("misregistration", still) == pytest.approx(0, abs=0.01)
    red, green, blue = still.split()
    k, (w, h) = 1 / (1 + enlargement), still.size
    matrix = (k, 0, w / 2 * (1 - k), 0, k, h / 2 * (1 - k))
    larger = red.transform(still.size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
    fringed = Image.merge("RGB", (larger, green, blue))
    assert value("misregistration", fringed) == pytest.approx(100 * enlargement, rel=0.4)


def test_importing_the_probes_loads_no_scipy_and_no_scikit_image():
    code = "import sys, engine.probes; print([m for m in sys.modules if m.startswith(('scipy', 'skimage', 'torch'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
