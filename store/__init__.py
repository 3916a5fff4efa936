"""The store: one SQLite file and the image files beside it. Knows no model, no terminal.

`Home` opens it; `store.records`, `store.curation` and `store.work` write; `store.queries` reads rows for the screens
and is all that they need to show their first picture.
"""

from store.errors import BrokenImage, HomeUnusable, NewerDatabase, NoHome, NotADatabase, StoreError
from store.home import Home, default_home

__all__ = [
    "BrokenImage",
    "Home",
    "HomeUnusable",
    "NewerDatabase",
    "NoHome",
    "NotADatabase",
    "StoreError",
    "default_home",
]
