"""Every key of the program, in one table: bindings, the footer, the help and the palette are made from it.

A user's `keymap.toml` in the home gives other keys to an id; a key given twice on one page is reported.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from textual.binding import Binding, BindingType

GLOBAL = "global"
PAGES = ("pairs", "grid", "board", "triage", "runs")
"""The pages in the order of their number keys."""


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
    """

    page: str
    action: str
    keys: str
    label: str
    help: str
    footer: bool = True

    @property
    def id(self) -> str:
        """The name under which a keymap changes it, such as `pairs.filter`."""
        return re.sub(r"\W+", ".", f"{self.page}.{self.action}").rstrip(".")


KEYS: tuple[Key, ...] = (
    Key(GLOBAL, "page('pairs')", "1", "Pairs", "Pairs: original and wide images side by side", footer=False),
    Key(GLOBAL, "page('grid')", "2", "Grid", "Grid: scorer × dimension", footer=False),
    Key(GLOBAL, "page('board')", "3", "Board", "Board: everything ranked under one scorer", footer=False),
    Key(GLOBAL, "page('triage')", "4", "Triage", "Triage: decide on photographs or pairs, one at a time", footer=False),
    Key(GLOBAL, "page('runs')", "5", "Runs", "Runs: start, watch, pause, cancel, retry", footer=False),
    Key(GLOBAL, "help", "question_mark", "Help", "All keys of this page, and what the words mean"),
    Key(GLOBAL, "command_palette", "ctrl+p,colon", "Palette", "Find any action by name"),
    Key(GLOBAL, "redraw", "ctrl+l", "Redraw", "Draw the screen and its images again", footer=False),
    Key(GLOBAL, "toggle_dark", "f2", "Dark/light", "Change between dark and light", footer=False),
    Key(GLOBAL, "screenshot_file", "f12", "Screenshot", "Save the screen as an SVG in the home", footer=False),
    Key(GLOBAL, "quit", "ctrl+c,q", "Quit", "Leave; work that is running goes on", footer=False),
)


def keys_of(page: str) -> list[Key]:
    """The keys of one page, without the global ones."""
    return [key for key in KEYS if key.page == page]


def bindings(page: str) -> list[BindingType]:
    """Textual bindings of one page, or of the app for `GLOBAL`."""
    return [
        Binding(key.keys, key.action, key.label, show=key.footer, tooltip=key.help, id=key.id) for key in keys_of(page)
    ]


class KeymapError(ValueError):
    """The keymap file can't be used; the message names the file and the reason."""


def load_keymap(path: Path) -> dict[str, str]:
    """Read `[keys]` of a keymap file: id → keys. A missing file is an empty keymap.

    Raises:
        KeymapError: the file is not TOML, names an unknown id, or gives one key twice on a page.
    """
    if not path.exists():
        return {}
    try:
        keymap = tomllib.loads(path.read_text(encoding="utf-8")).get("keys", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KeymapError(f"{path}: {error}") from error
    known = {key.id: key for key in KEYS}
    if unknown := sorted(keymap.keys() - known.keys()):
        raise KeymapError(f"{path}: no action is called {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    for page in PAGES:
        used: dict[str, str] = {}
        for key in (*keys_of(GLOBAL), *keys_of(page)):
            for name in str(keymap.get(key.id, key.keys)).split(","):
                if (other := used.setdefault(name.strip(), key.id)) != key.id:
                    raise KeymapError(f"{path}: {name.strip()!r} is given to both {other} and {key.id}")
    return {str(name): str(keys) for name, keys in keymap.items()}
