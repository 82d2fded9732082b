"""Which pairs stand, and what became of those that no document makes any more.

Knows how to count what a build did to them, and the orphans: pairs that a person had decided on or edited. They are
kept until a person looks: nothing here moves a decision to another text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

DECIDED = "(coalesce(j.status IN ('accepted', 'rejected'), false) OR j.question IS NOT NULL OR j.answer IS NOT NULL)"

_STANDING = "SELECT pair_id FROM store.pairs WHERE NOT stale"
_STALE = f"""
SELECT count(*) FILTER (NOT {DECIDED}), count(*) FILTER ({DECIDED})
FROM store.pairs p LEFT JOIN store.judgements j USING (pair_id) WHERE p.stale
"""
_ORPHANS = f"""
SELECT p.pair_id, d.source, d.path, coalesce(j.question, p.question), coalesce(j.status, 'pending'), (
    SELECT min(n.pair_id) FROM store.pairs n
    WHERE NOT n.stale AND n.document_id = p.document_id AND n.generator = p.generator AND n.question = p.question
)
FROM store.pairs p JOIN store.judgements j USING (pair_id) LEFT JOIN store.documents d ON d.document_id = p.document_id
WHERE p.stale AND {DECIDED} ORDER BY d.source, d.path, p.pair_id
"""


@dataclass(frozen=True, slots=True)
class PairCounts:
    """What one pass did to the pairs. ``new`` and ``kept`` together are those that stand.

    ``stale`` are all that no document makes any more, ``orphaned`` those of them that a person had decided on or
    edited; ``gone`` is how many of both stood before this pass. ``reopened`` decisions are pending again, for what the
    pair says has changed.
    """

    new: int
    kept: int
    stale: int
    orphaned: int
    gone: int
    reopened: int


@dataclass(frozen=True, slots=True)
class Orphan:
    """A pair whose passage is gone: where it was, what it asks, what was decided, and the pair that asks it now."""

    pair_id: str
    source: str | None
    path: str | None
    question: str
    status: str
    successor: str | None


def standing_pairs(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the ids of the pairs that stand."""
    return {row[0] for row in connection.execute(_STANDING).fetchall()}


def count_pairs(connection: duckdb.DuckDBPyConnection, before: set[str], reopened: int) -> PairCounts:
    """Return what came of the pairs since ``before`` stood."""
    after = standing_pairs(connection)
    stale, orphaned = connection.execute(_STALE).fetchone() or (0, 0)
    return PairCounts(len(after - before), len(after & before), stale, orphaned, len(before - after), reopened)


def read_orphans(connection: duckdb.DuckDBPyConnection) -> list[Orphan]:
    """Return every orphaned pair, by source and path."""
    return [Orphan(*row) for row in connection.execute(_ORPHANS).fetchall()]
