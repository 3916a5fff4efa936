"""Generators, one file or folder each. `GENERATORS` knows them by name and imports none until asked."""

from pathlib import Path

from engine.models.catalogue import IMG2IMG, INSTRUCTED, OWN, Entry, entry, read, twin_name
from engine.registry import Registry, UnknownName

GROUP = "widespectrum.generators"
_DIFFUSION, _REMOTE = "engine.generators.diffusion:Diffusion", "engine.generators.remote:Remote"
_EDITORS = {
    INSTRUCTED: "engine.generators.diffusion.edit:Instructed",
    IMG2IMG: "engine.generators.diffusion.edit:Img2Img",
}
_BUILT_IN = {
    "darkroom": ("engine.generators.darkroom:Darkroom", "edits a real photograph; nothing to download"),
    "flux.1-dev": (_DIFFUSION, "FLUX.1 dev, text to image"),
    "flux.1-schnell": (_DIFFUSION, "FLUX.1 schnell, text to image, distilled to few steps"),
    "flux.1-kontext-dev": (_EDITORS[INSTRUCTED], "FLUX.1 Kontext dev, edits an image as it is told"),
    "flux.1-krea-dev": (_DIFFUSION, "FLUX.1 Krea dev, tuned by its makers against the AI look; from flux.1-dev"),
    "danceflux": (_DIFFUSION, "aligned to HPSv2.1 by DanceGRPO; from flux.1-dev"),
    "prefflux": (_DIFFUSION, "aligned by pairwise preference (Pref-GRPO); from flux.1-dev"),
    "sdxl": (_DIFFUSION, "Stable Diffusion XL base, text to image"),
    "playground-v2.5": (_DIFFUSION, "Playground v2.5, made to look good; the parts of sdxl"),
    "sd3.5-medium": (_DIFFUSION, "Stable Diffusion 3.5 medium, text to image"),
    "sd3.5-medium-geneval": (_DIFFUSION, "aligned to GenEval by Flow-GRPO; from sd3.5-medium"),
    "sd3.5-medium-pickscore": (_DIFFUSION, "aligned to PickScore by Flow-GRPO; from sd3.5-medium"),
    "sd1.5": (_DIFFUSION, "Stable Diffusion 1.5, text to image"),
    "sd1.5-dpo": (_DIFFUSION, "aligned to people's preferences by Diffusion-DPO; from sd1.5"),
    "nano-banana": (_REMOTE, "Gemini 2.5 Flash Image, through a service; needs a key"),
}
_BUILT_IN |= {
    twin_name(name): (_EDITORS[IMG2IMG], f"edits an image with the weights of {name}")
    for name, (kind, _) in _BUILT_IN.items()
    if kind == _DIFFUSION
}

MEMORIES = ("auto", "full", "offload", "tight")
"""How a generator with weights may lie on its device; `engine.generators.base.Manner` says what each is."""

GENERATORS = Registry("generator", GROUP, _BUILT_IN)


def generators(home: Path | None) -> Registry:
    """The generators that a home knows: `GENERATORS`, and those of the home's own catalogue. Raises `BadCatalogue`."""
    path = home / OWN if home else None
    if path is None or not path.exists():
        return GENERATORS
    own = {name: each for name, each in read(path).items() if each.kind == "generator"}
    return Registry("generator", GROUP, {**_BUILT_IN, **{name: _line(each) for name, each in own.items()}})


def default_settings(name: str, home: Path | None) -> dict[str, object]:
    """A generator's settings as the catalogue has them; none for one that the catalogue doesn't know."""
    try:
        return dict(entry(name, home).settings)
    except UnknownName:
        return {}


def _line(own: Entry) -> tuple[str, str]:
    kind = _REMOTE if own.remote else _EDITORS.get(own.edits, _DIFFUSION)
    return kind, f"of this home's own catalogue{own.base and f'; from {own.base}'}"
