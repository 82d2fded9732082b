"""The rows behind a model verdict: scores, curves, outputs, and what was trained on what.

Knows the statements over runs, scores and outputs, and describes them with the intervals that the gates use. It
judges nothing: a figure that was judged is in the verdict, with its limit.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.curate.checking.style_profile import StyleProfile
from tuneproof.datasets.verdict.intervals import cluster_mean, wilson
from tuneproof.datasets.verdict.verdict import Interval
from tuneproof.datasets.workspace.atomic import read_json
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.evaluate.diagnosis import Diagnosis
from tuneproof.evaluate.errors import ErrorGroup, find_errors
from tuneproof.evaluate.examined import read_examined
from tuneproof.evaluate.measures import Measures, find_measures
from tuneproof.evaluate.preferences import Tally, comparisons, tally

if TYPE_CHECKING:
    import duckdb

OUTPUTS = 60
ROLES: Mapping[str, str] = {
    "train": "Training questions",
    "paraphrase": "Training questions, reworded",
    "sibling": "Other facts of the same documents",
    "selection": "Validation, used to choose settings",
    "heldout": "Held-out documents",
}

_RUN = "SELECT run_id, parent_id, snapshot_id, base, method, status, manifest FROM runs WHERE run_id = ?"
# What is independent is what the split kept together: a document, or a section of a large one. Text items come one
# a document.
_NLL = """
SELECT i.role, i.suite, coalesce(p.split_group, i.document_id, i.item_id), b.value, t.value,
    coalesce(i.document_id, i.item_id)
FROM items i
LEFT JOIN store.placements p ON p.pair_id = i.pair_id AND p.split_group <> ''
JOIN scores b ON b.item_id = i.item_id AND b.run_id = $run AND b.model = 'base' AND b.metric = 'nll_per_token'
JOIN scores t ON t.item_id = i.item_id AND t.run_id = $run AND t.model = 'tuned' AND t.metric = 'nll_per_token'
WHERE i.snapshot_id = $snapshot AND isfinite(b.value) AND isfinite(t.value) ORDER BY i.item_id
"""
_SUITES = """
SELECT i.suite, count(*), sum(b.value)::BIGINT, sum(t.value)::BIGINT,
    count(*) FILTER (b.value = 0 AND t.value = 1), count(*) FILTER (b.value = 1 AND t.value = 0)
FROM items i
JOIN scores b ON b.item_id = i.item_id AND b.run_id = $run AND b.model = 'base' AND b.metric = 'correct'
JOIN scores t ON t.item_id = i.item_id AND t.run_id = $run AND t.model = 'tuned' AND t.metric = 'correct'
WHERE i.snapshot_id = $snapshot AND isfinite(b.value) AND isfinite(t.value) GROUP BY i.suite ORDER BY i.suite
"""
_CURVES = """
SELECT name, step, value FROM metrics
WHERE run_id = ? AND name IN ('loss', 'eval_loss', 'learning_rate') AND isfinite(value) ORDER BY name, step
"""
_PATHS = "SELECT document_id, source || '/' || path FROM documents"
_OUTPUTS = """
SELECT i.item_id, i.role, d.source || '/' || d.path, i.prompt, i.reference, b.text, t.text, sb.value - st.value
FROM items i
JOIN outputs b ON b.item_id = i.item_id AND b.run_id = $run AND b.model = 'base'
JOIN outputs t ON t.item_id = i.item_id AND t.run_id = $run AND t.model = 'tuned'
LEFT JOIN documents d ON d.document_id = i.document_id
LEFT JOIN scores sb ON sb.item_id = i.item_id AND sb.run_id = $run AND sb.model = 'base'
    AND sb.metric = 'nll_per_token'
LEFT JOIN scores st ON st.item_id = i.item_id AND st.run_id = $run AND st.model = 'tuned'
    AND st.metric = 'nll_per_token'
