"""From sources to pairs: reads what changed, and keeps what a person decided.

Knows which part of the workspace a changed document touches, and what came of its pairs. How a file is found, read, cut
and turned into pairs is the business of the modules it calls, and how that is written of ``documents``. A document is
written in one transaction, so a build that is killed carries on with the next document.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.curate.documents import Made, Skipped, mark_missing, write_documents
from tuneproof.curate.pairing.imports import FORMAT as IMPORTED
from tuneproof.curate.pairing.imports import import_pairs
from tuneproof.curate.pairing.pairs import generate_pairs
from tuneproof.curate.reading.chunks import chunk_document
from tuneproof.curate.reading.readers import Unreadable, read
from tuneproof.curate.reading.sources import SourceFile
from tuneproof.curate.registry import files_of, read_sources
from tuneproof.curate.standing import PairCounts, count_pairs, standing_pairs
from tuneproof.curate.tokens import count_tokens, lengths, tokenizer_sha256
from tuneproof.datasets.workspace.errors import DataError, SourceError
from tuneproof.datasets.workspace.identity import canonical_json, document_id, sha256
from tuneproof.datasets.workspace.records import Source
from tuneproof.datasets.workspace.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

    from tuneproof.datasets.workspace.config import Config

Advance = Callable[[int, int, str], None]
DOCUMENTS_A_BATCH = 50
# Stands for the recipe while documents of two recipes lie side by side.
UNSETTLED = "unsettled"

_KNOWN = "SELECT document_id, sha256, state, reason FROM store.documents"
_RECIPE = "SELECT value FROM store.meta WHERE key = 'ingest_recipe'"
_SET_RECIPE = "INSERT OR REPLACE INTO store.meta VALUES ('ingest_recipe', ?)"
_SETTLE = "UPDATE store.documents SET state = 'current' WHERE state IN ('new', 'changed')"
# What a model or a person wrote is not made anew with its document: it stands as long as all chunks it rests on do.
_JUDGE_WRITTEN = """
UPDATE store.pairs SET stale = resting.broken
FROM (
    SELECT l.pair_id, bool_or(c.chunk_id IS NULL) AS broken
    FROM store.pair_chunks l LEFT JOIN store.chunks c ON c.chunk_id = l.chunk_id GROUP BY l.pair_id
) resting
WHERE resting.pair_id = store.pairs.pair_id AND stale <> resting.broken
    AND (origin IN ('llm', 'human') OR (generator LIKE 'edge.%' AND resting.broken))
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What the workspace holds of a document: the hash of its bytes, its state, and why it was not read."""

    sha256: str | None
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one pass over the sources did, in documents and (``counts``) to their pairs.

    ``pairs`` and ``stale`` count the whole workspace: pairs that stand, and pairs that no document makes any more.
    ``notices`` are for a person to read.
    """

    new: int
    changed: int
    current: int
    skipped: int
    missing: int
    pairs: int
    stale: int
    counts: PairCounts
    notices: tuple[str, ...] = ()

    @property
    def touched(self) -> int:
        """How many documents were read anew."""
        return self.new + self.changed


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
    if not sources:
        raise DataError("The workspace has no source.", "Run: tuneproof add DOCS")
    files, notices = _files(workspace, sources)
    with workspace.write() as connection:
        known = {row[0]: Known(*row[1:]) for row in connection.execute(_KNOWN).fetchall()}
        before = standing_pairs(connection)
        reusable = _reusable(connection, recipe, known)
        connection.execute(_SETTLE)
    reading = _Reading(workspace, base, known, reusable)
    for number, (source, file) in enumerate(files, 1):
        reading.take(source, file)
        advance(number, len(files), file.path)
    reading.write()
    missing = [key for key, one in known.items() if key not in reading.seen and one.state != "missing"]
    with workspace.write() as connection:
        mark_missing(connection, missing)
        connection.execute(_JUDGE_WRITTEN)
        connection.execute(_SET_RECIPE, [recipe])
        pairs = count_pairs(connection, before, reading.reopened)
    counts = reading.counts
    if not counts["new"] + counts["changed"] + counts["current"]:
        raise DataError("No source holds a document that can be read.", 'See why: tuneproof sql "FROM store.documents"')
    return Ingested(
        **counts,
        missing=len(missing),
        pairs=pairs.new + pairs.kept,
        stale=pairs.stale + pairs.orphaned,
        counts=pairs,
        notices=(*notices, *reading.notices),
    )


