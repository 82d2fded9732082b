"""Parts of a frozen set for trials: folds grouped by document, and growing shares of the training rows.

Knows snapshots and their lineage. It must not know what is trained on the parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.atomic import read_jsonl
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.snapshots import Snapshot, SnapshotRow, freeze

SHARES = (0.125, 0.25, 0.5, 1.0)
FEWEST = 8  # rows under which a trial says nothing


@dataclass(frozen=True, slots=True)
class Row:
    """A training row with its way back and the document that it must not be parted from."""

    messages: Sequence[Mapping[str, str]]
    lineage: Mapping[str, Any]
    group: str


def grouped_rows(snapshot: Snapshot, split: str = "train") -> list[Row]:
    """Return the rows of one split with their groups; a row without a document is a group of its own."""
    lineage = [entry for entry in read_jsonl(snapshot.path / "lineage.jsonl") if entry["split"] == split]
    messages = snapshot.rows(split)  # type: ignore[arg-type]
    found = []
    for number, (conversation, entry) in enumerate(zip(messages, lineage, strict=True)):
        way = {key: value for key, value in entry.items() if key != "split"}
        found.append(Row(conversation, way, str(way.get("document_id") or way.get("pair_id") or f"row {number}")))
    return found


def fold_of(rows: Sequence[Row], folds: int, seed: int) -> list[int]:
    """Return the fold of each row: whole documents, folds of like size, the same for the same seed.

    Raises:
        DataError: there are fewer documents than folds.
    """
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row.group] = sizes.get(row.group, 0) + 1
    if len(sizes) < folds:
        raise DataError(
            f"The training rows come from {len(sizes)} documents, which makes no {folds} folds.",
            f"Ask for at most {len(sizes)} folds, or add documents.",
        )
    filled = [0] * folds
    place: dict[str, int] = {}
    # Large documents first, each to the emptiest fold: no fold ends up far from the others.
    for group in sorted(sizes, key=lambda name: (-sizes[name], digest("fold", str(seed), name))):
        place[group] = min(range(folds), key=lambda fold: filled[fold])
        filled[place[group]] += sizes[group]
    return [place[row.group] for row in rows]


def freeze_fold(folder: Path, snapshot: Snapshot, rows: Sequence[Row], places: Sequence[int], fold: int) -> Snapshot:
    """Freeze a set that trains on every fold but ``fold`` and is scored on that one."""
    parts = [
        SnapshotRow("validation" if place == fold else "train", row.messages, row.lineage)
        for row, place in zip(rows, places, strict=True)
    ]
    return freeze(folder, parts, [], {**snapshot.facts, "fold": fold, "of": snapshot.snapshot_id})


def freeze_share(folder: Path, snapshot: Snapshot, share: float, seed: int) -> Snapshot:
    """Freeze a set with a share of the training rows, whole documents, and the validation rows as they are.

    Smaller shares lie inside larger ones, so that a curve over them tells of size alone.

    Raises:
        DataError: the share holds too few rows, or there are no validation rows.
    """
    rows, held = grouped_rows(snapshot), grouped_rows(snapshot, "validation")
    if not held:
        raise DataError("The snapshot has no validation rows to score on.", "Make more pairs: tuneproof build")
    order = sorted({row.group for row in rows}, key=lambda name: digest("share", str(seed), name))
    wanted, kept = share * len(rows), set[str]()
    count = 0
    for group in order:
        if count >= wanted:
            break
        kept.add(group)
        count += sum(row.group == group for row in rows)
    if count < FEWEST:
        raise DataError(f"{share:.1%} of {len(rows)} training rows are {count}: too few to learn from.", "Make more.")
    parts = [SnapshotRow("train", row.messages, row.lineage) for row in rows if row.group in kept]
    parts += [SnapshotRow("validation", row.messages, row.lineage) for row in held]
    return freeze(folder, parts, [], {**snapshot.facts, "share": share, "of": snapshot.snapshot_id})
