"""The newest data verdict and the pairs behind one of its checks. Knows SQL; must not know widgets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tuneproof.datasets.verdict.verdict import Evidence, Verdict
from tuneproof.datasets.workspace.errors import DataError

if TYPE_CHECKING:
    import duckdb

_VERDICT = "SELECT document FROM verdicts WHERE kind = 'data' ORDER BY decided_at DESC, verdict_id LIMIT 1"
_HELD = "SELECT pair_id FROM pairs WHERE pair_id IN (SELECT unnest(?::VARCHAR[]))"


def newest_verdict(con: duckdb.DuckDBPyConnection) -> Verdict | None:
    """Return the latest data verdict, or None before the first gate."""
    row = con.execute(_VERDICT).fetchone()
    return Verdict.from_document(json.loads(row[0])) if row else None


def pairs_behind(con: duckdb.DuckDBPyConnection, evidence: Evidence) -> tuple[str, ...]:
    """Return the pairs behind a check: all that its statement returns as ``pair_id``, else those among its ids.

    Raises:
        DataError: the statement is no single SELECT; nothing is run then.
    """
    if evidence.sql:
        statements = con.extract_statements(evidence.sql)
        if len(statements) != 1 or statements[0].type.name != "SELECT":
            raise DataError("The evidence of this check is no single SELECT.", "Run: tuneproof gate")
        relation = con.execute(f"SELECT * FROM ({statements[0].query.strip().rstrip(';')}) LIMIT 0")
        if "pair_id" in [column[0] for column in relation.description or ()]:
            found = con.execute(f"SELECT DISTINCT pair_id FROM ({statements[0].query.strip().rstrip(';')})").fetchall()
            return tuple(row[0] for row in found if row[0] is not None)
    return tuple(row[0] for row in con.execute(_HELD, [list(evidence.ids)]).fetchall())
