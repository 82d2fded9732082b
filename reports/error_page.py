"""Where the tuned model is wrong, made ready for the page, the comment and the JSON file.

Knows the groups of wrong answers and how each is best seen. It must not judge: which slice is worst was decided where
the answers were read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tuneproof.reports import figures
from tuneproof.reports.plots import Dot, DotRow, Rule, dot_plot

if TYPE_CHECKING:
    from markupsafe import Markup

    from tuneproof.datasets.verdict.verdict import Interval
    from tuneproof.evaluate.diagnosis import Diagnosis
    from tuneproof.evaluate.errors import ErrorGroup, Judged

CUTS = {"case_type": "By kind of question", "topic": "By topic", "document": "By document"}
_ROWS = 12
_EXAMPLES = 8
_SHOWN = 400


def error_context(groups: Sequence[ErrorGroup]) -> dict[str, Any]:
    """Return the template's values for the section on wrong answers; empty lists where nothing was answered."""
    faults = [group for group in groups if group.by == "fault"]
    return {
        "answered": answered(groups),
        "faults": [_row(group) for group in faults],
        "cuts": [
            (name, _plot(name, rows), [_row(group) for group in rows], sum(len(group.pooled) for group in rows))
            for by, name in CUTS.items()
            if (rows := [group for group in groups if group.by == by])
        ],
        "examples": [_example(one) for one in _examples(groups)],
    }


def error_lines(groups: Sequence[ErrorGroup]) -> Iterator[str]:
    """Yield a line on what is wrong how often, then one on each of the slices that gained least or lost."""
    faults = [group for group in groups if group.by == "fault" and group.wrong]
    if faults:
        n = faults[0].answered
        said = ", ".join(f"{group.wrong} {group.name.replace('_', ' ')} (base {group.base_wrong})" for group in faults)
        yield f"Of {figures.count(n, 'answer')} to held-out questions: {said}"
    elif answered(groups):
        yield f"None of {figures.count(answered(groups), 'answer')} to held-out questions is told to be wrong"
    for group in worst(groups):
        yield f"Worst {CUTS[group.by].removeprefix('By ')}: {group.title}, {_said(group)}"


def cause_parts(diagnoses: Sequence[Diagnosis]) -> Iterator[tuple[str, ...]]:
    """Yield for each likely cause, the likeliest first: its name, the checks, each piece of evidence, the advice."""
    for one in diagnoses:
        yield f"{one.title[:1].upper()}{one.title[1:]}", ", ".join(one.checks), *one.evidence, one.advice


def cause_document(diagnoses: Sequence[Diagnosis]) -> list[dict[str, Any]]:
    """Return likely causes as plain JSON values."""
    return [
        {**asdict(one), "title": one.title, "checks": list(one.checks), "evidence": list(one.evidence)}
        for one in diagnoses
    ]


def worst(groups: Sequence[ErrorGroup]) -> list[ErrorGroup]:
    """Return the first slice of each cut, unless all of it was pooled."""
    first = {by: next((group for group in groups if group.by == by), None) for by in CUTS}
    return [group for group in first.values() if group is not None and not group.pooled]


def error_document(groups: Sequence[ErrorGroup]) -> list[dict[str, Any]]:
    """Return the groups as plain JSON values, each example with its item's id."""
    return [
        {
            "by": group.by, "name": group.name, "title": group.title, "answered": group.answered,
            "wrong": group.wrong, "interval": _ends(group.interval), "base_wrong": group.base_wrong,
            "base_interval": _ends(group.base_interval), "fixed": group.fixed, "broken": group.broken,
            "faults": dict(group.faults), "scored": group.scored, "gain": group.gain,
            "gain_interval": _ends(group.gain_interval), "small": group.small, "pooled": list(group.pooled),
            "examples": [
                {"item_id": one.item.item_id, "question": one.item.question, "reference": one.item.reference,
                 "base": one.item.base, "base_fault": one.base, "tuned": one.item.tuned, "tuned_fault": one.tuned}
                for one in group.examples
            ],
        }
        for group in groups
    ]  # fmt: skip


def answered(groups: Sequence[ErrorGroup]) -> int:
    """Return how many held-out questions both models answered."""
    return sum(group.answered for group in groups if group.by == "role" and group.name == "heldout")


def _row(group: ErrorGroup) -> dict[str, Any]:
    return {
        "title": group.title,
        "tuned": f"{group.wrong} of {group.answered}" if group.answered else figures.NONE,
        "interval": figures.interval(group.interval, "share"),
        "base": str(group.base_wrong) if group.answered else figures.NONE,
        "change": f"{group.fixed} mended, {group.broken} broken" if group.answered else figures.NONE,
        "gain": figures.number(group.gain, signed=True),
        "gain_interval": figures.interval(group.gain_interval, "nats"),
        "scored": group.scored,
        "small": group.small,
    }


def _plot(name: str, groups: Sequence[ErrorGroup]) -> Markup | None:
    shown = [group for group in groups if group.gain is not None][:_ROWS]
    if not shown:
        return None
    rows = [
        DotRow(group.title, (Dot(group.gain or 0.0, *_pair(group.gain_interval)),),
               figures.number(group.gain, signed=True), _said(group, with_gain=False))
        for group in shown
    ]  # fmt: skip
    return dot_plot(f"Gain over the base, {name.lower()}, worst first", rows, [Rule(0.0, "zero", "no gain")])


def _said(group: ErrorGroup, *, with_gain: bool = True) -> str:
    parts = [figures.count(group.scored, "question")]
    if group.answered:
        parts.append(f"{group.wrong} of {group.answered} answers wrong, {group.base_wrong} before")
    if with_gain and group.gain is not None:
        parts.append(f"gain {figures.number(group.gain, signed=True)} nats a token")
    return "; ".join(parts)


def _examples(groups: Sequence[ErrorGroup]) -> list[Judged]:
    """Return wrong answers to show: some of each kind of fault in turn, the commonest kind first."""
    columns = [group.examples for group in groups if group.by == "fault"]
    turns = [column[turn] for turn in range(max(map(len, columns), default=0)) for column in columns
             if turn < len(column)]  # fmt: skip
    return turns[:_EXAMPLES]


def _example(one: Judged) -> dict[str, Any]:
    from tuneproof.evaluate.faults import FAULTS

    return {
        "question": one.item.question,
        "reference": one.item.reference[:_SHOWN],
        "document": one.item.document,
        "case": one.item.case_type.replace("_", " "),
        "base": (one.item.base or "")[:_SHOWN],
        "base_fault": FAULTS[one.base] if one.base else "right",
        "tuned": (one.item.tuned or "")[:_SHOWN],
        "tuned_fault": FAULTS[one.tuned] if one.tuned else "right",
    }


def _ends(found: Interval | None) -> list[float | None] | None:
    return None if found is None else [found.low, found.high]


def _pair(found: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if found is None else (found.low, found.high)
