import numpy as np
import pytest
from PIL import Image

from sample_data.collection import photographs


@pytest.fixture(scope="session")
def photograph() -> Image.Image:
    """A packaged conventional photograph, its shorter side reduced to 96 pixels."""
    sample = next(p for p in photographs() if p.role == "conventional")
    with sample.resource().open("rb") as file:
        image = Image.open(file).convert("RGB")
    factor = 96 / min(image.size)
    return image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.BOX)


@pytest.fixture(scope="session")
def frame(photograph) -> np.ndarray:
    """The photograph as effects take it."""
    return np.asarray(photograph, dtype=np.float32) / 255
