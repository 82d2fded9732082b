"""Sources that were taken out on request, and the mark that this leaves on every snapshot and run that had used them.

Knows the table of removals. It must not know how a source's text is wiped, nor who asks whether a snapshot is marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.errors import GateRefused

if TYPE_CHECKING:
    import duckdb

REDACTED = "[removed]"
"""Stands where a removed source's text stood in a row that must stay."""

_COLUMNS = (
    "removal_id, source, location, licence, reason, who, removed_at, documents, pairs, snapshot_ids, run_ids, purged"
)
_PUT = f"INSERT OR REPLACE INTO store.removals ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ALL = f"SELECT {_COLUMNS} FROM store.removals ORDER BY removed_at, removal_id"


@dataclass(frozen=True, slots=True)
class Removal:
    """One source that was taken out: why, by whom, how much of it there was, and what had used it.

    ``purged`` says that the snapshots, and the texts in the runs, were deleted from the disk as well.
    """

    removal_id: str
    source: str
    location: str
    licence: str | None
    reason: str
    who: str
    removed_at: datetime
    documents: int
    pairs: int
    snapshot_ids: tuple[str, ...]
    run_ids: tuple[str, ...]
    purged: bool

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**asdict(self), "removed_at": self.removed_at.isoformat(timespec="seconds")}


def record_removal(connection: duckdb.DuckDBPyConnection, removal: Removal) -> None:
    """Keep a removal, in place of what was kept of it before."""
    values = asdict(removal)
    values.update(snapshot_ids=list(removal.snapshot_ids), run_ids=list(removal.run_ids))
    connection.execute(_PUT, list(values.values()))


def read_removals(connection: duckdb.DuckDBPyConnection, source: str | None = None) -> list[Removal]:
    """Return every removal, or those of one source, oldest first."""
    found = []
    for row in connection.execute(_ALL).fetchall():
        values: list[Any] = [tuple(value) if isinstance(value, list) else value for value in row]
        found.append(Removal(*values))
    return [one for one in found if source in (None, one.source)]


def marks(connection: duckdb.DuckDBPyConnection, subject_id: str) -> list[Removal]:
    """Return the removals that a snapshot or a run had used the source of."""
    return [one for one in read_removals(connection) if subject_id in (*one.snapshot_ids, *one.run_ids)]


def describe(removals: Sequence[Removal]) -> str:
    """Return what was removed, when and why, in one line."""
    said = (f"{one.source} on {one.removed_at:%Y-%m-%d} ({one.reason})" for one in removals)
    return f"It used what was removed since: {'; '.join(said)}."


def refuse_marked(connection: duckdb.DuckDBPyConnection, subject_id: str, override: str | None, command: str) -> None:
    """Stand in the way of ``command`` on a snapshot or run that used a removed source, unless overridden.

    Raises:
        GateRefused: it is marked, and no reason to go on was given.
    """
    found = marks(connection, subject_id)
    if found and not override:
        raise GateRefused(
            f"{subject_id} is not to be used. {describe(found)}",
            "Freeze the set without it: tuneproof build, then tuneproof gate; or go on all the same: "
            f'tuneproof {command} --override "reason"',
        )
