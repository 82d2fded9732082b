"""What the Evaluate screen reads: base beside tuned, item by item. Knows SQL over the public views; no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tuneproof.tui.display import one_line

if TYPE_CHECKING:
    import duckdb

Way = Literal["all", "changed", "better", "worse", "answered"]
WAYS: tuple[Way, ...] = ("all", "changed", "better", "worse", "answered")
ORDERS = {"worst": "good, item_id", "best": "good DESC, item_id", "role": "role, suite, good, item_id"}
# Nats a token, or points of a suite item, from which on two figures count as different.
CHANGED = 0.05

_RUN = """
SELECT r.run_id, r.base, r.method, v.verdict FROM runs r
LEFT JOIN verdicts v ON v.kind = 'model' AND v.subject_id = r.run_id
WHERE r.run_id IN (SELECT run_id FROM scores)
ORDER BY coalesce(v.decided_at, TIMESTAMP '1970-01-01') DESC, r.run_id LIMIT 1
"""
# Lower loss is better, a right choice is better: ``good`` grows with the tuned model in both.
_COMPARED = f"""
SELECT i.item_id, i.role, i.suite, i.prompt, i.reference, i.pair_id, i.document_id, b.metric, b.value AS base,
    t.value AS tuned, CASE WHEN b.metric = 'correct' THEN t.value - b.value ELSE b.value - t.value END AS good,
    CASE WHEN abs(t.value - b.value) < {CHANGED} THEN 'same' WHEN (t.value > b.value) = (b.metric = 'correct')
        THEN 'better' ELSE 'worse' END AS way,
    ob.text AS base_text, ot.text AS tuned_text
FROM scores b
JOIN scores t ON t.run_id = b.run_id AND t.item_id = b.item_id AND t.metric = b.metric AND t.model = 'tuned'
JOIN runs r ON r.run_id = b.run_id
JOIN items i ON i.item_id = b.item_id AND i.snapshot_id = r.snapshot_id
LEFT JOIN outputs ob ON ob.run_id = b.run_id AND ob.item_id = b.item_id AND ob.model = 'base'
LEFT JOIN outputs ot ON ot.run_id = b.run_id AND ot.item_id = b.item_id AND ot.model = 'tuned'
WHERE b.run_id = $run AND b.model = 'base' AND b.metric IN ('nll_per_token', 'correct')
"""
_CONDITIONS = {
    "all": "true",
    "changed": "way <> 'same'",
    "better": "way = 'better'",
    "worse": "way = 'worse'",
    "answered": "tuned_text IS NOT NULL",
}
_COUNTS = f"SELECT way, count(*), count(tuned_text) FROM ({_COMPARED}) WHERE $role IS NULL OR role = $role GROUP BY way"
_ROLES = f"SELECT role, count(*) FROM ({_COMPARED}) GROUP BY role ORDER BY count(*) DESC, role"


@dataclass(frozen=True, slots=True)
class Run:
    """The run that is looked at, and its verdict if it was judged."""

    run_id: str
    base: str
    method: str
    verdict: str | None


# How much of an answer the flag of its pair quotes.
QUOTED_CHARS = 300


@dataclass(frozen=True, slots=True)
class Compared:
    """An item: ``metric`` is nll_per_token or correct; ``good`` grows as the tuned model is better."""

    item_id: str
    role: str
    suite: str
    prompt: str
    reference: str
    pair_id: str | None
    document_id: str | None
    metric: str
    base: float
    tuned: float
    good: float
    way: str
    base_text: str | None
    tuned_text: str | None

    def reason(self, run_id: str) -> str:
        """Return why the item's pair deserves a look after that run: what the tuned model said, or how it scored."""
        said = one_line((self.tuned_text or "")[:QUOTED_CHARS]).strip()
        loss = f"{self.base:.2f} to {self.tuned:.2f} nats a token"
        return f"run {run_id[:8]} {f'answers: {said}' if said else f'is no better here: {loss}'}"


def newest_run(con: duckdb.DuckDBPyConnection) -> Run | None:
    """Return the run that was judged last, or None before the first evaluation."""
    row = con.execute(_RUN).fetchone()
    return Run(*row) if row else None


def items(
    con: duckdb.DuckDBPyConnection, run: str, way: Way, role: str | None, order: str, among: Sequence[str] | None = None
) -> list[str]:
    """Return the ids of a run's items that changed in that way, in one of ``ORDERS``, ``among`` some if given."""
    statement = (
        f"SELECT item_id FROM ({_COMPARED}) WHERE {_CONDITIONS[way]} AND ($role IS NULL OR role = $role) "
        f"AND ($among IS NULL OR item_id IN (SELECT unnest($among::VARCHAR[]))) ORDER BY {ORDERS[order]}"
    )
    values = {"run": run, "role": role, "among": None if among is None else list(among)}
    return [row[0] for row in con.execute(statement, values).fetchall()]


def compared(con: duckdb.DuckDBPyConnection, run: str, ids: Sequence[str]) -> dict[str, Compared]:
    """Return some items by id."""
    statement = f"{_COMPARED} AND b.item_id IN (SELECT unnest($ids::VARCHAR[]))"
    return {row[0]: Compared(*row) for row in con.execute(statement, {"run": run, "ids": list(ids)}).fetchall()}


def counts(con: duckdb.DuckDBPyConnection, run: str, role: str | None) -> dict[Way, int]:
    """Return how many items there are of each way."""
    found = con.execute(_COUNTS, {"run": run, "role": role}).fetchall()
    by_way = {row[0]: row[1] for row in found}
    better, worse = by_way.get("better", 0), by_way.get("worse", 0)
    return {
        "all": sum(by_way.values()),
        "changed": better + worse,
        "better": better,
        "worse": worse,
        "answered": sum(row[2] for row in found),
    }


def roles(con: duckdb.DuckDBPyConnection, run: str) -> list[tuple[str, int]]:
    """Return the roles of a run's items, the commonest first."""
    return [(row[0], row[1]) for row in con.execute(_ROLES, {"run": run}).fetchall()]
