"""The workspace's pairs as the judging half of curation sees them, and which of them are in the set.

Knows the statements that turn tables into rows. In the set means: selected, not rejected, not stale, not merged
away, no open finding that blocks, and accepted where the policy asks for review.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.curate.checking.balance import Balance
from tuneproof.curate.checking.inputs import ChunkText
from tuneproof.curate.rows import PairRow
from tuneproof.curate.tokens import lengths
from tuneproof.datasets.workspace.records import Duplicate, Finding

if TYPE_CHECKING:
    import duckdb

_ROWS = """
SELECT p.pair_id, p.question, p.answer, p.case_type, p.generator, p.origin, p.status, p.document_id, d.source, d.path,
    coalesce(c.heading_path[2], c.heading_path[1], '') AS section, s.tokens,
    coalesce(l.chunk_ids, []) AS chunk_ids, p.split, coalesce(m.split_group, '') AS "group",
    p.cluster_id AS cluster, b.system, b.history
FROM pairs p
JOIN store.pairs s ON s.pair_id = p.pair_id
LEFT JOIN store.placements m ON m.pair_id = p.pair_id
LEFT JOIN store.conversations b ON b.pair_id = p.pair_id
LEFT JOIN documents d ON d.document_id = p.document_id
LEFT JOIN chunks c ON c.chunk_id = p.chunk_id
LEFT JOIN (
    SELECT pair_id, list(chunk_id ORDER BY ordinal) AS chunk_ids FROM pair_chunks GROUP BY pair_id
) l ON l.pair_id = p.pair_id
WHERE p.status NOT IN ('stale', 'rejected')
"""
_CANDIDATES = _ROWS + "ORDER BY p.pair_id"
_MEMBERS = f"""
SELECT * FROM ({_ROWS}) WHERE pair_id IN (SELECT pair_id FROM pairs WHERE selected)
    AND pair_id NOT IN (SELECT pair_id FROM duplicates WHERE state = 'merged')
    AND pair_id NOT IN (SELECT subject_id FROM findings WHERE subject = 'pair' AND severity = 'block')
    AND (status = 'accepted' OR NOT ?)
ORDER BY pair_id
"""
_FINDINGS = """
SELECT finding_id, subject, subject_id, check_name, severity, message, evidence, score FROM findings ORDER BY finding_id
"""
_DUPLICATES = "SELECT pair_id, kept_id, kind, score, state, reason FROM duplicates ORDER BY pair_id, kept_id"
_CHUNK_TEXTS = """
SELECT c.chunk_id, c.document_id, c.kind, c.heading_path, c.text, d.source, d.path, d.format,
    coalesce(d.title, '')
FROM chunks c JOIN documents d ON d.document_id = c.document_id
WHERE c.chunk_id IN (
    SELECT l.chunk_id FROM pair_chunks l JOIN pairs p ON p.pair_id = l.pair_id
    WHERE p.status NOT IN ('stale', 'rejected')
)
"""
_DOCUMENT_CHUNKS = """
SELECT c.chunk_id, c.document_id, c.kind, c.heading_path, c.text, d.source, d.path, d.format,
    coalesce(d.title, '')
FROM chunks c JOIN documents d ON d.document_id = c.document_id
WHERE d.state IN ('new', 'current', 'changed') ORDER BY c.chunk_id
"""
_BALANCE = "SELECT value FROM store.meta WHERE key = 'balance'"
_DECIDED = "SELECT pair_id, merged_into FROM store.judgements WHERE merged_into IS NOT NULL"
_EDITED = "SELECT pair_id FROM store.judgements WHERE question IS NOT NULL OR answer IS NOT NULL"


def candidates(connection: duckdb.DuckDBPyConnection) -> list[PairRow]:
    """Return every pair that could be in the set, in order of its id, edits applied."""
    return _rows(connection.execute(_CANDIDATES))


def members(connection: duckdb.DuckDBPyConnection, *, accepted_only: bool) -> list[PairRow]:
    """Return the pairs in the set, in order of their id."""
    return _rows(connection.execute(_MEMBERS, [accepted_only]))


def chunk_texts(connection: duckdb.DuckDBPyConnection) -> dict[str, ChunkText]:
    """Return the chunks that the candidates rest on, by their ids."""
    found = connection.execute(_CHUNK_TEXTS).fetchall()
    return {row[0]: _chunk_text(row) for row in found}


def document_chunks(connection: duckdb.DuckDBPyConnection) -> list[ChunkText]:
    """Return every chunk of every document that can be read, whether or not a pair rests on it."""
    return [_chunk_text(row) for row in connection.execute(_DOCUMENT_CHUNKS).fetchall()]


def _chunk_text(row: tuple[Any, ...]) -> ChunkText:
    chunk_id, document_id, kind, heading_path, *rest = row
    return ChunkText(chunk_id, document_id, kind, tuple(heading_path), *rest)


def read_balance(connection: duckdb.DuckDBPyConnection) -> Balance | None:
    """Return the figures of the set as it was arranged last, None before that."""
    row = connection.execute(_BALANCE).fetchone()
    return Balance(**json.loads(row[0])) if row else None


def told_apart(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return what people said of likeness: each pair's id with the pair it is merged into, "" where none is it."""
    return dict(connection.execute(_DECIDED).fetchall())


def edited(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the ids of pairs whose text a person changed, so that their stored length does not hold."""
    return {row[0] for row in connection.execute(_EDITED).fetchall()}


def recount(rows: Sequence[PairRow], changed: set[str], base: Path) -> list[PairRow]:
    """Return the rows with the length of those whose text a person changed counted again."""
    touched = [row for row in rows if row.pair_id in changed]
    fresh = dict(zip((row.pair_id for row in touched), lengths(touched, base), strict=True))
    return [replace(row, tokens=fresh.get(row.pair_id, row.tokens)) for row in rows]


def _rows(cursor: duckdb.DuckDBPyConnection) -> list[PairRow]:
    """Return a statement's rows as records: its columns are named after the record's fields."""
    names = [column[0] for column in cursor.description or ()]
    found: list[dict[str, Any]] = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    for row in found:
        row.update(chunk_ids=tuple(row["chunk_ids"]), history=_turns(row["history"]))
    return [PairRow(**row) for row in found]


def _turns(history: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((turn["role"], turn["content"]) for turn in json.loads(history or "[]"))


def read_findings(connection: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Return every open finding."""
    found = connection.execute(_FINDINGS).fetchall()
    return [
        Finding(identity, subject, subject_id, check, severity, message, json.loads(evidence or "{}"), score)
        for identity, subject, subject_id, check, severity, message, evidence, score in found
    ]


def read_duplicates(connection: duckdb.DuckDBPyConnection) -> list[Duplicate]:
    """Return every two pairs that repeat each other."""
    return [Duplicate(*values) for values in connection.execute(_DUPLICATES).fetchall()]
