"""``gate``: freeze the set as a snapshot, whatever its verdict, and judge it.

Knows how members become training rows with their lineage, and which of them become evaluation items. The limits
are the gate's business, the files the snapshot's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tuneproof.curate.checking.checks import ROW_CHECKS, run_row_checks
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.curate.checking.style import profile_of
from tuneproof.curate.documents import BUILDER
from tuneproof.curate.judging.gate import judge_data
from tuneproof.curate.judging.gate_inputs import GateInputs
from tuneproof.curate.members import (
    chunk_texts,
    document_chunks,
    edited,
    members,
    read_balance,
    read_duplicates,
    read_findings,
    recount,
)
from tuneproof.curate.rows import PairRow
from tuneproof.curate.splits import ROLES
from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace import snapshots, verdicts
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import Finding, Item
from tuneproof.datasets.workspace.snapshots import Snapshot, SnapshotRow
from tuneproof.datasets.workspace.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

MAX_PROBES = 200

_BUILT = "SELECT count(*) FROM pairs"
_DOCUMENTS = "SELECT document_id, source, path, sha256 FROM documents WHERE state IN ('new', 'current', 'changed')"
_SPANS = "SELECT chunk_id, document_id, start_byte, end_byte FROM chunks"
_REVIEWERS = "SELECT DISTINCT who FROM decisions WHERE verb IN ('accept', 'reject', 'edit') AND who <> ? ORDER BY who"
_LICENCES = "SELECT source, licence FROM sources"
_REVIEWED = "SELECT count(*) FILTER (status = 'accepted'), count(*) FILTER (status = 'rejected') FROM pairs"


def gate_data(workspace: Workspace) -> tuple[Verdict, Snapshot]:
    """Freeze the workspace's set, judge it, and record both.

    Raises:
        DataError: nothing was built yet, or the snapshot can't be written.
        ModelError: the base, whose tokens measure edited pairs, can't be had.
    """
    config = workspace.config
    with workspace.write() as connection:
        if not (connection.execute(_BUILT).fetchone() or (0,))[0]:
            raise DataError("There are no pairs to judge.", "Run: tuneproof build")
        rows = members(connection, accepted_only=config.policy.review.min_share > 0)
        changed = edited(connection)
        rows = recount(rows, changed, base_folder(config.base.model, workspace.root))
        snapshot = snapshots.freeze(
            workspace.snapshots_dir,
            list(_snapshot_rows(connection, rows, config)),
            list(_items(rows, config)),
            {**_facts(config), "style": _style(connection, rows, config)},
        )
        snapshots.record(connection, snapshot, workspace.root)
        accepted, rejected = connection.execute(_REVIEWED).fetchone() or (0, 0)
        inputs = GateInputs(
            snapshot.snapshot_id,
            rows,
            _findings(connection, rows, changed, config),
            read_duplicates(connection),
            {row[0]: row[2] for row in connection.execute(_DOCUMENTS).fetchall()},
            int(accepted),
            int(rejected),
            licences=dict(connection.execute(_LICENCES).fetchall()),
            passages=document_chunks(connection),
            balance=read_balance(connection),
            reviewers=[row[0] for row in connection.execute(_REVIEWERS, [BUILDER]).fetchall()],
        )
        verdict = judge_data(inputs, config, datetime.now(UTC).isoformat(timespec="seconds"))
        verdicts.record(connection, verdict)
    return verdict, snapshot


def _findings(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[PairRow], changed: set[str], config: Config
) -> list[Finding]:
    """Return the open findings; on pairs that a person edited, what can be told from the row alone is found anew."""
    found = read_findings(connection)
    if not changed:
        return found
    kept = [one for one in found if one.subject_id not in changed or one.check_name not in ROW_CHECKS]
    touched = [row for row in rows if row.pair_id in changed]
    return [*kept, *run_row_checks(CheckInputs(touched, chunk_texts(connection), config=config))]


def _style(connection: duckdb.DuckDBPyConnection, rows: Sequence[PairRow], config: Config) -> dict[str, Any]:
    """Return how the answers that are trained on are written, for whoever measures an output against them."""
    trained = [row for row in rows if row.split == "train"]
    return profile_of(trained, chunk_texts(connection), config.style).to_json()


def _facts(config: Config) -> dict[str, Any]:
    """Return what besides the rows makes a snapshot what it is."""
    return {
        "seed": config.select.seed,
        "policy_sha256": config.policy_sha256(),
        "system_prompt": config.pairs.system_prompt,
        "base": config.base.model,
    }


def _snapshot_rows(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[PairRow], config: Config
) -> Iterator[SnapshotRow]:
    documents = {row[0]: row[1:] for row in connection.execute(_DOCUMENTS).fetchall()}
    spans = {row[0]: row[1:] for row in connection.execute(_SPANS).fetchall()}
    for row in rows:
        if row.split is None:
            continue
        source, path, sha256 = documents.get(row.document_id, (None, None, None))
        # Spans are in bytes of the row's own document; a pair that names several tells the others apart.
        here = [chunk for chunk in row.chunk_ids if spans.get(chunk, (row.document_id,))[0] == row.document_id]
        lineage = {
            "pair_id": row.pair_id,
            "chunk_ids": here,
            "spans": [list(spans[chunk][1:]) for chunk in here if chunk in spans],
            "document_id": row.document_id,
            "source": source,
            "path": path,
            "sha256": sha256,
            "case_type": row.case_type,
            "generator": row.generator,
            "origin": row.origin,
            "status": row.status,
        }
        elsewhere = [
            {"document_id": spans[chunk][0], "chunk_id": chunk, "span": list(spans[chunk][1:])}
            for chunk in row.chunk_ids
            if chunk not in here
        ]
        if elsewhere:
            lineage["elsewhere"] = elsewhere
        yield SnapshotRow(row.split, _messages(row, config.pairs.system_prompt), lineage)


def _messages(row: PairRow, system_prompt: str) -> list[dict[str, str]]:
    """Return a pair as a conversation; the system prompt that an import brought stands before the workspace's."""
    said = (*row.history, ("user", row.question), ("assistant", row.answer))
    turns = [{"role": role, "content": text} for role, text in said]
    system = row.system or system_prompt
    return [{"role": "system", "content": system}, *turns] if system else turns


def _items(rows: Sequence[PairRow], config: Config) -> Iterator[Item]:
    """Yield the evaluation items: all held-out pairs, and at most 200 probes of what is trained, chosen by hash."""
    probes = sorted(
        (row for row in rows if row.split == "train"),
        key=lambda row: digest("probe", config.select.seed, row.pair_id),
    )[:MAX_PROBES]
    for row in [*probes, *(row for row in rows if row.split in ("validation", "test"))]:
        assert row.split is not None
        role = ROLES[row.split]
        yield Item(
            item_id=digest("item", role, row.pair_id, row.question, row.answer),
            role=role,
            suite="pairs",
            cluster=row.group,
            prompt=row.question,
            reference=row.answer,
            document_id=row.document_id,
            pair_id=row.pair_id,
            system=row.system or config.pairs.system_prompt or None,
            history=row.history,
        )