WHERE i.snapshot_id = $snapshot ORDER BY i.role <> 'heldout', i.role, i.item_id
"""
_UNFIT = """
SELECT count(DISTINCT item_id) FILTER (metric = 'unscored'), count(DISTINCT item_id) FILTER (metric = 'broken')
FROM scores WHERE run_id = ?
"""
_DATA_VERDICT = """
SELECT document FROM verdicts WHERE kind = 'data' AND subject_id = ? ORDER BY decided_at DESC, verdict_id LIMIT 1
"""
_SIBLINGS = """
SELECT r.run_id, max_by(v.verdict, v.decided_at), max(v.decided_at)::VARCHAR FROM runs r
JOIN verdicts v ON v.subject_id = r.run_id AND v.kind = 'model'
WHERE r.snapshot_id = ? GROUP BY r.run_id ORDER BY max(v.decided_at), r.run_id
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A mean of differences over ``n`` rows in ``groups`` groups; no interval where fewer than two groups are."""

    label: str
    mean: float
    low: float | None
    high: float | None
    n: int
    groups: int
    base: float
    tuned: float


@dataclass(frozen=True, slots=True)
class Suite:
    """Accuracy of base and tuned on one suite, each with its interval, and the change between them."""

    name: str
    n: int
    base: float
    base_interval: Interval
    tuned: float
    tuned_interval: Interval
    change: float
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Output:
    """One question, what the documentation says, and what each model wrote; ``gain`` in nats a token."""

    item_id: str
    role: str
    path: str | None
    question: str
    reference: str
    base: str
    tuned: str
    gain: float | None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The run as the workspace knows it."""

    run_id: str
    parent_id: str | None
    snapshot_id: str
    base: str
    method: str
    status: str
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DataVerdict:
    """The verdict on the data that the run was trained on."""

    verdict: str
    cause: tuple[str, ...]
    as_of: str


