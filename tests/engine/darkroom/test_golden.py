"""Whether the darkroom still makes the pictures that its version stands for.

The overviews are coarse and compared with a tolerance, since libraries may round otherwise from version to version.
Where this fails and the change was meant: raise `CODE_VERSION`, then write the overviews anew with
`python -m tests.engine.darkroom.test_golden`.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.generators.base import Ask, Request
from engine.generators.darkroom import Darkroom
from engine.generators.darkroom.declared import CODE_VERSION, DECLARED

GOLDEN = Path(__file__).with_name("golden.json")
TOLERANCE = 2.5  # of 255


def scene() -> Image.Image:
    """A picture of waves in three colours, 128 × 96, with edges and a dark and a light side."""
    y, x = np.mgrid[0:96, 0:128] / 96
    waves = [np.sin(9 * x + 4 * y), np.cos(7 * y - 5 * x), np.sign(np.sin(23 * x * y))]
    planes = [np.clip(0.5 + 0.3 * wave + 0.25 * (x - 0.66), 0, 1) for wave in waves]
    return Image.fromarray(np.rint(255 * np.stack(planes, axis=2)).astype(np.uint8))


def overview(effect: str) -> list[list[int]]:
    """The 4 × 3 mean colours of the scene with one effect at strength 0.8."""
    made = next(Darkroom().generate([Request("", 11, (Ask("", effect, 0.8),), scene())]))
    return np.asarray(made.resize((4, 3), Image.Resampling.BOX)).reshape(-1, 3).tolist()


def test_the_overviews_are_those_of_this_version():
    assert json.loads(GOLDEN.read_text())["version"] == CODE_VERSION


@pytest.mark.parametrize("effect", DECLARED)
def test_an_effect_still_looks_as_its_version_says(effect):
    kept = json.loads(GOLDEN.read_text())["overviews"][effect]
    assert np.abs(np.subtract(overview(effect), kept)).max() <= TOLERANCE


if __name__ == "__main__":
    overviews = {effect: overview(effect) for effect in DECLARED}
    lines = ",\n".join(f"  {json.dumps(effect)}: {json.dumps(colours)}" for effect, colours in overviews.items())
    GOLDEN.write_text(f'{{"version": {json.dumps(CODE_VERSION)}, "overviews": {{\n{lines}\n}}}}\n')
