"""A verdict as Markdown that fits a pull-request comment: what failed first, the rest folded away.

Knows Markdown as GitHub and GitLab show it. Text of others is escaped, so that it can neither format, nor link,
nor call anybody by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tuneproof.reports import figures
from tuneproof.reports.characters import one_line as flat
from tuneproof.reports.check_rows import CheckRow, check_rows
from tuneproof.reports.error_page import cause_parts, error_lines
from tuneproof.reports.preference_page import preference_line
from tuneproof.reports.summary import one_line, tally

if TYPE_CHECKING:
    from tuneproof.datasets.verdict.verdict import Verdict
    from tuneproof.evaluate.diagnosis import Diagnosis
    from tuneproof.reports.evidence import ReportEvidence

_MARKS = {"PASS": "✅", "FAIL": "❌", "INCONCLUSIVE": "❔"}
# Round brackets, signs and exclamation marks act only beside these, or at the start of a line, where none stands.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
# A mark of no width after the sign keeps a platform from taking it for a person, an issue or a link.
_CALLS = re.compile(r"@(?=\w)|(?<=:)//|(?<=\bwww)\.")
_JOINER = "\u2060"
_TEXT = 240


def render_markdown(verdict: Verdict, evidence: ReportEvidence) -> str:
    """Return the comment: verdict, key figures, what needs attention, and the passed checks folded."""
    rows = check_rows(verdict)
    attention = [row for row in rows if row.attention]
    quiet = [row for row in rows if not row.attention]
    parts = [
        f"## {_MARKS[verdict.verdict]} {verdict.verdict}: {escaped(one_line(verdict))}",
        f"{_subject(verdict)} · {tally(verdict)}",
    ]
    if verdict.override:
        parts.append(f"> **Override.** Trained against the data verdict: {escaped(verdict.override)}")
    if evidence.removed:
        parts.append(f"> **Not to be used.** {escaped(evidence.removed)}")
    if verdict.cause:
        parts.append("**Cause:** " + ", ".join(escaped(cause.replace("_", " ")) for cause in verdict.cause))
    key = list(_key_figures(verdict, evidence))
    if key:
        parts.append("\n".join(f"- {line}" for line in key))
    if attention:
        parts.append(_table(attention))
        todo = list(_remedies(attention))
        if todo:
            parts.append("**What to do**\n\n" + "\n".join(todo))
    if evidence.model is not None and evidence.model.diagnoses:
        parts.append("**Likely causes**\n\n" + "\n".join(_causes(evidence.model.diagnoses)))
    if evidence.model is not None and (wrong := list(error_lines(evidence.model.errors))):
        parts.append("**Where it goes wrong**\n\n" + "\n".join(f"- {escaped(line)}" for line in wrong))
    if quiet:
        parts.append(f"<details><summary>{figures.count(len(quiet), 'check')} without complaint</summary>\n")
        parts.append(_table(quiet))
        parts.append("</details>")
    parts.append(f"<sub>Judged {figures.moment(verdict.as_of)}; verdict {verdict.verdict_id}, "
                 f"exit code {verdict.exit_code}.</sub>")  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _remedies(rows: Sequence[CheckRow]) -> Iterator[str]:
    """Yield what to do, once each, with the checks that it is for."""
    checks: dict[str, list[str]] = {}
    for row in rows:
        if row.check.remedy and row.check.waiver is None:
            checks.setdefault(row.check.remedy, []).append(row.check.id)
    for remedy, ids in checks.items():
        named = ", ".join(escaped(one) for one in ids[:4]) + (", …" if len(ids) > 4 else "")
        yield f"- {escaped(remedy)} ({named})"


def _causes(diagnoses: Sequence[Diagnosis]) -> Iterator[str]:
    for title, checks, *said in cause_parts(diagnoses):
        yield f"- **{escaped(title)}** ({escaped(checks)}): {' '.join(escaped(part) for part in said)}"


def escaped(text: str) -> str:
    """Return ``text`` on one line, cut at 240 characters, with nothing in it that Markdown would act on."""
    plain = _SPECIAL.sub(r"\\\1", flat(text, _TEXT))
    return _CALLS.sub(lambda found: found.group() + _JOINER, plain)


def _subject(verdict: Verdict) -> str:
    name = "Snapshot" if verdict.kind == "data" else "Run"
    return f"{name} `{flat(verdict.subject_id).replace('`', '')}`"


def _key_figures(verdict: Verdict, evidence: ReportEvidence) -> Iterator[str]:
    snapshot = evidence.snapshot
    if snapshot is not None:
        yield (f"{figures.count(snapshot.rows, 'pair')} in the set: train {snapshot.train:,}, "
               f"validation {snapshot.validation:,}, test {snapshot.test:,}")  # fmt: skip
    if evidence.data is not None:
        data = evidence.data
        yield (f"from {figures.count(data.documents, 'document')}, {figures.count(data.pairs, 'candidate pair')}; "
               f"reviewed {data.reviewed:,} of {data.in_set:,}")  # fmt: skip
    if evidence.model is not None:
        for gain in evidence.model.gains:
            span = _span(gain.low, gain.high)
            yield f"{gain.label}: gain {figures.number(gain.mean, signed=True)} nats a token{span}"
        for text in evidence.model.texts:
            span = _span(text.low, text.high)
            yield f"General text ({escaped(text.label)}): loss {figures.number(text.mean, signed=True)} nats{span}"
        macro = verdict.check("D3.macro")
        if macro is not None and macro.value is not None:
            suites = figures.count(macro.clusters, "suite")
            yield f"General skills: {figures.figure(macro.value, macro.unit)} over {suites}"
        if evidence.model.preferences is not None:
            yield f"Compared blind: {preference_line(evidence.model.preferences)}"
    if verdict.looks > 1:
        yield f"Look {verdict.looks} at the same held-out documents"


def _span(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return f" (95% {figures.number(low, signed=True)} to {figures.number(high, signed=True)})"


def _table(rows: Sequence[CheckRow]) -> str:
    lines = ["| | Check | Figure | Wanted | What it means |", "|---|---|---|---|---|"]
    for row in rows:
        check = row.check
        message = escaped(check.message)
        if check.waiver is not None:
            message += (f" Waived by {escaped(check.waiver.owner)} until {escaped(check.waiver.expires)}: "
                        f"{escaped(check.waiver.reason)}")  # fmt: skip
        lines.append(f"| {row.word} | {escaped(check.title)} | {row.figure} | {row.limit} | {message} |")
    return "\n".join(lines)