def _files(workspace: Workspace, sources: Sequence[Source]) -> tuple[list[tuple[Source, SourceFile]], list[str]]:
    """Return every file of every source, and what is to be said of how they were had."""
    found: list[tuple[Source, SourceFile]] = []
    notices: list[str] = []
    for source in sources:
        try:
            visited = files_of(workspace, source, workspace.config.sources)
        except SourceError as error:
            raise SourceError(
                f"The source {source.name} is gone: {error.message}",
                f"Put it back; if it moved: tuneproof add NEW_LOCATION --name {source.name}; if it is to go: "
                f'tuneproof remove {source.name} --reason "..."',
            ) from error
        found.extend((source, file) for file in visited.files)
        notices.extend(visited.notices)
    return found, notices


def _reusable(connection: duckdb.DuckDBPyConnection, recipe: str, known: dict[str, Known]) -> dict[str, str]:
    """Return the hashes of the documents that stand as this recipe makes them; begin a pass under it.

    A pass that follows another recipe is told apart from one that is finished, for a kill leaves documents of both.
    A missing document has lost its chunks, so it counts for nothing should it come back.
    """
    stored = connection.execute(_RECIPE).fetchone()
    if stored and stored[0] == recipe:
        return {key: one.sha256 for key, one in known.items() if one.sha256 and one.state != "missing"}
    connection.execute(_SET_RECIPE, [UNSETTLED if known else recipe])
    return {}


class _Reading:
    """One pass over the files: what each of them yields, written in batches."""

    def __init__(self, workspace: Workspace, base: Path, known: dict[str, Known], reusable: dict[str, str]) -> None:
        self.counts = dict.fromkeys(("new", "changed", "current", "skipped"), 0)
        self.seen: set[str] = set()
        self.notices: list[str] = []
        self.reopened = 0
        self._workspace, self._base, self._known, self._reusable = workspace, base, known, reusable
        self._batch: list[Made | Skipped] = []

    def take(self, source: Source, file: SourceFile) -> None:
        """Read one file unless it is as it was; what could not be read is told in one line."""
        result = _make(source, file, self._workspace.config, self._base, self._reusable)
        key = document_id(source.name, file.path)
        self.seen.add(key)
        if isinstance(result, Made):
            state = "changed" if key in self._known else "new"
            self.counts[state] += 1
            self._batch.append(replace(result, state=state))
        elif result is None:
            self.counts["current"] += 1
        else:
            self.counts["skipped"] += 1
            if self._known.get(key) != Known(None, result.state, result.reason):
                self._batch.append(result)
        if result is not None and result.reason and not (isinstance(result, Skipped) and result.state == "excluded"):
            self.notices.extend(f"{source.name}/{file.path}: {line}" for line in result.reason.split("\n"))
        if len(self._batch) >= DOCUMENTS_A_BATCH:
            self.write()

    def write(self) -> None:
        """Write what was read since the last time."""
        if self._batch:
            with self._workspace.write() as connection:
                self.reopened += write_documents(connection, self._batch)
            self._batch.clear()


def _make(
    source: Source, file: SourceFile, config: Config, base: Path, reusable: dict[str, str]
) -> Made | Skipped | None:
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
    if document.format == IMPORTED:
        imported = import_pairs(document)
        reason = "\n".join(imported.rejected) or None
        if not imported.pairs:
            return _skipped(key, source, file, "failed", reason or "it holds no line")
        return Made(document, "new", (), (), imported.pairs, lengths(imported.pairs, base), reason)
    chunks = chunk_document(document, config.chunk.max_tokens)
    pairs = generate_pairs(document, chunks, config.pairs)
    tokens = count_tokens([chunk.text for chunk in chunks], base)
    return Made(document, "new", chunks, tokens, pairs, lengths(pairs, base))


def _skipped(key: str, source: Source, file: SourceFile, state: str, reason: str) -> Skipped:
    return Skipped(key, source.name, file.path, file.format, state, reason)


def version() -> str:
    """Return the version of tuneproof, part of what makes earlier work reusable."""
    from importlib.metadata import version

    return version("tuneproof")
