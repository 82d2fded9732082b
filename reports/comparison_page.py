"""A comparison of two runs as text, Markdown and one HTML page.

Knows how each part is best seen. It must not judge: ways and intervals come with the comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tuneproof.datasets.workspace.atomic import write_json_atomic, write_text_atomic
from tuneproof.datasets.workspace.errors import WorkspaceError
from tuneproof.reports import figures
from tuneproof.reports.characters import one_line as flat
from tuneproof.reports.html import asset, environment
from tuneproof.reports.markdown import escaped
from tuneproof.reports.plots import Dot, DotRow, Rule, dot_plot

if TYPE_CHECKING:
    from tuneproof.evaluate.comparison import Comparison, Figure

_WAYS = {"better": "better", "worse": "worse", "same": "no difference seen"}
_SHOWN = 60


def plain_lines(found: Comparison) -> Iterator[str]:
    """Yield the comparison as lines for a terminal."""
    yield f"first    {found.first}  {_verdict(found, 0)}"
    yield f"second   {found.second}  {_verdict(found, 1)}"
    yield f"items    {_items(found)}"
    yield ""
    yield f"{'':<24} {'first':>8} {'second':>8}  change (95%)"
    for one in found.figures:
        yield f"{one.name:<24} {_value(one, one.first):>8} {_value(one, one.second):>8}  {_change(one)}  {_said(one)}"
    for title, rows in (("set otherwise", found.settings), ("judged otherwise", found.checks)):
        yield ""
        yield f"{title}: nothing" if not rows else f"{title}:"
        for name, before, after in rows:
            yield f"  {flat(name)}: {flat(before, _SHOWN)} -> {flat(after, _SHOWN)}"


def render_markdown(found: Comparison) -> str:
    """Return the comparison as Markdown that fits a pull-request comment."""
    parts = [
        f"## {_sentence(found)}",
        f"First `{found.first}` ({_verdict(found, 0)}), second `{found.second}` ({_verdict(found, 1)}).",
        f"{_items(found)}.",
        _table(
            ("", "first", "second", "change (95%)", "second is"),
            [(one.name, _value(one, one.first), _value(one, one.second), _change(one), _said(one))
             for one in found.figures],
        ),
        "Losses in nats a token, less is better. p is corrected by Holm over all rows.",
        _table(("set otherwise", "first", "second"), found.settings) or "Nothing was set otherwise.",
        _table(("judged otherwise", "first", "second"), found.checks),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def render_html(found: Comparison) -> str:
    """Return the comparison as one page that loads nothing."""
    context: dict[str, Any] = {
        "found": found,
        "sentence": _sentence(found),
        "verdicts": [_verdict(found, at) for at in (0, 1)],
        "tones": [(verdict.verdict.lower() if verdict else "inconclusive") for verdict in found.verdicts],
        "items": _items(found),
        "plots": [plot for unit in ("nats/token", "accuracy") if (plot := _plot(found, unit)) is not None],
        "rows": [(one, _value(one, one.first), _value(one, one.second), _change(one), _said(one))
                 for one in found.figures],
        "style": Markup(asset("page.css")),
    }  # fmt: skip
    return environment().get_template("compare.html.j2").render(context)


def write_comparison(found: Comparison, folder: Path) -> Path:
    """Write ``compare.{html,md,json}`` into ``folder`` and return the path of the HTML file.

    Raises:
        WorkspaceError: the folder can't be written to.
    """
    page = folder / "compare.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json_atomic(folder / "compare.json", found.to_document())
        write_text_atomic(folder / "compare.md", render_markdown(found))
        write_text_atomic(page, render_html(found))
    except OSError as error:
        raise WorkspaceError(
            f"The comparison can't be written to {folder}: {error.strerror}.", "Free some space or mend its rights."
        ) from error
    return page


def _sentence(found: Comparison) -> str:
    held = [one for one in found.figures if one.role == "heldout"]
    said = "Held-out questions are not among the items that both were scored on"
    for one in held:
        said = f"On held-out questions the second run is {_WAYS[one.way]}" if one.way != "same" else (
            "On held-out questions no difference between the runs can be seen"
        )  # fmt: skip
    worse = [one.name for one in found.figures if one.way == "worse" and one.role in ("text", "general")]
    return f"{said}" + (f", and it lost on {', '.join(worse[:3])}" if worse else "")


def _verdict(found: Comparison, at: int) -> str:
    verdict = found.verdicts[at]
    if verdict is None:
        return "not judged"
    return verdict.verdict + (f": {', '.join(verdict.cause)}" if verdict.cause else "")


def _items(found: Comparison) -> str:
    parts = [f"{figures.count(found.shared, 'item')} in both"]
    if found.other_role:
        parts.append(f"{found.other_role:,} left out because the runs used them otherwise")
    if any(found.alone):
        parts.append(f"{found.alone[0]:,} in the first alone, {found.alone[1]:,} in the second alone")
    if not found.same_base:
        parts.append("the bases differ")
    return "; ".join(parts)


def _value(one: Figure, value: float) -> str:
    return figures.percent(value) if one.unit == "accuracy" else figures.number(value)


def _change(one: Figure) -> str:
    if one.unit == "accuracy":
        return f"{figures.points(one.change)} ({figures.interval(one.interval, 'accuracy')})"
    return f"{figures.number(one.change, signed=True)} ({figures.interval(one.interval, 'nats')})"


def _said(one: Figure) -> str:
    if one.p is None:
        return "one group says too little"
    p = "p < 0.001" if one.p < 0.001 else f"p = {one.p:.3f}"
    if one.way != "same":
        return f"{_WAYS[one.way]}, {p}"
    seen = figures.points(one.detectable)[1:] if one.unit == "accuracy" else figures.number(one.detectable)
    return f"{_WAYS[one.way]}, {p}; {seen} could be"


def _plot(found: Comparison, unit: str) -> Markup | None:
    shown = [one for one in found.figures if one.unit == unit]
    if not shown:
        return None
    rows = [
        DotRow(one.name, (Dot(one.change, *((one.interval.low, one.interval.high) if one.interval else (None, None))),),
               _change(one), f"{figures.count(one.n, 'item')} in {figures.count(one.groups, 'group')}; {_said(one)}")
        for one in shown
    ]  # fmt: skip
    title = "Change of loss in nats a token, less is better" if unit == "nats/token" else "Change of accuracy"
    return dot_plot(title, rows, [Rule(0.0, "zero", "no change")], unit="share" if unit == "accuracy" else "")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows)])
