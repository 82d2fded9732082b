"""Documents with all that is made of them, as the workspace holds them: written one document a transaction.

Knows the tables of documents, chunks and pairs, and what becomes of the pairs that a changed document no longer makes:
they stay, marked stale. A decision stands as long as the pair says what was decided on. It must not know how anything
is made.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneproof.datasets.workspace.columns import insert_rows
from tuneproof.datasets.workspace.journal import Journal
from tuneproof.datasets.workspace.records import Chunk, Document, Pair

if TYPE_CHECKING:
    import duckdb

BUILDER = "tuneproof build"  # who signs what a build writes into the journal
REWORDED = "the source changed what this pair says after it was decided on"

_PUT_DOCUMENT = "INSERT OR REPLACE INTO store.documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SET_STATE = "UPDATE store.documents SET state = ?, reason = ? WHERE document_id = ?"
_DROP_CHUNKS = "DELETE FROM store.chunks WHERE document_id = ?"
_PUT_CHUNKS = "INSERT OR REPLACE INTO store.chunks"
_CHUNK_TYPES = (
    *("VARCHAR", "VARCHAR", "INTEGER", "VARCHAR", "VARCHAR[]"),
    *("BIGINT", "BIGINT", "JSON", "VARCHAR", "INTEGER", "VARCHAR"),
)
# What a model or a person wrote does not come out of the document by itself, so it is not judged here.
# Nor do pairs of the whole workspace (`edge.`): they stand as long as every chunk they rest on does.
_STALE_PAIRS = """
UPDATE store.pairs SET stale = true
WHERE document_id = ? AND origin IN ('template', 'import') AND generator NOT LIKE 'edge.%'
"""
_PUT_PAIRS = """
INSERT OR REPLACE INTO store.pairs
    (pair_id, chunk_id, document_id, question, answer, case_type, generator, origin, stale, tokens)
"""
_PAIR_TYPES = (*["VARCHAR"] * 8, "BOOLEAN", "INTEGER")
_DROP_LINKS = "DELETE FROM store.pair_chunks WHERE pair_id IN (SELECT unnest(?::VARCHAR[]))"
_PUT_LINKS = "INSERT INTO store.pair_chunks"
_LINK_TYPES = ("VARCHAR", "VARCHAR", "INTEGER")
_PUT_CONVERSATIONS = "INSERT OR REPLACE INTO store.conversations (pair_id, line, system, history)"
_CONVERSATION_TYPES = ("VARCHAR", "INTEGER", "VARCHAR", "JSON")
# A text that a person wrote stands whatever the machine's says; only what they decided on as it was can change.
_DECIDED_AS_WAS = """
SELECT p.pair_id, CASE WHEN j.question IS NULL THEN p.question END, CASE WHEN j.answer IS NULL THEN p.answer END
FROM store.pairs p JOIN store.judgements j USING (pair_id)
WHERE p.document_id = ? AND j.status IN ('accepted', 'rejected')
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A document with everything made from it; ``reason`` says what of it holds nothing, a line each."""

    document: Document
    state: str
    chunks: Sequence[Chunk]
    chunk_tokens: Sequence[int]
    pairs: Sequence[Pair]
    pair_tokens: Sequence[int]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was met and not read, with the reason."""

    document_id: str
    source: str
    path: str
    format: str
    state: str
    reason: str


def write_documents(connection: duckdb.DuckDBPyConnection, batch: Sequence[Made | Skipped]) -> int:
    """Write each document with its chunks and pairs, or why it has none; return how many decisions are open again."""
    reopened = 0
    for made in batch:
        if isinstance(made, Made):
            reopened += _reopen(connection, made)
        connection.execute("BEGIN TRANSACTION")
        if isinstance(made, Made):
            _write_document(connection, made)
        else:
            _write_skipped(connection, made)
        connection.execute("COMMIT")
    return reopened


