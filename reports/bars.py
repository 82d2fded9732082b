"""Bars: how much of each, and how a figure spreads.

Knows lengths and labels. Like the other plots it draws SVG that stretches, and leaves all words to HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tuneproof.reports.characters import one_line
from tuneproof.reports.figures import number
from tuneproof.reports.plots import HEIGHT, WIDTH, scale_of, tick_label, ticks

_BINS = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """A label, an amount that sets the length, and what is written beside it."""

    label: str
    amount: float
    figure: str
    series: str = "plain"


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """Draw horizontal bars from zero, the longest as wide as the strip."""
    most = max((row.amount for row in rows), default=0.0) or 1.0
    drawn = Markup("").join(_bar(row, most) for row in rows)
    return Markup('<div class="plot bars" role="group" aria-label="{}">{}</div>').format(one_line(title), drawn)


def histogram(title: str, values: Sequence[float], x_label: str) -> Markup:
    """Draw how ``values`` spread over at most 24 equal bins; the far end is the 99th percentile, named if cut."""
    ordered = sorted(values)
    end = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] if ordered else 1.0
    scale = scale_of([0.0, end], pad=0.0)
    amounts = [0] * _BINS
    for value in ordered:
        amounts[min(int(scale(value) / WIDTH * _BINS), _BINS - 1)] += 1
    most, step = max(amounts) or 1, WIDTH / _BINS
    body = "".join(
        f'<rect class="bin" x="{at * step + 2:.2f}" y="{HEIGHT - HEIGHT * amount / most:.2f}" '
        f'width="{step - 4:.2f}" height="{HEIGHT * amount / most:.2f}"/>'
        for at, amount in enumerate(amounts)
        if amount
    )
    middle = ordered[len(ordered) // 2] if ordered else 0.0
    said = f"{title}: half are at most {number(middle)}, the longest {number(ordered[-1] if ordered else 0.0)}"
    steps = Markup("").join(
        Markup('<span style="left:{}%">{}</span>').format(scale.share(tick), tick_label(tick))
        for tick in ticks(scale.low, scale.high, 5)
    )
    return Markup(
        '<div class="curves low"><svg class="field" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg><div class="steps" aria-hidden="true">{}</div><p class="axis-name">{}</p></div>'
    ).format(f"{WIDTH:g}", f"{HEIGHT:g}", one_line(said), Markup(body), steps, x_label)


def _bar(row: Bar, most: float) -> Markup:
    width = round(max(row.amount, 0.0) / most * WIDTH, 2)
    return Markup(
        '<div class="plot-row"><span class="plot-label user">{}</span><svg class="strip" viewBox="0 0 {} 40" '
        'preserveAspectRatio="none" aria-hidden="true"><rect class="bar {}" x="0" y="11" width="{}" height="18"/></svg>'
        '<span class="plot-figure">{}</span></div>'
    ).format(one_line(row.label), f"{WIDTH:g}", row.series, width, row.figure)
