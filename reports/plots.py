"""Plots as small pieces of SVG inside HTML: dots with intervals, curves, lollipops.

Knows geometry and marks. It must not know what is plotted nor which figure is good: a row says so by its class.
Every strip is an SVG that stretches with the page while its strokes do not (``vector-effect``); all words stay
HTML, so that they keep their size on a phone. A dot is a stroke of no length with a round end. Colours are CSS
variables of the page, so light, dark and print need no second drawing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tuneproof.reports.characters import one_line
from tuneproof.reports.figures import number

WIDTH, HEIGHT = 1000.0, 100.0
_ROW = 40.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A value with its interval; ``series`` is the CSS class that colours it (``tuned``, ``base``, ``fail``)."""

    value: float
    low: float | None = None
    high: float | None = None
    series: str = "tuned"


@dataclass(frozen=True, slots=True)
class DotRow:
    """A line of a dot plot: its label, its dots from back to front, and what is written at its right."""

    label: str
    dots: tuple[Dot, ...]
    figure: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A vertical (dot plot) or horizontal (curve) line at a value: ``zero``, ``limit`` or ``chance`` by its kind."""

    value: float
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points of (x, y); ``marked`` draws each point too."""

    label: str
    series: str
    points: tuple[tuple[float, float], ...]
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map of ``low`` to ``high`` on 0..``length``."""

    low: float
    high: float
    length: float = WIDTH

    def __call__(self, value: float) -> float:
        """Return where ``value`` lies, held inside the drawing."""
        place = (value - self.low) / (self.high - self.low) * self.length
        return round(min(max(place, 0.0), self.length), 2)

    def share(self, value: float) -> float:
        """Return where ``value`` lies in per cent of the length."""
        return round(100 * self(value) / self.length, 2)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round values from ``low`` to ``high``, steps of 1, 2, 2.5 or 5 times a power of ten."""
    span = high - low
    if not math.isfinite(span) or span <= 0:
        return [low]
    raw = span / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(at * step, 12) + 0.0 for at in range(first, last + 1)]


