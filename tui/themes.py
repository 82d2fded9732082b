"""Which theme fits the terminal. Knows the environment; it must not know what is painted."""

from __future__ import annotations

from collections.abc import Mapping


def fitting_theme(environment: Mapping[str, str]) -> str:
    """Return the theme for the terminal's background as COLORFGBG tells it (``fore;back``), dark where it does not."""
    back = environment.get("COLORFGBG", "").rpartition(";")[2]
    return "textual-light" if back in {"7", "15"} else "textual-dark"
