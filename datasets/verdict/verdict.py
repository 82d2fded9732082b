"""The one object that both gates return, and how its checks add up.

Knows the shape of a verdict and the algebra of statuses. It must not know how a figure was measured nor how
a verdict is shown: reports, cards and screens render this object and hold no opinion of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tuneproof.datasets.workspace.identity import canonical_json, digest

SCHEMA = 1
Status = Literal["pass", "warn", "fail", "inconclusive", "waived", "skipped"]
Outcome = Literal["PASS", "FAIL", "INCONCLUSIVE"]
EXIT_CODES: Mapping[Outcome, int] = {"PASS": 0, "FAIL": 2, "INCONCLUSIVE": 3}


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval in the check's unit; ``low`` or ``high`` is None on an open side."""

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The way from a figure to its rows: a statement over the public views, and ids to look at first."""

    sql: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiver:
    """Who lets a failing check pass, why, and until which ISO date."""

    check: str
    owner: str
    reason: str
    expires: str


@dataclass(frozen=True, slots=True)
class Check:
    """One question that a gate asked, its figure, its limit and its answer.

    ``op`` says how value and limit compare when all is well (``<=``, ``>=``, ``==``); ``level`` is the
    confidence level of ``interval``; ``n`` counts rows and ``clusters`` independent groups of them.
    """

    id: str
    title: str
    status: Status
    severity: Literal["block", "warn", "info"]
    value: float | None
    unit: str
    op: str
    limit: float | None
    message: str
    interval: Interval | None = None
    level: float | None = None
    n: int = 0
    clusters: int = 0
    evidence: Evidence = field(default_factory=Evidence)
    remedy: str = ""
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """PASS, FAIL or INCONCLUSIVE on a data set or a model, with everything that led there."""

    kind: Literal["data", "model"]
    subject_id: str
    verdict: Outcome
    cause: tuple[str, ...]
    as_of: str
    policy_sha256: str
    checks: tuple[Check, ...]
    roles: tuple[str, ...] = ()
    looks: int = 0
    override: str | None = None
    schema: int = SCHEMA

    @property
    def verdict_id(self) -> str:
        """The id: a hash of everything but the time."""
        document = self.to_document()
        del document["as_of"]
        return digest("verdict", canonical_json(document))

    @property
    def exit_code(self) -> int:
        """0 pass, 2 fail, 3 inconclusive."""
        return EXIT_CODES[self.verdict]

    def check(self, check_id: str) -> Check | None:
        """Return the check of that id, or None."""
        return next((check for check in self.checks if check.id == check_id), None)

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values; ``from_document`` reads them back."""
        document = asdict(self)
        for check in document["checks"]:
            check["evidence"]["ids"] = list(check["evidence"]["ids"])
        document.update(cause=list(self.cause), roles=list(self.roles), checks=list(document["checks"]))
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Verdict:
        """Build a verdict from what ``to_document`` wrote."""
        values = dict(document)
        values.update(
            cause=tuple(values["cause"]),
            roles=tuple(values["roles"]),
            checks=tuple(_check(check) for check in values["checks"]),
        )
        return cls(**values)


def outcome(checks: Sequence[Check]) -> Outcome:
    """Return FAIL if a blocking check fails, else INCONCLUSIVE if one could not be settled, else PASS."""
    statuses = {check.status for check in checks if check.severity == "block"}
    if "fail" in statuses:
        return "FAIL"
    return "INCONCLUSIVE" if "inconclusive" in statuses else "PASS"


def _check(document: Mapping[str, Any]) -> Check:
    values = dict(document)
    values["evidence"] = Evidence(values["evidence"]["sql"], tuple(values["evidence"]["ids"]))
    values["interval"] = Interval(**values["interval"]) if values["interval"] else None
    values["waiver"] = Waiver(**values["waiver"]) if values["waiver"] else None
    return Check(**values)
