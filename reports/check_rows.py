"""A verdict's checks as the rows of a table: figure, limit, interval and the way to the rows behind them.

Knows how one check is written out. It must not know which kind of report shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from tuneproof.datasets.verdict.verdict import Check, Verdict
from tuneproof.reports import figures
from tuneproof.reports.plots import spark
from tuneproof.reports.summary import WORDS, ordered

_WEIGHT = {"block": "can block", "warn": "advice", "info": "for information"}


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check, written out; ``attention`` says that a person should look."""

    check: Check
    word: str
    weight: str
    figure: str
    limit: str
    interval: str
    based_on: str
    spark: Markup
    attention: bool


def check_rows(verdict: Verdict) -> list[CheckRow]:
    """Return the checks of ``verdict`` written out, what stands in the way first."""
    return [_row(check) for check in ordered(verdict.checks)]


def based_on(check: Check) -> str:
    """Return how much a figure rests on: ``180 rows in 24 groups``; nothing where it was not counted."""
    if not check.n:
        return ""
    rows = figures.count(check.n, "row")
    return f"{rows} in {figures.count(check.clusters, 'group')}" if check.clusters else rows


def level(check: Check) -> str:
    """Return the level of a check's interval, such as ``95%``; nothing without one."""
    return figures.percent(check.level) if check.interval is not None and check.level else ""


def _row(check: Check) -> CheckRow:
    span = figures.interval(check.interval, check.unit)
    return CheckRow(
        check=check,
        word=WORDS[check.status],
        weight=_WEIGHT[check.severity],
        figure=figures.figure(check.value, check.unit),
        limit=figures.limit(check),
        interval=f"{span} at {level(check)} confidence" if span != figures.NONE and level(check) else "",
        based_on=based_on(check),
        spark=_spark(check),
        attention=check.status not in ("pass", "skipped"),
    )


def _spark(check: Check) -> Markup:
    # A count that has to be nothing has no room on a line to be seen in.
    if check.limit is None or check.op == "==" or (check.interval is None and check.value == check.limit):
        return Markup("")
    low, high = (check.interval.low, check.interval.high) if check.interval else (None, None)
    return spark(check.value, low, high, check.limit, check.op)
