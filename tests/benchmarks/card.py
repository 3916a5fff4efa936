"""What only a graphics card can tell, in under ten minutes on a large one; nothing is fetched.

    python tests/benchmarks/card.py FOLDER                        # FOLDER keeps 28 GB of random weights
    python tests/benchmarks/card.py FOLDER --device cpu --small   # all of it on a processor, small: that it works

- parity: scorers beside transformers' own models on the card in fp32 and `publisher`, and beside themselves on the
  processor in fp32, which would show a shortcut (TF32) that both sides on the card took.
- scorers, hpsv3: images and pairs a second with all that a run does to an image, images a second of the bare image
  side, the batch that was chosen, and the peak of memory, in fp32 and bf16.
- sdxl, sd3.5-medium, flux.1-dev: a run of pairs from the queue to its last file beside a bare loop over the same calls
  of the same pipeline; and how far `reproduce`, which makes an image alone, comes from one that was made beside others.

Weights are random and of full size. Each section is a process of its own with a limit of time; what it finds is written
as soon as it is known, to `results/card.json`, or, from a processor, to FOLDER. One that fails is recorded as that, and
the next begins. Exits 1 if any failed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import torch
from PIL import Image

from engine.generators.diffusion import pipeline as loading
from engine.reproduce import reproduce
from engine.scorers import SCORERS
from engine.scorers.figures import opened
from engine.verify.cells import write_cells
from engine.verify.layouts import FULL_LAYOUTS, LAYOUTS, pipelines, random_weights
from engine.verify.references import reference_values
from engine.verify.standards import unit_in_last_place
from engine.verify.verify import _ours
from sample_data import photographs
from store import Home

RESULTS = Path(__file__).with_name("results") / "card.json"
GIB = 2**30
BY_TRANSFORMERS = ("clip", "pickscore", "blip-itm", "blip-itc")
MEASURED = ("hpsv2.1", "imagereward", "clip", "pickscore", "blip-itm")
MADE = {"sdxl": (50, 5.0), "sd3.5-medium": (40, 4.0), "flux.1-dev": (32, 3.5)}
"""Generator -> steps and guidance, as the paper used them."""
FRACTION = {"fp16": 10, "fp32": 23}
"""Format -> the bits of its fraction."""


@dataclass(frozen=True)
class Bench:
    """Where and how large."""

    folder: Path
    device: str
    small: bool
    section: str

    @property
    def results(self) -> Path:
        """The file for what is found."""
        return RESULTS if self.on_card else self.folder / "card.json"

    def weights(self, name: str) -> Path:
        """A scorer's folder, written if it isn't there yet."""
        folder = self.folder / ("small" if self.small else "full") / name.replace("itc", "itm")  # both heads are in one
        if not (folder / "done").exists():
            with drawn_on(self.device):
                (LAYOUTS if self.small else FULL_LAYOUTS)[name](folder)
            (folder / "done").touch()
        return folder

    def scorer(self, name: str, precision: str) -> Any:
        """A scorer on the device."""
        return SCORERS.load(name)(folder=self.weights(name), device=self.device, precision=precision)

    def keep(self, **found: Any) -> None:
        """Write what was found."""
        print(self.section, json.dumps(found), flush=True)
        keep(self.results, self.section, found)

    @property
    def on_card(self) -> bool:
        """Whether the device is one."""
        return self.device.startswith("cuda")

    def settled(self) -> float:
        """The time at which all that was asked of the device is done."""
        if self.on_card:
            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    @contextmanager
    def peak(self, of: dict[str, Any]) -> Iterator[None]:
        """Note the most memory that tensors took on the card meanwhile."""
        if self.on_card:
            torch.cuda.reset_peak_memory_stats(self.device)
        yield
        if self.on_card:
            of["peak_gib"] = round(torch.cuda.max_memory_allocated(self.device) / GIB, 2)


@contextmanager
def drawn_on(device: str) -> Iterator[None]:
    """Random weights are drawn there: on a processor eight billion take minutes."""

    def noise(key: str, shape: tuple[int, ...], seed: int) -> torch.Tensor:
        generator = torch.Generator(device).manual_seed(zlib.crc32(key.encode()) + seed)
        return torch.randn(shape, device=device, generator=generator).cpu()

    with mock.patch.object(random_weights, "_noise", noise):
        yield


def keep(results: Path, section: str, found: dict[str, Any], anew: bool = False) -> None:
    """Add to a section of the results."""
    every = json.loads(results.read_text()) if results.exists() else {}
    every[section] = {**({} if anew else every.get(section, {})), **found}
    results.write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")


def parity(bench: Bench) -> None:
    """Values on the device beside others'."""
    with tempfile.TemporaryDirectory() as scratch:
        cells = write_cells(Path(scratch))
        for name in dict.fromkeys((*BY_TRANSFORMERS, *MEASURED)):
            weights = bench.weights(name)
            exact = _ours(name, weights, cells, "cpu", "fp32")
            for precision in ("fp32", "publisher"):
                ours = _ours(name, weights, cells, bench.device, precision)
                bench.keep(**{f"{name} {precision}, by the processor in fp32": distances(ours, exact)})
                if name in BY_TRANSFORMERS:
                    theirs = reference_values(name, weights, cells, bench.device, precision)
                    bench.keep(**{f"{name} {precision}, by transformers": distances(ours, theirs)})


