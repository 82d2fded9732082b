"""Numbers as a reader wants them: few digits, a unit, a true minus sign, never NaN.

Knows how units are written. It must not know what a figure means or whether it is good.
"""

from __future__ import annotations

import math
from datetime import datetime

from tuneproof.datasets.verdict.verdict import Check, Interval

NONE = "–"
_SHARES = frozenset({"share", "fraction", "probability", "rate", "ratio"})
# Suites are judged by how their accuracy changes, so what is measured in accuracy is a difference.
_POINTS = frozenset({"points", "accuracy"})
_COMPARE = {"<=": "at most", ">=": "at least", "==": "exactly", "<": "under", ">": "over", "!=": "not"}
_SINGULAR = {
    **{name: name.removesuffix("s") for name in (
        "pairs", "documents", "rows", "items", "groups", "sources", "kinds", "audiences", "splits", "suites", "figures",
    )},
    "people": "person",
}  # fmt: skip
_KIBI = 1024


def number(value: float | None, signed: bool = False) -> str:
    """Return a bare number: thousands apart, three significant digits below a thousand, whole numbers whole."""
    if value is None or not math.isfinite(value):
        return NONE
    size = abs(value)
    if size >= 100 or float(value).is_integer():
        text = f"{size:,.0f}"
    elif size >= 10:
        text = f"{size:.1f}"
    elif size >= 1:
        text = f"{size:.2f}"
    elif size >= 0.0005:
        text = f"{size:.3f}"
    else:
        text = f"{size:.1e}"
    # What rounds to nothing has no sign: "-0.00" would claim a direction that the digits do not show.
    is_zero = not text.strip("0.,")
    sign = "" if is_zero else "−" if value < 0 else "+" if signed else ""
    return sign + text


def plain(value: float) -> str:
    """Return a number that somebody set, with the digits it has and no more: ``0.1``, ``1,000``."""
    if abs(value) >= 1000 or not math.isfinite(value):
        return number(value)
    return ("−" if value < 0 else "") + f"{abs(value):g}"


def percent(value: float | None, signed: bool = False) -> str:
    """Return a share of 0..1 as per cent with one digit, none from 10% where it is whole."""
    if value is None or not math.isfinite(value):
        return NONE
    size = abs(value) * 100
    text = f"{size:.0f}" if abs(size - round(size)) < 0.05 else f"{size:.1f}"
    sign = "" if not text.strip("0.") else "−" if value < 0 else "+" if signed else ""
    return f"{sign}{text}%"


def points(value: float | None) -> str:
    """Return a difference of two shares, 0..1, in percentage points with its sign."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{percent(value, signed=True)[:-1]} pt"


def figure(value: float | None, unit: str) -> str:
    """Return ``value`` with its unit: shares as per cent, points with a sign, all else number and unit."""
    if value is None or not math.isfinite(value):
        return NONE
    if unit in _SHARES or unit.startswith("share"):
        return percent(value)
    if unit in _POINTS:
        return points(value)
    if unit == "same":
        return "the same" if value == 1 else "another"
    shown = unit if value != 1 else _SINGULAR.get(unit, unit)
    return f"{number(value, signed=unit.startswith('nats'))} {shown}".strip()


def limit(check: Check) -> str:
    """Return what the check asks for, such as ``at most 0.10``; the unit stands with the figure."""
    if check.limit is None:
        return NONE
    words = _COMPARE.get(check.op, check.op)
    if check.unit in _SHARES | _POINTS | {"same"} or check.unit.startswith("share"):
        return f"{words} {figure(check.limit, check.unit)}"
    return f"{words} {plain(check.limit)}"


def interval(found: Interval | None, unit: str) -> str:
    """Return an interval as ``a to b``; an open side says so."""
    if found is None or (found.low is None and found.high is None):
        return NONE
    if found.low is None:
        return f"up to {figure(found.high, unit)}"
    if found.high is None:
        return f"from {figure(found.low, unit)}"
    if unit in _SHARES | _POINTS or unit.startswith("share"):
        low = figure(found.low, unit).removesuffix("%").removesuffix(" pt")
        return f"{low} to {figure(found.high, unit)}"
    signed = unit.startswith("nats")
    return f"{number(found.low, signed)} to {number(found.high, signed)}"


def count(amount: int, singular: str, plural: str | None = None) -> str:
    """Return an amount with its noun: ``1 pair``, ``1,204 pairs``."""
    return f"{amount:,} {singular if amount == 1 else plural or singular + 's'}"


def moment(iso: str) -> str:
    """Return an ISO time as ``20 November 2026, 22:14 UTC``, which a time without a zone is; no time stays as it is."""
    try:
        found = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{found.day} {found:%B %Y, %H:%M} {found.tzname() or 'UTC'}"


def duration(seconds: float | None) -> str:
    """Return seconds as a person says them: ``41 s``, ``12 min 05 s``, ``3 h 20 min``."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return NONE
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 100:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(amount: float | None) -> str:
    """Return bytes in binary units: ``812 MiB``."""
    if amount is None or not math.isfinite(amount) or amount < 0:
        return NONE
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if amount < _KIBI:
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= _KIBI
    return f"{amount:.1f} TiB"
