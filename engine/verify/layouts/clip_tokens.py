"""CLIP's vocabulary files: a small one of bytes and a few merges, or the real one from open_clip's packed file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

MERGES = [
    "t h",
    "th e</w>",
    "a n",
    "an d</w>",
    "i n",
    "in g</w>",
    "d o",
    "do g</w>",
    "f o",
    "fo g</w>",
    "r e",
    "o n</w>",
]
REAL_MERGES = 48894


def letters() -> list[str]:
    """A printable sign for each byte, in CLIP's order: printable bytes first, the others moved above 255."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(others))]


def vocabulary(merges: list[str]) -> dict[str, int]:
    """Every token's number: bytes, bytes that end a word, merges, the two marks."""
    signs = letters()
    tokens = [*signs, *(f"{sign}</w>" for sign in signs), *(merge.replace(" ", "") for merge in merges)]
    return {token: number for number, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}


def write(folder: Path, packed: Path | None = None) -> int:
    """Write `vocab.json`, `merges.txt` and `tokenizer_config.json`; the size of the vocabulary.

    Args:
        packed: open_clip's `bpe_simple_vocab_16e6.txt.gz`, for the real vocabulary.
    """
    merges = MERGES
    if packed:
        with gzip.open(packed, "rt", encoding="utf-8") as stream:
            merges = stream.read().split("\n")[1 : REAL_MERGES + 1]
    numbers = vocabulary(merges)
    (folder / "vocab.json").write_text(json.dumps(numbers, ensure_ascii=False), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "CLIPTokenizer",
                "bos_token": "<|startoftext|>",
                "eos_token": "<|endoftext|>",
                "unk_token": "<|endoftext|>",
                "pad_token": "<|endoftext|>",
                "model_max_length": 77,
            }
        )
    )
    return len(numbers)