def distances(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, float]:
    """How far values are from others at most, and in units in the last place of two formats."""
    both = list(zip(ours, theirs, strict=True))
    units = {
        f"{name}_units": round(max(abs(a - b) / unit_in_last_place(b, bits) for a, b in both), 2)
        for name, bits in FRACTION.items()
    }
    return {"largest": max(abs(a - b) for a, b in both), **units}


class Given(NamedTuple):
    """What is scored."""

    images: list[Image.Image]
    prompts: list[str]

    @classmethod
    def of(cls, pairs: int) -> Given:
        """Two images and two prompts a pair."""
        every = [opened(photograph) for photograph in photographs()[: min(2 * pairs, 64)]]
        prompts = [f"a dog on a lawn, number {number}, barely visible in the fog" for number in range(2 * pairs)]
        return cls([every[number % len(every)] for number in range(2 * pairs)], prompts)


def scorers(bench: Bench) -> None:
    """How fast those score that are small beside a card."""
    given = Given.of(4 if bench.small else 128)
    for name in MEASURED:
        for precision in ("fp32", "bf16"):
            bench.keep(**{f"{name} {precision}": speed(bench, bench.scorer(name, precision), given)})


def hpsv3(bench: Bench) -> None:
    """How fast the one with seven billion weights scores."""
    began = bench.settled()
    bench.weights("hpsv3")
    written = bench.settled()
    scorer = bench.scorer("hpsv3", "bf16")
    bench.keep(seconds_writing=round(written - began, 1), seconds_loading=round(bench.settled() - written, 1))
    bench.keep(bf16=speed(bench, scorer, Given.of(2 if bench.small else 32)))


def speed(bench: Bench, scorer: Any, given: Given) -> dict[str, Any]:
    """A scorer over pairs, four cells each; warmed up by a batch."""
    found: dict[str, Any] = {"batch": scorer.batch_size, "images": len(given.images)}
    warm = scorer.encode_images(given.images[: scorer.batch_size])
    scorer.compare(warm[:1], scorer.encode_texts(given.prompts[:1]))
    del warm
    with bench.peak(found):
        began = bench.settled()
        images = scorer.encode_images(given.images)
        seen = bench.settled()
        texts = scorer.encode_texts(given.prompts)
        first = range(0, len(images), 2)
        scorer.compare(
            [images[n + image] for n in first for image in (0, 0, 1, 1)],
            [texts[n + text] for n in first for text in (0, 1, 0, 1)],
        )
        done = bench.settled()
    found["images_a_second"] = round(len(images) / (seen - began), 1)
    found["pairs_a_second"] = round(len(first) / (done - began), 1)
    if hasattr(scorer._model, "vision_model"):
        found["bare_images_a_second"] = round(bare_images(bench, scorer, given.images), 1)
    return found


