"""`polish` prefers the clean image, and no photograph or edit is scored by a head that saw it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from engine.scorers import polish
from engine.scorers.degradations import DEGRADATIONS, STRENGTHS, degrade
from engine.scorers.figures import opened
from engine.scorers.fit_polish import Spoilt, cross_fit, held_out_wins
from engine.scorers.polish import Polish
from engine.scorers.weights import UnreadableWeights, read, write
from sample_data import SamplePhotograph, photographs


@pytest.fixture(scope="module")
def scorer() -> Polish:
    return Polish()


@pytest.fixture(scope="module")
def conventional() -> list[SamplePhotograph]:
    return [sample for sample in photographs() if sample.role == "conventional"]


def test_the_clean_photograph_beats_its_strongly_blurred_copy(
    scorer: Polish, conventional: list[SamplePhotograph]
) -> None:
    images, origins = [opened(sample) for sample in conventional], [sample.sha256 for sample in conventional]
    blurred = [image.filter(ImageFilter.GaussianBlur(5)) for image in images]
    clean, spoilt = (np.array(scorer.encode_images(batch, origins)) for batch in (images, blurred))
    assert (clean > spoilt).mean() >= 0.95
    assert clean.mean() == pytest.approx(0, abs=1e-3)
    assert clean.std(ddof=1) == pytest.approx(1, abs=1e-3)


def test_every_conventional_photograph_is_held_out_of_one_head(
    scorer: Polish, conventional: list[SamplePhotograph]
) -> None:
    (weights,), notes = read(polish.HEADS, "", "weights")
    assert notes["folds"].keys() == {sample.sha256 for sample in conventional}
    assert set(notes["folds"].values()) == set(range(len(weights) - 1))
    assert {scorer.head_for(sample.sha256) for sample in conventional} == set(range(len(weights) - 1))


def test_candidates_and_strangers_get_the_head_of_all(scorer: Polish) -> None:
    (weights,), _ = read(polish.HEADS, "", "weights")
    candidate = next(sample for sample in photographs() if sample.role == "candidate")
    assert scorer.head_for(candidate.sha256) == scorer.head_for(None) == scorer.head_for("f" * 64) == len(weights) - 1


def test_an_edit_is_scored_by_the_head_of_the_photograph_it_was_made_from(
    scorer: Polish, conventional: list[SamplePhotograph]
) -> None:
    sample = conventional[0]
    edit = opened(sample).filter(ImageFilter.GaussianBlur(2))
    (weights, bias), notes = read(polish.HEADS, "", "weights", "bias")
    head = notes["folds"][sample.sha256]
    expected = polish.features(edit) @ weights[head] + bias[head]
    assert scorer.encode_images([edit], [sample.sha256]) == pytest.approx([expected], abs=1e-5)
    assert scorer.encode_images([edit]) != pytest.approx([expected], abs=1e-5)


def test_origins_that_do_not_match_the_images_are_refused(scorer: Polish) -> None:
    with pytest.raises(ValueError, match="zip"):
        scorer.encode_images([Image.new("RGB", (4, 4))], [None, None])


def random_features(photograph_count: int) -> Spoilt:
    """Features whose first column falls with strength and whose others are chance."""
    random = np.random.default_rng(0)
    clean = random.normal(size=(photograph_count, 12))
    degraded = random.normal(size=(photograph_count, 2, 3, 12))
    degraded[..., 0] = clean[:, None, None, 0] - np.array([1.0, 2.0, 3.0])
    return Spoilt(clean, degraded)


def test_a_held_out_photograph_has_no_part_in_its_head() -> None:
    spoilt = random_features(15)
    weights, _, fold = cross_fit(spoilt)
    changed = Spoilt(spoilt.clean.copy(), spoilt.degraded.copy())
    changed.clean[4] += 100
    changed_weights, _, _ = cross_fit(changed)
    directions, changed_directions = (w / np.linalg.norm(w, axis=1, keepdims=True) for w in (weights, changed_weights))
    same = np.isclose(directions, changed_directions, atol=1e-9).all(axis=1)
    assert same.tolist() == [head == fold[4] for head in range(len(weights))]


def test_the_fit_is_deterministic_and_ranks_what_can_be_ranked() -> None:
    spoilt = random_features(15)
    weights, biases, fold = cross_fit(spoilt)
    again = cross_fit(spoilt)
    assert np.array_equal(weights, again[0])
    assert np.array_equal(biases, again[1])
    wins = held_out_wins(spoilt, weights, fold)
    assert wins.shape == (15, 2, 3)
    assert wins.mean() > 0.8


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_a_degradation_keeps_the_size_and_grows_with_strength(name: str, conventional: list[SamplePhotograph]) -> None:
    image = opened(next(sample for sample in conventional if "kingfisher" in sample.file)).crop((0, 0, 121, 90))
    spoilt = [degrade(image, name, strength, np.random.default_rng(1)) for strength in STRENGTHS]
    distances = [np.abs(np.asarray(each, float) - np.asarray(image, float)).mean() for each in spoilt]
    assert {each.size for each in spoilt} == {image.size}
    assert 0 < distances[0] < distances[1] < distances[2]


def test_missing_heads_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableWeights, match=r"absent\.safetensors.*fit_polish"):
        Polish(tmp_path / "absent.safetensors")


def test_damaged_heads_are_named(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(polish.HEADS.read_bytes()[:5000])
    with pytest.raises(UnreadableWeights, match=r"damaged\.safetensors"):
        Polish(damaged)


def test_heads_without_what_is_needed_are_named(tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    write(other, {"embeddings": np.zeros((2, 3), dtype=np.float32)}, {})
    with pytest.raises(UnreadableWeights, match=r"other\.safetensors"):
        Polish(other)
