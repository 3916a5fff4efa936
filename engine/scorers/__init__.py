"""Scorers, one file each. `SCORERS` knows them by name and imports none until asked."""

from engine.registry import Registry

SCORERS = Registry(
    "scorer",
    "widespectrum.scorers",
    {
        "hpsv2": ("engine.scorers.hpsv2:HPSv2", "reward model · Human Preference Score v2, of the whole image"),
        "hpsv2.1": ("engine.scorers.hpsv2:HPSv21", "reward model · Human Preference Score v2.1, of the whole image"),
        "pickscore": ("engine.scorers.pickscore:PickScore", "reward model · PickScore v1, of the centre square"),
        "imagereward": (
            "engine.scorers.imagereward:ImageReward",
            "reward model · ImageReward v1, of the centre square",
        ),
        "hpsv3": ("engine.scorers.hpsv3:HPSv3", "reward model · Human Preference Score v3, a 7B vision-language model"),
        "clip": ("engine.scorers.clip:CLIP", "base encoder · CLIP ViT-L/14, or another: clip:OWNER/NAME, clip:FOLDER"),
        "blip-itm": ("engine.scorers.blip:BlipITM", "base encoder · BLIP, does this caption belong to this image"),
        "blip-itc": ("engine.scorers.blip:BlipITC", "base encoder · BLIP's contrastive head, from the same weights"),
        "conse": ("engine.scorers.conse:ConSE", "control · content match, reads the subject and little of style"),
        "polish": ("engine.scorers.polish:Polish", "control · prompt-blind, built to prefer the clean image"),
    },
)

CONTROLS = ("conse", "polish")
"""Those of known build that need nothing to download: what is scored with where nobody names a scorer."""

PROMPT_BLIND = frozenset({"polish"})
"""Those of here whose `reads_prompt` is false, known without importing them: the plan counts before they load."""

BLIND_GROUP = "widespectrum.prompt_blind"
"""Entry points by which other packages say so of theirs."""


def is_prompt_blind(name: str) -> bool:
    """Whether a scorer is known to read no prompt; of one that doesn't say so, it is known once it has been loaded."""
    from importlib.metadata import entry_points  # slow to import, and most scorers have told the store

    base = name.partition(":")[0]
    return base in PROMPT_BLIND or any(point.name == base for point in entry_points(group=BLIND_GROUP))


PRECISIONS = ("fp32", "bf16", "publisher")
"""What a scorer with weights can be asked to compute with; `engine.scorers.precision` says what each is."""
