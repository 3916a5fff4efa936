import pytest
from PIL import Image

from sample_data.collection import photographs


@pytest.fixture(scope="session")
def photograph() -> Image.Image:
    """A packaged conventional photograph, its shorter side reduced to 192 pixels."""
    sample = next(p for p in photographs() if p.role == "conventional")
    with sample.resource().open("rb") as file:
        image = Image.open(file).convert("RGB")
    factor = 192 / min(image.size)
    return image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.BOX)
