"""What the data gate judges: the set as it stands, and the small counts that its checks share.

Knows shapes only. It must not know limits nor what a figure means.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tuneproof.curate.checking.balance import Balance
from tuneproof.curate.checking.inputs import ChunkText
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.verdict.verdict import Status
from tuneproof.datasets.workspace.records import Duplicate, Finding

IN_SET = "selected AND status NOT IN ('rejected', 'stale') AND split IS NOT NULL"
SHOWN = 20  # ids that a check carries; its statement finds the rest


@dataclass(frozen=True, slots=True)
class GateInputs:
    """What the data gate judges.

    ``rows`` are the pairs in the set, with split and group; ``findings`` the open ones; ``duplicates`` all rows of
    that table; ``documents`` maps document ids to paths, ``licences`` sources to theirs; ``accepted`` and ``rejected``
    count a person's verdicts in the whole workspace, in the set or not; ``passages`` are the chunks of every document,
    ``balance`` the figures of the set when it was arranged, ``reviewers`` the people who decided on pairs.
    """

    subject_id: str
    rows: Sequence[PairRow]
    findings: Sequence[Finding] = ()
    duplicates: Sequence[Duplicate] = ()
    documents: Mapping[str, str] = field(default_factory=dict)
    accepted: int = 0
    rejected: int = 0
    licences: Mapping[str, str | None] = field(default_factory=dict)
    passages: Sequence[ChunkText] = ()
    balance: Balance | None = None
    reviewers: Collection[str] = ()

    @property
    def train(self) -> list[PairRow]:
        """The rows that are trained on."""
        return [row for row in self.rows if row.split == "train"]

    @property
    def test(self) -> list[PairRow]:
        """The rows that nothing but the final evaluation sees."""
        return [row for row in self.rows if row.split == "test"]


def groups_in(rows: Sequence[PairRow]) -> int:
    """Return how many groups ``rows`` come from: documents, sections of large ones, single imports."""
    return len({row.group or row.document_id or row.pair_id for row in rows})


def graded(share: float, warn: float, fail: float) -> Status:
    """Return where ``share`` stands against the two limits that it must not pass."""
    return "fail" if share > fail else "warn" if share > warn else "pass"


def share_of(part: int, whole: int) -> float:
    """Return ``part / whole``, 0 of nothing."""
    return part / whole if whole else 0.0


def first_ids(ids: Collection[str]) -> tuple[str, ...]:
    """Return the ids that a check carries, in a fixed order."""
    return tuple(sorted(ids))[:SHOWN]
