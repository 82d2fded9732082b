"""From sources to pairs: reads what changed, and keeps what a person decided.

Knows the tables of sources, documents, chunks and pairs, and which part of them a changed document touches. How
a file is read, cut and turned into pairs is the business of the modules it calls. A document is written in one
transaction, so a build that is killed carries on with the next document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.curate.pairing.pairs import generate_pairs
from tuneproof.curate.reading.chunks import chunk_document
from tuneproof.curate.reading.readers import Unreadable, read
from tuneproof.curate.reading.sources import SourceFile, default_name, discover, resolve
from tuneproof.curate.tokens import TEMPLATE_TOKENS, count_tokens, tokenizer_sha256
from tuneproof.datasets.workspace.columns import insert_rows
from tuneproof.datasets.workspace.errors import DataError, SourceError, UsageError
from tuneproof.datasets.workspace.identity import canonical_json, document_id, sha256
from tuneproof.datasets.workspace.records import Chunk, Document, Pair, Source
from tuneproof.datasets.workspace.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

    from tuneproof.datasets.workspace.config import Config

Advance = Callable[[int, int, str], None]
DOCUMENTS_A_BATCH = 50
# Stands for the recipe while documents of two recipes lie side by side.
UNSETTLED = "unsettled"

_SOURCES = "SELECT source, location, licence FROM store.sources ORDER BY added_at, source"
_ADD_SOURCE = "INSERT INTO store.sources VALUES (?, ?, ?, ?)"
_MOVE_SOURCE = "UPDATE store.sources SET location = ?, licence = ? WHERE source = ?"
_KNOWN = "SELECT document_id, sha256, state FROM store.documents"
_RECIPE = "SELECT value FROM store.meta WHERE key = 'ingest_recipe'"
_SET_RECIPE = "INSERT OR REPLACE INTO store.meta VALUES ('ingest_recipe', ?)"
_PUT_DOCUMENT = "INSERT OR REPLACE INTO store.documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SET_STATE = "UPDATE store.documents SET state = ?, reason = ? WHERE document_id = ?"
_SETTLE = "UPDATE store.documents SET state = 'current' WHERE state IN ('new', 'changed')"
_DROP_CHUNKS = "DELETE FROM store.chunks WHERE document_id = ?"
_PUT_CHUNKS = "INSERT OR REPLACE INTO store.chunks"
_CHUNK_TYPES = (
    "VARCHAR",
    "VARCHAR",
    "INTEGER",
    "VARCHAR",
    "VARCHAR[]",
    "BIGINT",
    "BIGINT",
    "JSON",
    "VARCHAR",
    "INTEGER",
    "VARCHAR",
)
_STALE_PAIRS = "UPDATE store.pairs SET stale = true WHERE document_id = ?"
_PUT_PAIRS = "INSERT OR REPLACE INTO store.pairs"
_PAIR_TYPES = (*["VARCHAR"] * 8, "BOOLEAN", "INTEGER")
_DROP_LINKS = "DELETE FROM store.pair_chunks WHERE pair_id IN (SELECT unnest(?::VARCHAR[]))"
_PUT_LINKS = "INSERT INTO store.pair_chunks"
_LINK_TYPES = ("VARCHAR", "VARCHAR", "INTEGER")
_COUNT_PAIRS = "SELECT count(*) FILTER (NOT stale), count(*) FILTER (stale) FROM store.pairs"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one pass over the sources did, in documents; ``pairs`` and ``stale`` count the whole workspace."""

    new: int
    changed: int
    current: int
    skipped: int
    missing: int
    pairs: int
    stale: int

    @property
    def touched(self) -> int:
        """How many documents were read anew."""
        return self.new + self.changed


@dataclass(frozen=True, slots=True)
class _Made:
    """A document with everything made from it, ready to be written."""

    document: Document
    state: str
    chunks: Sequence[Chunk]
    chunk_tokens: Sequence[int]
    pairs: Sequence[Pair]
    pair_tokens: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Skipped:
    """A file that was met and not read, with the reason."""

    document_id: str
    source: str
    path: str
    format: str
    state: str
    reason: str


