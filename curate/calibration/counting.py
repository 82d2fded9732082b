"""What was counted: faults told, controls mistaken for faults, untouched pairs flagged, each with its interval.

Precision is against the controls, of which there are as many as faults: told faults among all that was told. Knows
counts and proportions only; it must not know what was planted nor how.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tuneproof.curate.calibration.cases import Case
from tuneproof.datasets.verdict.intervals import clopper_pearson


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``n``; ``value`` and ``interval`` (exact, 95%) are None where ``n`` is 0."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """Return the share, 0..1."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> list[float] | None:
        """Return the exact two-sided 95% interval (Clopper and Pearson 1934)."""
        if not self.n:
            return None
        found = clopper_pearson(self.hits, self.n)
        return [round(found.low or 0.0, 4), round(1.0 if found.high is None else found.high, 4)]


@dataclass(frozen=True, slots=True)
class Judged:
    """One case with what became of it: ``flagged`` where the check told it."""

    case: Case
    flagged: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """What one check did: with faults, with controls, and with pairs that nobody touched.

    ``finding`` is the name under which the check speaks; ``extra`` holds counts that only this check has.
    """

    check: str
    finding: str
    judged: Sequence[Judged]
    untouched: Share
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def recall(self) -> Share:
        """Return the faults that were told."""
        return _share(each.flagged for each in self.judged if each.case.planted)

    @property
    def precision(self) -> Share:
        """Return the faults among all faults and controls that were told."""
        return _share(each.case.planted for each in self.judged if each.flagged)

    @property
    def controls(self) -> Share:
        """Return the controls that were mistaken for faults."""
        return _share(each.flagged for each in self.judged if not each.case.planted)

    def by_kind(self, *, planted: bool) -> dict[str, list[int]]:
        """Return, for each kind of edit, how many were told and how many there were."""
        kinds: dict[str, list[int]] = {}
        for each in self.judged:
            if each.case.planted is planted:
                counts = kinds.setdefault(each.case.kind, [0, 0])
                counts[0] += each.flagged
                counts[1] += 1
        return dict(sorted(kinds.items()))

    def mistakes(self) -> Iterator[dict[str, object]]:
        """Yield the faults that were missed and the controls that were flagged."""
        for each in self.judged:
            if each.flagged is not each.case.planted:
                case = each.case
                what = {"check": self.check, "kind": case.kind, "mistake": "missed" if case.planted else "flagged"}
                row = {
                    "pair_id": case.row.pair_id,
                    "partner": case.partner,
                    "where": f"{case.row.source}/{case.row.path}",
                }
                yield {**what, **row, "question": case.row.question, "answer": case.row.answer}

    def as_json(self) -> dict[str, object]:
        """Return the row of the table as plain values; ``n`` counts faults and controls."""
        recall, precision = self.recall, self.precision
        return {
            "check": self.check,
            "finding": self.finding,
            "precision": _rounded(precision.value),
            "recall": _rounded(recall.value),
            "precision_interval": precision.interval,
            "recall_interval": recall.interval,
            "n": len(self.judged),
            "planted": recall.n,
            "caught": recall.hits,
            "controls": self.controls.n,
            "controls_flagged": self.controls.hits,
            "flag_rate_untouched": _rounded(self.untouched.value),
            "flag_rate_interval": self.untouched.interval,
            "untouched": self.untouched.n,
            "kinds": self.by_kind(planted=True),
            "control_kinds": self.by_kind(planted=False),
            **self.extra,
        }


@dataclass(frozen=True, slots=True)
class Trials:
    """What a check of the whole set did: one trial is one set with a fault in it, or (control) one without."""

    check: str
    finding: str
    found: Mapping[str, Share]
    alarms: Share

    def mistakes(self) -> Iterator[dict[str, object]]:
        """Yield the kinds of fault that were missed in some set."""
        for kind, share in self.found.items():
            if share.hits < share.n:
                yield {"check": self.check, "kind": kind, "mistake": "missed", "sets": share.n - share.hits}

    def as_json(self) -> dict[str, object]:
        """Return the row of the table as plain values."""
        total = Share(sum(share.hits for share in self.found.values()), sum(share.n for share in self.found.values()))
        return {
            "check": self.check,
            "finding": self.finding,
            "detected": total.hits,
            "n": total.n,
            "detected_interval": total.interval,
            "false_alarms": self.alarms.hits,
            "control_sets": self.alarms.n,
            "kinds": {kind: [share.hits, share.n] for kind, share in self.found.items()},
        }


Row = Tally | Trials


def judge(cases: Iterable[Case], flagged: set[str]) -> list[Judged]:
    """Return ``cases`` with whether their pair's id is in ``flagged``."""
    return [Judged(case, case.row.pair_id in flagged) for case in cases]


def share_of(ids: Iterable[str], flagged: set[str]) -> Share:
    """Return the share of ``ids`` that is in ``flagged``."""
    return _share(identity in flagged for identity in ids)


def _share(values: Iterable[bool]) -> Share:
    seen = list(values)
    return Share(sum(seen), len(seen))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
