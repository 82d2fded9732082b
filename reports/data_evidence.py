"""The rows behind a data verdict, gathered from the workspace's views.

Knows the statements that count, group and pick. It must not know how rows are shown, and judges nothing: the
figures that were judged are in the verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneproof.curate.judging.repetition import opener
from tuneproof.datasets.workspace.identity import digest
from tuneproof.reports.breadth_evidence import BreadthEvidence, gather_breadth

if TYPE_CHECKING:
    import duckdb

SAMPLES = 8
TOP = 12
EXAMPLES = 3

_SOURCES = """
SELECT s.source, s.location, s.licence, count(DISTINCT d.document_id),
    count(DISTINCT d.document_id) FILTER (d.state IN ('excluded', 'failed', 'missing'))
FROM sources s LEFT JOIN documents d ON d.source = s.source
GROUP BY ALL ORDER BY s.source
"""
_TOTALS = """
SELECT (SELECT count(*) FROM documents WHERE state NOT IN ('excluded', 'failed', 'missing')),
    (SELECT count(*) FROM chunks), (SELECT count(*) FROM pairs),
    (SELECT count(*) FROM pairs WHERE status IN ('accepted', 'rejected')), (SELECT count(*) FROM decisions)
"""
# Each pair once, under the first reason that holds, in the order in which the reasons overrule one another.
_FATES = """
WITH merged AS (SELECT DISTINCT pair_id FROM duplicates WHERE state = 'merged'),
blocked AS (
    SELECT subject_id AS pair_id, min(check_name) AS check_name
    FROM findings WHERE subject = 'pair' AND severity = 'block' GROUP BY subject_id
)
SELECT p.pair_id, p.question, p.answer, p.case_type, p.generator, p.origin, p.status, p.split, p.cluster_id,
    p.document_id, CASE
        WHEN p.status = 'rejected' THEN 'rejected in review'
        WHEN p.status = 'stale' THEN 'stale: its source passage changed or is gone'
        WHEN m.pair_id IS NOT NULL THEN 'merged into a pair that says the same'
        WHEN b.pair_id IS NOT NULL THEN 'blocked by a finding: ' || b.check_name
        WHEN p.split IS NULL AND s.reason LIKE 'held out, then dropped%'
            THEN 'held out, then dropped: training pairs already answer it'
        WHEN NOT p.selected AND s.reason LIKE 'over budget%' THEN 'over budget: its quota was full'
        WHEN NOT p.selected THEN 'not selected'
    END AS fate
