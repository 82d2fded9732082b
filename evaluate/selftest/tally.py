"""Counts of right and wrong verdicts, with exact intervals.

Knows trials as they were recorded. It must not know how they were run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tuneproof.datasets.verdict.intervals import clopper_pearson
from tuneproof.evaluate.selftest.rungs import RUNGS

PERMUTED = "permuted"
#: Said in the place of a verdict where training gave the run up, so that there was nothing to judge.
STOPPED = "STOPPED"
PERMUTED_TARGET = 0.05


@dataclass(frozen=True, slots=True)
class Trial:
    """One judged run: the gate's verdict and causes, and the status of every check."""

    rung: str
    seed: int
    verdict: str
    cause: tuple[str, ...]
    statuses: Mapping[str, str]
    figures: Mapping[str, float | None]
    seconds: float
    version: str
    base: str

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**asdict(self), "cause": list(self.cause)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Trial:
        """Build a trial from what ``to_document`` gave."""
        return cls(**{**document, "cause": tuple(document["cause"])})


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one rung was judged wrongly, of ``n``; ``low`` and ``high`` are the exact 95% interval.

    ``verdicts`` counts what was said, ``detectors`` the checks that failed.
    """

    rung: str
    means: str
    error: str
    n: int
    wrong: int
    low: float
    high: float
    target: float
    verdicts: Mapping[str, int]
    detectors: Mapping[str, int]

    @property
    def rate(self) -> float:
        """The share of wrong verdicts."""
        return self.wrong / self.n if self.n else 0.0

    @property
    def exceeds(self) -> bool:
        """Whether the target is certainly not met: the interval's lower end lies over it."""
        return self.low > self.target

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**asdict(self), "rate": self.rate, "exceeds": self.exceeds}


def tally(trials: Sequence[Trial]) -> list[Rate]:
    """Return a rate for each rung that has a trial, and one for the permutations."""
    rates = []
    for rung in RUNGS:
        own = [trial for trial in trials if trial.rung == rung.name]
        wrong = sum((trial.verdict in ("FAIL", STOPPED)) != rung.faulty for trial in own)
        error = "missed" if rung.faulty else "false FAIL"
        rates.append(_rate(own, rung.name, rung.means, error, wrong, rung.target))
    permuted = [trial for trial in trials if trial.rung == PERMUTED]
    wrong = sum(trial.verdict == "FAIL" for trial in permuted)
    means = "base and tuned swapped by chance, document by document"
    rates.append(_rate(permuted, PERMUTED, means, "false FAIL", wrong, PERMUTED_TARGET))
    return [rate for rate in rates if rate.n]


def _rate(trials: Sequence[Trial], rung: str, means: str, error: str, wrong: int, target: float) -> Rate:
    bounds = clopper_pearson(wrong, len(trials)) if trials else None
    low, high = (bounds.low or 0.0, 1.0 if bounds.high is None else bounds.high) if bounds else (0.0, 1.0)
    verdicts = Counter(trial.verdict for trial in trials)
    failed = Counter(_failed(trials))
    return Rate(rung, means, error, len(trials), wrong, low, high, target, dict(verdicts), dict(failed.most_common()))


def _failed(trials: Iterable[Trial]) -> Iterable[str]:
    return (check for trial in trials for check, status in trial.statuses.items() if status == "fail")
