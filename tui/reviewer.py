"""Who judges: the name that a decision is signed with."""

from __future__ import annotations

import getpass


def reviewer(name: str) -> str:
    """Return ``name``, or the login name where it is empty."""
    if name.strip():
        return name.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "reviewer"
