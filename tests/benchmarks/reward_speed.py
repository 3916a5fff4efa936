"""How fast HPSv2.1 and ImageReward score pairs here, beside their publishers' own code and beside bare forward passes.

    python tests/benchmarks/reward_speed.py [FOLDER] [--pairs 6] [--scorers hpsv2.1 imagereward]

Full-size random weights in the published layouts (FOLDER keeps them: 3.8 GB), fp32 on the processor, every side in this
run on the same pairs, no two of which share an image or a prompt:

- as published: the package's function, called once a cell. `hpsv2.score()` reads its checkpoint at every call;
  ImageReward has no such function.
- loaded once: the same without reading again.
- floor: nothing but the forward passes that four cells need, on prepared tensors: two images and two texts (ImageReward
  two images and four texts), each as long as the publisher's code makes it.
- engine: the worker, from a queued run to scores in the store; loading apart. What it adds to its own forward passes,
  which read no padding, is measured inside of them.

Times are the best of several rounds, and of a publisher's the best of its calls, all of which do the same work: what
else runs on the machine only ever adds. Values must agree within the scorer's standard. Writes
`results/reward_speed.json`; exits 1 if a goal is missed: 90% of the floor, and less than 5% above the forward passes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch

from engine import runs
from engine.demo import load_sample
from engine.models.places import use
from engine.plan.wants import GenerateWants, Wants
from engine.scorers import SCORERS
from engine.verify.layouts import FULL_LAYOUTS
from engine.verify.standards import STANDARDS
from engine.verify.yardstick import Job, yardstick
from engine.worker.worker import Worker
from store import Home
from store.blobs import blob_path

RESULTS = Path(__file__).with_name("results") / "reward_speed.json"
ROUNDS = 4
SHARE_OF_FLOOR, MOST_ABOVE = 0.90, 0.05
TEXT_LENGTH = {"hpsv2.1": 77, "imagereward": 35}


@dataclass(frozen=True)
class Cell:
    """One of a pair's four: `wide` says of image and prompt whether they are the pair's wide ones."""

    pair: int
    image: Path
    prompt: str
    key: tuple[int, int]


def prepare(folder: Path, pairs: int) -> list[Cell]:
    """A home with so many pairs, of as many photographs; its cells, in the order I_o P_o, I_o P_a, I_a P_o, I_a P_a."""
    with Home(folder) as home:
        load_sample(home)
        query = "SELECT image_id FROM photograph WHERE conventional ORDER BY image_id LIMIT ?"
        originals = tuple(row[0] for row in home.database.reader().execute(query, (pairs,)))
        runs.start_run(home, "pairs", Wants(GenerateWants("darkroom", originals, per_original=1)))
        Worker(home).run()
        query = """SELECT p.id, i.id, i.sha256, b.suffix, t.id, t.text FROM pair p
            JOIN image i ON i.id IN (p.original_image_id, p.wide_image_id) JOIN blob b USING (sha256)
            JOIN prompt t ON t.id IN (p.original_prompt_id, p.wide_prompt_id)
            ORDER BY p.id, i.id = p.wide_image_id, t.id = p.wide_prompt_id"""
        rows = home.database.reader().execute(query).fetchall()
        return [Cell(row[0], blob_path(home, row[2], row[3]), row[5], (row[1], row[4])) for row in rows]


@dataclass(frozen=True)
class Scored:
    """One run of the worker: seconds without loading, those inside forward passes, and values by (image, prompt)."""

    seconds: float
    forward: float
    values: dict[tuple[int, int], float]


def engine(prepared: Path, name: str, weights: Path, scratch: Path) -> Scored:
    """The worker scores every pair of a fresh copy of the home."""
    folder = scratch / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(prepared, folder)
    use(name, weights, folder)
    with Home(folder) as home, forward_timed() as spent:
        runs.start_run(home, "scores", Wants(scorers=(name,)))
        worker = Worker(home)
        worker.run()
        timers = worker._bench.timers
        query = (
            "SELECT s.image_id, s.prompt_id, s.value FROM score s JOIN scorer r ON r.id = s.scorer_id WHERE r.name = ?"
        )
        rows = home.database.reader().execute(query, (name,)).fetchall()
    values = {(row[0], row[1]): row[2] for row in rows}
    return Scored(timers.total - timers.seconds["loading"], spent(), values)


@contextmanager
def forward_timed() -> Iterator[Callable[[], float]]:
    """Count the seconds inside modules of torch; one inside another counts once."""
    total, depth, began = 0.0, 0, 0.0

    def before(module: torch.nn.Module, _given: object) -> None:
        nonlocal depth, began
        if depth == 0:
            began = time.perf_counter()
        depth += 1

    def after(module: torch.nn.Module, _given: object, _output: object) -> None:
        nonlocal total, depth
        depth -= 1
        if depth == 0:
            total += time.perf_counter() - began

    hooks = [
        torch.nn.modules.module.register_module_forward_pre_hook(before),
        torch.nn.modules.module.register_module_forward_hook(after, always_call=True),
    ]
    try:
        yield lambda: total
    finally:
        for hook in hooks:
            hook.remove()


def floor(scorer: Any, name: str, cells: Sequence[Cell]) -> float:
    """Seconds of the bare forward passes that the cells need."""
    from engine.scorers.cross_encoder import padded

    model, length, size = scorer._model, TEXT_LENGTH[name], scorer.batch_size
    images = list(dict.fromkeys(cell.image for cell in cells))
    pixels = [scorer.pixels(opened(path)) for path in images]
    if name == "imagereward":
        rows = [text.features for text in scorer.encode_texts([cell.prompt for cell in cells])]
        tokens, mask = padded(rows, length, scorer._tokenizer.pad_token_id, torch.device("cpu"))
    else:
        rows = [scorer.tokens(prompt)[:length] for prompt in dict.fromkeys(cell.prompt for cell in cells)]
        tokens = torch.tensor([row + [scorer._end] * (length - len(row)) for row in rows])
    began = time.perf_counter()
    with torch.inference_mode():
        states = []
        for start in range(0, len(pixels), size):
            seen = model.vision_model(pixel_values=torch.stack(pixels[start : start + size]))
            states += (
                [seen.last_hidden_state] if name == "imagereward" else [model.visual_projection(seen.pooler_output)]
            )
        every = torch.cat(states)
        place = {path: number for number, path in enumerate(images)}
        for start in range(0, len(tokens), size):
            some = slice(start, start + size)
            if name == "imagereward":
                looked_at = every[[place[cell.image] for cell in cells[some]]]
                read = model.text_encoder(
                    input_ids=tokens[some], attention_mask=mask[some], encoder_hidden_states=looked_at
                )
                scorer._mlp(read.last_hidden_state[:, 0])
            else:
                model.text_projection(model.text_model(input_ids=tokens[some]).pooler_output)
    return time.perf_counter() - began


def opened(path: Path) -> Any:
    from PIL import Image

    with Image.open(path) as image:
        return image.convert("RGB")


def bf16(scorer: Any, cells: Sequence[Cell], values: Sequence[float]) -> dict[str, float]:
    """What shorter numbers save and cost: seconds a pair, the largest deviation, and verdicts that turn."""
    began = time.perf_counter()
    images = list(dict.fromkeys(cell.image for cell in cells))
    prompts = list(dict.fromkeys(cell.prompt for cell in cells))
    features = dict(zip(images, scorer.encode_images([opened(path) for path in images]), strict=True))
    texts = dict(zip(prompts, scorer.encode_texts(prompts), strict=True))
    short = scorer.compare([features[cell.image] for cell in cells], [texts[cell.prompt] for cell in cells]).tolist()
    seconds = time.perf_counter() - began
    pairs = len(cells) // 4
    turned = sum((short[4 * n + 3] > short[4 * n + 1]) != (values[4 * n + 3] > values[4 * n + 1]) for n in range(pairs))
    largest = max(abs(a - b) for a, b in zip(short, values, strict=True))
    return {"seconds_a_pair": seconds / pairs, "largest_deviation": largest, "verdicts_turned": turned, "pairs": pairs}


def publishers(name: str, weights: Path, cells: Sequence[Cell], reload: bool) -> tuple[list[float], float]:
    """The publisher's values, and its seconds a pair: four calls. The first call warms up and is not counted."""
    asked = yardstick(STANDARDS[name].yardstick or "")
    asked.build(print)
    jobs = [(cell.image, cell.prompt) for cell in [cells[0], *cells]]
    answer = asked.ask(Job(weights, jobs, reload=reload, threads=torch.get_num_threads()))
    return answer.values[1:], 4 * min(answer.seconds[1:])


