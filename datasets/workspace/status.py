"""Where a workspace stands, in one look.

Knows counts and the order of the road. Everything comes from the public views and the run folders' states.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
_VERDICT = "SELECT verdict, subject_id FROM verdicts WHERE kind = ? ORDER BY decided_at DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class WorkspaceStatus:
    """Counts of the workspace; ``data_verdict``, ``run`` and ``model_verdict`` are those of the newest snapshot."""

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

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def read_status(connection: duckdb.DuckDBPyConnection, root: Path) -> WorkspaceStatus:
    """Count what is there. ``root`` is looked at for a run that the workspace has not taken in yet."""
    cursor = connection.execute(_COUNTS)
    counts: dict[str, Any] = dict(zip((column[0] for column in cursor.description), cursor.fetchall()[0], strict=True))
    snapshot = connection.execute(_SNAPSHOT).fetchone()
    verdicts = {kind: connection.execute(_VERDICT, [kind]).fetchone() for kind in ("data", "model")}
    run, state = _newest_run(root / "runs")
    data, model = verdicts["data"], verdicts["model"]
    return WorkspaceStatus(
        **counts,
        snapshot=str(snapshot[0]) if snapshot else None,
        data_verdict=str(data[0]) if data and snapshot and data[1] == snapshot[0] else None,
        run=run,
        run_state=state,
        model_verdict=str(model[0]) if model and model[1] == run else None,
    )


def next_step(status: WorkspaceStatus) -> str:
    """Return the command that carries the road on from here."""
    steps = (
        (not status.sources, "tuneproof add DOCS"),
        (not status.pairs, "tuneproof build"),
        (status.data_verdict is None, "tuneproof review, then tuneproof gate"),
        (status.run is None, "tuneproof train"),
        (status.run_state in ("running", "requested"), f"wait for {status.run}, or stop it"),
        (status.run_state in ("stopped", "failed"), "tuneproof train (carries on from the last checkpoint)"),
        (status.model_verdict is None, "tuneproof evaluate"),
    )
    return next((step for due, step in steps if due), "tuneproof report")


def _newest_run(runs_dir: Path) -> tuple[str | None, str | None]:
    import json

    folders = [path.parent for path in runs_dir.glob("*/request.json")]
    if not folders:
        return None, None
    newest = max(folders, key=lambda folder: (folder / "request.json").stat().st_mtime_ns)
    path = newest / "status.json"
    return newest.name, str(json.loads(path.read_text("utf-8"))["state"]) if path.is_file() else "requested"
