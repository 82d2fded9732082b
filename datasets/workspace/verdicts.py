"""Verdicts as the workspace keeps them: recorded once, found again by kind, subject or age.

Knows the table; what a verdict means is the business of ``tuneproof.datasets.verdict``.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from tuneproof.datasets.verdict.verdict import Verdict

if TYPE_CHECKING:
    import duckdb

_RECORD = "INSERT OR REPLACE INTO store.verdicts VALUES (?, ?, ?, ?, ?, ?, ?)"
_NEWEST = "SELECT document FROM verdicts WHERE kind = ? ORDER BY decided_at DESC, verdict_id LIMIT 1"
_OF_SUBJECT = "SELECT document FROM verdicts WHERE kind = ? AND subject_id = ? ORDER BY decided_at DESC LIMIT 1"


def record(connection: duckdb.DuckDBPyConnection, verdict: Verdict) -> None:
    """Keep a verdict; the same one judged again only renews its time."""
    decided = datetime.fromisoformat(verdict.as_of).replace(tzinfo=None)
    values = [verdict.verdict_id, verdict.kind, verdict.subject_id, verdict.verdict, decided, verdict.policy_sha256]
    connection.execute(_RECORD, [*values, json.dumps(verdict.to_document(), ensure_ascii=False)])


def newest(connection: duckdb.DuckDBPyConnection, kind: Literal["data", "model"]) -> Verdict | None:
    """Return the newest verdict of a kind, or None."""
    row = connection.execute(_NEWEST, [kind]).fetchone()
    return Verdict.from_document(json.loads(row[0])) if row else None


def of_subject(
    connection: duckdb.DuckDBPyConnection, kind: Literal["data", "model"], subject_id: str
) -> Verdict | None:
    """Return the newest verdict on a snapshot or a run, or None."""
    row = connection.execute(_OF_SUBJECT, [kind, subject_id]).fetchone()
    return Verdict.from_document(json.loads(row[0])) if row else None