def measure(name: str, weights: Path, prepared: Path, cells: Sequence[Cell], scratch: Path) -> dict[str, Any]:
    """Every side of one scorer."""
    pairs = len(cells) // 4
    scorer = SCORERS.load(name)(folder=weights)
    floor(scorer, name, cells[:4])  # weights are mapped from the file: the first pass reads them
    floors, engines = [], []
    for _ in range(ROUNDS):
        floors.append(floor(scorer, name, cells))
        engines.append(engine(prepared, name, weights, scratch))
    del scorer
    values = [engines[0].values[cell.key] for cell in cells]
    theirs, loaded = publishers(name, weights, cells, reload=False)
    ours, bare = min(each.seconds for each in engines) / pairs, min(floors) / pairs
    above = median(each.seconds / each.forward - 1 for each in engines)
    largest = max(abs(a - b) for a, b in zip(values, theirs, strict=True))
    figures: dict[str, Any] = {
        "pairs": pairs,
        "seconds_a_pair": {"engine": ours, "floor": bare, "publisher_loaded_once": loaded},
        "engine_times_faster_than": {"publisher_loaded_once": loaded / ours},
        "floor_times_faster_than": {"publisher_loaded_once": loaded / bare},
        "share_of_floor": bare / ours,
        "above_own_forward_passes": above,
        "largest_difference": largest,
        "agrees": largest <= STANDARDS[name].tolerance,
    }
    if name.startswith("hpsv2"):
        _, reading = publishers(name, weights, cells, reload=True)
        figures["seconds_a_pair"]["publisher_as_published"] = reading
        figures["engine_times_faster_than"]["publisher_as_published"] = reading / ours
        figures["floor_times_faster_than"]["publisher_as_published"] = reading / bare
    if has_bf16():
        figures["bf16"] = bf16(SCORERS.load(name)(folder=weights, precision="bf16"), cells, values)
    figures["rounds"] = [
        {"floor": a / pairs, "engine": b.seconds / pairs} for a, b in zip(floors, engines, strict=True)
    ]
    return figures


def has_bf16() -> bool:
    """Whether the processor multiplies bfloat16 by itself."""
    flags = Path("/proc/cpuinfo")
    return flags.exists() and bool({"avx512_bf16", "amx_bf16"} & set(flags.read_text().split()))


def main() -> int:
    """Print and keep the figures; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="keeps the weights")
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--scorers", nargs="+", default=list(TEXT_LENGTH), choices=TEXT_LENGTH)
    options = parser.parse_args()
    found = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        kept = options.folder or scratch / "weights"
        cells = prepare(scratch / "home", options.pairs)
        for name in options.scorers:
            weights = kept / name
            if not (weights / "done").exists():
                FULL_LAYOUTS[name](weights)
                (weights / "done").touch()
            found[name] = measure(name, weights, scratch / "home", cells, scratch)
            print(name, json.dumps(found[name], indent=1))
    found["machine"] = {
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "load_when_done": os.getloadavg()[1],
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    measured = [found[name] for name in options.scorers]
    fast = all(
        each["share_of_floor"] >= SHARE_OF_FLOOR and each["above_own_forward_passes"] < MOST_ABOVE for each in measured
    )
    return int(not (fast and all(each["agrees"] for each in measured)))


if __name__ == "__main__":
    sys.exit(main())
