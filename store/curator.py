"""Who decides, where nobody says so. Apart from `store.curation`, so that asking costs no object mapper."""

from __future__ import annotations

import getpass


def default_curator() -> str:
    """The system user, or "unknown" where the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
