"""What the scripts that fit and measure the controls have in common: photographs in, figures out to a document."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from scipy import stats

from sample_data import SamplePhotograph

DOCUMENT = Path(__file__).parents[2] / "docs" / "controls.md"


def opened(sample: SamplePhotograph) -> Image.Image:
    """A sample photograph, decoded, as RGB."""
    with sample.resource().open("rb") as stream:
        return Image.open(stream).convert("RGB")


def share(wins: np.ndarray) -> str:
    """The share of true values in bool [n] with its 95% Wilson interval, as text."""
    interval = stats.binomtest(int(wins.sum()), len(wins)).proportion_ci(method="wilson")
    return f"{wins.mean():.2f} ({interval.low:.2f}–{interval.high:.2f})"


def publish(name: str, figures: str) -> None:
    """Prints the figures, and puts them in a checkout's document between the two marks of that name."""
    print(figures)
    if DOCUMENT.exists():
        begin, end = f"<!-- figures of {name}: begin -->\n", f"<!-- figures of {name}: end -->"
        before, rest = DOCUMENT.read_text(encoding="utf-8").split(begin)
        DOCUMENT.write_text(f"{before}{begin}{figures}\n{end}{rest.split(end)[1]}", encoding="utf-8")
