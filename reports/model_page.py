"""What the model report shows, section by section: plots, facts of the run and what the figures can't say.

Knows the evidence and how each part is best seen. It must not judge: limits come from the verdict's checks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tuneproof.reports import figures
from tuneproof.reports.error_page import error_context
from tuneproof.reports.manifest import everything, facts
from tuneproof.reports.measure_page import measure_context
from tuneproof.reports.plots import Curve, Dot, DotRow, Rule, curves, dot_plot, lollipops
from tuneproof.reports.preference_page import preference_context

if TYPE_CHECKING:
    from markupsafe import Markup

    from tuneproof.datasets.verdict.verdict import Check, Verdict
    from tuneproof.reports.evidence import ReportEvidence
    from tuneproof.reports.model_evidence import Change, ModelEvidence, Suite

_COLLECTIONS = {"prose": "Everyday prose", "pydoc_topics": "Python reference"}
_CURVES = (("loss", "training loss", "loss", False), ("eval_loss", "validation loss", "eval", True))
#: What a missing role leaves unsaid.
_UNMEASURED = {
    "paraphrase": "whether a question put in other words still gets its answer",
    "sibling": "other facts of the documents that were trained on",
    "unanswerable": "whether it declines what the documentation does not answer",
    "canary": "whether single strings can be drawn out of it word for word",
    "control": "how much of what it repeats it would have said anyway",
}
_SHOWN_OUTPUTS = 6


def model_context(verdict: Verdict, evidence: ReportEvidence) -> dict[str, Any]:
    """Return the template's values for the model report."""
    model = evidence.model
    assert model is not None
    manifest = model.run.manifest if model.run else {}
    return {
        "model": model,
        "stats": _stats(verdict, model),
        "gains": _gains(model.gains),
        "texts": _texts(model.texts, verdict.checks),
        "suites": _suites(model.suites, {check.id for check in verdict.checks}),
        "curves": _loss(model),
        "documents": _documents(model.documents),
        "document_rows": [(one, figures.number(one.mean, signed=True)) for one in model.documents],
        "held_better": sum(one.mean > 0 for one in model.documents),
        "ratio": figures.percent(model.ratio) if model.ratio is not None else None,
        "outputs": [(one, figures.number(one.gain, signed=True)) for one in model.outputs],
        "shown_outputs": _SHOWN_OUTPUTS,
        "diagnoses": model.diagnoses,
        "measures": measure_context(model.measures),
        "errors": error_context(model.errors),
        "preferences": preference_context(model.preferences),
        "facts": facts(manifest),
        "everything": everything(manifest),
        "notes": _notes(verdict, model, manifest),
    }


def _stats(verdict: Verdict, model: ModelEvidence) -> list[tuple[str, str, str]]:
    stats = []
    for gain in model.gains:
        if gain.label in ("Held-out documents", "Training questions"):
            note = f"nats a token, {figures.count(gain.groups, 'part')}"
            stats.append((f"Gain: {gain.label.lower()}", figures.number(gain.mean, signed=True), note))
    if model.ratio is not None:
        stats.append(("Carried over", figures.percent(model.ratio), "of the training gain reached held-out documents"))
    for text in model.texts:
        stats.append((f"Loss: {_name(text.label)}", figures.number(text.mean, signed=True), "nats a token"))
    macro = verdict.check("D3.macro")
    if macro is not None and macro.value is not None:
        note = f"mean of {figures.count(macro.clusters, 'suite')} that the base can do"
        stats.append(("General skills", figures.figure(macro.value, macro.unit), note))
    return stats


def _gains(gains: Sequence[Change]) -> Markup | None:
    if not gains:
        return None
    rows = [
        DotRow(
            one.label,
            (Dot(one.mean, one.low, one.high, "tuned" if one.label == "Held-out documents" else "other"),),
            f"{figures.number(one.mean, signed=True)}",
            f"{figures.count(one.n, 'question')}, {figures.count(one.groups, 'part')}; "
            f"{figures.number(one.base)} → {figures.number(one.tuned)}",
        )
        for one in gains
    ]
    return dot_plot("Gain over the base in nats a token", rows, [Rule(0.0, "zero", "no gain")])


def _texts(texts: Sequence[Change], checks: Sequence[Check]) -> Markup | None:
    if not texts:
        return None
    limits = sorted({
        check.limit for check in checks
        if check.id.startswith("D2") and check.limit is not None and check.unit.startswith("nats")
    })  # fmt: skip
    rules = [Rule(0.0, "zero", "unchanged"), *(Rule(at, "limit", f"limit {figures.plain(at)}") for at in limits)]
    rows = [
        DotRow(
            _name(one.label),
            (Dot(one.mean, one.low, one.high, "tuned"),),
            figures.number(one.mean, signed=True),
            f"{figures.count(one.groups, 'document')}; {figures.number(one.base)} → {figures.number(one.tuned)}",
        )
        for one in texts
    ]
    return dot_plot("Loss added on general text in nats a token", rows, rules)


def _suites(suites: Sequence[Suite], checks: Collection[str]) -> Markup | None:
    if not suites:
        return None
    rows = [
        DotRow(
            one.name.replace("_", " "),
            (
                Dot(one.base, one.base_interval.low, one.base_interval.high, "base"),
                Dot(one.tuned, one.tuned_interval.low, one.tuned_interval.high, "tuned"),
            ),
            figures.points(one.change),
            f"{figures.count(one.n, 'item')}; {figures.percent(one.base)} → {figures.percent(one.tuned)}; "
            f"{one.gained} gained, {one.lost} lost"
            + ("" if f"D3.{one.name}" in checks else "; not judged, since the base only guesses"),
        )
        for one in suites
    ]
    return dot_plot("Accuracy of base and tuned on general suites", rows, unit="share")


def _loss(model: ModelEvidence) -> Markup | None:
    lines = [
        Curve(label, series, tuple((float(step), value) for step, value in model.curves[name]), marked)
        for name, label, series, marked in _CURVES
        if model.curves.get(name)
    ]
    return curves("Loss during training", lines, "training step", "nats a token") if lines else None


def _documents(documents: Sequence[Change]) -> Markup | None:
    if not documents:
        return None
    better = sum(one.mean > 0 for one in documents)
    title = f"Gain on each of {len(documents)} held-out documents, smallest first: {better} gained"
    return lollipops(title, [one.mean for one in documents])


def _name(collection: str) -> str:
    return _COLLECTIONS.get(collection, collection.replace("_", " "))


def _notes(verdict: Verdict, model: ModelEvidence, manifest: Mapping[str, Any]) -> list[str]:
    notes = []
    runs = len(model.judged_runs)
    if runs <= 1:
        notes.append("One run with one seed was measured. How far another seed would land from it is not known.")
    else:
        notes.append(
            f"{runs} runs were judged on this snapshot. Each was judged alone; their spread is not in the intervals."
        )
    if verdict.looks > 1:
        notes.append(
            f"This is look {verdict.looks} at the same held-out documents. Each look spends some of the room for "
            "error, so the bar for saying better rises."
        )
    notes.append(
        "Gains are measured as the likelihood of the documentation's own answer. They show that the model writes what "
        "the documentation says in its way; they do not prove that what it writes freely is true. Read the outputs."
    )
    missing = [words for role, words in _UNMEASURED.items() if role not in verdict.roles]
    if missing:
        notes.append(f"Not measured here: {'; '.join(missing)}.")
    if model.unscored:
        notes.append(f"{figures.count(model.unscored, 'item')} did not fit the model and could not be scored.")
    if model.broken:
        notes.append(f"On {figures.count(model.broken, 'item')} a model gave no finite number.")
    return notes
