"""The two taxonomies of dimensions, and the effects that show them.

`visionreward` has the 11 dimensions that the paper draws for prompts; `photograph` has its 28 classes of real
photographs, in 5 groups (Guo, Qian, Hasan, Du, ICML 2026, arXiv 2512.11883). Names are the paper's, texts are ours.

How the two relate is ours as well, since the paper leaves them apart. A photographic dimension falls under a
VisionReward dimension when an image that fully shows the first has to be marked down on the second, by its
definition and not merely often. Some fall under several; a few VisionReward dimensions also have an effect of
their own, because no photographic class covers them whole.

Imports nothing but the standard library and `engine.registry`: screens load it at their start.
"""

from engine.taxonomy.dimensions import (
    DIMENSIONS,
    GROUPS,
    TAXONOMIES,
    Dimension,
    Taxonomy,
    dimension,
    in_group,
    with_photographic,
    with_related,
)
from engine.taxonomy.effects import EFFECTS, Effect, effect, effects_of

__all__ = [
    "DIMENSIONS",
    "EFFECTS",
    "GROUPS",
    "TAXONOMIES",
    "Dimension",
    "Effect",
    "Taxonomy",
    "dimension",
    "effect",
    "effects_of",
    "in_group",
    "with_photographic",
    "with_related",
]
