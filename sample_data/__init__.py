"""Resources that ship with the program: photographs with their credits, and the paper's published figures.

Reads packaged files through `importlib.resources` and imports nothing but the standard library.
"""

from sample_data.collection import SamplePhotograph, photographs
from sample_data.figures import (
    EmotionFigures,
    ExhibitFigures,
    GeneratorFigures,
    LeaderboardFigures,
    PhotographFigures,
    Published,
    ScorerFigures,
    Source,
    Table,
    published,
)

__all__ = [
    "EmotionFigures",
    "ExhibitFigures",
    "GeneratorFigures",
    "LeaderboardFigures",
    "PhotographFigures",
    "Published",
    "SamplePhotograph",
    "ScorerFigures",
    "Source",
    "Table",
    "photographs",
    "published",
]
