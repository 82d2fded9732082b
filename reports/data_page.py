"""What the data report shows, section by section: plots and counts made ready for the template.

Knows the evidence and how each part is best seen. It must not judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tuneproof.reports.bars import Bar, bars, histogram
from tuneproof.reports.breadth_page import breadth_context
from tuneproof.reports.figures import count, percent

if TYPE_CHECKING:
    from markupsafe import Markup

    from tuneproof.datasets.verdict.verdict import Verdict
    from tuneproof.reports.data_evidence import CaseRow, Count, DataEvidence
    from tuneproof.reports.evidence import ReportEvidence

_TOPICS = 14
_STATES = {
    "contradiction": ("Contradictions", "The same question with answers that can't both be true."),
    "suggested": ("Suggested", "Close enough for a person to look, too far apart for a machine to merge."),
    "merged": ("Merged", "The pair on the left is out, the one on the right stands for both."),
    "variant": ("Variants", "Alike in wording, but they name different things, so both stay."),
}


def data_context(verdict: Verdict, evidence: ReportEvidence) -> dict[str, Any]:
    """Return the template's values for the data report."""
    data = evidence.data
    assert data is not None
    return {
        "data": data,
        "stats": _stats(evidence, data),
        "left_out": _count_bars("Why pairs were left out", data.left_out, data.pairs),
        "topics": _count_bars("Topics of the set", data.topics[:_TOPICS], data.in_set),
        "more_topics": data.topics[_TOPICS:],
        "cases": _matrix(data.cases),
        "breadth": breadth_context(data.breadth),
        "openers": _count_bars("How questions begin", data.openers, data.in_set),
        "templates": _count_bars("What made the pairs", data.templates, data.in_set),
        "lengths": histogram("Length of answers", data.answer_words, "words in an answer")
        if data.answer_words
        else None,
        "duplicate_groups": [
            (state, title, meaning, sum(n for s, _, n in data.duplicate_counts if s == state),
             [one for one in data.duplicates if one.state == state])
            for state, (title, meaning) in _STATES.items()
        ],
        "notes": _notes(verdict, data),
    }  # fmt: skip


def _stats(evidence: ReportEvidence, data: DataEvidence) -> list[tuple[str, str, str]]:
    snapshot = evidence.snapshot
    stats = [
        ("Documents", f"{data.documents:,}", f"cut into {count(data.chunks, 'passage')}"),
        ("Candidate pairs", f"{data.pairs:,}", f"{count(data.pairs - data.in_set, 'pair')} left out"),
    ]
    if snapshot is None:
        stats.append(("In the set", f"{data.in_set:,}", "as the workspace stands now"))
    else:
        stats += [
            ("In the set", f"{snapshot.rows:,}", "frozen in the snapshot"),
            ("Train", f"{snapshot.train:,}", f"{percent(_share(snapshot.train, snapshot.rows))} of the set"),
            ("Validation", f"{snapshot.validation:,}", f"{percent(_share(snapshot.validation, snapshot.rows))}"),
            ("Test, held out", f"{snapshot.test:,}", f"{percent(_share(snapshot.test, snapshot.rows))}"),
        ]
    stats.append(("Reviewed", f"{data.reviewed:,}", f"of {data.in_set:,} in the set, accepted by a person"))
    return stats


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _count_bars(title: str, counts: Sequence[Count], whole: int) -> Markup | None:
    if not counts:
        return None
    return bars(title, [
        Bar(one.label, one.amount, f"{one.amount:,} · {percent(_share(one.amount, whole))}") for one in counts
    ])  # fmt: skip


def _matrix(cases: Sequence[CaseRow]) -> dict[str, Any] | None:
    if not cases:
        return None
    totals = [sum(getattr(row, split) for row in cases) for split in ("train", "validation", "test")]
    rows = [
        (
            row.case_type.replace("_", " "),
            [(amount, round(100 * amount / total) if total else 0)
             for amount, total in zip((row.train, row.validation, row.test), totals, strict=True)],
            row.train + row.validation + row.test,
        )
        for row in cases
    ]  # fmt: skip
    return {"rows": rows, "totals": totals, "all": sum(totals)}


def _notes(verdict: Verdict, data: DataEvidence) -> list[str]:
    notes = [
        "The verdict and its figures are those of the snapshot. The counts, examples and samples below them are "
        "read from the workspace at the time this page was written, which may have moved on.",
    ]
    if data.reviewed < data.in_set:
        unseen = data.in_set - data.reviewed
        notes.append(
            f"{count(unseen, 'pair')} of the set {'was' if unseen == 1 else 'were'} not accepted by a person. "
            "No machine accepts a pair; those stay pending."
        )
    if not any(source.licence for source in data.sources):
        notes.append("No source names a licence, so this report can't say what the data may be used for.")
    if verdict.roles:
        notes.append(f"Roles in the set: {', '.join(verdict.roles)}.")
    return notes