FROM pairs p
LEFT JOIN store.placements s ON s.pair_id = p.pair_id
LEFT JOIN merged m ON m.pair_id = p.pair_id
LEFT JOIN blocked b ON b.pair_id = p.pair_id
ORDER BY p.pair_id
"""
_CLUSTERS = "SELECT cluster_id, title FROM clusters"
_DUPLICATE_COUNTS = "SELECT state, kind, count(*) FROM duplicates GROUP BY ALL ORDER BY ALL"
_DUPLICATES = """
SELECT d.state, d.kind, d.score, d.reason, p.question, p.answer, k.question, k.answer
FROM duplicates d JOIN pairs p ON p.pair_id = d.pair_id JOIN pairs k ON k.pair_id = d.kept_id
WHERE d.state = ? ORDER BY d.kind <> 'exact', d.score, d.pair_id LIMIT ?
"""
_FINDING_COUNTS = """
SELECT check_name, severity, count(*), count(DISTINCT subject_id) FROM findings
GROUP BY check_name, severity
ORDER BY CASE severity WHEN 'block' THEN 0 WHEN 'warn' THEN 1 ELSE 2 END, count(*) DESC, check_name
"""
_FINDINGS = """
SELECT f.message, coalesce(p.question, d.path, c.text, f.subject), f.subject_id FROM findings f
LEFT JOIN pairs p ON f.subject = 'pair' AND p.pair_id = f.subject_id
LEFT JOIN documents d ON f.subject = 'document' AND d.document_id = f.subject_id
LEFT JOIN chunks c ON f.subject = 'chunk' AND c.chunk_id = f.subject_id
WHERE f.check_name = ? AND f.severity = ? ORDER BY f.score DESC NULLS LAST, f.finding_id LIMIT ?
"""
_ORIGIN = """
SELECT d.source, d.path, c.heading_path, c.start_byte, c.end_byte FROM pairs p
LEFT JOIN documents d ON d.document_id = p.document_id LEFT JOIN chunks c ON c.chunk_id = p.chunk_id
WHERE p.pair_id = ?
"""


@dataclass(frozen=True, slots=True)
class Count:
    """A label and how many rows carry it."""

    label: str
    amount: int


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source, its licence, its documents, how many of them were left out, and its pairs in the set."""

    source: str
    location: str
    licence: str | None
    documents: int
    excluded: int
    pairs: int


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case type and its pairs in each split."""

    case_type: str
    train: int
    validation: int
    test: int


@dataclass(frozen=True, slots=True)
class DuplicateExample:
    """Two pairs that repeat each other: the one that goes and the one that stays."""

    state: str
    kind: str
    score: float
    reason: str
    question: str
    answer: str
    kept_question: str
    kept_answer: str


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """All findings of one check and severity, with a few to look at: (message, subject, subject id)."""

    check_name: str
    severity: str
    findings: int
    subjects: int
    examples: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One pair of the set with the place it came from; ``span`` is in bytes of the document's content."""

    pair_id: str
    question: str
    answer: str
    case_type: str
    generator: str
    status: str
    split: str
    source: str | None
    path: str | None
    headings: tuple[str, ...]
    span: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class DataEvidence:
    """Everything that a data report shows beside its verdict; ``in_set`` pairs are those of now, not of then."""

    documents: int
    chunks: int
    pairs: int
    judged: int
    decisions: int
    in_set: int
    reviewed: int
    left_out: tuple[Count, ...]
    topics: tuple[Count, ...]
    cases: tuple[CaseRow, ...]
    openers: tuple[Count, ...]
    templates: tuple[Count, ...]
    origins: tuple[Count, ...]
    answer_words: tuple[int, ...]
    duplicate_counts: tuple[tuple[str, str, int], ...]
    duplicates: tuple[DuplicateExample, ...]
    findings: tuple[FindingGroup, ...]
    samples: tuple[Sample, ...]
    sources: tuple[SourceRow, ...]
    breadth: BreadthEvidence


@dataclass(frozen=True, slots=True)
class _Row:
    pair_id: str
    question: str
    answer: str
    case_type: str
    generator: str
    origin: str
    status: str
    split: str | None
    cluster_id: int | None
    document_id: str | None
    fate: str | None


def gather_data(con: duckdb.DuckDBPyConnection, frozen: int | None) -> DataEvidence:
    """Return the rows behind a data verdict; ``frozen`` is the snapshot's number of pairs, None without one.

    Where the policy admits accepted pairs only, the number of accepted ones is the frozen number: then the pending
    ones are counted as left out for want of review.
    """
    rows = [_Row(*values) for values in con.execute(_FATES).fetchall()]
    chosen = [row for row in rows if row.fate is None]
    left_out = Counter(row.fate for row in rows if row.fate is not None)
    accepted = [row for row in chosen if row.status == "accepted"]
    if frozen is not None and len(accepted) == frozen < len(chosen):
        left_out["not accepted in review yet"] = len(chosen) - len(accepted)
        chosen = accepted
    documents, chunks, pairs, judged, decisions = con.execute(_TOTALS).fetchall()[0]
    titles: dict[int, str] = dict(con.execute(_CLUSTERS).fetchall())
    return DataEvidence(
        documents=documents,
        chunks=chunks,
        pairs=pairs,
        judged=judged,
        decisions=decisions,
        in_set=len(chosen),
        reviewed=len(accepted),
        left_out=_counts(left_out),
        topics=_counts(Counter(titles.get(r.cluster_id, "no topic") if r.cluster_id is not None else "no topic"
                               for r in chosen)),
        cases=_cases(chosen),
        openers=_counts(Counter(opener(row.question) for row in chosen))[:TOP],
        templates=_counts(Counter(row.generator for row in chosen))[:TOP],
        origins=_counts(Counter(row.origin for row in chosen)),
        answer_words=tuple(len(row.answer.split()) for row in chosen),
        duplicate_counts=tuple(con.execute(_DUPLICATE_COUNTS).fetchall()),
        duplicates=_duplicates(con),
        findings=_findings(con),
        samples=tuple(_sample(con, row) for row in _spread(chosen)),
        sources=_sources(con, chosen),
        breadth=gather_breadth(con, accepted_only="not accepted in review yet" in left_out),
    )  # fmt: skip


