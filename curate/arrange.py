"""The stages that look at the whole set: embed, deduplicate, cluster, check, split, select; written in one move.

Knows their order and the tables they fill. What each decides is the business of its own module. Nothing is
recomputed while pairs, judgements and settings are what they were.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from tuneproof.curate.checking.balance import balance
from tuneproof.curate.checking.coverage import find_coverage_holes
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.curate.embeddings import embed_cached
from tuneproof.curate.ingest import version
from tuneproof.curate.likeness.benchmarks import BenchmarkItem, benchmark_leaks, leak_findings, read_benchmark
from tuneproof.curate.likeness.clusters import Clustering, cluster
from tuneproof.curate.likeness.contradictions import document_contradictions, pair_contradictions
from tuneproof.curate.likeness.duplicates import Repeats, repeats, said_again
from tuneproof.curate.likeness.preview import remember
from tuneproof.curate.members import candidates, chunk_texts, document_chunks, edited, recount, told_apart
from tuneproof.curate.rechecks import recheck
from tuneproof.curate.rows import PairRow
from tuneproof.curate.selection import select
from tuneproof.curate.splits import Placement, assign_splits
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.columns import insert_rows
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.identity import canonical_json, sha256
from tuneproof.datasets.workspace.records import Duplicate, Finding
from tuneproof.datasets.workspace.workspace import Workspace

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

Advance = Callable[[int, int, str], None]

_MARK = "SELECT value FROM store.meta WHERE key = 'arrangement'"
_SET_MARK = "INSERT OR REPLACE INTO store.meta VALUES ('arrangement', ?)"
_SET_BALANCE = "INSERT OR REPLACE INTO store.meta VALUES ('balance', ?)"
_CLEAR = (
    "DELETE FROM store.placements",
    "DELETE FROM store.duplicates",
    "DELETE FROM store.clusters",
    "DELETE FROM store.findings",
)
_COUNTS = """
SELECT
    (SELECT count(*) FROM duplicates WHERE state = 'merged') AS merged,
    (SELECT count(*) FROM duplicates WHERE state <> 'merged') AS suggested,
    (SELECT count(*) FROM clusters) AS clusters,
    (SELECT count(*) FROM findings WHERE severity = 'block') AS blocking,
    (SELECT count(*) FROM findings WHERE severity = 'warn') AS warnings,
    count(*) AS selected, count(*) FILTER (split = 'train') AS train,
    count(*) FILTER (split = 'validation') AS validation, count(*) FILTER (split = 'test') AS test
FROM pairs WHERE selected AND status <> 'stale'
"""


@dataclass(frozen=True, slots=True)
class Arranged:
    """What the set looks like: duplicates, topics and findings, and the selected pairs by split."""

    merged: int
    suggested: int
    clusters: int
    blocking: int
    warnings: int
    selected: int
    train: int
    validation: int
    test: int
    unchanged: bool


def arrange(workspace: Workspace, advance: Advance, *, budget: int | None = None) -> Arranged:
    """Arrange the workspace's pairs into a set; ``budget`` overrides ``[select] budget`` this once.

    Raises:
        DataError: there are no pairs.
        ModelError: the embedding model or the base can't be loaded.
    """
    config = workspace.config
    budget = budget or config.select.budget
    with workspace.read() as connection:
        rows = candidates(connection)
        changed = edited(connection)
        decided = told_apart(connection)
        passages = document_chunks(connection)
        stored = connection.execute(_MARK).fetchone()
    benchmarks = [item for path in config.policy.data.benchmarks for item in read_benchmark(workspace.root / path)]
    if not rows:
        raise DataError(
            "There are no pairs: the sources hold nothing that a question can be made of.",
            'See what was read: tuneproof sql "SELECT path, state, format FROM documents"',
        )
    settings = [
        config.goal.model_dump(),
        config.select.model_dump(),
        config.style.model_dump(),
        config.embed.model_dump(),
        config.safety.model_dump(),
        config.policy.data.model_dump(),
        config.duplicates.model_dump(),
        decided,
        [chunk.chunk_id for chunk in passages],
        [asdict(item) for item in benchmarks],
        budget,
    ]
    mark = _mark(rows, [*settings, config.train.max_length, version()])
    if stored and stored[0] == mark:
        with workspace.read() as connection:
            return _counts(connection, unchanged=True)
    with workspace.read() as connection:
        chunks = chunk_texts(connection)
    rows = recount(rows, changed, base_folder(config.base.model, workspace.root))
    texts = [f"{row.question}\n{row.answer}" for row in rows]
    vectors = embed_cached(workspace, config.embed, texts, advance)
    topics = cluster(vectors, texts, config.select.seed)
    rows = [replace(row, cluster=int(label)) for row, label in zip(rows, topics.labels, strict=True)]
    alike = repeats(rows, vectors, config.duplicates, decided)
    findings = [
        *recheck(workspace, CheckInputs(rows, chunks, vectors, config)),
        *pair_contradictions(rows, alike.links),
        *document_contradictions(passages),
        *find_coverage_holes(passages, rows),
    ]
    again = said_again(alike.links, config.duplicates, decided)
    placements = _place(rows, alike.duplicates, findings, workspace, budget, again)
    findings += _given_away(workspace, rows, placements, vectors, benchmarks, advance)
    chosen = [at for at, place in enumerate(placements) if place.selected]
    figures = balance([rows[at] for at in chosen], [passage.text for passage in passages], vectors[chosen])
    with workspace.write() as connection:
        connection.execute(_SET_BALANCE, [json.dumps(figures.to_json())])
        _write(connection, placements, alike, topics, findings, mark)
        return _counts(connection, unchanged=False)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pair ended: in the set or not, why, and its side and topic."""

    pair_id: str
    selected: bool
    reason: str
    placement: Placement | None
    cluster: int | None


