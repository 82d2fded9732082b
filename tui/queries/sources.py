"""What the Sources screen reads: documents by state, and why some were skipped. Knows SQL; must not know widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

CONTENT_CHARS = 4_000
CARD_SPANS = 200

# What needs a person comes first.
_LIST = """
SELECT document_id FROM store.documents
ORDER BY CASE state WHEN 'failed' THEN 0 WHEN 'missing' THEN 1 WHEN 'excluded' THEN 2 ELSE 3 END, source, path
"""
_ROWS = """
SELECT d.document_id, d.state, d.source, d.path, coalesce(p.pairs, 0)
FROM store.documents d
LEFT JOIN (
    SELECT document_id, count(*) AS pairs FROM store.pairs
    WHERE document_id IN (SELECT unnest($ids::VARCHAR[])) AND NOT stale GROUP BY document_id
) p ON p.document_id = d.document_id
WHERE d.document_id IN (SELECT unnest($ids::VARCHAR[]))
"""
_CARD = """
SELECT d.source, d.path, d.format, d.state, d.reason, d.title, d.bytes, left(d.content, ?), s.location, s.licence
FROM store.documents d LEFT JOIN sources s ON s.source = d.source WHERE d.document_id = ?
"""
_SPANS = """
SELECT c.heading_path, c.tokens, c.warning, count(x.pair_id) FROM store.chunks c
LEFT JOIN pair_chunks x ON x.chunk_id = c.chunk_id
WHERE c.document_id = ? GROUP BY c.chunk_id, c.ordinal, c.heading_path, c.tokens, c.warning ORDER BY c.ordinal LIMIT ?
"""
_PAIRS = """
SELECT count(*), count(*) FILTER (selected), count(*) FILTER (status = 'accepted'),
    count(*) FILTER (status = 'rejected') FROM pairs WHERE document_id = ? AND status <> 'stale'
"""
_REASONS = """
SELECT document_id, reason FROM store.documents
WHERE reason IS NOT NULL AND document_id IN (SELECT unnest(?::VARCHAR[]))
"""
_STATES = "SELECT state, count(*) FROM store.documents GROUP BY state ORDER BY count(*) DESC, state"


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as a list shows it."""

    document_id: str
    state: str
    source: str
    path: str
    pairs: int


@dataclass(frozen=True, slots=True)
class Span:
    """A chunk of a document: its headings, length, warning, and how many pairs rest on it."""

    heading_path: tuple[str, ...]
    tokens: int
    warning: str | None
    pairs: int


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A document: what it is, why it was skipped if it was, its spans, and the start of its text."""

    source: str
    path: str
    format: str
    state: str
    reason: str | None
    title: str | None
    size: int | None
    content: str | None
    location: str | None
    licence: str | None
    pairs: int
    selected: int
    accepted: int
    rejected: int
    spans: tuple[Span, ...]


def documents(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the ids of all documents, those that could not be read first."""
    return [row[0] for row in con.execute(_LIST).fetchall()]


def rows(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> dict[str, DocumentRow]:
    """Return the list rows of some documents."""
    return {row[0]: DocumentRow(*row) for row in con.execute(_ROWS, {"ids": list(ids)}).fetchall()}


def reasons(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> dict[str, str]:
    """Return why documents were not read, by id; those that were have none."""
    return dict(con.execute(_REASONS, [list(ids)]).fetchall())


def longest_source(con: duckdb.DuckDBPyConnection) -> int:
    """Return how many characters the longest name of a source has."""
    row = con.execute("SELECT coalesce(max(length(source)), 0) FROM store.documents").fetchone()
    return int(row[0]) if row else 0


def states(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return how many documents there are in each state, the commonest first."""
    return dict(con.execute(_STATES).fetchall())


def card(con: duckdb.DuckDBPyConnection, document_id: str) -> DocumentCard | None:
    """Return a document's card, or None if it is gone."""
    row = con.execute(_CARD, [CONTENT_CHARS, document_id]).fetchone()
    if row is None:
        return None
    figures: list[Any] = [*row, *(con.execute(_PAIRS, [document_id]).fetchone() or (0, 0, 0, 0))]
    spans = con.execute(_SPANS, [document_id, CARD_SPANS]).fetchall()
    figures.append(tuple(Span(tuple(one[0]), *one[1:]) for one in spans))
    return DocumentCard(*figures)
