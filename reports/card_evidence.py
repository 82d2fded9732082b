"""What a model's card shows of its evidence: base beside tuned, the data's verdict, sources, and the gate's own errors.

Knows cards in Hugging Face's form. Every figure is one that the report shows too; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tuneproof.reports import figures
from tuneproof.reports.error_page import error_lines
from tuneproof.reports.markdown import escaped
from tuneproof.reports.measure_page import written
from tuneproof.reports.summary import one_line, tally

if TYPE_CHECKING:
    from tuneproof.datasets.verdict.verdict import Verdict
    from tuneproof.evaluate.selftest.tally import Rate
    from tuneproof.reports.model_evidence import Change, ModelEvidence

Rows = Iterator[tuple[str, str, str, str, str]]
_HEAD = ("measured on", "base", "tuned", "change", "from")


def evidence_parts(
    model: ModelEvidence | None,
    data: Verdict | None,
    sources: Sequence[tuple[str, str | None, int]],
    rates: Sequence[Rate] = (),
) -> Iterator[str]:
    """Yield the card's paragraphs and tables; ``sources`` are (name, licence or None, rows trained on)."""
    if model is not None and (model.gains or model.suites):
        yield "## Base beside tuned"
        yield table(_HEAD, [*_losses(model), *_suites(model), *_answers(model)])
        yield ("Losses in nats a token of the documentation's own answer and of general text, less is better; "
               "intervals at 95% over the parts that the split kept together.")  # fmt: skip
        wrong = list(error_lines(model.errors))
        if wrong:
            yield "Where it goes wrong, told from the text of its answers:\n\n" + "\n".join(
                f"- {escaped(line)}" for line in wrong
            )
    if data is not None:
        yield "## The data it was trained on"
        yield f"**{data.verdict}.** {escaped(one_line(data))} {tally(data)}; verdict `{data.verdict_id}`."
    if sources:
        yield table(("source", "licence", "rows"),
                    [(name, licence or "not stated", f"{rows:,}") for name, licence, rows in sources])  # fmt: skip
    if rates:
        yield "## How often this gate is wrong"
        yield "Measured by `tuneproof selftest` with planted faults and healthy runs; exact 95% intervals."
        yield table(
            ("trial", "error", "wrong", "of", "interval"),
            [(rate.rung, rate.error, str(rate.wrong), str(rate.n),
              f"{figures.percent(rate.low)} to {figures.percent(rate.high)}") for rate in rates],
        )  # fmt: skip


def evidence_results(model: ModelEvidence | None) -> list[dict[str, Any]]:
    """Return the tuned model's figures as entries of ``model-index``, one data set each, the base's in their names."""
    if model is None:
        return []
    found = [
        _result("generated from the documentation", f"tuneproof-{_slug(one.label)}", one.label,
                "loss", f"nats a token (base {figures.number(one.base)})", one.tuned)
        for one in model.gains
    ]  # fmt: skip
    found += [
        _result("general text", f"tuneproof-text-{one.label}", f"general text: {one.label}", "loss",
                f"nats a token (base {figures.number(one.base)})", one.tuned)
        for one in model.texts
    ]  # fmt: skip
    found += [
        _result("general skill", f"tuneproof-suite-{one.name}", f"general suite: {one.name}", "accuracy",
                f"accuracy (base {figures.percent(one.base)})", one.tuned)
        for one in model.suites
    ]  # fmt: skip
    return found


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, nothing without rows; cells are escaped."""
    if not rows:
        return ""
    lines = [f"| {' | '.join(names)} |", f"| {' | '.join('---' for _ in names)} |"]
    return "\n".join([*lines, *(f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows)])


def _result(task: str, kind: str, name: str, metric: str, said: str, value: float) -> dict[str, Any]:
    return {
        "task": {"type": "text-generation", "name": task},
        "dataset": {"name": name, "type": kind},
        "metrics": [{"type": metric, "value": round(value, 4), "name": said}],
    }


def _losses(model: ModelEvidence) -> Rows:
    for one in model.gains:
        yield _loss(one, one.label, sign=-1)
    for one in model.texts:
        yield _loss(one, f"General text: {one.label}", sign=1)


def _loss(one: Change, label: str, sign: int) -> tuple[str, str, str, str, str]:
    # Gains are kept as base minus tuned; a card tells tuned minus base throughout.
    ends = sorted(sign * end for end in (one.low, one.high) if end is not None)
    span = f" ({' to '.join(figures.number(end, signed=True) for end in ends)})" if len(ends) == 2 else ""
    change = f"{figures.number(sign * one.mean, signed=True)}{span}"
    rows = f"{figures.count(one.n, 'item')} in {figures.count(one.groups, 'part')}"
    return label, figures.number(one.base), figures.number(one.tuned), change, rows


def _suites(model: ModelEvidence) -> Rows:
    for one in model.suites:
        name = f"General suite: {one.name}"
        base, tuned = (f"{figures.percent(value)} ({figures.interval(around, 'share')})" for value, around in
                       ((one.base, one.base_interval), (one.tuned, one.tuned_interval)))  # fmt: skip
        yield name, base, tuned, figures.points(one.change), figures.count(one.n, "item")


def _answers(model: ModelEvidence) -> Rows:
    for one in model.measures.answers:
        signed = figures.points(one.change) if one.unit == "share" else figures.number(one.change, signed=True)
        span = f" ({figures.interval(one.interval, 'points' if one.unit == 'share' else 'nats')})"
        values = written(one.base, one.unit), written(one.tuned, one.unit)
        yield one.title, *values, signed + (span if one.interval else ""), figures.count(one.n, "answer")


def licensed(
    lineage: Sequence[Mapping[str, Any]], licences: Mapping[str, str | None]
) -> list[tuple[str, str | None, int]]:
    """Return each source that rows were trained on with its licence and how many, the largest first."""
    counts: dict[str, int] = {}
    for row in lineage:
        if row.get("split") == "train":
            name = str(row.get("source") or "imported")
            counts[name] = counts.get(name, 0) + 1
    return [(name, licences.get(name), n) for name, n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]


def _slug(text: str) -> str:
    return "-".join(word.casefold() for word in text.replace(",", " ").split())
