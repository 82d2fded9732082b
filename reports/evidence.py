"""All that a report shows beside its verdict: what both kinds share, and the kind's own rows.

Knows which gatherer fits which verdict, and the snapshot behind both. It must not know how anything is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.datasets.workspace.removals import describe, marks
from tuneproof.datasets.workspace.verdicts import of_subject
from tuneproof.evaluate.diagnosis import diagnose
from tuneproof.reports.data_evidence import DataEvidence, gather_data
from tuneproof.reports.model_evidence import ModelEvidence, gather_model

if TYPE_CHECKING:
    import duckdb

    from tuneproof.datasets.verdict.verdict import Verdict

_SNAPSHOT = """
SELECT snapshot_id, sha256, created_at::VARCHAR, train, validation, test, path FROM snapshots WHERE snapshot_id = ?
"""


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """A snapshot as the workspace knows it; counts are rows."""

    snapshot_id: str
    sha256: str
    created_at: str
    train: int
    validation: int
    test: int
    path: str

    @property
    def rows(self) -> int:
        """All rows of the snapshot."""
        return self.train + self.validation + self.test


@dataclass(frozen=True, slots=True)
class ReportEvidence:
    """The evidence of one report: exactly one of ``data`` and ``model`` is there, by the verdict's kind.

    ``removed`` says what the snapshot used that was taken out of the workspace since; empty if nothing was.
    """

    snapshot: SnapshotFacts | None
    data: DataEvidence | None = None
    model: ModelEvidence | None = None
    removed: str = ""


def gather(con: duckdb.DuckDBPyConnection, verdict: Verdict, snapshots: Path | None = None) -> ReportEvidence:
    """Return the rows that a verdict's report shows, as the workspace holds them now; ``snapshots``: frozen sets."""
    if verdict.kind == "data":
        snapshot = _snapshot(con, verdict.subject_id)
        data = gather_data(con, snapshot.rows if snapshot else None)
        return ReportEvidence(snapshot, data=data, removed=_removed(con, verdict))
    model = gather_model(con, verdict.subject_id, snapshots=snapshots)
    run = model.run
    if run is None:
        return ReportEvidence(None, model=model, removed=_removed(con, verdict))
    data_verdict = of_subject(con, "data", run.snapshot_id)
    model = replace(model, diagnoses=diagnose(verdict, run.manifest, model.curves, data_verdict))
    snapshot = _snapshot(con, run.snapshot_id)
    return ReportEvidence(snapshot, model=model, removed=_removed(con, verdict))


def _removed(con: duckdb.DuckDBPyConnection, verdict: Verdict) -> str:
    found = marks(con, verdict.subject_id)
    return describe(found) if found else ""


def _snapshot(con: duckdb.DuckDBPyConnection, snapshot_id: str) -> SnapshotFacts | None:
    row = con.execute(_SNAPSHOT, [snapshot_id]).fetchone()
    return SnapshotFacts(*row) if row else None
