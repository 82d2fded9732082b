"""The statements over the public views that lead from a check to its rows.

Knows the views' columns. It must not open a database: whoever reads a verdict runs these.
"""

from __future__ import annotations

from tuneproof.datasets.workspace.records import Role


def comparison(run_id: str, role: Role, suite: str | None, metric: str) -> str:
    """Return a statement that lists base and tuned figures of a role's items, the largest change first."""
    of_suite = f" AND i.suite = {_literal(suite)}" if suite is not None else ""
    return (
        "SELECT i.item_id, i.document_id, b.value AS base, t.value AS tuned, t.value - b.value AS change,"
        " i.prompt, i.reference FROM scores b JOIN scores t USING (run_id, item_id, metric)"
        " JOIN runs r USING (run_id) JOIN items i ON i.item_id = b.item_id AND i.snapshot_id = r.snapshot_id"
        f" WHERE run_id = {_literal(run_id)} AND b.model = 'base' AND t.model = 'tuned'"
        f" AND metric = {_literal(metric)} AND i.role = {_literal(role)}{of_suite}"
        " ORDER BY abs(change) DESC, i.item_id"
    )


def with_metric(run_id: str, metric: str) -> str:
    """Return a statement that lists the items for which a run has a figure of ``metric``."""
    return (
        "SELECT s.model, i.item_id, i.role, i.suite, s.value, i.prompt FROM scores s JOIN runs r USING (run_id)"
        " JOIN items i ON i.item_id = s.item_id AND i.snapshot_id = r.snapshot_id"
        f" WHERE run_id = {_literal(run_id)} AND s.metric = {_literal(metric)} ORDER BY s.value DESC, i.item_id"
    )


def changed_figures(run_id: str) -> str:
    """Return a statement that counts figures which differ between base and tuned."""
    return (
        "SELECT b.metric, count(*) AS figures, count(*) FILTER (b.value <> t.value) AS differing"
        " FROM scores b JOIN scores t USING (run_id, item_id, metric)"
        f" WHERE run_id = {_literal(run_id)} AND b.model = 'base' AND t.model = 'tuned' GROUP BY ALL ORDER BY b.metric"
    )


def manifest(run_id: str) -> str:
    """Return a statement that shows what a run recorded of its making."""
    return f"SELECT run_id, base, manifest FROM runs WHERE run_id = {_literal(run_id)}"


def curve(run_id: str, name: str) -> str:
    """Return a statement that lists one training metric by step."""
    return (
        f"SELECT step, value FROM metrics WHERE run_id = {_literal(run_id)} AND name = {_literal(name)} ORDER BY step"
    )


def _literal(text: str) -> str:
    # A verdict holds statements to be read and pasted, so values stand in them; quotes are doubled.
    return "'" + text.replace("'", "''") + "'"