def _counts(counted: Counter[str]) -> tuple[Count, ...]:
    return tuple(Count(label, amount) for label, amount in sorted(counted.items(), key=lambda e: (-e[1], e[0])))


def _cases(rows: Sequence[_Row]) -> tuple[CaseRow, ...]:
    cells = Counter((row.case_type, row.split) for row in rows)
    kinds = Counter(row.case_type for row in rows)
    return tuple(
        CaseRow(kind, cells[kind, "train"], cells[kind, "validation"], cells[kind, "test"])
        for kind, _ in sorted(kinds.items(), key=lambda entry: (-entry[1], entry[0]))
    )


def _duplicates(con: duckdb.DuckDBPyConnection) -> tuple[DuplicateExample, ...]:
    states = ("contradiction", "suggested", "merged", "variant")
    return tuple(
        DuplicateExample(*values)
        for state in states
        for values in con.execute(_DUPLICATES, [state, EXAMPLES]).fetchall()
    )


def _findings(con: duckdb.DuckDBPyConnection) -> tuple[FindingGroup, ...]:
    groups = con.execute(_FINDING_COUNTS).fetchall()
    return tuple(
        FindingGroup(
            name, severity, findings, subjects, tuple(con.execute(_FINDINGS, [name, severity, EXAMPLES]).fetchall())
        )
        for name, severity, findings, subjects in groups
    )


def _spread(rows: Sequence[_Row]) -> list[_Row]:
    """Take the samples by hash, a new case type and then a new template before any comes twice."""
    ordered = sorted(rows, key=lambda row: digest("sample", row.pair_id))
    seen: Counter[str] = Counter()
    ranked = []
    for row in ordered:
        ranked.append((seen[row.case_type], seen[f"template {row.generator}"], row))
        seen[row.case_type] += 1
        seen[f"template {row.generator}"] += 1
    return [row for *_, row in sorted(ranked, key=lambda entry: entry[:2])[:SAMPLES]]


def _sample(con: duckdb.DuckDBPyConnection, row: _Row) -> Sample:
    source, path, headings, start, end = con.execute(_ORIGIN, [row.pair_id]).fetchall()[0]
    span = (start, end) if start is not None else None
    return Sample(
        row.pair_id, row.question, row.answer, row.case_type, row.generator, row.status, row.split or "",
        source, path, tuple(headings or ()), span,
    )  # fmt: skip


def _sources(con: duckdb.DuckDBPyConnection, chosen: Sequence[_Row]) -> tuple[SourceRow, ...]:
    of_document: dict[str, str] = dict(con.execute("SELECT document_id, source FROM documents").fetchall())
    pairs = Counter(of_document.get(row.document_id, "") for row in chosen if row.document_id is not None)
    return tuple(
        SourceRow(name, location, licence, documents, excluded, pairs[name])
        for name, location, licence, documents, excluded in con.execute(_SOURCES).fetchall()
    )
