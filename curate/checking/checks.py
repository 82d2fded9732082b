"""What is wrong with single pairs: findings, each with its evidence.

Knows one row at a time, and answers that many rows share. It must not know splits, budgets or limits of the gate:
a finding says what is so, the gate says what may be.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tuneproof.curate.likeness.guards import NAME
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import CODE, normal_form
from tuneproof.datasets.workspace.identity import digest, finding_id
from tuneproof.datasets.workspace.records import Finding, Severity

SHARED_ANSWER = 5  # questions with one and the same answer, from which on it is worth a look
FENCE = re.compile(r"^ {0,3}(?:[-*+] {1,3}|\d+[.)] {1,3}|> ?)*\s*(`{3,}|~{3,})(.*)$")
PAGE = re.compile(
    r"""\b(?:
      (?:as|the\ one)?\s*(?:shown|described|mentioned|listed|given|defined|explained|seen|noted)\ (?:above|below|here)
    | (?:above|following|preceding|previous)\ (?:code|example|section|table|figure|text|passage|snippet|paragraph|list)
    | (?:example|section|table|figure|code|text|passage|snippet|list)\ (?:above|below)
    | according\ to\ (?:the|this)\ (?:text|passage|document|section|page|article|context|guide|excerpt)
    | in\ (?:the|this)\ (?:text|passage|document|section|page|article|excerpt|figure|table|chapter)
    | the\ (?:passage|excerpt|given\ text|given\ context)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
DEMONSTRATIVE = re.compile(
    r"\b(?:this|that|these|those|the\ above)\s+"
    r"(?:function|method|class|module|parameter|argument|option|flag|command|page|guide|section|example|feature|field|"
    r"endpoint|call|setting|value|error|exception|object|attribute|tool|library|package|operation)s?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Said:
    message: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    score: float | None = None


def check_pairs(rows: Sequence[PairRow], max_length: int) -> list[Finding]:
    """Return the findings on ``rows``, sorted by pair and check; ``max_length`` is the trainer's cut, in tokens."""
    checks: tuple[tuple[str, Severity, Callable[[PairRow], _Said | None]], ...] = (
        ("empty", "block", _empty),
        ("answer_repeats_question", "block", _echo),
        ("broken_fence", "block", _broken_fence),
        ("needs_page", "warn", _needs_page),
        ("answer_points_away", "info", _points_away),
        ("too_long", "warn", lambda row: _too_long(row, max_length)),
    )
    found = []
    for row in rows:
        for name, severity, check in checks:
            if (said := check(row)) is not None:
                identity = finding_id(name, "pair", row.pair_id)
                found.append(
                    Finding(identity, "pair", row.pair_id, name, severity, said.message, said.evidence, said.score)
                )
    found.extend(_shared_answers(rows))
    return sorted(found, key=lambda one: (one.subject, one.subject_id, one.check_name))


def is_empty(text: str) -> bool:
    """Return whether ``text`` has nothing to read: no letter, digit or symbol other than punctuation."""
    return not re.search(r"\w", text)


def _empty(row: PairRow) -> _Said | None:
    sides = [side for side, text in (("question", row.question), ("answer", row.answer)) if is_empty(text)]
    return _Said(f"The {' and the '.join(sides)} has no words.", {"sides": sides}) if sides else None


def _echo(row: PairRow) -> _Said | None:
    question, answer = (normal_form(text).strip(" ?.!:") for text in (row.question, row.answer))
    return _Said("The answer only repeats the question.") if question and question == answer else None


def _broken_fence(row: PairRow) -> _Said | None:
    for side, text in (("question", row.question), ("answer", row.answer)):
        if (line := open_fence(text)) is not None:
            message = f"A code fence opened in line {line} of the {side} is never closed."
            return _Said(message, {"side": side, "line": line})
    return None


def open_fence(text: str) -> int | None:
    """Return the line, from 1, of a fence that ``text`` opens and never closes, or None.

    CommonMark 0.31, section 4.5: a fence closes with the same character, at least as long, and nothing after it.
    """
    opened: tuple[str, int] | None = None
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        match = FENCE.match(line)
        if match is None:
            continue
        marks, rest = match.groups()
        if opened is None:
            if marks[0] == "~" or "`" not in rest:
                opened = marks, number
        elif marks[0] == opened[0][0] and len(marks) >= len(opened[0]) and not rest.strip():
            opened = None
    return opened[1] if opened else None


def _needs_page(row: PairRow) -> _Said | None:
    if match := PAGE.search(row.question):
        return _Said(f"The question needs the page it came from: {match.group().strip()!r}.", {"phrase": match.group()})
    match = DEMONSTRATIVE.search(row.question)
    if match and not CODE.search(row.question) and not NAME.search(row.question):
        message = f"The question says {match.group()!r} and names nothing that it could mean."
        return _Said(message, {"phrase": match.group()})
    return None


def _points_away(row: PairRow) -> _Said | None:
    match = PAGE.search(" ".join(CODE.split(row.answer)[::2]))
    if match is None:
        return None
    return _Said(f"The answer points to text that is not in it: {match.group().strip()!r}.", {"phrase": match.group()})


def _too_long(row: PairRow, max_length: int) -> _Said | None:
    if row.tokens <= max_length:
        return None
    message = f"The pair has {row.tokens} tokens; training would cut it at {max_length}."
    return _Said(message, {"tokens": row.tokens, "max_length": max_length}, float(row.tokens))


def _shared_answers(rows: Iterable[PairRow]) -> Iterator[Finding]:
    groups: dict[str, list[PairRow]] = defaultdict(list)
    for row in rows:
        if not is_empty(row.answer):
            groups[normal_form(row.answer)].append(row)
    for form, group in groups.items():
        questions = {normal_form(row.question) for row in group}
        if len(questions) < SHARED_ANSWER:
            continue
        subject = digest("answer", form)
        ids = sorted(row.pair_id for row in group)
        message = f"{len(questions)} questions have one and the same answer: {_short(group[0].answer)}"
        evidence = {"pairs": len(ids), "pair_ids": ids[:50]}
        identity = finding_id("shared_answer", "set", subject)
        yield Finding(identity, "set", subject, "shared_answer", "info", message, evidence, float(len(questions)))


def _short(text: str, width: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"
