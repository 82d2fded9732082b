"""``remove``: take a source out on request, with every text that came from it, and mark what had used it.

Knows every table that holds text of a source, and that some rows must stay without their text: decisions, and the items
of evaluations. It must not know how a mark is shown, nor what it stands in the way of.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.curate.reading.pages import FOLDER, forget
from tuneproof.curate.registry import read_sources
from tuneproof.datasets.workspace.atomic import read_json, read_jsonl, write_jsonl_atomic
from tuneproof.datasets.workspace.columns import insert_rows
from tuneproof.datasets.workspace.errors import DataError, UsageError
from tuneproof.datasets.workspace.identity import digest, sha256
from tuneproof.datasets.workspace.records import Source
from tuneproof.datasets.workspace.removals import REDACTED, Removal, read_removals, record_removal
from tuneproof.datasets.workspace.rewriting import rewrite
from tuneproof.datasets.workspace.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

_ID = re.compile(r"\b[0-9a-f]{16}\b")
_SNAPSHOTS = "SELECT snapshot_id, path FROM snapshots ORDER BY created_at, snapshot_id"
_VERDICTS = "SELECT verdict_id FROM verdicts WHERE subject_id IN (SELECT unnest(?::VARCHAR[]))"
# The ids come first: what is deleted below is found by them.
_GONE = (
    "CREATE TEMP TABLE gone_documents AS SELECT document_id AS id FROM store.documents WHERE source = $source",
    "CREATE TEMP TABLE gone_chunks AS SELECT chunk_id AS id FROM store.chunks "
    "WHERE document_id IN (SELECT id FROM gone_documents)",
    "CREATE TEMP TABLE gone_pairs AS SELECT pair_id AS id FROM store.pairs "
    "WHERE document_id IN (SELECT id FROM gone_documents) OR pair_id IN "
    "(SELECT pair_id FROM store.pair_chunks WHERE chunk_id IN (SELECT id FROM gone_chunks))",
    "CREATE TEMP TABLE gone_items AS SELECT DISTINCT item_id AS id FROM store.items "
    "WHERE document_id IN (SELECT id FROM gone_documents) OR pair_id IN (SELECT id FROM gone_pairs)",
)
_PAIRS = "(SELECT id FROM gone_pairs)"
_WIPE = (
    f"UPDATE store.clusters SET title = '{REDACTED}' WHERE cluster_id IN "
    f"(SELECT cluster_id FROM store.placements WHERE pair_id IN {_PAIRS})",
    f"UPDATE store.judgements SET merged_into = NULL WHERE merged_into IN {_PAIRS}",
    *(
        f"DELETE FROM store.{table} WHERE pair_id IN {_PAIRS} OR kept_id IN {_PAIRS}"
        for table in ("duplicates", "likeness")
    ),
    *(
        f"DELETE FROM store.{table} WHERE pair_id IN {_PAIRS}"
        for table in ("placements", "judgements", "conversations", "pair_chunks", "pairs")
    ),
    "DELETE FROM store.pair_chunks WHERE chunk_id IN (SELECT id FROM gone_chunks)",
    "DELETE FROM store.chunks WHERE document_id IN (SELECT id FROM gone_documents)",
    "DELETE FROM store.documents WHERE document_id IN (SELECT id FROM gone_documents)",
    # What a model was told and answered is the source's text too, also about passages that a rebuild has dropped.
    "DELETE FROM store.completions WHERE subject_id NOT IN (SELECT chunk_id FROM store.chunks) "
    "AND subject_id NOT IN (SELECT pair_id FROM store.pairs)",
    f"UPDATE store.items SET prompt = '{REDACTED}', reference = '{REDACTED}' "
    "WHERE item_id IN (SELECT id FROM gone_items)",
    f"UPDATE store.outputs SET text = '{REDACTED}' WHERE item_id IN (SELECT id FROM gone_items)",
    "DELETE FROM store.sources WHERE source = $source",
    # Findings quote what they found; the next build arranges, and checks, what is left.
    "DELETE FROM store.remembered",
    "DELETE FROM store.meta WHERE key = 'arrangement'",
)
_FINDINGS = "SELECT finding_id, subject, subject_id, message, evidence::VARCHAR FROM store.findings"
_THERE = """
SELECT pair_id FROM store.pairs UNION ALL SELECT chunk_id FROM store.chunks
UNION ALL SELECT document_id FROM store.documents
"""
_DROP_FINDINGS = "DELETE FROM store.findings WHERE finding_id IN (SELECT unnest(?::VARCHAR[]))"
_DECISIONS = f"""
SELECT decision_id, before::VARCHAR, after::VARCHAR, reason FROM store.decisions WHERE subject_id IN {_PAIRS}
"""
_REDACT = """
UPDATE store.decisions SET before = new.before, after = new.after, reason = new.reason
FROM redacted new WHERE new.decision_id = store.decisions.decision_id
"""
_TEXTS = """
SELECT p.question, p.answer, j.question, j.answer FROM store.pairs p LEFT JOIN store.judgements j USING (pair_id)
"""
_CHUNK_TEXTS = "SELECT text FROM store.chunks"
_EMBEDDED = "SELECT DISTINCT sha256 FROM store.embeddings"
_DROP_EMBEDDINGS = "DELETE FROM store.embeddings WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))"


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal did, and the folders on the disk that still hold texts of the source (none once purged)."""

    removal: Removal
    left: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Uses:
    """What on the disk holds texts of a source: snapshots, run folders, reports."""

    snapshots: dict[str, Path]
    runs: dict[str, Path]
    reports: tuple[Path, ...]

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that are there, in order."""
        every = (*self.snapshots.values(), *(run / "evaluation" for run in self.runs.values()), *self.reports)
        return tuple(folder for folder in every if folder.is_dir())


def remove_source(workspace: Workspace, name: str, *, reason: str, who: str, purge: bool) -> Removed:
    """Take the source ``name`` out of the workspace for ``reason``; ``purge`` also deletes what the disk holds of it.

    Its documents, chunks and pairs go, with decisions' texts and vectors; snapshots and runs that used it are marked.
    Purging deletes the snapshots and reports with its rows, and redacts its items in runs: their adapters stay, and so
    does the mark on them. A source that was removed before can be purged later.

    Raises:
        UsageError: there is no such source, or no reason was given.
        WorkspaceError: there is no room to write the DuckDB file anew.
    """
    if not reason.strip():
        raise UsageError("A removal needs a reason.", '--reason "withdrawn by the author on 3 May"')
    with workspace.read() as connection:
        source = next((one for one in read_sources(connection) if one.name == name), None)
        before = read_removals(connection, name)
        uses = _uses(connection, workspace, name, before)
    if source is None and not (before and purge):
        raise _unknown(name, before)
    with workspace.write() as connection:
        removal = before[-1] if source is None else _wipe(connection, workspace, source, uses, reason.strip(), who)
    if purge:
        _purge(uses, removal)
        removal = replace(removal, purged=True)
        with workspace.write() as connection:
            record_removal(connection, removal)
    rewrite(workspace)
    return Removed(removal, () if purge else uses.folders)


def _unknown(name: str, before: Sequence[Removal]) -> UsageError:
    if before:
        on = f"{before[-1].removed_at:%Y-%m-%d}"
        return UsageError(f"The source {name} was removed on {on} already.", "To delete its snapshots too: --purge")
    return UsageError(f"There is no source {name!r}.", 'See them: tuneproof sql "FROM sources"')


def _uses(connection: duckdb.DuckDBPyConnection, workspace: Workspace, name: str, before: Sequence[Removal]) -> _Uses:
    """Return what used the source, by each snapshot's lineage; one without its lineage counts as having used it."""
    marked = {snapshot for removal in before for snapshot in removal.snapshot_ids}
    snapshots = {
        snapshot: workspace.root / path
        for snapshot, path in connection.execute(_SNAPSHOTS).fetchall()
        if snapshot in marked or _holds(workspace.root / path / "lineage.jsonl", name)
    }
    requests = sorted(workspace.runs_dir.glob("*/request.json"))
    runs = {path.parent.name: path.parent for path in requests if read_json(path)["snapshot_id"] in snapshots}
    verdicts = connection.execute(_VERDICTS, [[*snapshots, *runs]]).fetchall()
    return _Uses(snapshots, runs, tuple(workspace.reports_dir / row[0] for row in verdicts))


