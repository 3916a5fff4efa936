"""Text to tokens as open_clip does it, and so as HPSv2 does: CLIP's byte-pair encoding after a thorough cleaning.

It differs from transformers' `CLIPTokenizer`: mojibake is mended (ftfy) and HTML entities are resolved, twice; letters
are lowered in their context; and the marks that it knows *inside a prompt* are `<start_of_text>` and `<end_of_text>`.
A prompt that contains the latter ends there for the model. `<|endoftext|>` is ordinary text here.
"""

from __future__ import annotations

import html
import json
from pathlib import Path

import ftfy
import regex
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel

from engine.scorers.checkpoint import remedy
from engine.scorers.weights import UnreadableWeights

MARKS = ("<start_of_text>", "<end_of_text>")
PIECES = regex.compile(
    rf"{'|'.join(MARKS)}|'s|'t|'re|'ve|'m|'ll|'d|\p{{L}}+|\p{{N}}|[^\s\p{{L}}\p{{N}}]+", regex.IGNORECASE
)


class OpenClipTokens:
    """CLIP's vocabulary from `vocab.json` and `merges.txt`, as the hub's CLIP repositories hold them.

    Attributes:
        start, end: the tokens that begin and end every text.

    Raises `UnreadableWeights` where the files are missing or damaged.
    """

    def __init__(self, folder: Path, name: str):
        path = folder / "vocab.json"
        try:
            vocabulary = json.loads(path.read_text(encoding="utf-8"))
            self.start, self.end = (vocabulary[mark] for mark in ("<|startoftext|>", "<|endoftext|>"))
            path = folder / "merges.txt"
            self._pieces = Tokenizer(BPE.from_file(str(folder / "vocab.json"), str(path), end_of_word_suffix="</w>"))
        except Exception as error:  # the tokenizer's own errors are bare exceptions
            raise UnreadableWeights(path, f"{type(error).__name__}: {error}", remedy(name)) from error
        self._pieces.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=False)
        self._marks = dict(zip(MARKS, (self.start, self.end), strict=True))

    def __call__(self, prompt: str) -> list[int]:
        """All tokens of a prompt between start and end, however many."""
        tokens = [self.start]
        plain: list[str] = []
        for piece in PIECES.findall(cleaned(prompt)):
            if piece in self._marks:
                tokens += [*self._encode(plain), self._marks[piece]]
                plain = []
            else:
                plain.append(piece)
        return [*tokens, *self._encode(plain), self.end]

    def _encode(self, pieces: list[str]) -> list[int]:
        ids: list[int] = self._pieces.encode(pieces, is_pretokenized=True, add_special_tokens=False).ids
        return ids


def cleaned(prompt: str) -> str:
    """A prompt with its encoding mended, its entities resolved, its white space single and its letters small."""
    text = html.unescape(html.unescape(ftfy.fix_text(prompt))).strip()
    return regex.sub(r"\s+", " ", text).strip().lower()
