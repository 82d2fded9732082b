"""Two runs on the items that both were scored on: what changed from first to second, and what was set otherwise.

Knows the scores of the tuned models, pairs them item by item and settles all questions as one family. It judges
neither run: each has its own verdict.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tuneproof.datasets.verdict.intervals import Estimate, cluster_mean, detectable, holm, paired_proportion
from tuneproof.datasets.verdict.verdict import Interval, Verdict
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.verdicts import of_subject

if TYPE_CHECKING:
    import duckdb

Way = Literal["better", "worse", "same"]
#: Parts of a manifest that are set rather than found, as beginnings of dotted names.
SET = ("method", "settings.", "seed", "base.", "snapshot.", "rows.", "replay.source", "replay.sha256", "versions.",
       "override", "hardware.device", "hardware.precision")  # fmt: skip
#: Reasons repeat what the setting beside them says; where steps fall follows from their number.
UNSET = ("settings.reasons.", "settings.evaluate_at")
_SCORED = "SELECT count(*) FROM scores WHERE run_id = ? AND model = 'tuned'"
_RUN = "SELECT base, snapshot_id, manifest FROM runs WHERE run_id = ?"
# A question counts where both runs put it in the same words, and for the same purpose.
_ITEMS = """
WITH one AS (
    SELECT i.item_id, i.role, i.suite, i.prompt, i.reference, i.document_id, i.pair_id, s.metric, s.value
    FROM scores s JOIN runs r ON r.run_id = s.run_id
    JOIN items i ON i.item_id = s.item_id AND i.snapshot_id = r.snapshot_id
    WHERE s.run_id = $one AND s.model = 'tuned' AND s.metric IN ('nll_per_token', 'correct') AND isfinite(s.value)
), two AS (
    SELECT i.item_id, i.role, i.suite, i.prompt, i.reference, s.metric, s.value
    FROM scores s JOIN runs r ON r.run_id = s.run_id
    JOIN items i ON i.item_id = s.item_id AND i.snapshot_id = r.snapshot_id
    WHERE s.run_id = $two AND s.model = 'tuned' AND s.metric IN ('nll_per_token', 'correct') AND isfinite(s.value)
)
SELECT one.role, CASE WHEN one.role IN ('text', 'general') THEN one.suite ELSE '' END, one.metric, one.role = two.role,
    coalesce(m.split_group, one.document_id, one.item_id), one.value, two.value, one.item_id
FROM one JOIN two ON two.item_id = one.item_id AND two.metric = one.metric AND two.prompt = one.prompt
    AND two.reference = one.reference
