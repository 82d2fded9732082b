"""Held-out items that training has seen: the rows that were trained on against the items that are scored.

Knows the frozen rows and items. The data gate asks the same of the set before training; here it is asked of the
files that training really read, whoever wrote them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tuneproof.curate.likeness.leakage import known_answers, repeated_pairs
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.config import DataPolicy
from tuneproof.datasets.workspace.records import Item
from tuneproof.datasets.workspace.snapshots import load_snapshot
from tuneproof.train.rows import conversations


def leaked_items(snapshot: Path, items: Sequence[Item], policy: DataPolicy) -> tuple[str, ...]:
    """Return ids of the held-out ``items`` that a training row of ``snapshot`` repeats or answers word for word.

    Raises:
        DataError: the snapshot is broken.
    """
    trained = [
        _row(f"train {n}", one.question, one.answer)
        for n, one in enumerate(conversations(load_snapshot(snapshot), "train"))
    ]
    held = [_row(item.item_id, item.prompt, item.reference) for item in items if item.role == "heldout"]
    known = known_answers(trained, held, policy.overlap_ngram, policy.fail_overlap)
    return tuple(sorted(known | repeated_pairs(trained, held)))


def _row(identity: str, question: str, answer: str) -> PairRow:
    return PairRow(identity, question, answer, "what_is", "", "import")
