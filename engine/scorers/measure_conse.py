"""Measures what `conse` knows, content, and what it doesn't, style; writes the figures in docs/controls.md.

    python -m engine.scorers.measure_conse

Needed after a change of the scorer or of the sample photographs; the scorer itself never reads the figures.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from engine.scorers.conse import ConSE
from engine.scorers.degradations import degrade
from engine.scorers.figures import opened, publish, share
from sample_data import photographs

REQUESTS = {
    "blur": "a badly blurred, out of focus photograph of {}",
    "grey noise": "a very noisy, grainy photograph of {}",
    "under-exposed": "a dark, under-exposed photograph of {}",
    "flat": "a flat, hazy photograph without contrast of {}",
    "drained of colour": "a black and white photograph of {}",
}


def ranks(scorer: ConSE, images: list[Image.Image], captions: list[str]) -> np.ndarray:
    """How many of the images the scorer puts before the right one, for each caption: int [n], 0 the best."""
    pictures = np.array(scorer.encode_images(images))
    texts = np.array([text.features for text in scorer.encode_texts(captions)])
    values = texts @ pictures.T
    return (values > np.diag(values)[:, None]).sum(axis=1)


def clean_first(scorer: ConSE, images: list[Image.Image], captions: list[str], name: str) -> np.ndarray:
    """Whether the clean image gets the higher value though the prompt asks for the degradation: bool [n]."""
    random = np.random.default_rng(0)
    prompts = [REQUESTS[name].format(caption) for caption in captions]
    clean = scorer.score(list(zip(images, prompts, strict=True)))
    degraded = scorer.score([(degrade(i, name, 1.0, random), p) for i, p in zip(images, prompts, strict=True)])
    return clean > degraded


def main() -> None:
    """Measures on the sample photographs, prints and documents."""
    samples = photographs()
    images = [opened(sample) for sample in samples]
    captions = [sample.caption for sample in samples]
    scorer = ConSE()
    places, n = ranks(scorer, images, captions), len(samples)
    lines = [
        f"From a caption to its image among the {n} sample photographs, candidates included:",
        f"recall@1 {share(places < 1)}, recall@5 {share(places < 5)}; by chance {1 / n:.2f} and {5 / n:.2f}.",
        "",
        "| asked for, at full strength | the clean image put first |",
        "|---|---|",
    ]
    chosen = [i for i, sample in enumerate(samples) if sample.role == "conventional"]
    for name in REQUESTS:
        wins = clean_first(scorer, [images[i] for i in chosen], [captions[i] for i in chosen], name)
        lines.append(f"| {name} | {share(wins)} |")
    publish("conse", "\n".join(lines))


if __name__ == "__main__":
    main()
