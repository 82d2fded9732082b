"""Where an installed module lies, found without importing anything.

Knows ``python:NAME`` and Python's own finders. It must not know what is read there.
"""

from __future__ import annotations

import importlib.machinery
import sys
from pathlib import Path

from tuneproof.datasets.workspace.errors import SourceError

PYTHON_PREFIX = "python:"


def find_module(location: str) -> tuple[str, Path]:
    """Return the dotted name that ``python:NAME`` says and the folder or file it lies in, importing nothing.

    Raises:
        SourceError: there is no such module, or it has no Python source.
    """
    name = location.removeprefix(PYTHON_PREFIX)
    spec: importlib.machinery.ModuleSpec | None = None
    folders: list[str] | None = None
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        partial = ".".join(parts[:depth])
        if depth > 1 and folders is None:
            raise SourceError(f"{parts[depth - 2]} in {location} is no package.", "Name a module that has a file.")
        spec = _find_spec(partial, folders)
        if spec is None:
            raise _no_module(partial, location)
        folders = None if spec.submodule_search_locations is None else list(spec.submodule_search_locations)
    if spec is None:
        raise SourceError(f"{location!r} names no module.", "Write python:NAME, such as python:json.")
    return name, _place(spec, folders, location)


def _find_spec(name: str, folders: list[str] | None) -> importlib.machinery.ModuleSpec | None:
    # importlib.util.find_spec would import the parent package; the finders themselves only look.
    for part in name.split("."):
        if not part.isidentifier():
            return None
    known: tuple[object, ...] = (
        importlib.machinery.PathFinder,
        importlib.machinery.BuiltinImporter,
        importlib.machinery.FrozenImporter,
    )
    others = [finder for finder in sys.meta_path if finder not in known]
    for finder in (importlib.machinery.PathFinder, *others):
        find = getattr(finder, "find_spec", None)
        spec: importlib.machinery.ModuleSpec | None = None if find is None else find(name, folders, None)
        if spec is not None:
            return spec
    return None


def _no_module(name: str, location: str) -> SourceError:
    if name in sys.builtin_module_names:
        return SourceError(
            f"{location}: {name} is compiled into Python and has no source.", "Name a module written in Python."
        )
    return SourceError(
        f"{location}: this Python has no module {name}.",
        "Check the name, or install its package into this environment.",
    )


def _place(spec: importlib.machinery.ModuleSpec, folders: list[str] | None, location: str) -> Path:
    if folders is not None:
        existing = [Path(folder) for folder in folders if Path(folder).is_dir()]
        if len(existing) != 1:
            raise SourceError(
                f"{location} is spread over {len(existing)} folders.", "Add the folder that you mean by its path."
            )
        return existing[0].resolve()
    origin = Path(spec.origin or "")
    if origin.suffix != ".py" or not origin.is_file():
        raise SourceError(
            f"{location} is compiled and has no Python source.",
            "Name a module written in Python, or add its documents.",
        )
    return origin.resolve()


def package_parts(absolute: Path) -> list[str]:
    """Return a file's dotted name as Python would import it: every package above belongs to it."""
    parts = [absolute.stem]
    folder = absolute.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        parts.insert(0, folder.name)
        folder = folder.parent
    return parts