def _place(
    rows: Sequence[PairRow],
    duplicates: Sequence[Duplicate],
    findings: Sequence[Finding],
    workspace: Workspace,
    budget: int,
    again: Mapping[tuple[str, str], str],
) -> list[_Place]:
    """Return the place of every row: merged and blocked ones first out, then split, then selection."""
    config = workspace.config
    out = {row.pair_id: f"merged into {row.kept_id}: {row.reason}" for row in duplicates if row.state == "merged"}
    for finding in findings:
        if finding.severity == "block":
            out.setdefault(finding.subject_id, f"blocked by the check {finding.check_name}: {finding.message}")
    usable = [row for row in rows if row.pair_id not in out]
    policy = config.policy.data
    sides = assign_splits(usable, config.select.seed, policy.overlap_ngram, policy.fail_overlap, again)
    sided = [replace(row, split=sides[row.pair_id].split) for row in usable]
    choices = select(sided, budget, config.select.seed, config.select.max_train)
    placed = []
    for row in rows:
        if row.pair_id in out:
            placed.append(_Place(row.pair_id, False, out[row.pair_id], None, row.cluster))
            continue
        side, choice = sides[row.pair_id], choices[row.pair_id]
        reason = choice.reason if side.split else side.reason
        placed.append(_Place(row.pair_id, choice.selected, reason, side, row.cluster))
    return placed


def _given_away(
    workspace: Workspace,
    rows: Sequence[PairRow],
    placements: Sequence[_Place],
    vectors: NDArray[np.float32],
    items: Sequence[BenchmarkItem],
    advance: Advance,
) -> list[Finding]:
    """Return what the selected training pairs give away of the user's own benchmarks."""
    if not items:
        return []
    train = [
        at for at, place in enumerate(placements)
        if place.selected and place.placement is not None and place.placement.split == "train"
    ]  # fmt: skip
    asked = embed_cached(workspace, workspace.config.embed, [f"{one.question}\n{one.answer}" for one in items], advance)
    leaks = benchmark_leaks([rows[at] for at in train], items, vectors[train], asked)
    return list(leak_findings(items, leaks))


def _mark(rows: Sequence[PairRow], settings: Sequence[object]) -> str:
    """Return the fingerprint of everything the arrangement depends on."""
    facts = [asdict(replace(row, split=None, group="", cluster=None)) for row in rows]
    return sha256(canonical_json([facts, list(settings)]))


def _write(
    connection: duckdb.DuckDBPyConnection,
    placements: Sequence[_Place],
    alike: Repeats,
    topics: Clustering,
    findings: Sequence[Finding],
    mark: str,
) -> None:
    connection.execute("BEGIN TRANSACTION")
    for statement in _CLEAR:
        connection.execute(statement)
    insert_rows(
        connection,
        "INSERT INTO store.placements",
        ("VARCHAR", "BOOLEAN", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "INTEGER"),
        [(p.pair_id, p.selected, p.reason, *_side(p.placement), p.cluster) for p in placements],
    )
    insert_rows(
        connection,
        "INSERT INTO store.duplicates",
        ("VARCHAR", "VARCHAR", "VARCHAR", "DOUBLE", "VARCHAR", "VARCHAR"),
        [(d.pair_id, d.kept_id, d.kind, d.score, d.state, d.reason) for d in alike.duplicates],
    )
    remember(connection, alike)
    insert_rows(
        connection,
        "INSERT INTO store.clusters",
        ("INTEGER", "VARCHAR", "INTEGER"),
        [(c.cluster_id, c.title, c.size) for c in topics.clusters],
    )
    insert_rows(
        connection,
        "INSERT INTO store.findings",
        ("VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "JSON", "DOUBLE"),
        [
            (f.finding_id, f.subject, f.subject_id, f.check_name, f.severity, f.message, _json(f.evidence), f.score)
            for f in findings
        ],
    )
    connection.execute(_SET_MARK, [mark])
    connection.execute("COMMIT")


def _side(placement: Placement | None) -> tuple[str | None, str | None, str | None]:
    return (placement.role, placement.split, placement.group) if placement else (None, None, None)


def _json(evidence: Mapping[str, object]) -> str:
    return json.dumps(dict(evidence), ensure_ascii=False)


def _counts(connection: duckdb.DuckDBPyConnection, *, unchanged: bool) -> Arranged:
    cursor = connection.execute(_COUNTS)
    counts: dict[str, Any] = dict(zip((column[0] for column in cursor.description), cursor.fetchall()[0], strict=True))
    return Arranged(**counts, unchanged=unchanged)