def _holds(lineage: Path, name: str) -> bool:
    try:
        return not lineage.is_file() or any(row.get("source") == name for row in read_jsonl(lineage))
    except DataError:
        return True


def _wipe(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, source: Source, uses: _Uses, reason: str, who: str
) -> Removal:
    """Delete and redact every row with text of the source, in one transaction, and keep the record of it."""
    connection.execute("BEGIN TRANSACTION")
    for statement in _GONE:
        connection.execute(statement, {"source": source.name} if "$source" in statement else None)
    documents, pairs = _ids(connection, "gone_documents"), _ids(connection, "gone_pairs")
    _redact_decisions(connection)
    for statement in _WIPE:
        connection.execute(statement, {"source": source.name} if "$source" in statement else None)
    _drop_findings(connection)
    _drop_embeddings(connection)
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    removal = Removal(
        digest("removal", source.name, now.isoformat()), source.name, source.location, source.licence, reason, who, now,
        len(documents), len(pairs), tuple(uses.snapshots), tuple(uses.runs), False,
    )  # fmt: skip
    record_removal(connection, removal)
    connection.execute("COMMIT")
    forget(connection, source.name, workspace.root / FOLDER)
    return removal


def _ids(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return {row[0] for row in connection.execute(f"SELECT id FROM {table}").fetchall()}


def _redact_decisions(connection: duckdb.DuckDBPyConnection) -> None:
    """Put the mark in place of every text in the journal's rows on pairs that go."""
    rows = connection.execute(_DECISIONS).fetchall()
    if not rows:
        return
    connection.execute("CREATE TEMP TABLE redacted (decision_id VARCHAR, before JSON, after JSON, reason VARCHAR)")
    marked = [(row[0], _redacted(row[1]), _redacted(row[2]), REDACTED if row[3] else None) for row in rows]
    insert_rows(connection, "INSERT INTO redacted", ("VARCHAR", "JSON", "JSON", "VARCHAR"), marked)
    connection.execute(_REDACT)


def _redacted(state: str) -> str:
    values: dict[str, Any] = json.loads(state)
    texts = {name: REDACTED for name in ("question", "answer", "flag") if values.get(name)}
    return json.dumps({**values, **texts}, ensure_ascii=False)


def _drop_findings(connection: duckdb.DuckDBPyConnection) -> None:
    """Delete findings that speak of what is not there any more, and those on the whole set: a build makes them anew.

    Not only of what went just now: a finding may be older than the last reading of its passage.
    """
    there = {row[0] for row in connection.execute(_THERE).fetchall()}
    dropped = [
        identity
        for identity, subject, subject_id, message, evidence in connection.execute(_FINDINGS).fetchall()
        if subject == "set" or not there.issuperset([subject_id, *_ID.findall(f"{message} {evidence or ''}")])
    ]
    connection.execute(_DROP_FINDINGS, [dropped])


def _drop_embeddings(connection: duckdb.DuckDBPyConnection) -> None:
    """Delete every vector whose text is nowhere in the workspace any more; others would be made again if needed."""
    kept = {sha256(text) for text in _embeddable(connection)}
    unused = [row[0] for row in connection.execute(_EMBEDDED).fetchall() if row[0] not in kept]
    connection.execute(_DROP_EMBEDDINGS, [unused])


def _embeddable(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for question, answer, asked, answered in connection.execute(_TEXTS).fetchall():
        yield f"{question}\n{answer}"
        yield f"{question if asked is None else asked}\n{answer if answered is None else answered}"
    for (text,) in connection.execute(_CHUNK_TEXTS).fetchall():
        yield text


def _purge(uses: _Uses, removal: Removal) -> None:
    """Redact the source's items in runs, then delete snapshots and reports: the snapshots say which items those are."""
    for folder in uses.runs.values():
        snapshot = uses.snapshots[read_json(folder / "request.json")["snapshot_id"]]
        _redact_run(folder / "evaluation", _pairs_of(snapshot / "lineage.jsonl", removal.source))
    for folder in (*uses.snapshots.values(), *uses.reports):
        shutil.rmtree(folder, ignore_errors=True)


def _pairs_of(lineage: Path, name: str) -> set[str] | None:
    """Return the pairs of a source in a snapshot; None, which is any of them, where the lineage is not there."""
    try:
        return {row["pair_id"] for row in read_jsonl(lineage) if row.get("source") == name} or None
    except DataError:
        return None


def _redact_run(folder: Path, pairs: set[str] | None) -> None:
    """Put the mark in place of the texts that an evaluation left of ``pairs``: its items, and what was answered."""
    items = read_jsonl(folder / "items.jsonl")
    gone = {
        str(item["item_id"])
        for item in items
        if item.get("pair_id") is not None and (pairs is None or item["pair_id"] in pairs)
    }
    if not gone:
        return
    marked = [{**one, "prompt": REDACTED, "reference": REDACTED} if one["item_id"] in gone else one for one in items]
    write_jsonl_atomic(folder / "items.jsonl", marked)
    outputs = read_jsonl(folder / "outputs.jsonl")
    if outputs:
        marked = [{**one, "text": REDACTED} if one["item_id"] in gone else one for one in outputs]
        write_jsonl_atomic(folder / "outputs.jsonl", marked)
