"""Makes the table of class embeddings that `conse` compares with: a build-time script, not needed to score.

    python -m engine.scorers.make_conse_classes FOLDER

FOLDER holds three text files on ImageNet's classes, as the wheel of timm ships them under `timm/data/_info`:
`imagenet_synsets.txt` (the 1000 WordNet ids in the classes' order), `imagenet_synset_to_lemma.txt` and
`imagenet_synset_to_definition.txt` (id, tab, text). Names and glosses are WordNet 3.0's, whose licence is in
`WORDNET_LICENSE.txt`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from engine.scorers.conse import CLASSES
from engine.scorers.minilm import embed, version
from engine.scorers.weights import write


def main(folder: Path) -> None:
    """Writes the table: each class is the mean of two embeddings, of its name and of its name with its gloss."""
    ids = (folder / "imagenet_synsets.txt").read_text().split()
    names, glosses = (
        _column(folder / "imagenet_synset_to_lemma.txt"),
        _column(folder / "imagenet_synset_to_definition.txt"),
    )
    named, _ = embed([f"a photo of {names[key]}" for key in ids])
    explained, _ = embed([f"{names[key]}: {glosses[key]}" for key in ids])
    notes = {"source": "WordNet 3.0 names and glosses, see WORDNET_LICENSE.txt", "encoder": version()}
    write(CLASSES, {"embeddings": ((named + explained) / 2).astype(np.float16)}, notes)
    print(f"{CLASSES}: {len(ids)} classes")


def _column(path: Path) -> dict[str, str]:
    """Texts by WordNet id of a two-column file."""
    return dict(line.split("\t", 1) for line in path.read_text().splitlines() if line)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
