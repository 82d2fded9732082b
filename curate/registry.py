"""The sources of a workspace: entering them, and the files that each holds now.

Knows the table of sources and which module finds the files of a location: on this machine, on the web or by running a
command. It must not know what is made of a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tuneproof.curate.reading.addresses import is_web, normalise
from tuneproof.curate.reading.commands import command_files, command_name, is_command, resolve_command
from tuneproof.curate.reading.pages import FOLDER, Visited, forget, page_name, visit
from tuneproof.curate.reading.sources import default_name, discover, resolve
from tuneproof.datasets.workspace.errors import SourceError, TuneproofError, UsageError
from tuneproof.datasets.workspace.records import Source
from tuneproof.datasets.workspace.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

    from tuneproof.datasets.workspace.config import Sources

_SOURCES = "SELECT source, location, licence FROM store.sources ORDER BY added_at, source"
_ADD_SOURCE = "INSERT INTO store.sources VALUES (?, ?, ?, ?)"
_MOVE_SOURCE = "UPDATE store.sources SET location = ?, licence = ? WHERE source = ?"


@dataclass(frozen=True, slots=True)
class Added:
    """A source as it was entered, with the number of files it holds now."""

    source: Source
    files: int


def add_sources(
    workspace: Workspace,
    locations: Sequence[str],
    *,
    name: str | None = None,
    licence: str | None = None,
    move: bool = False,
) -> list[Added]:
    """Enter sources in the workspace, all or none; a page on the web is fetched to see that it can be.

    A source that is there already takes on a licence that is given. One whose files have moved keeps its name, and so
    the ids of its documents, at its new location; ``move`` says that it has although the old place still holds files.

    Raises:
        SourceError: a location can't be read.
        UsageError: a name is taken by another location, or one name was given for several locations.
    """
    if name and len(locations) > 1:
        raise UsageError("One name can't stand for several sources.", "Add them one by one, each with --name.")
    with workspace.write() as connection:
        known = {source.name: source for source in read_sources(connection)}
    settings, added = workspace.config.sources, list[Added]()
    try:
        for location in locations:
            source = _named(location, name, licence, known, move=move)
            files = files_of(workspace, source, settings).files
            known[source.name] = source
            added.append(Added(source, sum(file.skipped is None for file in files)))
    except TuneproofError:
        _forget_pages(workspace, added)
        raise
    _enter(workspace, [one.source for one in added])
    return added


def read_sources(connection: duckdb.DuckDBPyConnection) -> list[Source]:
    """Return the workspace's sources in the order they were added."""
    return [Source(*row) for row in connection.execute(_SOURCES).fetchall()]


def files_of(workspace: Workspace, source: Source, settings: Sources) -> Visited:
    """Return the files that a source holds now, those not read with the reason, and what a person should know.

    The DuckDB file must not be open, for pages on the web are kept in it.

    Raises:
        SourceError: the source is gone, or can't be read.
    """
    if is_web(source.location):
        return visit(workspace, source, settings)
    if is_command(source.location):
        return Visited(command_files(source.location, settings), ())
    return Visited(list(discover(source, settings)), ())


def _named(location: str, name: str | None, licence: str | None, known: dict[str, Source], *, move: bool) -> Source:
    """Return the source that ``location`` is, under a name that is free, or its own already."""
    if is_web(location):
        source = Source(name or page_name(location), normalise(location), licence)
    elif is_command(location):
        source = Source(name or command_name(location), resolve_command(location), licence)
    else:
        # A path is kept absolute, so that later commands find it from any folder.
        source = Source(name or default_name(location), resolve(location).kept, licence)
    taken = known.get(source.name)
    if taken is None:
        return source
    if taken.location != source.location and not move and _still_there(taken):
        raise UsageError(
            f"The name {source.name!r} is taken by {taken.location}.",
            "Give this one another: --name NAME; or if the source has moved here, say so: --move",
        )
    return replace(source, licence=licence or taken.licence)


def _still_there(source: Source) -> bool:
    try:
        if is_command(source.location):
            return bool(resolve_command(source.location))
        return is_web(source.location) or bool(resolve(source.location))
    except SourceError:
        return False


def _enter(workspace: Workspace, sources: Sequence[Source]) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    with workspace.write() as connection:
        there = {source.name for source in read_sources(connection)}
        connection.execute("BEGIN TRANSACTION")
        for source in sources:
            if source.name in there:
                connection.execute(_MOVE_SOURCE, [source.location, source.licence, source.name])
            else:
                connection.execute(_ADD_SOURCE, [source.name, source.location, source.licence, now])
            there.add(source.name)
        connection.execute("COMMIT")


def _forget_pages(workspace: Workspace, added: Sequence[Added]) -> None:
    """Take out what was fetched for sources that are not entered after all."""
    with workspace.write() as connection:
        there = {source.name for source in read_sources(connection)}
        for one in added:
            if one.source.name not in there:
                forget(connection, one.source.name, workspace.root / FOLDER)
