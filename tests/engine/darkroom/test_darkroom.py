"""The darkroom as a generator."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from engine.generators import GENERATORS
from engine.generators.base import Ask, Refused, Request
from engine.generators.darkroom import Darkroom, effect_rng, in_order
from engine.generators.darkroom.declared import DECLARED, REFUSED
from engine.taxonomy import EFFECTS


def ask(effect, strength=0.6):
    return Ask("any", effect, strength)


def develop(image, *asks, seed=1):
    (made,) = Darkroom().generate([Request("a prompt", seed, asks, image)])
    return made


def test_it_is_known_by_name():
    assert GENERATORS.load("darkroom") is Darkroom


def test_no_asks_gives_a_copy_of_the_photograph(photograph):
    made = develop(photograph)
    assert made is not photograph
    assert made.mode == "RGB"
    assert made.tobytes() == photograph.tobytes()


def test_images_of_other_modes_come_out_as_rgb():
    assert develop(Image.new("RGBA", (9, 7), (10, 20, 30, 0))).mode == "RGB"
    assert develop(Image.new("L", (9, 7), 90), ask("tilt")).mode == "RGB"


def test_every_request_is_answered_in_order(photograph):
    small = photograph.resize((20, 10))
    requests = [
        Request("", 1, (ask("defocus"),), photograph),
        Request("", 1, (ask("surrealism"),), photograph),
        Request("", 1, (), small),
    ]
    first, second, third = Darkroom().generate(requests)
    assert first.size == photograph.size
    assert isinstance(second, Refused)
    assert third.size == (20, 10)


@pytest.mark.parametrize("effect", REFUSED)
def test_what_it_can_not_render_is_refused_with_its_reason_and_never_half_done(photograph, effect):
    refused = develop(photograph, ask("defocus"), ask(effect))
    assert isinstance(refused, Refused)
    assert REFUSED[effect] in str(refused)


def test_an_unknown_effect_is_refused_with_the_nearest_name(photograph):
    assert "defocus" in str(develop(photograph, ask("defocuss")))


def test_a_strength_out_of_range_is_refused(photograph):
    assert "1.5" in str(develop(photograph, ask("tilt", 1.5)))


def test_without_a_photograph_it_refuses():
    assert isinstance(develop(None, ask("tilt")), Refused)


def test_every_effect_of_the_taxonomies_is_either_rendered_or_refused():
    assert set(DECLARED) | set(REFUSED) == set(EFFECTS)
    assert not set(DECLARED) & set(REFUSED)


def test_effects_are_applied_from_the_scene_to_the_file_however_they_were_asked(photograph):
    asks = [ask(name) for name in ("compression", "film_grain", "under_exposed", "defocus", "tilt")]
    ordered = [a.effect for a in in_order(asks)]
    assert ordered == ["tilt", "defocus", "under_exposed", "film_grain", "compression"]
    assert develop(photograph, *asks).tobytes() == develop(photograph, *reversed(asks)).tobytes()


def test_the_stages_follow_one_another():
    stages = [declared.stage for declared in DECLARED.values()]
    assert list(dict.fromkeys(stages)) == ["scene", "lens", "light", "exposure", "colour", "medium"]
    assert stages == sorted(stages, key=["scene", "lens", "light", "exposure", "colour", "medium"].index)


def test_an_effect_is_the_same_whatever_stands_beside_it():
    assert effect_rng(5, "tilt").random() == effect_rng(5, "tilt").random()
    assert effect_rng(5, "tilt").random() != effect_rng(5, "vhs").random()
    assert effect_rng(5, "tilt").random() != effect_rng(6, "tilt").random()


def test_a_seed_means_the_same_in_every_process(photograph):
    code = (
        "import sys; import hashlib; from PIL import Image;"
        "from engine.generators.darkroom import Darkroom; from engine.generators.base import Ask, Request;"
        "image = Image.frombytes('RGB', (40, 30), bytes(range(240)) * 15);"
        "asks = (Ask('', 'film_grain', 0.9), Ask('', 'vhs', 0.6));"
        "made = next(Darkroom().generate([Request('', 2**62, asks, image)]));"
        "sys.stdout.write(hashlib.sha256(made.tobytes()).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    image = Image.frombytes("RGB", (40, 30), bytes(range(240)) * 15)
    here = develop(image, ask("film_grain", 0.9), ask("vhs", 0.6), seed=2**62)
    assert runs == [hashlib.sha256(here.tobytes()).hexdigest()] * 2


def test_each_effect_is_a_step_that_a_raise_cancels(photograph):
    steps = []
    request = Request("", 1, (ask("tilt"), ask("faded")), photograph)
    list(Darkroom().generate([request], lambda *step: steps.append(step)))
    assert steps == [(1, 2), (2, 2)]

    def cancel(step, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(Darkroom().generate([request], cancel))


def test_importing_the_declarations_loads_no_scipy_and_no_effect():
    code = (
        "import sys, engine.generators.darkroom;"
        "print([m for m in sys.modules if m.startswith(('scipy', 'skimage', 'torch')) or m.endswith('darkroom.blur')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_output_uses_the_whole_of_eight_bits_without_wrapping(photograph):
    made = np.asarray(develop(photograph, ask("over_exposed", 1)))
    assert made.max() == 255
    assert made.mean() > np.asarray(photograph).mean()
