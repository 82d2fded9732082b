"""Where a workspace stands, in one look.

Knows counts and the order of the road. Everything comes from the public views and the run folders; how a run's
process is doing is asked of the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.removals import read_removals
from tuneproof.datasets.workspace.runs import newest_run

if TYPE_CHECKING:
    import duckdb

_COUNTS = """
SELECT
    (SELECT count(*) FROM sources) AS sources,
    (SELECT count(*) FROM documents WHERE state IN ('new', 'current', 'changed')) AS documents,
    (SELECT count(*) FROM documents WHERE state IN ('failed', 'excluded', 'missing')) AS skipped,
    (SELECT count(*) FROM chunks) AS chunks,
    count(*) AS pairs, count(*) FILTER (selected) AS selected, count(*) FILTER (status = 'stale') AS stale,
    count(*) FILTER (selected AND status IN ('accepted', 'rejected')) AS reviewed
FROM pairs
"""
_SNAPSHOT = "SELECT snapshot_id FROM snapshots ORDER BY created_at DESC LIMIT 1"
_VERDICT = "SELECT verdict FROM verdicts WHERE kind = ? AND subject_id = ? ORDER BY decided_at DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class WorkspaceStatus:
    """Counts of the workspace; ``data_verdict``, ``run`` and ``model_verdict`` are those of the newest snapshot.

    ``removals`` are the sources that were taken out, with the snapshots and runs that had used them.
    """

    sources: int
    documents: int
    skipped: int
    chunks: int
    pairs: int
    selected: int
    stale: int
    reviewed: int
    snapshot: str | None
    data_verdict: str | None
    run: str | None
    run_state: str | None
    model_verdict: str | None
    removals: tuple[dict[str, Any], ...] = ()

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def read_status(
    connection: duckdb.DuckDBPyConnection, runs_dir: Path, state_of: Callable[[Path], str]
) -> WorkspaceStatus:
    """Count what is there. ``runs_dir`` is looked at for a run that the workspace has not taken in yet.

    ``state_of`` says where the run in a folder stands: requested, running, finished, failed or stopped.

    Raises:
        DataError: a run's request can't be read.
    """
    cursor = connection.execute(_COUNTS)
    counts: dict[str, Any] = dict(zip((column[0] for column in cursor.description), cursor.fetchall()[0], strict=True))
    row = connection.execute(_SNAPSHOT).fetchone()
    snapshot = str(row[0]) if row else None
    run = newest_run(runs_dir, snapshot) if snapshot else None
    return WorkspaceStatus(
        **counts,
        snapshot=snapshot,
        data_verdict=_verdict(connection, "data", snapshot),
        run=run.name if run else None,
        run_state=state_of(run) if run else None,
        model_verdict=_verdict(connection, "model", run.name if run else None),
        removals=tuple(removal.to_document() for removal in read_removals(connection)),
    )


def next_step(status: WorkspaceStatus) -> str:
    """Return the command that carries the road on from here."""
    steps = (
        (not status.sources, "tuneproof add DOCS"),
        (not status.pairs, "tuneproof build"),
        (status.data_verdict is None, "tuneproof review, then tuneproof gate"),
        (
            status.run is None and status.data_verdict != "PASS",
            'mend what tuneproof report data says, then tuneproof gate; or tuneproof train --override "reason"',
        ),
        (status.run is None, "tuneproof train"),
        (status.run_state == "running", f"wait for {status.run}, or stop it"),
        (status.run_state != "finished", "tuneproof train (carries on from the last checkpoint)"),
        (status.model_verdict is None, "tuneproof evaluate"),
    )
    return next((step for due, step in steps if due), "tuneproof report")


def _verdict(connection: duckdb.DuckDBPyConnection, kind: str, subject: str | None) -> str | None:
    row = connection.execute(_VERDICT, [kind, subject]).fetchone()
    return str(row[0]) if row else None
