"""Every key of the program, in one table: bindings, the footer, the help, the palette and hints are made from it.

A page's own key wins over the same key of everywhere, as the digits are stars in Triage. A user's `keymap.toml` in
the home gives other keys to an id; a key that it gives twice on one page is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from textual.binding import Binding, BindingType, InvalidBinding
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character

from store.errors import StoreError

GLOBAL = "global"
PAGES = ("pairs", "grid", "board", "triage", "runs")
"""The pages in the order of their number keys."""
SHOWN = {
    **{"question_mark": "?", "colon": ":", "slash": "/", "left_square_bracket": "[", "right_square_bracket": "]"},
    **{"full_stop": ".", "comma": ",", "plus": "+", "minus": "-", "equals_sign": "="},
    **{"enter": "Enter", "escape": "Esc", "left": "←", "right": "→", "up": "↑", "down": "↓"},
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}
"""Textual's names of keys as people write them, where that differs."""
Named = Callable[[str], str]
"""Says what the key of an action is called: `key_name` with a keymap."""
HELD = {"ctrl", "shift", "alt", "super", "hyper", "meta"}
"""What may be held while a key is pressed, before a `+` in its name."""


@dataclass(frozen=True)
class Key:
    """One action that a key can do.

    Args:
        page: a name of `PAGES`, or `GLOBAL`.
        action: the Textual action, as `action_…` of the page or the app; arguments in parentheses.
        keys: Textual key names, comma-separated; the first is shown.
        label: one or two words for the footer.
        help: a sentence for the help and the palette.
        footer: whether the footer shows it.
        at_once: whether it is done before the next key is given to anyone, since what is typed after it is a text.
    """

    page: str
    action: str
    keys: str
    label: str
    help: str
    footer: bool = True
    at_once: bool = False

    @property
    def id(self) -> str:
        """The name under which a keymap changes it, such as `pairs.filter`."""
        return re.sub(r"\W+", ".", f"{self.page}.{self.action}").rstrip(".")

    def given(self, keymap: Mapping[str, str]) -> str:
        """Its keys, or those that a keymap gives it."""
        return keymap.get(self.id, self.keys)


