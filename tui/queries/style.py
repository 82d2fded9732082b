"""What the Style screen reads: findings on style with what they propose. Knows SQL; must not know widgets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.curate.checking.style_profile import StyleProfile
from tuneproof.datasets.workspace.atomic import read_json
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.tui.queries.filters import ANSWER, QUESTION, STATE

if TYPE_CHECKING:
    import duckdb

_LIST = """
SELECT finding_id FROM findings WHERE check_name LIKE 'style\\_%' ESCAPE '\\'
ORDER BY check_name DESC, json_extract_string(evidence, '$.fix') IS NULL, score DESC, finding_id
"""
_NEWEST = "SELECT snapshot_id FROM snapshots ORDER BY created_at DESC, snapshot_id LIMIT 1"
_FOUND = f"""
SELECT f.finding_id, f.check_name, f.severity, f.message, f.evidence, f.score, f.subject, f.subject_id,
    {QUESTION}, {ANSWER}, {STATE}
FROM findings f LEFT JOIN store.pairs p ON f.subject = 'pair' AND p.pair_id = f.subject_id
LEFT JOIN store.judgements j ON j.pair_id = p.pair_id
WHERE f.finding_id IN (SELECT unnest(?::VARCHAR[]))
"""


@dataclass(frozen=True, slots=True)
class Styled:
    """A finding on style; the texts are None where it is on the whole set. ``fix`` is the answer that it proposes."""

    finding_id: str
    check: str
    severity: str
    message: str
    evidence: Mapping[str, Any]
    score: float | None
    pair_id: str | None
    question: str | None
    answer: str | None
    state: str | None

    @property
    def fix(self) -> str | None:
        """The answer that the check proposes, None without one or once it was taken."""
        fix = self.evidence.get("fix")
        return fix if isinstance(fix, str) and fix != self.answer else None

    @property
    def taken(self) -> bool:
        """Whether the answer reads as proposed by now."""
        return self.answer is not None and self.evidence.get("fix") == self.answer


def profile(con: duckdb.DuckDBPyConnection, snapshots: Path) -> StyleProfile | None:
    """Return how the answers of the newest frozen set are written; None before the first, or of another version."""
    row = con.execute(_NEWEST).fetchone()
    if row is None:
        return None
    path = snapshots / str(row[0]) / "snapshot.json"
    try:
        found = read_json(path)["facts"].get("style") if path.is_file() else None
        return StyleProfile.from_json(found) if found else None
    except DataError:
        return None


def findings(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the ids of all findings on style: on the whole set first, then those with a proposal."""
    return [row[0] for row in con.execute(_LIST).fetchall()]


def found(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> dict[str, Styled]:
    """Return some findings by id, with their pair as it reads now."""
    return {row[0]: _styled(row) for row in con.execute(_FOUND, [list(ids)]).fetchall()}


def _styled(row: Sequence[Any]) -> Styled:
    name, check, severity, message, evidence, score, subject, subject_id, question, answer, state = row
    known = subject == "pair" and answer is not None
    values = json.loads(evidence or "{}")
    of_pair = (subject_id, question, answer, state) if known else (None, None, None, None)
    return Styled(name, check, severity, message, values, score, *of_pair)
