"""The row that the judging half of curation works on: a pair with what is known of it so far.

Knows shapes only. It must not know where rows are stored, nor which stage looks at which field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tuneproof.datasets.workspace.records import CaseType, Origin, Split, Turn

Status = Literal["pending", "accepted", "rejected", "stale"]


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair as a reader sees it (edits applied), with its way back to a document.

    ``section`` is the top heading in the document ("" if there is none); ``tokens`` counts the whole
    conversation in tokens of the configured base, template included; ``split``, ``cluster`` and ``group`` (what
    is kept on one side of the split) are empty until the stage that decides them has run. ``system`` and ``history``
    (role and text of the turns before the question) are those that an imported conversation brought.
    """

    pair_id: str
    question: str
    answer: str
    case_type: CaseType
    generator: str
    origin: Origin
    status: Status = "pending"
    document_id: str | None = None
    source: str | None = None
    path: str | None = None
    section: str = ""
    tokens: int = 0
    chunk_ids: tuple[str, ...] = ()
    split: Split | None = None
    cluster: int | None = None
    group: str = ""
    system: str | None = None
    history: tuple[Turn, ...] = ()