KEYS: tuple[Key, ...] = (
    Key(GLOBAL, "page('pairs')", "1,f5", "Pairs", "Pairs: original and wide images side by side", footer=False),
    Key(
        GLOBAL, "page('grid')", "2,f6", "Grid", "Grid: scorer or generator × dimension, strength × scorer", footer=False
    ),
    Key(GLOBAL, "page('board')", "3,f7", "Board", "Board: everything ranked under one scorer", footer=False),
    Key(
        GLOBAL,
        "page('triage')",
        "4,f8",
        "Triage",
        "Triage: decide on photographs or pairs, one at a time",
        footer=False,
    ),
    Key(GLOBAL, "page('runs')", "5,f9", "Runs", "Runs: start, watch, pause, cancel, retry", footer=False),
    Key(GLOBAL, "help", "question_mark", "Help", "All keys of this page, and what the words mean"),
    Key(GLOBAL, "command_palette", "ctrl+p,colon", "Palette", "Find any action by name"),
    Key(GLOBAL, "redraw", "ctrl+l", "Redraw", "Draw the screen and its images again", footer=False),
    Key(GLOBAL, "toggle_dark", "f2", "Dark/light", "Change between dark and light", footer=False),
    Key(GLOBAL, "screenshot_file", "f12", "Screenshot", "Save the screen as an SVG in the home", footer=False),
    Key(GLOBAL, "quit", "ctrl+c,q", "Quit", "Leave; work that is running goes on", footer=False),
    Key("pairs", "open", "enter", "Open", "Give the pair the whole page, or the list its place back"),
    Key("pairs", "search", "slash", "Find", "Find words in either prompt while you type", at_once=True),
    Key("pairs", "filter('scorer')", "s", "Scorer", "Whose margins are shown, filtered and sorted by"),
    Key("pairs", "filter('dimension')", "d", "Dimension", "Only pairs whose P_a asks for a dimension"),
    Key("pairs", "filter('verdict')", "v", "Verdict", "Only pairs where the scorer put one image first, or neither"),
    Key("pairs", "filter('source')", "f", "Source", "Only pairs from one source", footer=False),
    Key("pairs", "filter('witnessed')", "w", "Witnessed", "Only pairs by what the probes saw", footer=False),
    Key("pairs", "filter('status')", "c", "Curation", "Only pairs by what people decided", footer=False),
    Key("pairs", "filter('order')", "o", "Order", "Order of the list", footer=False),
    Key("pairs", "clear", "x", "Clear", "Take every filter off; the scorer stays", footer=False),
    Key("pairs", "swap", "b,space", "Swap", "Each image in the other's place: what blinks differs", footer=False),
    Key(
        "pairs",
        "crop",
        "z",
        "1:1",
        "Both images pixel for pixel, at one place; Up, Down, Left and Right move it",
        footer=False,
    ),
    Key("pairs", "difference", "D", "Difference", "The difference of both images in the right place", footer=False),
    Key("pairs", "provenance", "i", "Provenance", "How both images were made, every setting", footer=False),
    Key("pairs", "judge", "V", "Judge", "Say which image follows P_a", footer=False),
    Key("pairs", "undo", "u", "Undo", "Take back your latest verdict, and the one before, without end", footer=False),
    Key("pairs", "edit", "e", "Edit P_a", "P_a in your words: kept beside it, and a new pair is made", footer=False),
    Key("pairs", "edited", "E", "Edited", "To the pair that an edit of P_a made, and from there back", footer=False),
    Key("pairs", "triage", "t", "Triage", "Decide on the pairs of this list, one at a time"),
    Key("pairs", "step('next')", "n", "Next", "The next pair, also while one is open", footer=False),
    Key("pairs", "step('previous')", "N", "Previous", "The previous pair, also while one is open", footer=False),
    Key("pairs", "back", "escape", "Back", "Leave the search, the crop, the difference, the open pair", footer=False),
    Key("pairs", "go('up')", "k,up", "Up", "Up", footer=False),
    Key("pairs", "go('down')", "j,down", "Down", "Down", footer=False),
    Key("pairs", "go('left')", "h,left", "Left", "To the list; or move the 1:1 crop", footer=False),
    Key("pairs", "go('right')", "l,right", "Right", "To the pair; or move the 1:1 crop", footer=False),
    Key("pairs", "go('page_up')", "pageup,ctrl+u", "Page up", "A page up", footer=False),
    Key("pairs", "go('page_down')", "pagedown,ctrl+d", "Page down", "A page down", footer=False),
    Key("pairs", "go('top')", "g,home", "Top", "The first", footer=False),
    Key("pairs", "go('bottom')", "G,end", "Bottom", "The last", footer=False),
    Key("grid", "open", "enter", "Pairs", "Open the pairs of the cell under the cursor"),
    Key(
        "grid", "table", "x", "Table", "Change between scorer × dimension, generator × dimension and strength × scorer"
    ),
    Key("grid", "show_next", "v", "Show", "Show the next figure: preference, margin, pairs; or the next witness"),
    Key("grid", "taxonomy", "t", "Taxonomy", "Change between photographic and VisionReward dimensions"),
    Key("grid", "order", "o", "Order", "Order the rows by the cursor's column, lowest first, or by taxonomy"),
    Key("grid", "move('up')", "up,k", "Up", "Up", footer=False),
    Key("grid", "move('down')", "down,j", "Down", "Down", footer=False),
    Key("grid", "move('left')", "left,h", "Left", "Left", footer=False),
    Key("grid", "move('right')", "right,l", "Right", "Right", footer=False),
    Key("grid", "move('page_up')", "pageup", "Up", "Ten rows up", footer=False),
    Key("grid", "move('page_down')", "pagedown", "Down", "Ten rows down", footer=False),
    Key("grid", "move('top')", "home,g", "Top", "First row", footer=False),
    Key("grid", "move('bottom')", "end,G", "Bottom", "Last row", footer=False),
    Key("board", "open", "enter", "Open", "Triage the image under the cursor, or open the pairs of a source"),
    Key("board", "scorer", "s", "Scorer", "Choose the scorer whose board is shown"),
    Key("board", "filter", "f", "Filter", "Everything, means only, candidates only, or curated only"),
    Key("board", "find", "slash", "Find", "Find words in the names"),
    Key("board", "next", "n", "Next", "The next that was found", footer=False),
    Key("board", "go('up')", "k,up", "Up", "Up", footer=False),
    Key("board", "go('down')", "j,down", "Down", "Down", footer=False),
    Key("board", "go('page_up')", "pageup,ctrl+u", "Page up", "A page up", footer=False),
    Key("board", "go('page_down')", "pagedown,ctrl+d", "Page down", "A page down", footer=False),
    Key("board", "go('top')", "g,home", "Top", "The first", footer=False),
    Key("board", "go('bottom')", "G,end", "Bottom", "The last", footer=False),
    Key("triage", "decide('accept')", "a", "Accept", "Accept: it becomes curated, and the next one is shown"),
    Key("triage", "decide('reject')", "r", "Reject", "Reject, and the next one is shown"),
    Key("triage", "decide('skip')", "s,space", "Skip", "Decide nothing now, and the next one is shown"),
    Key("triage", "answer('tag')", "y", "Yes", "Yes: the dimension is there", footer=False),
    Key("triage", "answer('untag')", "n", "No", "No: the dimension is not there", footer=False),
    Key("triage", "tags", "t", "Tags", "Tag any dimension: type a few letters, Enter"),
    Key("triage", "undo", "u", "Undo", "Take back your latest decision, and the one before, without end"),
    Key("triage", "stars(1)", "1", "★", "★ (digits open no page here)", footer=False),
    Key("triage", "stars(2)", "2", "★★", "★★", footer=False),
    Key("triage", "stars(3)", "3", "★★★", "★★★", footer=False),
    Key("triage", "stars(4)", "4", "★★★★", "★★★★", footer=False),
    Key("triage", "stars(5)", "5", "★★★★★", "★★★★★", footer=False),
    Key("triage", "stars(0)", "0", "No stars", "Take the stars away", footer=False),
    Key("triage", "move('next')", "right,j,down", "Next", "The next one, without a decision", footer=False),
    Key("triage", "move('previous')", "left,k,up", "Previous", "The one before", footer=False),
    Key("triage", "move('first')", "home,g", "First", "The first one of the queue", footer=False),
    Key("triage", "move('end')", "end,G", "End", "The end of the queue, with what was decided", footer=False),
    Key("triage", "dimension", "d", "Dimension", "Choose the dimension to triage by", footer=False),
    Key("triage", "scope", "w", "Where", "Where it shows, where nobody has said yes or no, or every one", footer=False),
    Key("triage", "status", "c", "Status", "Choose candidates, curated, rejected or all", footer=False),
    Key("triage", "subject", "m", "Pairs", "Change between photographs and pairs", footer=False),
    Key("triage", "order", "o", "Order", "Sort by a probe that witnesses the dimension, or by a scorer", footer=False),
    Key("triage", "reload", "R", "Reload", "Read the queue again: what was decided leaves it", footer=False),
    Key(
        "triage",
        "scores",
        "h",
        "Scores",
        "Show or hide what scorers say: hidden, you judge blind",
        footer=False,
    ),
    Key("triage", "edit", "e", "Edit", "Edit title, author, licence, caption, wide prompt or note", footer=False),
    Key("triage", "edit('caption')", "C", "Caption", "Edit the caption, P_o", footer=False),
    Key("triage", "edit('wide_prompt')", "P", "P_a", "Edit the wide prompt, P_a", footer=False),
    Key("triage", "edit('note')", "N", "Note", "Write a note", footer=False),
    Key("triage", "advance", "A", "Advance", "Go on after a decision, or stay", footer=False),
    Key("triage", "scroll_facts('down')", "pagedown", "Down", "Scroll the facts down", footer=False),
    Key("triage", "scroll_facts('up')", "pageup", "Up", "Scroll the facts up", footer=False),
    Key("triage", "back", "escape", "Back", "Back to the page you came from"),
    Key("runs", "new", "n", "New run", "Ask for pairs, scores and measures"),
    Key("runs", "pause", "space", "Pause", "Pause the run, or let it go on"),
    Key("runs", "cancel", "x", "Cancel", "Cancel the run; what it made stays"),
    Key("runs", "cancel_all", "X", "Cancel all", "Cancel every run that is not over", footer=False),
    Key("runs", "retry", "R", "Retry", "Try again what failed in the run"),
    Key("runs", "log", "L", "Log", "Show the worker's log, or the run's details again"),
    Key("runs", "worker", "w", "Worker", "See that a worker is there for the runs that wait", footer=False),
    Key("runs", "shift('earlier')", "K", "Earlier", "Move the run up in the queue", footer=False),
    Key("runs", "shift('later')", "J", "Later", "Move the run down in the queue", footer=False),
    Key("runs", "go('up')", "k,up", "Up", "Up", footer=False),
    Key("runs", "go('down')", "j,down", "Down", "Down", footer=False),
    Key("runs", "go('top')", "g,home", "Top", "The first", footer=False),
    Key("runs", "go('bottom')", "G,end", "Bottom", "The last", footer=False),
    Key("runs", "scroll('up')", "pageup,ctrl+u", "Scroll up", "Scroll the details up", footer=False),
    Key("runs", "scroll('down')", "pagedown,ctrl+d", "Scroll down", "Scroll the details down", footer=False),
)
BY_ID = {key.id: key for key in KEYS}
"""The same by the names that a keymap gives keys to."""


