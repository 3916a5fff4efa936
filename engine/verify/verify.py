"""`verify`: a scorer and its publisher's own code score the same cells with the same weights, and every value is
compared."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from engine.models.places import MissingWeights, locate
from engine.scorers import SCORERS
from engine.verify.agreement import Agreement, Compared, VerifyReport
from engine.verify.cells import write_cells
from engine.verify.layouts import FULL_LAYOUTS, LAYOUTS
from engine.verify.standards import PRECISIONS, Standard, standard
from engine.verify.yardstick import Job, Tell, Yardstick, yardstick

Cells = Sequence[tuple[Path, str]]

VOCABULARY = "clip/bpe_simple_vocab_16e6.txt.gz"
INSTRUCTION = "hpsv3/dataset/data_collator_qwen.py"


@dataclass(frozen=True)
class _Weights:
    """A folder in the published layout, what it holds in words, and whether that is random."""

    folder: Path
    what: str
    random: bool


def verify(
    home: Path,
    names: Sequence[str],
    *,
    random: str | None = None,
    device: str = "cpu",
    precision: str | None = None,
    tell: Tell = print,
) -> VerifyReport:
    """Compare scorers with their publishers' code, value by value.

    Args:
        home: the home's folder, which knows where weights lie.
        names: of scorers; see `engine.verify.standards.STANDARDS`.
        random: `small` or `full` for random weights in the published layout, whatever is here; None for the real ones,
            or small random ones, said loudly, where those are not here.
        device: as torch names it, for both sides.
        precision: `fp32` or `publisher`; by default fp32, and on a card what the publisher's code does there if it
            can't do otherwise.
        tell: is told what goes on, a line at a time.

    Raises:
        UnknownName, NoPublisher: no such scorer, or none with published code.
        ValueError: no such precision.
        YardstickUnavailable, YardstickFailed, UnreadableWeights, BadModelsFile.
    """
    if precision not in (None, *PRECISIONS):
        raise ValueError(f"precision is one of {', '.join(PRECISIONS)}, not {precision!r}")
    standards = {name: standard(name) for name in names}
    agreements = []
    with tempfile.TemporaryDirectory(prefix="widespectrum-verify-") as scratch:
        cells = write_cells(Path(scratch))
        for name, held_against in standards.items():
            asked = yardstick(held_against.yardstick) if held_against.yardstick else None
            if asked:
                asked.build(tell)
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                weights = _weights(name, home, random, Path(folder) / "weights", asked, tell)
                how = precision or held_against.precision(device)
                agreements.append(_compare(name, held_against, asked, weights, cells, device, how, tell))
    return VerifyReport(tuple(agreements))


def _weights(name: str, home: Path, random: str | None, folder: Path, asked: Yardstick | None, tell: Tell) -> _Weights:
    if random is None:
        try:
            found = locate(name, home)
            return _Weights(found, f"the weights in {found}", random=False)
        except MissingWeights as error:
            tell(f"ATTENTION: {error}")
            tell(
                f"ATTENTION: so {name} is compared on RANDOM weights, small ones in the published layout. That proves "
                "that it computes as its publisher's code does, not that any weights are right. `--random full` takes "
                "random weights of full size"
            )
    layouts = FULL_LAYOUTS if random == "full" else LAYOUTS
    layouts[name.partition(":")[0]](folder, **_packed(asked))
    if asked and asked.name == "hpsv3":
        (folder / Path(INSTRUCTION).name).write_bytes(asked.packaged(INSTRUCTION).read_bytes())
    return _Weights(folder, f"random weights of {random or 'small'} size", random=True)


def _packed(asked: Yardstick | None) -> dict[str, Any]:
    """The real vocabulary for a layout that can be given one, out of the environment that has it."""
    return {"packed": asked.packaged(VOCABULARY)} if asked and asked.name == "hpsv2" else {}


def _compare(
    name: str,
    held_against: Standard,
    asked: Yardstick | None,
    weights: _Weights,
    cells: Cells,
    device: str,
    precision: str,
    tell: Tell,
) -> Agreement:
    tell(f"{name}: {len(cells)} cells with {weights.what}, by its publisher's code …")
    if asked:
        answer = asked.ask(Job(weights.folder, cells, device, precision))
        theirs, versions = answer.values, answer.versions
    else:
        theirs, versions = _by_transformers(name, weights.folder, cells, device, precision)
    tell(f"{name}: and by widespectrum …")
    ours = _ours(name, weights.folder, cells, device, precision)
    compared = (
        Compared(path.stem, prompt, own, other, held_against.allowed(other, precision, device))
        for (path, prompt), own, other in zip(cells, ours, theirs, strict=True)
    )
    return Agreement(
        name, weights.what, weights.random, device, precision, held_against.tolerance, tuple(compared), versions
    )


def _ours(name: str, folder: Path, cells: Cells, device: str, precision: str) -> list[float]:
    """Our values, in the way of a run: every image and every prompt is encoded once."""
    make: Any = SCORERS.load(name)
    scorer = make(folder=folder, device=device, precision=precision)
    paths, prompts = (list(dict.fromkeys(each)) for each in zip(*cells, strict=True))
    pictures = []
    for path in paths:
        with Image.open(path) as image:
            pictures.append(image.convert("RGB"))
    images = dict(zip(paths, scorer.encode_images(pictures), strict=True))
    texts = dict(zip(prompts, scorer.encode_texts(prompts), strict=True))
    values = scorer.compare([images[path] for path, _ in cells], [texts[prompt] for _, prompt in cells])
    return [float(value) for value in values]


def _by_transformers(
    name: str, folder: Path, cells: Cells, device: str, precision: str
) -> tuple[list[float], dict[str, str]]:
    import torch
    import transformers

    from engine.verify.references import reference_values

    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    return reference_values(name, folder, cells, device, precision), versions
