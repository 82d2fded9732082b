"""A check held against labels that others gave.

Knows which function tells which check; what the labels mean is the business of the module that reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tuneproof.curate.calibration.counting import Share
from tuneproof.curate.calibration.inspection import Inspector
from tuneproof.curate.calibration.labelled import Labelled
from tuneproof.curate.calibration.material import Material
from tuneproof.datasets.workspace.config import Config

_LINKED = {
    "duplicate_exact": {"merged"},
    "duplicate_near": {"merged", "suggested"},
    "duplicate_paraphrase": {"merged", "suggested"},
    "contradiction": {"contradiction"},
    "variant": {"variant", "contradiction"},
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a check agrees with the labels of one file: precision at the file's own mix, and recall."""

    check: str
    file: str
    precision: Share
    recall: Share
    n: int

    def as_json(self) -> dict[str, object]:
        """Return the row of the table as plain values."""
        precision, recall = self.precision.value, self.recall.value
        return {
            "check": self.check,
            "labelled": self.file,
            "precision": None if precision is None else round(precision, 4),
            "recall": None if recall is None else round(recall, 4),
            "precision_interval": self.precision.interval,
            "recall_interval": self.recall.interval,
            "n": self.n,
            "planted": self.recall.n,
            "caught": self.recall.hits,
            "flag_rate_untouched": None,
        }


def hold_against(labelled: Labelled, check: str, path: Path, config: Config) -> Agreement:
    """Run ``check`` on the items of ``labelled`` and count where it agrees.

    Raises:
        ModelError: the embedding model can't be loaded.
    """
    rows = labelled.rows
    inspector = Inspector(Material(tuple(rows), labelled.chunks, config))
    two = any(item.other is not None for item in labelled.items)
    told: set[str] = set()
    if two or check in _LINKED:
        seen, states = inspector.compare(rows), _LINKED.get(check, {"merged", "suggested"})
        for item in labelled.items:
            if item.other is not None and seen.linked(item.row.pair_id, item.other.pair_id, states):
                told.add(item.row.pair_id)
    else:
        told = inspector.check(rows, embed=check == "off_topic").flagged(check)
    flagged = [item for item in labelled.items if item.row.pair_id in told]
    positive = [item for item in labelled.items if item.positive]
    hits = sum(item.positive for item in flagged)
    return Agreement(check, path.name, Share(hits, len(flagged)), Share(hits, len(positive)), len(labelled.items))