def keys_of(page: str) -> list[Key]:
    """The keys of one page, without the global ones."""
    return [key for key in KEYS if key.page == page]


def bindings(page: str) -> list[BindingType]:
    """Textual bindings of one page, or of the app for `GLOBAL`."""
    return [
        Binding(key.keys, key.action, key.label, key.footer, priority=key.at_once, tooltip=key.help, id=key.id)
        for key in keys_of(page)
    ]


def shown(keys: str) -> str:
    """Textual key names as people write them."""
    return " ".join(SHOWN.get(key.strip(), key.strip()) for key in keys.split(","))


def key_name(action: str, keymap: Mapping[str, str] | None = None, page: str = "") -> str:
    """What the key of an action is called, such as `/` for `pairs.search`: the first, of those that the page leaves it.

    Args:
        action: the `id` of a key.
        page: where the key is pressed; a page's own key wins over the same key of everywhere.
    """
    given = keymap or {}
    key = BY_ID[action]
    own = {name for each in keys_of(page) if key.page == GLOBAL for name in names_of(each.given(given))}
    names = key.given(given).split(",")
    return shown(next((name for name in names if name not in own), names[0]))


def names_of(keys: str) -> set[str]:
    """The names in a comma-separated list of keys."""
    return {name.strip() for name in keys.split(",")}


