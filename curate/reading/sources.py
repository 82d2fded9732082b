"""What a source on this machine names, and which files it holds.

Knows files, folders, patterns such as ``docs/**/*.md`` and ``python:NAME``. It must not import what it finds, nor parse
it: a file is opened here only to see whether it is text. Addresses on the web are the business of ``pages``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tuneproof.curate.reading.formats import FORMATS, hint_for, identify
from tuneproof.curate.reading.modules import PYTHON_PREFIX, find_module, package_parts
from tuneproof.curate.reading.patterns import deepest, fits, is_pattern, matches, split_location
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.errors import SourceError
from tuneproof.datasets.workspace.records import Source


@dataclass(frozen=True, slots=True)
class ResolvedSource:
    """Where a location leads: a file or folder at ``root``.

    ``module`` is the dotted name of a ``python:`` source, ``levels`` the patterns below ``root`` of a location that
    holds some.
    """

    location: str
    root: Path
    is_folder: bool
    module: str | None = None
    levels: tuple[str, ...] = ()

    @property
    def kept(self) -> str:
        """The location in the form that leads to the same place from any folder."""
        return self.location if self.module is not None else str(self.root.joinpath(*self.levels))


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source. ``path`` is POSIX, relative to the location; ``skipped`` is why it is not read.

    ``module`` is the dotted name of a Python file. A skipped folder has a path that ends with a slash.
    """

    path: str
    absolute: Path
    format: str
    skipped: str | None = None
    module: str | None = None


def default_name(location: str) -> str:
    """Return the name of a source that was given none: the last component of its location."""
    if location.startswith(PYTHON_PREFIX):
        return location.removeprefix(PYTHON_PREFIX)
    folder, levels = split_location(Path(location).expanduser().resolve())
    # Patterns name no source: "docs/**/*.md" is called docs.
    return (folder.name if any(map(is_pattern, levels)) else Path(location).expanduser().resolve().name) or location


def resolve(location: str, base: Path | None = None) -> ResolvedSource:
    """Return where ``location`` leads; a relative path starts at ``base``, by default the current folder.

    Raises:
        SourceError: there is nothing there, or nothing that can be read.
    """
    if location.startswith(PYTHON_PREFIX):
        name, place = find_module(location)
        return ResolvedSource(location, place, place.is_dir(), name)
    path = (base or Path.cwd()) / Path(location).expanduser()
    try:
        if path.is_dir():
            os.scandir(path).close()
            return ResolvedSource(location, path.resolve(), is_folder=True)
        if not path.exists():
            return _resolve_pattern(location, path)
        reason = identify(path)[1]
    except OSError as error:
        raise SourceError(f"{location} can't be read: {error.strerror}.", "Check its owner and mode.") from error
    if reason is not None:
        raise SourceError(f"{location} can't be read: {reason}.", hint_for(reason))
    return ResolvedSource(location, path.resolve(), is_folder=False)


def discover(source: Source, settings: config.Sources, base: Path | None = None) -> Iterator[SourceFile]:
    """Yield the files of ``source`` sorted by path, those that are not read with the reason.

    Raises:
        SourceError: the source itself is missing or can't be read.
    """
    resolved = resolve(source.location, base)
    found: Iterable[SourceFile]
    if resolved.levels:
        depth = deepest(resolved.levels)
        found = (file for file in _walk(resolved.root, "", settings, depth) if fits(file.path, resolved.levels))
    elif resolved.is_folder:
        found = _walk(resolved.root, "", settings)
    else:
        found = [_one_file(resolved.root, resolved.root.name, settings)]
    for file in sorted(found, key=lambda file: file.path):
        yield _named(file, resolved)


def _resolve_pattern(location: str, path: Path) -> ResolvedSource:
    folder, levels = split_location(path.resolve())
    if not levels or not is_pattern(levels[0]):
        raise SourceError(f"There is no {location}.", "Check the path, or name a module with python:NAME.")
    found = _walk(folder, "", config.Sources(), deepest(levels))
    if not any(fits(file.path, levels) for file in found):
        raise SourceError(f"No file is named as {location} asks.", "Check the pattern: * is one level, ** any number.")
    return ResolvedSource(location, folder, is_folder=True, levels=levels)


def _walk(folder: Path, prefix: str, settings: config.Sources, depth: int | None = None) -> Iterator[SourceFile]:
    try:
        with os.scandir(folder) as scan:
            entries = list(scan)
    except OSError as error:
        yield SourceFile(prefix, folder, "folder", f"can't be listed: {error.strerror}")
        return
    for entry in entries:
        path = prefix + entry.name
        try:
            is_folder = entry.is_dir()
        except OSError as error:
            yield SourceFile(path, Path(entry.path), "unknown", f"can't be read: {error.strerror}")
            continue
        if not is_folder:
            yield _one_file(Path(entry.path), path, settings)
        elif (reason := _skip_folder(entry, path, settings)) is not None:
            yield SourceFile(path + "/", Path(entry.path), "folder", reason)
        elif depth != 0:
            yield from _walk(Path(entry.path), path + "/", settings, None if depth is None else depth - 1)


def _skip_folder(entry: os.DirEntry[str], path: str, settings: config.Sources) -> str | None:
    if entry.is_symlink():
        return "a link to a folder is not followed"
    if entry.name.startswith("."):
        return "hidden folder"
    if entry.name in ("__pycache__", "node_modules"):
        return "holds files that tools made"
    return _excluded(path, settings)


def _one_file(absolute: Path, path: str, settings: config.Sources) -> SourceFile:
    reason = _left_out(absolute, path, settings)
    name = FORMATS.get(absolute.suffix.lower(), "unknown")
    if reason is not None:
        return SourceFile(path, absolute, name, reason)
    try:
        name, reason = identify(absolute)
        size = 0 if reason else absolute.stat().st_size
    except OSError as error:
        reason = f"can't be read: {error.strerror}"
    else:
        if size > settings.max_bytes:
            reason = f"{size} bytes are more than [sources] max_bytes = {settings.max_bytes}"
    return SourceFile(path, absolute, name, reason)


def _left_out(absolute: Path, path: str, settings: config.Sources) -> str | None:
    if absolute.name.startswith("."):
        return "hidden file"
    if settings.include and not any(matches(path, pattern) for pattern in settings.include):
        return "no pattern of [sources] include matches"
    return _excluded(path, settings)


def _excluded(path: str, settings: config.Sources) -> str | None:
    pattern = next((pattern for pattern in settings.exclude if matches(path, pattern)), None)
    return None if pattern is None else f"excluded by {pattern!r}"


def _named(file: SourceFile, resolved: ResolvedSource) -> SourceFile:
    if file.format != "python":
        return file
    if resolved.module is not None and not resolved.is_folder:
        return SourceFile(file.path, file.absolute, file.format, file.skipped, resolved.module)
    inside = PurePosixPath(file.path).with_suffix("").parts
    parts = [*resolved.module.split("."), *inside] if resolved.module is not None else package_parts(file.absolute)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return SourceFile(file.path, file.absolute, file.format, file.skipped, ".".join(parts))
