"""Patterns over POSIX paths: those a location may hold, and those that include and exclude.

Knows two languages, and that they differ. In a location a pattern means what it means to a shell: ``*`` stays inside
one folder, ``**`` is any number of them. In ``[sources] include`` and ``exclude`` a ``*`` crosses folders and a
pattern that names a folder covers what it holds. It must not know what is done with a path that matches.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

MAGIC = frozenset("*?[")


def split_location(path: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the folder that an absolute path with patterns begins with, and the patterns of the levels below it.

    The folder ends where the first level is that does not exist: one called ``a[1]`` is a folder, not a pattern.
    """
    folder = Path(path.anchor)
    levels = path.parts[1:]
    for place, level in enumerate(levels):
        if not (folder / level).is_dir():
            return folder, levels[place:]
        folder /= level
    return folder, ()


def is_pattern(level: str) -> bool:
    """Say whether one level of a path is a pattern."""
    return not MAGIC.isdisjoint(level)


def fits(path: str, levels: Sequence[str]) -> bool:
    """Say whether a relative path is what a location's ``levels`` ask for, as a shell would read them."""
    return _fits(tuple(path.split("/")), tuple(levels))


def deepest(levels: Sequence[str]) -> int | None:
    """Return how many folders deep a location's levels can reach; None if there is no end to it."""
    return None if "**" in levels else len(levels) - 1


def matches(path: str, pattern: str) -> bool:
    """Say whether an include or exclude pattern names ``path`` or a folder above it; ``**/`` also stands for none."""
    return any(fnmatchcase(path, form) or fnmatchcase(path, f"{form}/*") for form in _forms(pattern))


def _fits(parts: tuple[str, ...], levels: tuple[str, ...]) -> bool:
    if not levels:
        return not parts
    if levels[0] == "**":
        return any(_fits(parts[start:], levels[1:]) for start in range(len(parts))) or (not levels[1:] and bool(parts))
    return bool(parts) and fnmatchcase(parts[0], levels[0]) and _fits(parts[1:], levels[1:])


@lru_cache(maxsize=256)
def _forms(pattern: str) -> tuple[str, ...]:
    """Return a pattern with each ``**/`` of it as it stands and left out: the first form always asks for a folder."""
    forms = [pattern.removeprefix("./").rstrip("/")]
    for form in forms:
        for shorter in (form.removeprefix("**/"), *_without_one(form)):
            if shorter not in forms:
                forms.append(shorter)
    return tuple(forms)


def _without_one(form: str) -> list[str]:
    pieces = form.split("/**/")
    return ["/**/".join(pieces[:at]) + "/" + "/**/".join(pieces[at:]) for at in range(1, len(pieces))]