def mark_missing(connection: duckdb.DuckDBPyConnection, documents: Sequence[str]) -> None:
    """Record that documents are no longer in their sources; their pairs stay, marked stale."""
    for key in documents:
        connection.execute("BEGIN TRANSACTION")
        connection.execute(_SET_STATE, ["missing", "the file is no longer in its source", key])
        connection.execute(_DROP_CHUNKS, [key])
        connection.execute(_STALE_PAIRS, [key])
        connection.execute("COMMIT")


def _reopen(connection: duckdb.DuckDBPyConnection, made: Made) -> int:
    """Put pairs whose decided text is about to change back to pending, as a batch of the journal; return how many.

    A pair keeps its id as long as its first chunk does, but what it says may rest on others, or on settings.
    """
    decided: Mapping[str, tuple[str | None, str | None]] = {
        row[0]: (row[1], row[2]) for row in connection.execute(_DECIDED_AS_WAS, [made.document.document_id]).fetchall()
    }
    changed = [pair.pair_id for pair in made.pairs if _differs(pair, *decided.get(pair.pair_id, (None, None)))]
    if changed:
        Journal(BUILDER).judge(connection, "later", changed, reason=REWORDED)
    return len(changed)


def _differs(pair: Pair, question: str | None, answer: str | None) -> bool:
    return question not in (None, pair.question) or answer not in (None, pair.answer)


def _write_skipped(connection: duckdb.DuckDBPyConnection, made: Skipped) -> None:
    values = [made.document_id, made.source, made.path, made.format, None, None, None]
    connection.execute(_PUT_DOCUMENT, [*values, made.state, made.reason, None])
    connection.execute(_DROP_CHUNKS, [made.document_id])
    connection.execute(_STALE_PAIRS, [made.document_id])


def _write_document(connection: duckdb.DuckDBPyConnection, made: Made) -> None:
    """Replace a document's chunks and pairs; a pair that is no longer made stays, marked stale."""
    document = made.document
    values = [document.document_id, document.source, document.path, document.format, document.sha256, document.size]
    connection.execute(_PUT_DOCUMENT, [*values, document.title, made.state, made.reason, document.content])
    connection.execute(_DROP_CHUNKS, [document.document_id])
    connection.execute(_STALE_PAIRS, [document.document_id])
    insert_rows(connection, _PUT_CHUNKS, _CHUNK_TYPES, _chunk_rows(made))
    connection.execute(_DROP_LINKS, [[pair.pair_id for pair in made.pairs]])
    insert_rows(connection, _PUT_PAIRS, _PAIR_TYPES, _pair_rows(made))
    links = [(pair.pair_id, chunk, place) for pair in made.pairs for place, chunk in enumerate(pair.chunk_ids)]
    insert_rows(connection, _PUT_LINKS, _LINK_TYPES, links)
    insert_rows(connection, _PUT_CONVERSATIONS, _CONVERSATION_TYPES, _conversation_rows(made))


def _chunk_rows(made: Made) -> Iterator[list[object]]:
    for place, (chunk, tokens) in enumerate(zip(made.chunks, made.chunk_tokens, strict=True)):
        locator = json.dumps(dict(chunk.locator)) if chunk.locator else None
        span = [chunk.start_byte, chunk.end_byte, locator, chunk.text, tokens, chunk.warning]
        yield [chunk.chunk_id, chunk.document_id, place, chunk.kind, list(chunk.heading_path), *span]


def _pair_rows(made: Made) -> Iterator[list[object]]:
    for pair, tokens in zip(made.pairs, made.pair_tokens, strict=True):
        first = pair.chunk_ids[0] if pair.chunk_ids else None
        texts = [pair.question, pair.answer, pair.case_type, pair.generator, pair.origin]
        yield [pair.pair_id, first, pair.document_id, *texts, False, tokens]


def _conversation_rows(made: Made) -> Iterator[list[object]]:
    for pair in made.pairs:
        if pair.line is not None:
            turns = [{"role": role, "content": text} for role, text in pair.history]
            history = json.dumps(turns, ensure_ascii=False) if turns else None
            yield [pair.pair_id, pair.line, pair.system, history]
