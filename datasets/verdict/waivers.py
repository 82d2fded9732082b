"""Waivers: which failing checks may pass for now, and who answers for it.

Knows the policy's entries and the day. It must not know what a check measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from tuneproof.datasets.verdict.verdict import Check, Waiver
from tuneproof.datasets.workspace.config import WaiverEntry


def apply_waivers(checks: Iterable[Check], entries: Sequence[WaiverEntry], as_of: str) -> tuple[Check, ...]:
    """Return ``checks``, waived where one fails or is inconclusive and an entry names it that holds through its day.

    ``as_of`` is an ISO date or time.

    Raises:
        ValueError: ``as_of`` does not begin with an ISO date.
    """
    day = date.fromisoformat(as_of[:10])
    in_force = {entry.check: entry for entry in reversed(entries) if entry.expires >= day}
    return tuple(_waived(check, in_force.get(check.id)) for check in checks)


def _waived(check: Check, entry: WaiverEntry | None) -> Check:
    if entry is None or check.status not in ("fail", "inconclusive"):
        return check
    return replace(
        check, status="waived", waiver=Waiver(entry.check, entry.owner, entry.reason, entry.expires.isoformat())
    )
