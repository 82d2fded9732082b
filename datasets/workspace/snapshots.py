"""Snapshots: the set frozen into a folder of JSONL files that training and evaluation read.

Knows the files, their hashes and how a folder is written whole or not at all. It must not know which pairs
belong in the set nor what a verdict says of them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.identity import canonical_json, digest, sha256
from tuneproof.datasets.workspace.records import Item, Split

if TYPE_CHECKING:
    import duckdb

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
FILES = (*(f"{split}.jsonl" for split in SPLITS), "lineage.jsonl", "items.jsonl")

_RECORD = "INSERT OR REPLACE INTO store.snapshots VALUES (?, ?, ?, ?, ?, ?, ?)"
_NEWEST = "SELECT path, snapshot_id FROM snapshots ORDER BY created_at DESC, snapshot_id LIMIT 1"


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """One training conversation and the way back to its bytes."""

    split: Split
    messages: Sequence[Mapping[str, str]]
    lineage: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen set: ``sha256`` covers every file, ``counts`` rows by split."""

    snapshot_id: str
    path: Path
    sha256: str
    created_at: str
    counts: Mapping[str, int]
    facts: Mapping[str, Any]

    def rows(self, split: Split) -> list[list[dict[str, str]]]:
        """Return the conversations of one split in file order."""
        return [row["messages"] for row in _read_lines(self.path / f"{split}.jsonl")]

    def items(self) -> list[Item]:
        """Return the evaluation items made from the user's own pairs."""
        return [read_item(row) for row in _read_lines(self.path / "items.jsonl")]


def read_item(row: Mapping[str, Any]) -> Item:
    """Return the item that a line of ``items.jsonl`` holds."""
    turns = tuple((role, text) for role, text in row.get("history", ()))
    return Item(**{**row, "choices": tuple(row["choices"]), "history": turns})


def freeze(folder: Path, rows: Sequence[SnapshotRow], items: Iterable[Item], facts: Mapping[str, Any]) -> Snapshot:
    """Write a snapshot below ``folder`` and return it; the same content gives the same id and is written once.

    ``facts`` (seed, policy hash, base, ...) are part of the identity; the time of writing is not. One whose files
    were damaged since is written anew.

    Raises:
        DataError: the folder can't be written.
    """
    texts = {f"{split}.jsonl": _lines({"messages": r.messages} for r in rows if r.split == split) for split in SPLITS}
    ordered = [row for split in SPLITS for row in rows if row.split == split]
    texts["lineage.jsonl"] = _lines({"split": row.split, **row.lineage} for row in ordered)
    texts["items.jsonl"] = _lines(asdict(item) for item in items)
    hashes = {name: sha256(text) for name, text in texts.items()}
    whole = _identity(hashes, facts)
    target = folder / digest("snapshot", whole)
    if not _whole(target):
        counts = {split: sum(row.split == split for row in rows) for split in SPLITS}
        document = {
            "snapshot_id": target.name,
            "sha256": whole,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "counts": counts,
            "files": hashes,
            "facts": dict(facts),
        }
        _write_folder(target, {**texts, "snapshot.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n"})
    return load_snapshot(target)


def load_snapshot(path: Path) -> Snapshot:
    """Read a snapshot and prove that no file of it has changed.

    Raises:
        DataError: a file is missing, unreadable, or not what was frozen.
    """
    hint = "Freeze the set again: tuneproof gate"
    try:
        document = json.loads((path / "snapshot.json").read_text("utf-8"))
        for name in FILES:
            if sha256((path / name).read_bytes()) != document["files"][name]:
                raise DataError(f"Snapshot {path.name}: {name} is not the file that was frozen.", hint)
        if _identity(document["files"], document["facts"]) != document["sha256"]:
            raise DataError(f"Snapshot {path.name}: snapshot.json is not the file that was frozen.", hint)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} is no readable snapshot: {error}.", hint) from error
    return Snapshot(
        document["snapshot_id"],
        path,
        document["sha256"],
        document["created_at"],
        document["counts"],
        document["facts"],
    )


def record(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, root: Path) -> None:
    """Enter a snapshot in the workspace as the newest; an older one that was frozen again is the newest again."""
    frozen = datetime.now(UTC).replace(tzinfo=None)
    counts = [snapshot.counts[split] for split in SPLITS]
    path = snapshot.path.relative_to(root).as_posix()
    connection.execute(_RECORD, [snapshot.snapshot_id, snapshot.sha256, frozen, *counts, path])


def newest(connection: duckdb.DuckDBPyConnection, root: Path) -> Snapshot:
    """Return the snapshot of the workspace in ``root`` that was frozen last.

    Raises:
        DataError: there is none, or its files have changed.
    """
    row = connection.execute(_NEWEST).fetchone()
    if row is None:
        raise DataError("There is no snapshot yet.", "Run: tuneproof gate")
    return load_snapshot(root / row[0])


def newest_id(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the id of the snapshot that was frozen last, whether its files are still there or not.

    Raises:
        DataError: there is none.
    """
    row = connection.execute(_NEWEST).fetchone()
    if row is None:
        raise DataError("There is no snapshot yet.", "Run: tuneproof gate")
    return str(row[1])


def _identity(files: Mapping[str, str], facts: Mapping[str, Any]) -> str:
    return sha256(canonical_json({"files": dict(files), "facts": dict(facts)}))


def _whole(folder: Path) -> bool:
    try:
        load_snapshot(folder)
    except DataError:
        return False
    return True


def _lines(values: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def _read_lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def _write_folder(target: Path, texts: Mapping[str, str]) -> None:
    """Write all files into a folder beside ``target`` and rename it: the target is whole or absent."""
    draft = target.with_name(f".{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        for name, text in texts.items():
            (draft / name).write_text(text, "utf-8", newline="")
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise DataError(
            f"The snapshot can't be written to {target.parent}: {error.strerror}.", "Free some space, then run again."
        ) from error
