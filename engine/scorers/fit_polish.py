"""Fits `polish` on the conventional sample photographs and says how well it ranks photographs that it never saw.

    python -m engine.scorers.fit_polish

Writes `polish_heads.safetensors` beside the scorer and the table of cross-validated figures in docs/controls.md. One
thread does all sums, so that the same photographs give the same file on one kind of machine. Run it again whenever
the conventional sample photographs change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from engine.scorers.degradations import DEGRADATIONS, STRENGTHS, degrade
from engine.scorers.figures import opened, publish, share
from engine.scorers.polish import HEADS, features
from engine.scorers.weights import write
from sample_data import photographs

FOLDS = 5
PENALTY = 0.003  # scikit-learn's C: strong shrinkage, far fewer photographs than features; one fixed value


@dataclass(frozen=True)
class Spoilt:
    """Features of photographs and of each way and strength of spoiling them.

    clean: [photographs, features]. degraded: [photographs, ways, strengths, features], strengths rising.
    """

    clean: np.ndarray
    degraded: np.ndarray

    def of(self, rows: np.ndarray) -> Spoilt:
        """The same for some of the photographs."""
        return Spoilt(self.clean[rows], self.degraded[rows])


def spoil(images: dict[str, Image.Image]) -> Spoilt:
    """Features of every image and of its degraded forms; chance is seeded by the sha256 that names the image."""
    clean, degraded = [], []
    for sha256, image in images.items():
        random = np.random.default_rng(int(sha256, 16))
        clean.append(features(image))
        degraded.append([[features(degrade(image, name, s, random)) for s in STRENGTHS] for name in DEGRADATIONS])
    return Spoilt(np.array(clean, dtype=np.float64), np.array(degraded, dtype=np.float64))


def fit(spoilt: Spoilt) -> tuple[np.ndarray, float]:
    """Weights [features] and bias of one head: the clean photographs it was fitted on have mean 0.

    A logistic regression on differences of features (Bradley–Terry): clean − degraded, and milder − stronger.
    """
    ladders = np.concatenate(
        [
            np.broadcast_to(spoilt.clean[:, None, None], (*spoilt.degraded.shape[:2], 1, spoilt.clean.shape[1])),
            spoilt.degraded,
        ],
        axis=2,
    )
    spread = ladders.std(axis=(0, 1, 2)) + 1e-6
    better, worse = np.triu_indices(ladders.shape[2], k=1)
    differences = ((ladders[:, :, better] - ladders[:, :, worse]) / spread).reshape(-1, len(spread))
    signs = np.where(np.arange(len(differences)) % 2, 1.0, -1.0)  # both classes, no pair twice
    model = LogisticRegression(C=PENALTY, fit_intercept=False, max_iter=2000)
    weights = model.fit(differences * signs[:, None], signs).coef_[0] / spread
    return weights, -float(spoilt.clean.mean(axis=0) @ weights)


def cross_fit(spoilt: Spoilt) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights [folds + 1, features], biases [folds + 1] and the fold [photographs] that holds each one out.

    The last head is fitted on all. One scale for all heads: the clean photographs, each scored by the head that
    never saw it, have mean 0 and standard deviation 1.
    """
    everyone = np.arange(len(spoilt.clean))
    fold = np.empty(len(everyone), dtype=int)
    heads = []
    for number, (seen, held_out) in enumerate(GroupKFold(FOLDS).split(everyone, groups=everyone)):
        fold[held_out] = number
        heads.append(fit(spoilt.of(seen)))
    heads.append(fit(spoilt))
    weights, biases = np.array([w for w, _ in heads]), np.array([b for _, b in heads])
    held_out_values = np.einsum("pf,pf->p", spoilt.clean, weights[fold]) + biases[fold]
    mean, deviation = held_out_values.mean(), held_out_values.std(ddof=1)
    return weights / deviation, (biases - mean) / deviation, fold


def held_out_wins(spoilt: Spoilt, weights: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Whether the clean photograph came first, by the head that never saw it: bool [photographs, ways, strengths]."""
    clean = np.einsum("pf,pf->p", spoilt.clean, weights[fold])
    degraded = np.einsum("pwsf,pf->pws", spoilt.degraded, weights[fold])
    return clean[:, None, None] > degraded


def table(wins: np.ndarray) -> str:
    """The figures as Markdown: shares with 95% intervals (Wilson for a cell; bootstrap over photographs in all)."""
    lines = ["| degradation | mild | medium | strong |", "|---|---|---|---|"]
    for way, name in enumerate(DEGRADATIONS):
        lines.append(f"| {name} | " + " | ".join(share(wins[:, way, s]) for s in range(len(STRENGTHS))) + " |")
    means = wins.mean(axis=(1, 2))
    interval = stats.bootstrap((means,), np.mean, n_resamples=10_000, rng=0, method="percentile").confidence_interval
    count = f"{len(wins)} photographs, {wins[0].size} comparisons each, {FOLDS} folds"
    return "\n".join(
        [f"All together: **{means.mean():.3f}** ({interval.low:.3f}–{interval.high:.3f}) · {count}.", "", *lines]
    )


def main() -> None:
    """Fits, writes the heads, and prints and documents the held-out figures."""
    images = {
        photograph.sha256: opened(photograph)
        for photograph in sorted(photographs(), key=lambda each: each.sha256)
        if photograph.role == "conventional"
    }
    torch.set_num_threads(1)
    with threadpool_limits(limits=1):
        spoilt = spoil(images)
        weights, biases, fold = cross_fit(spoilt)
    folds = dict(zip(images, fold.tolist(), strict=True))
    write(HEADS, {"weights": weights.astype(np.float32), "bias": biases.astype(np.float32)}, {"folds": folds})
    publish("polish", table(held_out_wins(spoilt, weights, fold)))


if __name__ == "__main__":
    main()
