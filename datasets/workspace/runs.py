"""Runs: what training and evaluation left in ``runs/``, taken into the workspace by whoever opens it next.

Knows the files of a run folder and the tables they go to. It must not know how they were made. Taking in twice
is the same as once: each folder is remembered by the sizes and times of its files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace.atomic import read_json
from tuneproof.datasets.workspace.identity import canonical_json
from tuneproof.datasets.workspace.removals import REDACTED, marks
from tuneproof.datasets.workspace.verdicts import record as record_verdict

if TYPE_CHECKING:
    import duckdb

_SEEN = "SELECT value FROM store.meta WHERE key = ?"
_REMEMBER = "INSERT OR REPLACE INTO store.meta VALUES (?, ?)"
_RUN = "INSERT OR REPLACE INTO store.runs VALUES (?, ?, ?, ?, ?, ?, ?)"
_FORGET_METRICS = "DELETE FROM store.metrics WHERE run_id = ?"
_METRICS = """
INSERT INTO store.metrics SELECT ?, step, name, value
FROM read_json(?, format = 'newline_delimited', ignore_errors = true,
    columns = {step: 'INTEGER', name: 'VARCHAR', value: 'DOUBLE'})
WHERE name IS NOT NULL AND value IS NOT NULL
"""
_ITEMS = """
INSERT OR IGNORE INTO store.items SELECT item_id, ?, role, suite, document_id, pair_id, prompt, reference
FROM read_json(?, format = 'newline_delimited', columns = {item_id: 'VARCHAR', role: 'VARCHAR', suite: 'VARCHAR',
    document_id: 'VARCHAR', pair_id: 'VARCHAR', prompt: 'VARCHAR', reference: 'VARCHAR'})
"""
_FORGET_SCORES = "DELETE FROM store.scores WHERE run_id = ?"
_SCORES = """
INSERT INTO store.scores SELECT ?, model, item_id, metric, value
FROM read_json(?, format = 'newline_delimited',
    columns = {model: 'VARCHAR', item_id: 'VARCHAR', metric: 'VARCHAR', value: 'DOUBLE'})
"""
_FORGET_OUTPUTS = "DELETE FROM store.outputs WHERE run_id = ?"
_OUTPUTS = """
INSERT INTO store.outputs SELECT ?, model, item_id, text
FROM read_json(?, format = 'newline_delimited', columns = {model: 'VARCHAR', item_id: 'VARCHAR', text: 'VARCHAR'})
"""
# A folder that was not purged still holds the texts of a removed source; they must not come back from there.
_GONE = "pair_id IS NOT NULL AND pair_id NOT IN (SELECT pair_id FROM store.pairs)"
_REDACT_OUTPUTS = f"""
UPDATE store.outputs SET text = '{REDACTED}'
WHERE run_id = ? AND item_id IN (SELECT item_id FROM store.items WHERE {_GONE})
"""
_REDACT_ITEMS = f"UPDATE store.items SET prompt = '{REDACTED}', reference = '{REDACTED}' WHERE {_GONE}"
_LOOKS = """
SELECT count(DISTINCT v.subject_id) FROM verdicts v JOIN runs r ON r.run_id = v.subject_id
WHERE v.kind = 'model' AND r.snapshot_id = ? AND v.subject_id <> ?
"""


def ingest(connection: duckdb.DuckDBPyConnection, runs_dir: Path) -> list[str]:
    """Take in every run folder that changed since the last time and return their ids.

    Raises:
        DataError: a run's JSON files can't be read.
    """
    changed = []
    for folder in sorted(path.parent for path in runs_dir.glob("*/request.json")):
        mark = _mark(folder)
        seen = connection.execute(_SEEN, [f"run:{folder.name}"]).fetchone()
        if seen and seen[0] == mark:
            continue
        connection.execute("BEGIN TRANSACTION")
        _ingest_training(connection, folder)
        if _state(folder / "evaluation") == "finished":
            _ingest_evaluation(connection, folder)
        connection.execute(_REMEMBER, [f"run:{folder.name}", mark])
        connection.execute("COMMIT")
        changed.append(folder.name)
    return changed


def looks_before(connection: duckdb.DuckDBPyConnection, snapshot_id: str, run_id: str) -> int:
    """Return how many other runs were already judged on a snapshot's held-out items."""
    row = connection.execute(_LOOKS, [snapshot_id, run_id]).fetchone()
    return int(row[0]) if row else 0


def newest_run(runs_dir: Path, snapshot_id: str | None = None) -> Path | None:
    """Return the folder of the run that was asked for last, of one snapshot or of any, or None.

    Raises:
        DataError: a run's request can't be read.
    """
    requests = [(path, read_json(path)) for path in runs_dir.glob("*/request.json")]
    fitting = [
        (str(request.get("created_at", "")), path.stat().st_mtime_ns, path.parent)
        for path, request in requests
        if snapshot_id in (None, request["snapshot_id"])
    ]
    return max(fitting)[2] if fitting else None


def _mark(folder: Path) -> str:
    names = ("request.json", "status.json", "manifest.json", "metrics.jsonl")
    evaluation = ("status.json", "verdict.json", "scores.jsonl")
    paths = [folder / name for name in names] + [folder / "evaluation" / name for name in evaluation]
    found = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.is_file()]
    return canonical_json(found)


def _ingest_training(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    request = read_json(folder / "request.json")
    manifest = read_json(folder / "manifest.json") if (folder / "manifest.json").is_file() else None
    values = [request.get("parent_id"), request["snapshot_id"], request["base"], request["train"]["method"]]
    state = _state(folder) or "requested"
    connection.execute(_RUN, [folder.name, *values, state, json.dumps(manifest) if manifest else None])
    connection.execute(_FORGET_METRICS, [folder.name])
    if (folder / "metrics.jsonl").is_file() and (folder / "metrics.jsonl").stat().st_size:
        connection.execute(_METRICS, [folder.name, str(folder / "metrics.jsonl")])


def _ingest_evaluation(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    evaluation = folder / "evaluation"
    snapshot_id = read_json(folder / "request.json")["snapshot_id"]
    connection.execute(_ITEMS, [snapshot_id, str(evaluation / "items.jsonl")])
    connection.execute(_FORGET_SCORES, [folder.name])
    connection.execute(_SCORES, [folder.name, str(evaluation / "scores.jsonl")])
    connection.execute(_FORGET_OUTPUTS, [folder.name])
    if (evaluation / "outputs.jsonl").is_file() and (evaluation / "outputs.jsonl").stat().st_size:
        connection.execute(_OUTPUTS, [folder.name, str(evaluation / "outputs.jsonl")])
    if marks(connection, folder.name):
        connection.execute(_REDACT_OUTPUTS, [folder.name])
        connection.execute(_REDACT_ITEMS)
    record_verdict(connection, Verdict.from_document(read_json(evaluation / "verdict.json")))


def _state(folder: Path) -> str | None:
    path = folder / "status.json"
    return str(read_json(path)["state"]) if path.is_file() else None