LEFT JOIN store.placements m ON m.pair_id = one.pair_id AND m.split_group <> ''
ORDER BY one.role, one.suite, one.item_id
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One question to both runs over ``n`` shared items in ``groups`` groups; the change is second minus first.

    Losses are in nats a token, where less is better; ``accuracy`` is a share, where more is. The interval is at 95%,
    ``p`` two-sided and corrected by Holm over all figures of the comparison. ``detectable`` is the smallest change
    that a test at 5% would see four times in five. None: fewer than two groups.
    """

    role: str
    suite: str
    unit: Literal["nats/token", "accuracy"]
    n: int
    groups: int
    first: float
    second: float
    interval: Interval | None
    p: float | None
    detectable: float | None
    items: tuple[str, ...] = ()

    @property
    def change(self) -> float:
        """Second minus first."""
        return self.second - self.first

    @property
    def name(self) -> str:
        """Role, and suite where it has one."""
        return f"{self.role}: {self.suite}" if self.suite else self.role

    @property
    def way(self) -> Way:
        """Whether the second run is better, worse, or can't be told from the first."""
        if self.p is None or self.p >= 0.05 or not self.change:
            return "same"
        return "better" if (self.change < 0) == (self.unit == "nats/token") else "worse"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs: their verdicts, what was set otherwise, and what that did to the items that both were scored on."""

    first: str
    second: str
    verdicts: tuple[Verdict | None, Verdict | None]
    settings: tuple[tuple[str, str, str], ...]
    checks: tuple[tuple[str, str, str], ...]
    figures: tuple[Figure, ...]
    shared: int
    other_role: int
    alone: tuple[int, int]
    same_base: bool

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "first": self.first,
            "second": self.second,
            "verdicts": [found.verdict if found else None for found in self.verdicts],
            "causes": [list(found.cause) if found else [] for found in self.verdicts],
            "same_base": self.same_base,
            "items": {"shared": self.shared, "left_out_other_role": self.other_role, "first_alone": self.alone[0],
                      "second_alone": self.alone[1]},
            "settings": [{"name": name, "first": one, "second": two} for name, one, two in self.settings],
            "checks": [{"check": name, "first": one, "second": two} for name, one, two in self.checks],
            "figures": [
                {"role": one.role, "suite": one.suite, "unit": one.unit, "n": one.n, "groups": one.groups,
                 "first": one.first, "second": one.second, "change": one.change,
                 "interval": [one.interval.low, one.interval.high] if one.interval else None, "p_holm": one.p,
                 "detectable": one.detectable, "way": one.way, "largest_changes": list(one.items)}
                for one in self.figures
            ],
        }  # fmt: skip


def compare_runs(con: duckdb.DuckDBPyConnection, first: str, second: str) -> Comparison:
    """Compare the tuned models of two runs that were scored; the connection is only read from.

    Items that one run used otherwise, such as trained on what the other held out, are left out and counted.

    Raises:
        DataError: a run is not known, was never scored, or both have no item in common.
    """
    counts = [_scored(con, run) for run in (first, second)]
    (base, snapshot, one), (other_base, other_snapshot, two) = (_run(con, run) for run in (first, second))
    rows = con.execute(_ITEMS, {"one": first, "two": second}).fetchall()
    fitting = [row for row in rows if row[3]]
    if not fitting:
        raise DataError(f"Runs {first} and {second} share no item.", "Compare two runs on the same documents.")
    verdicts = (of_subject(con, "model", first), of_subject(con, "model", second))
    return Comparison(
        first=first,
        second=second,
        verdicts=verdicts,
        settings=tuple(_differing({"snapshot.id": snapshot, **one}, {"snapshot.id": other_snapshot, **two})),
        checks=tuple(_statuses(*verdicts)),
        figures=tuple(_figures(fitting)),
        shared=len(fitting),
        other_role=len(rows) - len(fitting),
        alone=(counts[0] - len(rows), counts[1] - len(rows)),
        same_base=base == other_base or _weights(one) == _weights(two) != {},
    )


def _scored(con: duckdb.DuckDBPyConnection, run: str) -> int:
    found = con.execute(f"{_SCORED} AND metric IN ('nll_per_token', 'correct')", [run]).fetchone()
    if not found or not found[0]:
        raise DataError(f"Run {run} was never scored here.", f"Run: tuneproof evaluate --run {run}")
    return int(found[0])


def _run(con: duckdb.DuckDBPyConnection, run: str) -> tuple[str, str, dict[str, str]]:
    found = con.execute(_RUN, [run]).fetchone()
    if found is None:
        raise DataError(f"There is no run {run}.", "See which there are: tuneproof runs")
    base, snapshot, manifest = found
    return base, snapshot, dict(_flat(json.loads(manifest) if manifest else {}))


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, entry in value.items():
        if isinstance(entry, Mapping):
            yield from _flat(entry, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", json.dumps(entry) if isinstance(entry, list | bool) else str(entry)


def _differing(one: Mapping[str, str], two: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    names = [*one, *(name for name in two if name not in one)]
    for name in names:
        if name.startswith(SET) and not name.startswith(UNSET) and one.get(name) != two.get(name):
            yield name, one.get(name, "none"), two.get(name, "none")


def _weights(manifest: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in manifest.items() if name.startswith("base.files.")}


def _statuses(one: Verdict | None, two: Verdict | None) -> Iterator[tuple[str, str, str]]:
    """Yield the checks whose status is not the same in both verdicts."""
    before, after = ({check.id: str(check.status) for check in found.checks} if found else {} for found in (one, two))
    if not before or not after:
        return
    for name in (*before, *(name for name in after if name not in before)):
        if before.get(name) != after.get(name):
            yield name, before.get(name, "not asked"), after.get(name, "not asked")


def _figures(rows: Sequence[tuple[Any, ...]]) -> Iterator[Figure]:
    slices: dict[tuple[str, str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        slices[row[0], row[1], row[2]].append(row)
    estimates = {key: _change(found, key[2]) for key, found in slices.items()}
    known = {key: 2 * min(found.p_above(), found.p_below()) for key, found in estimates.items() if found is not None}
    corrected = dict(zip(known, holm(list(known.values())), strict=True))
    for key, found in slices.items():
        role, suite, metric = key
        estimate = estimates[key]
        worst = sorted(found, key=lambda row: (-abs(row[6] - row[5]), row[7]))
        yield Figure(
            role=role,
            suite=suite,
            unit="accuracy" if metric == "correct" else "nats/token",
            n=len(found),
            groups=len({row[4] for row in found}),
            first=sum(row[5] for row in found) / len(found),
            second=sum(row[6] for row in found) / len(found),
            interval=estimate.interval() if estimate else None,
            p=min(1.0, corrected[key]) if estimate else None,
            detectable=detectable(estimate.se, estimate.df, 0.025) if estimate else None,
            items=tuple(row[7] for row in worst[:10] if not math.isclose(row[5], row[6])),
        )


def _change(rows: Sequence[tuple[Any, ...]], metric: str) -> Estimate | None:
    if metric == "correct":
        gained = sum(row[6] > row[5] for row in rows)
        lost = sum(row[6] < row[5] for row in rows)
        return paired_proportion(gained, lost, len(rows))
    groups = [row[4] for row in rows]
    return cluster_mean([row[6] - row[5] for row in rows], groups) if len(set(groups)) > 1 else None
