"""Who is trained on, who is held out: whole documents or sections, the same ones at every rebuild.

Knows groups, hashes and leaks. It must not know sentence vectors nor budgets: a pair's side is settled before
selection, so that selecting more or fewer pairs moves none across.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuneproof.curate.likeness.leakage import known_answers, repeated_pairs
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import Role, Split

FEW_DOCUMENTS = 40  # under this many, a large document is several groups
LARGE_DOCUMENT = 20  # pairs; a fixed figure, so that adding documents does not regroup the others
TEST_SHARE, TEST_GROUPS = 0.20, 12
VALIDATION_SHARE = 0.10
ROLES: Mapping[Split, Role] = {"train": "train", "validation": "selection", "test": "heldout"}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a pair went; ``split`` is None for a held-out pair that train already answers. ``reason`` says why."""

    split: Split | None
    role: Role | None
    group: str
    reason: str


def assign_splits(
    rows: Sequence[PairRow],
    seed: int,
    overlap_ngram: int = 13,
    overlap_limit: float = 0.70,
    said_again: Mapping[tuple[str, str], str] | None = None,
) -> dict[str, Placement]:
    """Return the placement of every row, by pair id; the order of ``rows`` does not matter.

    Groups are ordered by a hash of seed and group. Test takes from one end, the larger of 20% and 12 groups;
    validation takes 10% from the other end, so that a new document moves a group or two and never between the
    two; train keeps at least half of the groups and, where groups allow, half of the pairs.
    ``said_again`` holds why two pairs repeat each other, by their ids, both ways round.
    """
    groups = group_rows(rows)
    sizes = Counter(groups.values())
    sides = _sides(sizes, seed)
    placed: dict[str, Placement] = {}
    for row in rows:
        group = groups[row.pair_id]
        split = sides[group]
        placed[row.pair_id] = Placement(split, ROLES[split], group, f"{group} is in {split}")
    train = [row for row in rows if placed[row.pair_id].split == "train"]
    heldout = [row for row in rows if placed[row.pair_id].split != "train"]
    leaks = known_answers(train, heldout, overlap_ngram, overlap_limit) | repeated_pairs(train, heldout)
    for pair_id, leak in leaks.items():
        reason = f"held out, then dropped because {leak.reason} (pair {leak.train_id})"
        placed[pair_id] = Placement(None, None, placed[pair_id].group, reason)
    _drop_repeated(placed, {row.pair_id for row in train}, said_again or {})
    return placed


def _drop_repeated(placed: dict[str, Placement], train: set[str], said_again: Mapping[tuple[str, str], str]) -> None:
    """Take out of held-out what train says in other words."""
    for (pair_id, other), why in sorted(said_again.items()):
        if other in train and pair_id in placed and placed[pair_id].split not in ("train", None):
            reason = f"held out, then dropped because pair {other} in train repeats it: {why}"
            placed[pair_id] = Placement(None, None, placed[pair_id].group, reason)


def group_rows(rows: Sequence[PairRow]) -> dict[str, str]:
    """Return each pair's group: its document, or a section of a large one where documents are few.

    A pair without a chunk (an import) is a group of its own: the file that it came in is no subject.
    """
    documents = {row.document_id for row in rows if not _stands_alone(row)}
    sizes = Counter(row.document_id for row in rows)
    sections: dict[str | None, set[str]] = defaultdict(set)
    for row in rows:
        sections[row.document_id].add(row.section)
    groups = {}
    for row in rows:
        if _stands_alone(row):
            groups[row.pair_id] = f"pair {row.pair_id}"
            continue
        name = f"{row.source}/{row.path}" if row.path is not None else str(row.document_id)
        cut = len(documents) < FEW_DOCUMENTS and sizes[row.document_id] > LARGE_DOCUMENT
        cut = cut and len(sections[row.document_id]) > 1
        groups[row.pair_id] = f"{name} # {row.section}" if cut else name
    return groups


def _stands_alone(row: PairRow) -> bool:
    return row.document_id is None or (row.generator.startswith("import.") and not row.chunk_ids)


def group_counts(groups: int) -> tuple[int, int]:
    """Return how many of ``groups`` go to test and to validation; train keeps the other half or more."""
    half = groups // 2
    fewest = 2 if groups >= 10 else 1 if groups >= 4 else 0
    validation = max(fewest, round(VALIDATION_SHARE * groups)) if fewest else 0
    test = min(max(math.ceil(TEST_SHARE * groups), TEST_GROUPS), half - validation)
    return max(test, 0), validation


def _sides(sizes: Mapping[str, int], seed: int) -> dict[str, Split]:
    ordered = sorted(sizes, key=lambda group: digest("split", seed, group))
    test, validation = group_counts(len(ordered))
    room = sum(sizes.values()) // 2
    sides: dict[str, Split] = {}
    quotas: tuple[tuple[Split, int, list[str]], ...] = (
        ("test", test, ordered),
        ("validation", validation, ordered[::-1]),
    )
    for split, wanted, candidates in quotas:
        taken = 0
        for group in candidates:
            # A group that would leave train with less than half of the pairs stays in train.
            if taken < wanted and group not in sides and sizes[group] <= room:
                sides[group] = split
                room -= sizes[group]
                taken += 1
    return {group: sides.get(group, "train") for group in ordered}
