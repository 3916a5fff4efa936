"""Generators that diffusers runs: one class for all families, told by the catalogue and by the folder which it is.

Importing this package imports neither torch nor diffusers; opening a generator does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PIL import Image

from engine.devices import out_of_memory
from engine.generators.base import ANYHOW, Failed, Generator, Manner, Refused, Request, StepCallback
from engine.generators.diffusion.families import FAMILIES, Family
from engine.generators.diffusion.memory import Placement
from engine.generators.diffusion.settings import Settings
from engine.models.catalogue import IMG2IMG

if TYPE_CHECKING:
    import torch

CODE_VERSION = "1"
"""Changes whenever the same weights and request would come out as other pixels through our own code."""
TIGHT = "tight"
"""Stands in the version where weights are kept in 8 bits, which changes the pixels."""


class Diffusion(Generator):
    """A diffusers pipeline: text to image.

    Prompts are encoded once, text encoders give way to the denoiser where the card is small, and every image of a
    batch has random draws of its own, so that it comes out alike in a batch and alone.

    Args:
        name: how it is asked for.
        folder: the pipeline's, as published; `lora` and `replacement` in it are taken into account.
        device: as torch names it.
        weights: names the weights in the version.
        base: the generator that it was aligned from, or nothing.
        placement: how it lies on the device.
    """

    name = "diffusion"
    about = "Images from text, by a diffusers pipeline."
    libraries = ("torch", "diffusers", "transformers", "peft")
    families: ClassVar[Mapping[str, Family]] = FAMILIES
    """The pipelines that it can run, by the class that their folder names."""

    def __init__(
        self,
        name: str,
        folder: Path,
        device: str = "cpu",
        weights: str = "",
        base: str | None = None,
        placement: Placement | None = None,
    ):
        import torch

        from engine.generators.diffusion import pipeline as pipelines
        from engine.generators.diffusion.sketch import Sketcher

        self.name = name  # type: ignore[misc]  # one class, many generators
        self.base = base  # type: ignore[misc]
        self._device = torch.device(device)
        self._placement = placement or Placement()
        self._precision = _precision_on(self._device)
        self._dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[self._precision]
        self._weights = weights
        self._family = pipelines.family_of(folder, name, self.families)
        self._pipeline = pipelines.load(folder, name, self._dtype, self.families)
        self._encoders = pipelines.encoders_of(self._pipeline)
        self._defaults = pipelines.defaults_of(self._pipeline)
        self._denoiser = getattr(self._pipeline, self._family.denoiser)
        self._compiled: str | None = None
        self._encoded: dict[tuple[str, int | None], dict[str, torch.Tensor]] = {}
        self._at_once = self._placement.batch_size
        self._last_batch = 0
        self._sketcher = Sketcher()
        self.batch_size = self._at_once
        if self._placement.tight:
            from engine.generators.diffusion.tightening import tighten

            tighten(self._pipeline, self._family, self._device, self._dtype)
            self._denoiser.to(self._device)
            self._pipeline.vae.to(self._device)
        elif not self._placement.in_turn:
            self._pipeline.to(self._device)
        if self._placement.in_turn or self._placement.tight:
            self._pipeline.vae.enable_slicing()

    @classmethod
    def open(cls, name: str, home: Path, device: str | None = None, manner: Manner = ANYHOW) -> Generator:
        """As the base class says. Raises `MissingWeights`, `UnreadableWeights` and `CardTooSmall`, before loading."""
        from engine.generators.diffusion.opening import open_diffusion

        return open_diffusion(cls, name, home, device, manner)

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """As the base class says."""
        if Settings.of(settings).strength is not None:
            raise ValueError(f"strength is a setting of the generators that are called NAME-{IMG2IMG}")

    @property
    def version(self) -> str:
        """The pipeline's class, the weights, this code's version and the precision."""
        precision = f"{self._precision} {TIGHT}" if self._placement.tight else self._precision
        return f"{self._family.pipeline} {self._weights} {precision} code-{CODE_VERSION}"

    @classmethod
    def memory_of(cls, version: str) -> str | None:
        """As the base class says."""
        return "tight" if TIGHT in version.split() else "auto"

    def prepare(self, requests: Sequence[Request], on_step: StepCallback | None = None) -> None:
        """Encode all these prompts now, and forget others: the text encoders are needed once for all of them."""
        wanted = {self._key(request) for request in requests}
        self._encoded = {key: value for key, value in self._encoded.items() if key in wanted}
        self._encode(requests, on_step)

    def generate(
        self, requests: Sequence[Request], on_step: StepCallback | None = None
    ) -> Iterator[Image.Image | Refused | Failed]:
        """One RGB image, or why there is none, for each request in order."""
        self._encode(requests, on_step)
        for settings, alike in groupby(requests, key=self._made_with):
            left = list(alike)
            while left:
                some = left[: self._at_once]
                try:
                    images = self._denoised(some, settings, on_step)
                except Exception as error:
                    if len(some) == 1 or not out_of_memory(error):
                        raise
                    self._at_once = len(some) // 2
                    continue
                del left[: len(some)]
                self._last_batch = len(some)
                yield from images

    def described(self, request: Request) -> dict[str, Any]:
        """Every setting as it took effect, the sampler, and the end of the prompt that a text limit cut."""
        from engine.generators.diffusion.pipeline import scheduler_of
        from engine.generators.diffusion.prompts import cut_from

        settings = self._effective(self._made_with(request))
        cut = cut_from(self._pipeline, request.prompt, settings["text_tokens"])
        return {
            **{name: value for name, value in settings.items() if value is not None},
            "sampler": scheduler_of(self._pipeline),
            "batch": self._last_batch,
            "device": str(self._device),
            "memory": self._placement.words(),
            **({"cut": cut} if cut else {}),
        }

    def _made_with(self, request: Request) -> Settings:
        """The request's settings; images are made together where these agree."""
        return _settings(request)

    def _start(self, requests: Sequence[Request], effective: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a call of the pipeline starts from: for images from text, their size alone."""
        return {"width": effective["width"], "height": effective["height"]}

    def _key(self, request: Request) -> tuple[str, int | None]:
        return request.prompt, _settings(request).text_tokens

    def _effective(self, settings: Settings) -> dict[str, Any]:
        given = {name: getattr(settings, name) for name in Settings.__dataclass_fields__}
        return {name: self._defaults[name] if value is None else value for name, value in given.items()}

    def _encode(self, requests: Sequence[Request], on_step: StepCallback | None) -> None:
        from engine.generators.diffusion.prompts import encode

        missing = {key: each for each in requests if (key := self._key(each)) not in self._encoded}
        if not missing:
            return
        self._place("encoders")
        for step, (key, request) in enumerate(missing.items(), start=1):
            settings = _settings(request)
            self._encoded[key] = encode(self._pipeline, self._family, request.prompt, settings, self._device)
            if on_step:
                on_step(step, len(missing))

    def _place(self, turn: str) -> None:
        """Where the parts take turns on the card: bring these, the others wait in main memory.

        Text encoders that wait are taken out of the pipeline, which would else look for its device among them.
        """
        if not self._placement.in_turn:
            return
        others = [self._denoiser, self._pipeline.vae]
        encoding = turn == "encoders"
        for part in others if encoding else self._encoders.values():
            part.to("cpu")
        self._free()
        for part in self._encoders.values() if encoding else others:
            part.to(self._device)
        for name, part in self._encoders.items():
            setattr(self._pipeline, name, part if encoding else None)

    def _free(self) -> None:
        """Give the card's unused memory back."""
        if self._device.type == "cuda":
            import torch

            torch.cuda.empty_cache()

    def _denoised(
        self, requests: Sequence[Request], settings: Settings, on_step: StepCallback | None
    ) -> list[Image.Image | Failed]:
        """Images of one batch, with the same settings."""
        import torch

        from engine.generators.diffusion.prompts import together
        from engine.generators.diffusion.sketch import unpacked

        self._place("denoiser")
        self._compile(settings.compile)
        effective = self._effective(settings)
        latents: torch.Tensor | None = None

        def stepped(pipeline: Any, step: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            nonlocal latents
            if on_step:
                on_step(step + 1, pipeline.num_timesteps)
            latents = unpacked(tensors["latents"], effective["width"], effective["height"])
            if self.on_sketch and latents is not None:
                self.on_sketch(partial(self._sketcher.draw, latents))
            return tensors

        made = self._pipeline(
            **together([self._encoded[self._key(each)] for each in requests], self._device),
            generator=[torch.Generator("cpu").manual_seed(each.seed) for each in requests],
            num_inference_steps=effective["steps"],
            guidance_scale=effective["guidance"],
            **self._start(requests, effective),
            output_type="pt",
            callback_on_step_end=stepped,
        )
        if self.on_sketch and latents is not None:
            self._sketcher.learn(latents, made.images)
        return [_image(pixels) for pixels in made.images]

    def _compile(self, mode: str | None) -> None:
        """Have the denoiser compiled in this mode, or (None) as it is; it compiles when it first works."""
        if mode == self._compiled:
            return
        import torch

        denoiser = self._denoiser if mode is None else torch.compile(self._denoiser, mode=mode)
        setattr(self._pipeline, self._family.denoiser, denoiser)
        self._compiled = mode


def _precision_on(device: torch.device) -> str:
    return "fp32" if device.type == "cpu" else "bf16"


def _settings(request: Request) -> Settings:
    return Settings.of(request.settings)


def _image(pixels: torch.Tensor) -> Image.Image | Failed:
    """3×H×W within 0–1 to an RGB image; a `Failed` where there are no pixels to see."""
    import torch

    if not torch.isfinite(pixels).all():
        return Failed("the pixels are not numbers (NaN): the latents overflowed")
    eight = (pixels.float().clamp(0, 1) * 255).round().to(torch.uint8).cpu()
    if not eight.any():
        return Failed("the image is black in every pixel, as after an overflow or a safety filter")
    return Image.fromarray(eight.permute(1, 2, 0).contiguous().numpy())
