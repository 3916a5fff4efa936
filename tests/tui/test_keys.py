"""A keymap of one's own: what it may say, and that a wrong one is told before the screen is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import Home
from tui.app import Widespectrum
from tui.keys import KEYS, KeymapError, load_keymap


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("plus", "plus"),
        ("+", "plus"),
        ("f3, ctrl+f ,é", "f3,ctrl+f,é"),
        ("comma,shift+tab,alt+left", "comma,shift+tab,alt+left"),
    ],
)
def test_keys_may_be_characters_and_names_and_are_kept_by_name(tmp_path: Path, line: str, given: str) -> None:
    path = tmp_path / "keymap.toml"
    path.write_text(f'[keys]\n"triage.decide.accept" = "{line}"\n', encoding="utf-8")
    assert load_keymap(path) == {"triage.decide.accept": given}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            '[keys]\n"triage.decide.accept" = "r"',
            "'r' is given to both triage.decide.accept and triage.decide.r",
        ),
        ('[keys]\n"pairs.search" = "?"', "'question_mark' is given to both global.help and pairs.search"),
        ('[keys]\n"pairs.search" = 5', "pairs.search is not a text in quotes: 5"),
        ('[keys]\n"pairs.search" = ""', "pairs.search is given an empty key"),
        ('[keys]\n"pairs.search" = "f3,"', "pairs.search is given an empty key"),
        ('[keys]\n"pairs.search" = "notakey"', "pairs.search: no key is called 'notakey'"),
        ('[keys]\n"pairs.search" = "Ctrl+F"', r"pairs.search: no key is called 'Ctrl\+F'"),
        ('[keys]\n"pairs.search" = "esc"', "pairs.search: no key is called 'esc'"),
        ('[keys]\n"pairs.serch" = "f3"', "no action is called pairs.serch; known: .*pairs.search"),
        ('[keyz]\n"pairs.search" = "f3"', r"unknown table 'keyz': keys are given in \[keys\]"),
        ("keys = 5", "keys is not a table"),
        ("[keys", "Expected"),
    ],
)
def test_what_can_not_be_used_is_refused_with_the_file_and_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "keymap.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KeymapError, match=reason) as refused:
        load_keymap(path)
    assert str(refused.value).startswith(f"{path}: ")


def test_a_keymap_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeymapError, match="directory"):
        load_keymap(tmp_path)


def test_every_key_of_the_table_could_be_given_in_a_keymap(tmp_path: Path) -> None:
    path = tmp_path / "keymap.toml"
    path.write_text("[keys]\n" + "\n".join(f'"{key.id}" = "{key.keys}"' for key in KEYS), encoding="utf-8")
    assert load_keymap(path) == {key.id: key.keys for key in KEYS}


def test_a_wrong_keymap_is_told_before_the_screen_is_taken(home: Home) -> None:
    (home.folder / "keymap.toml").write_text("keys = 5", encoding="utf-8")
    with pytest.raises(KeymapError):
        Widespectrum(home, "ann")
