"""How a check puts what it found into a finding with a stable id.

Knows identity only. It must not know what any check looks for.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.identity import finding_id
from tuneproof.datasets.workspace.records import Finding, Severity


def on_pair(
    row: PairRow,
    check_name: str,
    severity: Severity,
    message: str,
    evidence: Mapping[str, object] | None = None,
    score: float | None = None,
) -> Finding:
    """Return the one finding that the check ``check_name`` has on ``row``: its id is the check's and the pair's."""
    identity = finding_id(check_name, "pair", row.pair_id)
    return Finding(identity, "pair", row.pair_id, check_name, severity, message, evidence or {}, score)


def on_set(
    subject_id: str,
    check_name: str,
    severity: Severity,
    message: str,
    evidence: Mapping[str, object] | None = None,
    score: float | None = None,
) -> Finding:
    """Return the finding of ``check_name`` on the whole set; ``subject_id`` tells it from others of that check."""
    identity = finding_id(check_name, "set", subject_id)
    return Finding(identity, "set", subject_id, check_name, severity, message, evidence or {}, score)


def shortened(text: str, width: int = 80) -> str:
    """Return ``text`` on one line of at most ``width`` characters, cut with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"
