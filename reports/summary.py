"""A verdict in words: one plain sentence, and the few lines that a terminal shows.

Knows how statuses and causes read in English. It adds no judgement: every word follows from the verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tuneproof.datasets.verdict.verdict import Check, Status, Verdict
from tuneproof.reports import figures
from tuneproof.reports.characters import one_line as flat

#: How each cause reads in a sentence that starts "Do not ship this model:" or "Do not train on this yet:".
CAUSES: Mapping[str, str] = {
    "overfitting": "it learnt its training pairs by heart and carries little over to new documents",
    "forgetting": "it forgot part of what its base could do",
    "no_effect": "it answers exactly as its base does",
    "no_gain": "it is no better than its base on documents it never saw",
    "wrong_template": "it was scored with another chat template than it was trained with",
    "divergence": "training blew up: even the trained answers got worse",
    "broken_scores": "it gives numbers that are not finite",
    "leakage": "training pairs already answer held-out questions",
    "duplicates": "too many pairs repeat each other",
    "contradictions": "pairs contradict each other",
    "style_drift": "the answers do not share one style",
    "template_monotony": "too many questions are built the same way",
    "too_few_pairs": "there are too few pairs to train on",
    "truncation": "too many pairs are longer than training reads",
    "empty_pairs": "some pairs lack a question or an answer",
    "blocking_findings": "pairs have findings that block",
    "not_reviewed": "too few pairs were accepted by a person",
}
WORDS: Mapping[Status, str] = {
    "pass": "Pass",
    "warn": "Warning",
    "fail": "Fail",
    "inconclusive": "Inconclusive",
    "waived": "Waived",
    "skipped": "Skipped",
}
#: The order in which a reader wants checks: what stands in the way first.
ORDER: Sequence[Status] = ("fail", "inconclusive", "waived", "warn", "skipped", "pass")
_COUNTED: Mapping[Status, str] = {
    "fail": "fail",
    "inconclusive": "can't be settled",
    "waived": "waived",
    "warn": "warn",
    "skipped": "skipped",
    "pass": "pass",
}


def one_line(verdict: Verdict) -> str:
    """Return the verdict as one plain sentence."""
    if verdict.verdict == "PASS":
        return _passed(verdict)
    start = {
        ("model", "FAIL"): "Do not ship this model",
        ("data", "FAIL"): "Do not train on this yet",
        ("model", "INCONCLUSIVE"): "It can't be said yet whether this model is better",
        ("data", "INCONCLUSIVE"): "It can't be said yet whether this data is fit to train on",
    }[verdict.kind, verdict.verdict]
    reasons = [cause_words(cause) for cause in verdict.cause] or _titles(verdict)
    if not reasons:
        return f"{start}."
    return f"{start}: {_joined(reasons)}."


def plain_lines(verdict: Verdict) -> list[str]:
    """Return what a terminal shows: the verdict, its sentence, what needs attention and what to do about it."""
    lines = [f"{verdict.verdict}  {one_line(verdict)}", f"      {tally(verdict)}"]
    if verdict.override:
        lines.append(f"      Trained against the data verdict: {flat(verdict.override)}")
    if verdict.looks > 1:
        lines.append(f"      Look {verdict.looks} at the same held-out set; the bar is higher each time.")
    for check in ordered(verdict.checks):
        if check.status in ("pass", "skipped"):
            continue
        lines.append("")
        lines.extend(_check_lines(check))
    return lines


def tally(verdict: Verdict) -> str:
    """Return how many checks there are of each status: ``14 checks: 1 fail, 2 warn, 11 pass``."""
    counted = Counter(check.status for check in verdict.checks)
    parts = ", ".join(f"{counted[status]} {_COUNTED[status]}" for status in ORDER if counted[status])
    return f"{figures.count(len(verdict.checks), 'check')}: {parts}" if parts else "no checks"


def ordered(checks: Sequence[Check]) -> list[Check]:
    """Return checks with what stands in the way first, blocking ones before others of the same status."""
    return sorted(checks, key=lambda check: (ORDER.index(check.status), check.severity != "block"))


def cause_words(cause: str) -> str:
    """Return how a cause reads inside a sentence; an unknown one is its own name, made readable."""
    return CAUSES.get(cause, flat(cause.replace("_", " ")))


def measured(check: Check) -> str:
    """Return a check's figure beside what was asked for: ``12.4%, wanted at most 10%``."""
    wanted = figures.limit(check)
    found = figures.figure(check.value, check.unit)
    if found == figures.NONE:
        return "no figure"
    return found if wanted == figures.NONE else f"{found}, wanted {wanted}"


def _passed(verdict: Verdict) -> str:
    open_checks = [check for check in verdict.checks if check.status in ("warn", "waived", "inconclusive", "fail")]
    if verdict.kind == "data":
        if open_checks:
            return f"The data is fit to train on, with {figures.count(len(open_checks), 'point')} to look at."
        return f"The data is fit to train on: {figures.count(len(verdict.checks), 'check')} found nothing wrong."
    gain = next((check for check in verdict.checks if check.id.startswith("D1") and check.status == "pass"), None)
    better = "The tuned model is better than its base"
    if gain is not None and gain.clusters:
        # Groups are documents, or sections where there are few documents; both are parts that training never saw.
        parts = figures.count(gain.clusters, "part")
        better = f"The tuned model is better on {parts} of the documentation it never saw"
    lost = [check for check in open_checks if check.id.startswith(("D2", "D3"))]
    if lost:
        return f"{better}, but look at what it may have lost: {_joined([flat(check.title) for check in lost])}."
    kept = [check for check in verdict.checks if check.id.startswith(("D2", "D3")) and check.status == "pass"]
    return f"{better}, and forgot nothing measurable." if kept else f"{better}."


def _titles(verdict: Verdict) -> list[str]:
    status = "fail" if verdict.verdict == "FAIL" else "inconclusive"
    return [flat(check.title) for check in verdict.checks if check.status == status and check.severity == "block"]


def _joined(parts: Sequence[str]) -> str:
    shown = list(parts[:3])
    if len(shown) == 1:
        return shown[0]
    return f"{', '.join(shown[:-1])}, and {shown[-1]}"


def _check_lines(check: Check) -> list[str]:
    lines = [f"{WORDS[check.status].upper():<13} {check.id}  {flat(check.title)}: {measured(check)}"]
    lines.append(f"{'':<13} {flat(check.message)}")
    if check.status == "waived" and check.waiver is not None:
        waiver = check.waiver
        lines.append(f"{'':<13} waived by {flat(waiver.owner)} until {waiver.expires}: {flat(waiver.reason)}")
    elif check.remedy:
        lines.append(f"{'':<13} do: {flat(check.remedy)}")
    return lines
