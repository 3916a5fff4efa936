"""Sketches of unfinished images: cheap, true to size and colour as far as latents tell, and no part of the image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.generators.base import Request
from engine.generators.diffusion import Diffusion
from engine.generators.diffusion.sketch import LARGEST, Sketcher, unpacked
from engine.verify.layouts.pipelines import PIPELINES


def decoded(latents: torch.Tensor) -> torch.Tensor:
    """A decoder that is a line: three channels from four, each place eight pixels wide."""
    weights = torch.tensor([[0.1, 0.0, 0.05, 0.0], [0.0, 0.1, 0.0, -0.05], [0.05, 0.0, 0.0, 0.1]])
    colours = torch.einsum("rc,nchw->nrhw", weights, latents) + torch.tensor([0.5, 0.4, 0.6])[:, None, None]
    return colours.clamp(0, 1).repeat_interleave(8, 2).repeat_interleave(8, 3)


def latents(seed: int, count: int = 1, channels: int = 4) -> torch.Tensor:
    return torch.randn(count, channels, 12, 16, generator=torch.Generator().manual_seed(seed))


def pixels(sketcher: Sketcher, of: torch.Tensor) -> np.ndarray:
    return np.asarray(sketcher.draw(of)[0], dtype=float)


def test_before_the_first_image_a_sketch_is_in_false_colours_and_says_so() -> None:
    for channels in (1, 4, 16):
        image, kind = Sketcher().draw(latents(1, channels=channels))
        assert (image.size, kind) == ((16, 12), "false colours")
        assert np.asarray(image).std() > 30


def test_afterwards_it_has_the_colours_that_the_decoder_gives() -> None:
    sketcher = Sketcher()
    sketcher.learn(latents(1, 2), decoded(latents(1, 2)))
    image, kind = sketcher.draw(latents(2))
    assert kind == "colours learned from 2 before"
    true = decoded(latents(2))[0, :, ::8, ::8].permute(1, 2, 0).numpy() * 255
    assert np.abs(np.asarray(image, dtype=float) - true).mean() < 3


def test_latents_that_are_still_far_too_wide_are_drawn_within_the_colours() -> None:
    sketcher = Sketcher()
    sketcher.learn(latents(1), decoded(latents(1)))
    assert np.abs(pixels(sketcher, 14 * latents(2)) - pixels(sketcher, latents(2))).mean() < 3


def test_a_batch_is_drawn_side_by_side_and_a_large_image_with_places_left_out() -> None:
    assert Sketcher().draw(latents(1, 3))[0].size == (48, 12)
    assert max(Sketcher().draw(torch.randn(1, 4, 3 * LARGEST - 1, 10))[0].size) <= LARGEST


def test_what_is_no_number_is_drawn_and_not_learned_from() -> None:
    broken = latents(1)
    broken[0, 0, 0, 0] = torch.nan
    sketcher = Sketcher()
    sketcher.learn(broken, decoded(latents(1)))
    assert sketcher.learned == 0
    assert sketcher.draw(broken)[0].size == (16, 12)


@pytest.mark.parametrize(("width", "height"), [(64, 64), (96, 32), (32, 96)])
def test_packed_latents_are_unpacked_as_flux_packs_them(width: int, height: int) -> None:
    from diffusers import FluxPipeline

    plain = torch.randn(2, 4, height // 8, width // 8)
    packed = FluxPipeline._pack_latents(plain, 2, 4, height // 8, width // 8)
    found = unpacked(packed, width, height)
    assert found is not None
    assert torch.equal(found, plain)
    assert unpacked(plain, width, height) is plain
    assert unpacked(torch.randn(1, 7, 6), 64, 64) is None


@pytest.mark.parametrize("name", ["sd1.5", "sd3.5-medium", "flux.1-dev"])
def test_being_watched_changes_no_pixel(name: str, tmp_path: Path) -> None:
    folder = PIPELINES[name](tmp_path / "weights")
    requests = [Request("a dog", seed, settings={"size": 32, "steps": 3}) for seed in (1, 2)]
    alone = list(Diffusion(name, folder).generate(requests))
    watched, seen = Diffusion(name, folder), []
    watched.on_sketch = lambda draw: seen.append(draw())
    images = list(watched.generate(requests))
    assert all(np.array_equal(np.asarray(one), np.asarray(other)) for one, other in zip(alone, images, strict=True))
    assert {image.size for image, _ in seen} == {(16, 16)}
    half = len(seen) // 2
    assert half >= 3, "a sketch is offered at each step"
    assert [kind for _, kind in seen[half - 1 : half + 1]] == ["false colours", "colours learned from 1 before"]