@dataclass(frozen=True, slots=True)
class ModelEvidence:
    """Everything that a model report shows beside its verdict. Gains are base minus tuned: above zero is better."""

    run: RunFacts | None
    gains: tuple[Change, ...] = ()
    texts: tuple[Change, ...] = ()
    suites: tuple[Suite, ...] = ()
    ratio: float | None = None
    curves: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    documents: tuple[Change, ...] = ()
    outputs: tuple[Output, ...] = ()
    outputs_held: int = 0
    data_verdict: DataVerdict | None = None
    judged_runs: tuple[tuple[str, str, str], ...] = ()
    unscored: int = 0
    broken: int = 0
    errors: tuple[ErrorGroup, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    measures: Measures = field(default_factory=Measures)
    preferences: Tally | None = None


def gather_model(
    con: duckdb.DuckDBPyConnection, run_id: str, level: float = 0.95, snapshots: Path | None = None
) -> ModelEvidence:
    """Return the rows behind a model verdict; a run that the workspace does not know gives empty evidence.

    Intervals are two-sided at ``level``, with documents as groups. ``snapshots`` is the folder of frozen sets, of which
    the run's own says what style its answers had.
    """
    found = con.execute(_RUN, [run_id]).fetchone()
    if found is None:
        return ModelEvidence(None)
    run_id, parent_id, snapshot_id, base, method, status, manifest = found
    run = RunFacts(run_id, parent_id, snapshot_id, base, method, status, _mapping(manifest))
    keys = {"run": run_id, "snapshot": run.snapshot_id}
    by_role: dict[tuple[str, str], list[tuple[str, float, float]]] = defaultdict(list)
    held: list[tuple[str, float, float]] = []
    for role, suite, group, base, tuned, document in con.execute(_NLL, keys).fetchall():
        by_role[role, suite if role == "text" else ""].append((group, base, tuned))
        if role == "heldout":
            held.append((document, base, tuned))
    gains = {role: _change(label, by_role[role, ""], level) for role, label in ROLES.items() if by_role[role, ""]}
    texts = [_change(suite, rows, level, worse=True) for (role, suite), rows in sorted(by_role.items())
             if role == "text" and rows]  # fmt: skip
    outputs = [Output(*values) for values in con.execute(_OUTPUTS, keys).fetchall()]
    examined = read_examined(con, run_id)
    unscored, broken = con.execute(_UNFIT, [run_id]).fetchall()[0]
    return ModelEvidence(
        run=run,
        gains=tuple(gains.values()),
        texts=tuple(texts),
        suites=tuple(_suite(values, level) for values in con.execute(_SUITES, keys).fetchall()),
        ratio=_ratio(gains),
        curves=_curves(con, run_id),
        documents=_documents(con, held, level),
        outputs=_pick(outputs),
        outputs_held=len(outputs),
        data_verdict=_data_verdict(con, run.snapshot_id),
        judged_runs=tuple(con.execute(_SIBLINGS, [run.snapshot_id]).fetchall()),
        unscored=unscored,
        broken=broken,
        errors=find_errors(examined),
        measures=find_measures(con, run_id, examined, _style(snapshots, run.snapshot_id)),
        preferences=_preferences(con, run_id),
    )


def _preferences(con: duckdb.DuckDBPyConnection, run_id: str) -> Tally | None:
    found = tally(comparisons(con, run_id))
    return found if found.judged else None


def _style(snapshots: Path | None, snapshot_id: str) -> StyleProfile | None:
    """Return how the answers of a frozen set are written.

    None where it is not at hand, was frozen without, or by a version that read other features: then the measure is
    left out, and the verdict's report is written all the same.
    """
    path = snapshots / snapshot_id / "snapshot.json" if snapshots else None
    if path is None or not path.is_file():
        return None
    found = read_json(path)["facts"].get("style")
    try:
        return StyleProfile.from_json(found) if found else None
    except DataError:
        return None


def _mapping(text: str | None) -> Mapping[str, Any]:
    value = json.loads(text) if text else {}
    return value if isinstance(value, dict) else {}


def _change(label: str, rows: Sequence[tuple[str, float, float]], level: float, worse: bool = False) -> Change:
    """Describe base minus tuned (a gain), or tuned minus base where ``worse`` counts."""
    groups = [group for group, _, _ in rows]
    differences = [(tuned - base) if worse else (base - tuned) for _, base, tuned in rows]
    base = sum(value for _, value, _ in rows) / len(rows)
    tuned = sum(value for _, _, value in rows) / len(rows)
    mean = sum(differences) / len(differences)
    if len(set(groups)) < 2:
        return Change(label, mean, None, None, len(rows), len(set(groups)), base, tuned)
    estimate = cluster_mean(differences, groups)
    found = estimate.interval(level)
    return Change(label, mean, found.low, found.high, estimate.n, estimate.clusters, base, tuned)


def _suite(values: tuple[str, int, int, int, int, int], level: float) -> Suite:
    name, n, base, tuned, gained, lost = values
    before, after = wilson(base, n, level), wilson(tuned, n, level)
    return Suite(name, n, base / n, before, tuned / n, after, (gained - lost) / n, gained, lost)


def _ratio(gains: Mapping[str, Change]) -> float | None:
    """Return what share of the gain on training questions the held-out documents got; None without a gain."""
    if "train" not in gains or "heldout" not in gains or gains["train"].mean <= 0:
        return None
    return gains["heldout"].mean / gains["train"].mean


def _curves(con: duckdb.DuckDBPyConnection, run_id: str) -> dict[str, tuple[tuple[int, float], ...]]:
    curves: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for name, step, value in con.execute(_CURVES, [run_id]).fetchall():
        curves[name].append((step, value))
    return {name: tuple(points) for name, points in curves.items()}


def _documents(
    con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[str, float, float]], level: float
) -> tuple[Change, ...]:
    paths: dict[str, str] = dict(con.execute(_PATHS).fetchall())
    grouped: dict[str, list[tuple[str, float, float]]] = defaultdict(list)
    for at, (document, base, tuned) in enumerate(rows):
        grouped[document].append((str(at), base, tuned))
    changes = [_change(paths.get(document, document), found, level) for document, found in grouped.items()]
    return tuple(sorted(changes, key=lambda change: (change.mean, change.label)))


def _pick(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """Take the held-out ones that lost most and gained most before any other, so that both ends are seen."""
    if len(outputs) <= OUTPUTS:
        return tuple(outputs)
    ranked = sorted(outputs, key=lambda one: (one.role != "heldout", one.gain if one.gain is not None else 0.0))
    held = [one for one in ranked if one.role == "heldout"]
    pool = held if len(held) >= OUTPUTS else ranked
    half = OUTPUTS // 2
    return (*pool[:half], *pool[half - OUTPUTS :])


def _data_verdict(con: duckdb.DuckDBPyConnection, snapshot_id: str) -> DataVerdict | None:
    row = con.execute(_DATA_VERDICT, [snapshot_id]).fetchone()
    if row is None:
        return None
    document = json.loads(row[0])
    return DataVerdict(document["verdict"], tuple(document["cause"]), document["as_of"])