class KeymapError(StoreError):
    """The keymap file can't be used; the message names the file and the reason."""


def load_keymap(path: Path) -> dict[str, str]:
    """Read `[keys]` of a keymap file: id → keys, by Textual's names. A missing file is an empty keymap.

    Raises:
        KeymapError: the file is not TOML, has an unknown table, id or key, or gives one key twice on a page.
    """
    if not path.exists():
        return {}
    import tomllib

    try:
        keymap = _keymap(tomllib.loads(path.read_text(encoding="utf-8")))
        _refuse_doubles(keymap)
    except OSError as error:
        raise KeymapError(f"{path}: {error.strerror}") from error
    except ValueError as error:  # what is not UTF-8 or not TOML is one too
        raise KeymapError(f"{path}: {error}") from error
    return keymap


def _keymap(file: Mapping[str, object]) -> dict[str, str]:
    given = file.get("keys", {})
    if others := sorted(file.keys() - {"keys"}):
        raise ValueError(f"unknown table {others[0]!r}: keys are given in [keys]")
    if not isinstance(given, dict):
        raise ValueError("keys is not a table: [keys] stands in a line of its own, before them")
    if unknown := sorted(given.keys() - BY_ID.keys()):
        raise ValueError(f"no action is called {', '.join(unknown)}; known: {', '.join(sorted(BY_ID))}")
    return {action: _textual_names(action, keys) for action, keys in given.items()}


def _textual_names(action: str, keys: object) -> str:
    """The keys of one action as Textual names them, `question_mark` for `?`."""
    if not isinstance(keys, str):
        raise ValueError(f"{action} is not a text in quotes: {keys!r}")
    try:
        names = [binding.key for binding in Binding.make_bindings([Binding(keys, "")])]
    except InvalidBinding as error:
        raise ValueError(f"{action} is given an empty key; a comma is called comma") from error
    for name in names:
        if not _can_be_pressed(name):
            raise ValueError(f"{action}: no key is called {name!r}; they are called such as ?, f3, ctrl+f, pageup")
    return ",".join(names)


def _can_be_pressed(name: str) -> bool:
    """Whether it is a character or one of Textual's names, after any of the keys that are held meanwhile."""
    *held, key = name.split("+")
    character = key_to_character(key)
    named = key in {*Keys, *KEY_NAME_REPLACEMENTS.values()} or (character is not None and character.isprintable())
    return named and HELD.issuperset(held)


def _refuse_doubles(keymap: Mapping[str, str]) -> None:
    for page in PAGES:
        used: dict[str, Key] = {}
        for key in (*keys_of(GLOBAL), *keys_of(page)):
            for name in names_of(key.given(keymap)):
                other = used.setdefault(name, key)
                meant = name in names_of(key.keys) and name in names_of(other.keys)
                if other is not key and not meant:
                    raise ValueError(f"{name!r} is given to both {other.id} and {key.id}")
