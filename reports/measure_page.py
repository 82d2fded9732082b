"""What was measured beside the verdict, made ready for the page: wording, variety, two classes, likelihood, confidence.

Knows the measures and how each is written. It must not judge: none of them has a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tuneproof.reports import figures

if TYPE_CHECKING:
    from tuneproof.evaluate.measures import Classes, ClassScores, Measure, Measures

_MARKS = {"more": "more is better", "less": "less is better", "": ""}
_SCORES = ("accuracy", "precision", "recall", "f1", "mcc")


def measure_context(found: Measures) -> dict[str, Any]:
    """Return the template's values for the section on measures; empty where nothing was measured."""
    groups = (
        ("What the answers are like", found.answers, "answer"),
        ("Bits a byte of the documentation's answers and of general text", found.likelihoods, "text"),
        ("Confidence against accuracy on general suites (expected calibration error)", found.calibration, "item"),
    )
    return {
        "groups": [(title, [_row(one, noun) for one in rows]) for title, rows, noun in groups if rows],
        "classes": [_class(one) for one in found.classes],
    }


def _row(one: Measure, noun: str) -> dict[str, str]:
    return {
        "title": one.title.replace("_", " "),
        "base": written(one.base, one.unit),
        "tuned": written(one.tuned, one.unit),
        "change": _change(one),
        "note": f"{figures.count(one.n, noun)}{'; ' if one.better else ''}{_MARKS[one.better]}",
    }


def written(value: float, unit: str) -> str:
    """Return a figure: a share as per cent, all else with few digits."""
    return figures.percent(value) if unit == "share" else figures.number(value)


def _change(one: Measure) -> str:
    if one.interval is None:
        return figures.NONE
    if one.unit == "share":
        return f"{figures.points(one.change)} ({figures.interval(one.interval, 'points')})"
    return f"{figures.number(one.change, signed=True)} ({figures.interval(one.interval, 'nats')})"


def _class(one: Classes) -> dict[str, Any]:
    return {
        "title": one.title,
        "note": f"{figures.count(one.n, 'question')}, {one.positives:,} of them the class that is looked for",
        "rows": [(name, _scores(scores)) for name, scores in (("base", one.base), ("tuned", one.tuned))],
    }


def _scores(scores: ClassScores) -> Sequence[str]:
    return [figures.number(getattr(scores, name)) for name in _SCORES]