def scale_of(values: Iterable[float | None], length: float = WIDTH, pad: float = 0.06) -> Scale:
    """Return a scale over all finite ``values`` with a margin; nothing, or one value, gets a unit of room."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if low == high:
        room = abs(low) * 0.5 or 0.5
        return Scale(low - room, high + room, length)
    margin = (high - low) * pad
    return Scale(low - margin, high + margin, length)


def dot_plot(title: str, rows: Sequence[DotRow], rules: Sequence[Rule] = (), unit: str = "") -> Markup:
    """Draw rows of dots with intervals over one axis; ``title`` names the plot for people and screen readers."""
    ends = [end for row in rows for dot in row.dots for end in (dot.value, dot.low, dot.high)]
    scale = scale_of([*ends, *(rule.value for rule in rules)])
    drawn = Markup("").join(_dot_row(row, scale, rules) for row in rows)
    return Markup('<div class="plot" role="group" aria-label="{}">{}{}</div>').format(
        one_line(title), drawn, _axis(scale, unit, rules)
    )


def spark(value: float | None, low: float | None, high: float | None, limit: float | None, op: str) -> Markup:
    """Draw one check in little: where the limit is, which side is good, the interval and the value."""
    if value is None or not math.isfinite(value):
        return Markup("")
    scale = scale_of([value, low, high, limit, 0.0], pad=0.1)
    parts = []
    if limit is not None and math.isfinite(limit):
        left, right = (0.0, scale(limit)) if op in ("<=", "<") else (scale(limit), WIDTH)
        if op in ("<=", "<", ">=", ">"):
            parts.append(f'<rect class="good" x="{left}" y="0" width="{round(right - left, 2)}" height="{_ROW}"/>')
        parts.append(_upright(scale(limit), "limit"))
    parts.append(_dot(Dot(value, low, high, "spark"), scale, _ROW / 2))
    return _svg("".join(parts), _ROW, "spark", hidden=True)


def curves(title: str, lines: Sequence[Curve], x_label: str, y_label: str) -> Markup:
    """Draw curves over a shared x axis, with a legend, round tick values and the last value of each."""
    lines = [line for line in lines if line.points]
    across = scale_of((x for line in lines for x, _ in line.points), pad=0.0)
    up = scale_of((y for line in lines for _, y in line.points), HEIGHT, pad=0.08)
    grid = "".join(_level(HEIGHT - up(tick)) for tick in ticks(up.low, up.high, 4))
    drawn = "".join(_curve(line, across, up) for line in lines)
    said = "; ".join(f"{line.label} from {number(line.points[0][1])} to {number(line.points[-1][1])}" for line in lines)
    legend = Markup("").join(
        Markup('<li class="key {}"><b>{}</b> ends at {}</li>').format(
            line.series, line.label, number(line.points[-1][1])
        )
        for line in lines
    )
    levels = Markup("").join(
        Markup('<span style="bottom:{}%">{}</span>').format(up.share(tick), tick_label(tick))
        for tick in ticks(up.low, up.high, 4)
    )
    steps = Markup("").join(
        Markup('<span style="left:{}%">{}</span>').format(across.share(tick), tick_label(tick))
        for tick in ticks(across.low, across.high, 5)
    )
    return Markup(
        '<div class="curves"><ul class="legend">{}</ul><div class="levels" aria-hidden="true">{}</div>{}'
        '<div class="steps" aria-hidden="true">{}</div><p class="axis-name">{}, by {}</p></div>'
    ).format(
        legend, levels, _svg(grid + drawn, HEIGHT, "field", label=f"{title}: {said}"), steps, y_label, x_label
    )  # fmt: skip


def lollipops(title: str, values: Sequence[float], rules: Sequence[Rule] = ()) -> Markup:
    """Draw sorted values as stems from zero, one column each; below zero is another class and another mark."""
    up = scale_of([*values, 0.0, *(rule.value for rule in rules)], HEIGHT, pad=0.08)
    step = WIDTH / max(len(values), 1)
    zero = HEIGHT - up(0.0)
    parts = [_level(HEIGHT - up(tick)) for tick in ticks(up.low, up.high, 4)]
    parts.append(f'<path class="axis-line" d="M0 {zero:.2f}H{WIDTH:g}"/>')
    for at, value in enumerate(values):
        x, y = round((at + 0.5) * step, 2), round(HEIGHT - up(value), 2)
        series = "worse" if value < 0 else "better"
        parts.append(f'<path class="stem {series}" d="M{x} {zero:.2f}V{y}"/>')
        parts.append(f'<path class="dot {series}" d="M{x} {y}h0"/>')
    levels = Markup("").join(
        Markup('<span style="bottom:{}%">{}</span>').format(up.share(tick), tick_label(tick, signed=True))
        for tick in ticks(up.low, up.high, 4)
    )
    return Markup('<div class="curves"><div class="levels" aria-hidden="true">{}</div>{}</div>').format(
        levels, _svg("".join(parts), HEIGHT, "field", label=title)
    )


def _dot_row(row: DotRow, scale: Scale, rules: Sequence[Rule]) -> Markup:
    marks = "".join(_upright(scale(rule.value), rule.kind) for rule in rules)
    dots = "".join(_dot(dot, scale, _ROW / 2) for dot in row.dots)
    said = f"{row.label}: {row.figure}"
    note = Markup('<span class="note">{}</span>').format(row.note) if row.note else Markup("")
    return Markup(
        '<div class="plot-row"><span class="plot-label user">{}{}</span>{}<span class="plot-figure">{}</span></div>'
    ).format(row.label, note, _svg(marks + dots, _ROW, "strip", label=said), row.figure)


def _axis(scale: Scale, unit: str, rules: Sequence[Rule]) -> Markup:
    places = Markup("").join(
        Markup('<span style="left:{}%">{}</span>').format(scale.share(tick), tick_label(tick, unit))
        for tick in ticks(scale.low, scale.high)
    )
    named = Markup("").join(
        Markup('<li class="rule {}">{}</li>').format(rule.kind, rule.label) for rule in rules if rule.label
    )
    keys = Markup('<ul class="legend">{}</ul>').format(named) if named else Markup("")
    return Markup(
        '<div class="plot-row axis" aria-hidden="true"><span></span><div class="steps">{}</div><span></span></div>{}'
    ).format(places, keys)


def tick_label(value: float, unit: str = "", signed: bool = False) -> str:
    """Return a tick's value with the digits it has and no more: 0, 0.5, 1, 1.5, or 40%."""
    if unit == "share":
        return f"{value * 100:g}%"
    if abs(value) >= 1000 or (value and abs(value) < 1e-4):
        return number(value, signed)
    text = f"{abs(value):g}"
    return ("−" if value < 0 else "+" if signed and value else "") + text


def _dot(dot: Dot, scale: Scale, y: float) -> str:
    parts = []
    if dot.low is not None or dot.high is not None:
        left = scale(dot.low) if dot.low is not None else 0.0
        right = scale(dot.high) if dot.high is not None else scale.length
        parts.append(f'<path class="whisker {dot.series}" d="M{left} {y}H{right}"/>')
    x = scale(dot.value)
    parts.append(f'<path class="dot {dot.series}" d="M{x} {y}h0"/>')
    if dot.series == "base":
        parts.append(f'<path class="dot hole" d="M{x} {y}h0"/>')
    return "".join(parts)


def _curve(line: Curve, across: Scale, up: Scale) -> str:
    places = [(across(x), round(HEIGHT - up(y), 2)) for x, y in line.points]
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    dots = "".join(f'<path class="dot {line.series}" d="M{x} {y}h0"/>' for x, y in places) if line.marked else ""
    return f'<path class="curve {line.series}" d="{path}"/>{dots}'


def _upright(x: float, kind: str) -> str:
    return f'<path class="rule {kind}" d="M{x} 0V{_ROW}"/>'


def _level(y: float) -> str:
    return f'<path class="grid" d="M0 {y:.2f}H{WIDTH:g}"/>'


def _svg(body: str, height: float, kind: str, label: str = "", hidden: bool = False) -> Markup:
    """Wrap drawing commands, which hold numbers and our own class names only; the label is escaped."""
    spoken = Markup('aria-hidden="true"') if hidden else Markup('role="img" aria-label="{}"').format(one_line(label))
    return Markup('<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" {}>{}</svg>').format(
        kind, f"{WIDTH:g}", f"{height:g}", spoken, Markup(body)
    )