def add_sources(
    workspace: Workspace, locations: Sequence[str], *, name: str | None = None, licence: str | None = None
) -> list[tuple[Source, int]]:
    """Enter sources in the workspace, all or none, and return each with the number of files it holds now.

    A source that is there already takes on a licence that is given; one whose files have moved keeps its name, and
    so the ids of its documents, at its new location.

    Raises:
        SourceError: a location can't be read.
        UsageError: a name is taken by another location, or one name was given for several locations.
    """
    if name and len(locations) > 1:
        raise UsageError("One name can't stand for several sources.", "Add them one by one, each with --name.")
    added = []
    settings = workspace.config.sources
    with workspace.write() as connection:
        known = {source.name: source for source in read_sources(connection)}
        connection.execute("BEGIN TRANSACTION")
        for location in locations:
            resolved = resolve(location)
            # A path is kept absolute, so that later commands find it from any folder.
            kept = location if resolved.kind == "python" else str(resolved.root)
            source = Source(name or default_name(location), kept, licence)
            taken = known.get(source.name)
            if taken and taken.location != source.location and _still_there(taken):
                raise UsageError(
                    f"The name {source.name!r} is taken by {taken.location}.", "Give this one another: --name NAME"
                )
            files = sum(file.skipped is None for file in discover(source, settings))
            if taken:
                source = replace(source, licence=licence or taken.licence)
                connection.execute(_MOVE_SOURCE, [source.location, source.licence, source.name])
            else:
                now = datetime.now(UTC).replace(tzinfo=None)
                connection.execute(_ADD_SOURCE, [source.name, source.location, licence, now])
            known[source.name] = source
            added.append((source, files))
        connection.execute("COMMIT")
    return added


def _still_there(source: Source) -> bool:
    try:
        resolve(source.location)
    except SourceError:
        return False
    return True


def read_sources(connection: duckdb.DuckDBPyConnection) -> list[Source]:
    """Return the workspace's sources in the order they were added."""
    return [Source(*row) for row in connection.execute(_SOURCES).fetchall()]


def ingest(workspace: Workspace, base: Path, advance: Advance) -> Ingested:
    """Read every source, remake what changed, and mark the pairs of what is gone as stale.

    Raises:
        DataError: the workspace has no source, or none of them holds a readable document.
        SourceError: a named source is gone.
        ModelError: ``base`` has no tokenizer.
    """
    config = workspace.config
    made_by = [config.chunk.model_dump(), config.pairs.model_dump(), version(), tokenizer_sha256(base)]
    recipe = sha256(canonical_json(made_by))
    with workspace.write() as connection:
        sources = read_sources(connection)
        known = {row[0]: (row[1], row[2]) for row in connection.execute(_KNOWN).fetchall()}
        reusable = _reusable(connection, recipe, known)
        connection.execute(_SETTLE)
    if not sources:
        raise DataError("The workspace has no source.", "Run: tuneproof add DOCS")
    files = [(source, file) for source in sources for file in _files(source, config)]
    seen: set[str] = set()
    counts = dict.fromkeys(("new", "changed", "current", "skipped"), 0)
    batch: list[_Made | _Skipped] = []
    for number, (source, file) in enumerate(files, 1):
        result = _make(source, file, config, base, reusable)
        seen.add(document_id(source.name, file.path))
        if isinstance(result, _Made):
            state = "changed" if result.document.document_id in known else "new"
            result = replace(result, state=state)
            counts[state] += 1
        else:
            counts["skipped" if result else "current"] += 1
        if result:
            batch.append(result)
        if len(batch) >= DOCUMENTS_A_BATCH:
            _write(workspace, batch)
            batch.clear()
        advance(number, len(files), file.path)
    _write(workspace, batch)
    missing = [key for key, (_, state) in known.items() if key not in seen and state != "missing"]
    with workspace.write() as connection:
        _mark_missing(connection, missing)
        connection.execute(_SET_RECIPE, [recipe])
        pairs, stale = connection.execute(_COUNT_PAIRS).fetchone() or (0, 0)
    if not counts["new"] + counts["changed"] + counts["current"]:
        raise DataError("No source holds a document that can be read.", 'See why: tuneproof sql "FROM documents"')
    return Ingested(**counts, missing=len(missing), pairs=pairs, stale=stale)


def _files(source: Source, config: Config) -> list[SourceFile]:
    try:
        return list(discover(source, config.sources))
    except SourceError as error:
        raise SourceError(
            f"The source {source.name} is gone: {error.message}",
            f"Put it back, or if it moved, run: tuneproof add NEW_LOCATION --name {source.name}",
        ) from error


def _reusable(
    connection: duckdb.DuckDBPyConnection, recipe: str, known: dict[str, tuple[str | None, str]]
) -> dict[str, str]:
    """Return the hashes of the documents that stand as this recipe makes them; begin a pass under it.

    A pass that follows another recipe is told apart from one that is finished, for a kill leaves documents of both.
    A missing document has lost its chunks, so it counts for nothing should it come back.
    """
    stored = connection.execute(_RECIPE).fetchone()
    if stored and stored[0] == recipe:
        return {key: sha for key, (sha, state) in known.items() if sha and state != "missing"}
    connection.execute(_SET_RECIPE, [UNSETTLED if known else recipe])
    return {}


