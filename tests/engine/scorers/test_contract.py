"""What every built-in scorer promises, whichever it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from engine.models.places import use
from engine.scorers import CONTROLS, SCORERS
from engine.scorers.base import Kind, Role, Scorer
from engine.scorers.loading import open_scorer
from engine.verify.layouts import LAYOUTS

SIZES = [(1, 1), (7, 300), (300, 7), (260, 260), (640, 427)]


@pytest.fixture(scope="module", params=SCORERS.names())
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Scorer]:
    """Opens one scorer, with small random weights where it has weights."""
    home = tmp_path_factory.mktemp("home")
    if request.param in LAYOUTS:
        use(request.param, LAYOUTS[request.param](home / "weights"), home)
    return lambda: open_scorer(request.param, home)


@pytest.fixture(scope="module")
def scorer(opened: Callable[[], Scorer]) -> Scorer:
    return opened()


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def test_a_scorer_is_known_by_its_own_name_and_says_what_it_is(scorer: Scorer) -> None:
    assert SCORERS.load(scorer.name) is type(scorer)
    assert isinstance(scorer.role, Role)
    assert isinstance(scorer.kind, Kind)
    assert scorer.about.strip()


def test_the_version_stays_and_names_weights_and_precision_where_there_are_any(
    scorer: Scorer, opened: Callable[[], Scorer]
) -> None:
    assert opened().version == scorer.version
    if scorer.name in (*LAYOUTS, *CONTROLS):
        assert "@" in scorer.version
        assert "fp32" in scorer.version


def test_every_size_of_image_gets_one_finite_value_in_range(scorer: Scorer) -> None:
    cells = [(picture(*size), "a dog on a lawn") for size in SIZES]
    values = scorer.score(cells)
    low, high = scorer.value_range
    assert values.shape == (len(cells),)
    assert np.isfinite(values).all()
    assert low is None or (values >= low).all()
    assert high is None or (values <= high).all()


def test_nothing_in_gives_nothing_out(scorer: Scorer) -> None:
    assert scorer.encode_images([]) == []
    assert scorer.encode_texts([]) == []
    assert scorer.score([]).shape == (0,)


def test_odd_prompts_get_finite_values(scorer: Scorer) -> None:
    prompts = ["", " ", "\x1b[31m[bold]red", "κουτάβι 🐕", "word " * 3000]
    assert np.isfinite(scorer.score([(picture(40, 30), prompt) for prompt in prompts])).all()


def test_a_value_does_not_depend_on_company_or_order(scorer: Scorer) -> None:
    cells = [
        (picture(300, 200, 1), "a dog on a lawn"),
        (picture(64, 90, 2), "fog"),
        (picture(261, 259, 3), "a long prompt about a blurred and dark street at night, " * 8),
    ]
    together = scorer.score(cells)
    alone = [scorer.score([cell])[0] for cell in cells]
    assert together == pytest.approx(alone, rel=2e-6, abs=1e-5)
    assert scorer.score(cells[::-1])[::-1] == pytest.approx(together, rel=2e-6, abs=1e-5)


def test_cached_features_give_the_value_of_the_cell(scorer: Scorer) -> None:
    images, prompts = [picture(80, 60, seed) for seed in (1, 2)], ["a dog", "a ship in fog"]
    features, texts = scorer.encode_images(images), scorer.encode_texts(prompts)
    crossed = scorer.compare([features[0], features[1]], [texts[1], texts[0]])
    assert crossed == pytest.approx(
        scorer.score([(images[0], prompts[1]), (images[1], prompts[0])]), rel=2e-6, abs=1e-5
    )


def test_only_a_scorer_that_reads_the_prompt_changes_with_it(scorer: Scorer) -> None:
    image = picture(80, 60)
    values = scorer.score([(image, "a dog on a lawn"), (image, "a rusty ship in thick fog")])
    assert (values[0] != values[1]) == scorer.reads_prompt


def test_a_prompt_is_marked_truncated_exactly_when_it_passes_the_limit(scorer: Scorer) -> None:
    short, long = scorer.encode_texts(["a dog", "dog " * 3000])
    assert not short.truncated
    assert long.truncated == (scorer.text_limit is not None)


def test_knowing_an_origin_that_nobody_was_fitted_on_changes_nothing(scorer: Scorer) -> None:
    cells = [(picture(80, 60), "a dog")]
    assert scorer.score(cells, ["0" * 64]) == scorer.score(cells, [None]) == scorer.score(cells)


def test_asking_for_names_loads_no_model_library() -> None:
    code = "import sys; from engine.scorers import SCORERS; SCORERS.names(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"torch", "transformers"} & set(loaded)