def bare_images(bench: Bench, scorer: Any, images: Sequence[Image.Image]) -> float:
    """Images a second through the image side alone, prepared and on the device already."""
    some = images[: scorer.batch_size]
    pixels = torch.stack([scorer.pixels(image) for image in some]).to(scorer._device, scorer._precision.dtype)
    rounds = -(-len(images) // len(some))
    began = bench.settled()
    with scorer._precision.computing(scorer._device):
        for _ in range(rounds):
            scorer._model.vision_model(pixel_values=pixels)
    return rounds * len(some) / (bench.settled() - began)


def generator(bench: Bench) -> None:
    """A run of two pairs beside a bare loop, and one of its images made again alone."""
    from generation_speed import Case, apart, bare, call, engine

    name = bench.section
    steps, guidance = MADE[name]
    size, steps = (32, 2) if bench.small else (1024, steps)
    case = Case(name, size, steps, 2, generator=name, guidance=guidance, device=bench.device)
    with tempfile.TemporaryDirectory() as scratch:
        weights = pipelines.PIPELINES[name](Path(scratch) / "weights")
        pipeline = pipeline_of(bench, weights)
        found: dict[str, Any] = {"pixels": size, "steps": steps, "images": case.images}
        bench.keep(**found)
        call(pipeline, "a dog", 1, size, 2, guidance)  # warms up
        with mock.patch.object(loading, "load", return_value=pipeline), bench.peak(found):
            spent, _, made = engine(case, weights, Path(scratch) / "home")
            bench.keep(run_seconds_an_image=round(spent.clock / case.images, 3))
            with Home(Path(scratch) / "home") as home:
                (number, kept), *_ = home.database.reader().execute("SELECT id, provenance FROM image ORDER BY id")
                again = reproduce(home, number, bench.device)
        together = json.loads(kept)["made"]["batch"]
        differ = {"share_of_pixels": round(again.differing, 4), "largest_of_255": again.largest}
        bench.keep(**found, together=together, reproduced_alone=differ)
        loop = Path(scratch) / "bare"
        took = bare(case, pipeline, made, loop).clock / case.images
        farthest = max(apart(file, loop / f"{n}.png") for n, (_, _, file) in enumerate(made))
        bench.keep(loop_seconds_an_image=round(took, 3), largest_from_the_loop_of_255=farthest)


def pipeline_of(bench: Bench, weights: Path) -> Any:
    """The pipeline on its device, of full size, or the small one of a folder."""
    from full_pipelines import full_pipeline

    if bench.small:
        dtype = torch.bfloat16 if bench.on_card else torch.float32
        return loading.load(weights, bench.section, dtype).to(bench.device)
    pipeline = full_pipeline(bench.section, torch.device(bench.device))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


class Section(NamedTuple):
    """A part of the work, and the seconds that it may take."""

    work: Callable[[Bench], None]
    limit: int


SECTIONS = {
    "parity": Section(parity, 140),
    "scorers": Section(scorers, 120),
    "hpsv3": Section(hpsv3, 120),
    "sdxl": Section(generator, 60),
    "sd3.5-medium": Section(generator, 60),
    "flux.1-dev": Section(generator, 100),
}


def fault(bench: Bench) -> str:
    """Do a section in a process of its own; why it failed, or nothing."""
    flags = ["--small"] if bench.small else []
    command = [sys.executable, __file__, str(bench.folder), "--device", bench.device, *flags, "--within", bench.section]
    limit = SECTIONS[bench.section].limit
    try:
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return f"took longer than {limit} s"
    if done.returncode == 0:
        return ""
    *_, said = ("", *done.stderr.strip().splitlines())
    return said or f"ended with {done.returncode}"  # as where the system killed it for its memory


def machine(device: str) -> dict[str, Any]:
    """What it was measured on."""
    import diffusers
    import transformers

    found: dict[str, Any] = {each.__name__: each.__version__ for each in (torch, diffusers, transformers)}
    if device.startswith("cuda"):
        facts = torch.cuda.get_device_properties(device)
        found |= {"card": facts.name, "gib": round(facts.total_memory / GIB, 1), "cuda": torch.version.cuda}
    return found


def main() -> int:
    """Do every section; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="keeps the weights")
    parser.add_argument("--device", default="cuda", help="as torch names it")
    parser.add_argument("--small", action="store_true", help="small weights and images")
    parser.add_argument("--sections", nargs="+", default=list(SECTIONS), choices=SECTIONS, metavar="SECTION")
    parser.add_argument("--within", choices=SECTIONS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    bench = Bench(options.folder, options.device, options.small, options.within or "machine")
    if options.within:
        SECTIONS[options.within].work(bench)
        return 0
    bench.folder.mkdir(parents=True, exist_ok=True)
    keep(bench.results, bench.section, machine(bench.device), anew=True)
    faults = []
    for section in options.sections:
        keep(bench.results, section, {}, anew=True)
        began = time.perf_counter()
        said = fault(replace(bench, section=section))
        print(section, said or "done", f"in {time.perf_counter() - began:.0f} s", flush=True)
        faults += [said] if said else []
        ended = {"seconds": round(time.perf_counter() - began, 1), **({"failed": said} if said else {})}
        keep(bench.results, section, ended)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
