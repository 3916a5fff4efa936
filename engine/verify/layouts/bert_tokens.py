"""A small vocabulary for BERT's tokenizer: letters, digits, signs and a few words, so that most texts can be read."""

from __future__ import annotations

import string
from pathlib import Path

MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["the", "a", "of", "dog", "fog", "night", "blurred", "##ing", "##ed", "##s"]
SIGNS = [*string.ascii_lowercase, *string.digits, *string.punctuation]
PUBLISHED = 30522  # tokens of bert-base-uncased


def write(folder: Path, size: int | None = None) -> int:
    """Write `vocab.txt`; the number of its tokens.

    Args:
        size: filled up to this many with tokens that no text has.
    """
    tokens = list(dict.fromkeys([*MARKS, *WORDS, *SIGNS, *(f"##{sign}" for sign in SIGNS)]))
    tokens += [f"[unused{number}]" for number in range((size or 0) - len(tokens))]
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    return len(tokens)