def _make(
    source: Source, file: SourceFile, config: Config, base: Path, reusable: dict[str, str]
) -> _Made | _Skipped | None:
    """Return what a file yields, why it yields nothing, or None if it is as it was."""
    key = document_id(source.name, file.path)
    if file.skipped:
        return _skipped(key, source, file, "excluded", file.skipped)
    try:
        if reusable.get(key) == sha256(file.absolute.read_bytes()):
            return None
        document = read(source.name, file)
    except Unreadable as error:
        return _skipped(key, source, file, "failed", error.reason)
    except OSError as error:
        return _skipped(key, source, file, "failed", error.strerror or str(error))
    chunks = chunk_document(document, config.chunk.max_tokens)
    pairs = generate_pairs(document, chunks, config.pairs)
    texts = [chunk.text for chunk in chunks] + [f"{pair.question}\n{pair.answer}" for pair in pairs]
    tokens = count_tokens(texts, base) if texts else []
    pair_tokens = [count + TEMPLATE_TOKENS for count in tokens[len(chunks) :]]
    return _Made(document, "new", chunks, tokens[: len(chunks)], pairs, pair_tokens)


def _skipped(key: str, source: Source, file: SourceFile, state: str, reason: str) -> _Skipped:
    return _Skipped(key, source.name, file.path, file.format, state, reason)


def _write(workspace: Workspace, batch: Sequence[_Made | _Skipped]) -> None:
    if not batch:
        return
    with workspace.write() as connection:
        for made in batch:
            connection.execute("BEGIN TRANSACTION")
            if isinstance(made, _Skipped):
                values = [made.document_id, made.source, made.path, made.format, None, None, None]
                connection.execute(_PUT_DOCUMENT, [*values, made.state, made.reason, None])
                connection.execute(_DROP_CHUNKS, [made.document_id])
                connection.execute(_STALE_PAIRS, [made.document_id])
            else:
                _write_document(connection, made)
            connection.execute("COMMIT")


def _write_document(connection: duckdb.DuckDBPyConnection, made: _Made) -> None:
    """Replace a document's chunks and pairs; a pair that is no longer made stays, marked stale."""
    document = made.document
    values = [document.document_id, document.source, document.path, document.format, document.sha256, document.size]
    connection.execute(_PUT_DOCUMENT, [*values, document.title, made.state, None, document.content])
    connection.execute(_DROP_CHUNKS, [document.document_id])
    connection.execute(_STALE_PAIRS, [document.document_id])
    insert_rows(connection, _PUT_CHUNKS, _CHUNK_TYPES, _chunk_rows(made))
    connection.execute(_DROP_LINKS, [[pair.pair_id for pair in made.pairs]])
    insert_rows(connection, _PUT_PAIRS, _PAIR_TYPES, _pair_rows(made))
    links = [(pair.pair_id, chunk, place) for pair in made.pairs for place, chunk in enumerate(pair.chunk_ids)]
    insert_rows(connection, _PUT_LINKS, _LINK_TYPES, links)


def _chunk_rows(made: _Made) -> Iterator[list[object]]:
    for place, (chunk, tokens) in enumerate(zip(made.chunks, made.chunk_tokens, strict=True)):
        locator = json.dumps(dict(chunk.locator)) if chunk.locator else None
        span = [chunk.start_byte, chunk.end_byte, locator, chunk.text, tokens, chunk.warning]
        yield [chunk.chunk_id, chunk.document_id, place, chunk.kind, list(chunk.heading_path), *span]


def _pair_rows(made: _Made) -> Iterator[list[object]]:
    for pair, tokens in zip(made.pairs, made.pair_tokens, strict=True):
        first = pair.chunk_ids[0] if pair.chunk_ids else None
        texts = [pair.question, pair.answer, pair.case_type, pair.generator, pair.origin]
        yield [pair.pair_id, first, pair.document_id, *texts, False, tokens]


def _mark_missing(connection: duckdb.DuckDBPyConnection, documents: Sequence[str]) -> None:
    for key in documents:
        connection.execute("BEGIN TRANSACTION")
        connection.execute(_SET_STATE, ["missing", "the file is no longer in its source", key])
        connection.execute(_DROP_CHUNKS, [key])
        connection.execute(_STALE_PAIRS, [key])
        connection.execute("COMMIT")


def version() -> str:
    """Return the version of tuneproof, part of what makes earlier work reusable."""
    from importlib.metadata import version

    return version("tuneproof")
