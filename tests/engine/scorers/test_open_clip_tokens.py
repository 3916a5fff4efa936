"""Tokens as open_clip makes them. The expected numbers are the answers of the tokenizer in hpsv2 1.2.0, with the small
vocabulary of `engine/verify/layouts/clip_tokens.py` in place of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.scorers.open_clip_tokens import OpenClipTokens
from engine.scorers.weights import UnreadableWeights
from engine.verify.layouts import clip_tokens

START, END = 524, 525
EXPECTED = [
    ("", [START, END]),
    ("  \n ", [START, END]),
    ("The dog and the fog", [START, 513, 519, 515, 513, 521, END]),
    ("it's I'M we'LL 'ſ", [START, 72, 339, 6, 338, 328, 6, 332, 86, 324, 6, 75, 331, 6, 129, 379, END]),
    ("&lt;b&gt; caf&amp;eacute;", [START, 283, 321, 285, 66, 64, 69, 127, 358, END]),
    (
        "schÃ¶n Ã© “so” ‘so’…",
        [START, 82, 66, 71, 127, 114, 333, 127, 358, 257, 82, 334, 257, 6, 338, 334, 6, 158, 222, 355, END],
    ),
    ("ΟΔΟΣ İ ẞ", [START, 138, 123, 138, 112, 138, 123, 139, 480, 328, 136, 485, 127, 509, END]),
    ("<end_of_text> the <START_OF_TEXT>dog", [START, END, 513, START, 519, END]),
    ("a <|endoftext|> b", [START, 320, 27, 347, 68, 77, 518, 69, 83, 68, 87, 339, 91, 285, 321, END]),
    ("霧", [START, 165, 250, 356, END]),
    ("مرحبا", [START, 149, 227, 148, 109, 148, 255, 148, 101, 148, 356, END]),
    ("\U0001f415\u200d\U0001f9ba", [START, 172, 253, 238, 243, 158, 222, 235, 172, 253, 99, 374, END]),
    ("ﬁ ｆｕ a\u0301", [START, 69, 328, 69, 340, 127, 350, END]),
    ("\x00\x1b[31m", [START, END]),
    ("½ ٣ 42", [START, 126, 377, 149, 352, 275, 273, END]),
    ("don't\xa0stop\u3000now", [START, 518, 333, 6, 339, 82, 83, 78, 335, 77, 78, 342, END]),
]


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> OpenClipTokens:
    folder = tmp_path_factory.mktemp("tokens")
    clip_tokens.write(folder)
    return OpenClipTokens(folder, "hpsv2")


@pytest.mark.parametrize(("prompt", "expected"), EXPECTED)
def test_tokens_are_the_publishers(tokens: OpenClipTokens, prompt: str, expected: list[int]) -> None:
    assert tokens(prompt) == expected


def test_a_long_prompt_is_not_cut_here(tokens: OpenClipTokens) -> None:
    assert tokens("the dog " * 500) == [START, *[513, 519] * 500, END]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("vocab.json", None),
        ("vocab.json", b"[1, 2]"),
        ("vocab.json", b"\xff\xfe not text"),
        ("vocab.json", b"{}"),
        ("merges.txt", None),
        ("merges.txt", b"\xff\xfe not text"),
        ("merges.txt", b"two things\n"),
    ],
)
def test_a_damaged_vocabulary_is_named(tmp_path: Path, file: str, content: bytes | None) -> None:
    clip_tokens.write(tmp_path)
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(UnreadableWeights, match=file.replace(".", r"\.")):
        OpenClipTokens(tmp_path, "hpsv2")
