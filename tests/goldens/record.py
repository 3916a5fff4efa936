"""Write the goldens anew: what each publisher's own code gives for the small weights of `engine/verify/layouts`.

    python -m tests.goldens.record [hpsv2 hpsv2.1 imagereward hpsv3]

Builds the yardsticks where they are not built. Run it when a layout or the cells change, and look at what changed.
"""

from __future__ import annotations

import json
import sys
import tempfile
from itertools import product
from pathlib import Path

from engine.verify.layouts import LAYOUTS
from engine.verify.standards import STANDARDS
from engine.verify.yardstick import Job, yardstick
from tests.goldens.cells import IMAGES, PROMPTS, picture

NAMES = tuple(name for name, standard in STANDARDS.items() if standard.yardstick)


def recorded(name: str, scratch: Path) -> dict[str, object]:
    """One scorer's values, images by prompts, as they are kept."""
    files = {image: scratch / f"{image}.png" for image in IMAGES}
    for image, file in files.items():
        picture(image).save(file)
    asked = yardstick(STANDARDS[name].yardstick)
    asked.build(print)
    cells = [(files[image], prompt) for image, prompt in product(IMAGES, PROMPTS)]
    answer = asked.ask(Job(LAYOUTS[name](scratch / name), cells))
    rows = [answer.values[start : start + len(PROMPTS)] for start in range(0, len(cells), len(PROMPTS))]
    return {"made": answer.versions, "images": IMAGES, "prompts": PROMPTS, "values": rows}


def path_of(name: str) -> Path:
    """Where a scorer's values are kept."""
    return Path(__file__).with_name(f"{name}.json")


if __name__ == "__main__":
    for asked_for in sys.argv[1:] or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            text = json.dumps(recorded(asked_for, Path(folder)), ensure_ascii=False, indent=1)
            path_of(asked_for).write_text(text + "\n", encoding="utf-8")
