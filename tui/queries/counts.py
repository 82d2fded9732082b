"""The figures in the tabs. Knows SQL over the public views; must not know widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_COUNTS = """
SELECT (SELECT count(*) FROM store.documents),
    (SELECT count(*) FROM duplicates WHERE state IN ('suggested', 'contradiction')),
    (SELECT count(*) FROM clusters),
    (SELECT count(*) FROM findings WHERE check_name LIKE 'style\\_%' ESCAPE '\\'),
    (SELECT count(*) FROM findings WHERE check_name = 'coverage_hole'),
    (SELECT verdict FROM verdicts WHERE kind = 'data' ORDER BY decided_at DESC, verdict_id LIMIT 1),
    (SELECT verdict FROM verdicts WHERE kind = 'model' ORDER BY decided_at DESC, verdict_id LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits on each screen; the verdicts are the newest of their kind, or None."""

    documents: int = 0
    duplicates: int = 0
    clusters: int = 0
    style: int = 0
    holes: int = 0
    data_verdict: str | None = None
    model_verdict: str | None = None


def counts(con: duckdb.DuckDBPyConnection) -> Counts:
    """Return the figures as they are now."""
    row = con.execute(_COUNTS).fetchone()
    return Counts(*row) if row else Counts()
