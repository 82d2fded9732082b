"""Pairs that say nothing: a side without words, an answer that is its question, a pair too long to be learnt whole.

Knows one row at a time. It must not know splits, budgets or limits of the gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tuneproof.curate.checking.findings import on_pair, shortened
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.datasets.workspace.records import Finding

#: What stands where an answer was to be written, and is the whole of it.
_PLACEHOLDER = re.compile(
    r"\W*(?:todo|tbd|tba|fixme|n/a|placeholder|lorem\ ipsum\b.*|(?:insert|your|write|add)\b.{0,20}\bhere"
    r"|to\ be\ (?:done|written|added|determined|announced|filled\ in))\W*"
    r"|\s*(?:\[|<|\{\{?)\s*(?:the\ |your\ )?(?:answer|question|response|output|text)\s*(?:\]|>|\}\}?)\s*",
    re.IGNORECASE | re.DOTALL,
)
_CODE_SPAN = re.compile(r"`[^`\s]+`")

#: How an answer that only repeats may begin.
_PREFACE = re.compile(r"(?:q|(?:the |your )?question(?: was| is)?|you(?: have)? asked|you want to know)\s+")


def is_empty(text: str) -> bool:
    """Return whether ``text`` has nothing to read: no letter, no digit, and no value in code such as ```[]```."""
    return not re.search(r"\w", text) and not _CODE_SPAN.search(text)


def is_placeholder(text: str) -> bool:
    """Return whether ``text`` only keeps the place of something still to be written: "TODO", "[answer]"."""
    return len(text) < 400 and _PLACEHOLDER.fullmatch(text) is not None


def find_empty(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``empty`` for each pair with a side that has no words, or none but those of a placeholder."""
    for row in inputs.rows:
        sides = [side for side, text in (("question", row.question), ("answer", row.answer)) if is_empty(text)]
        if sides:
            message = f"The {' and the '.join(sides)} has no words."
            yield on_pair(row, "empty", "block", message, {"sides": sides})
        elif is_placeholder(row.answer):
            message = f"The answer is a placeholder: {shortened(row.answer.strip(), 40)}"
            yield on_pair(row, "empty", "block", message, {"sides": ["answer"]})


def find_echoes(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``answer_repeats_question`` for each answer that is its own question, once or more, and nothing else."""
    for row in inputs.rows:
        question, answer = _said(row.question), _PREFACE.sub("", _said(row.answer))
        times = len(answer.split()) // max(1, len(question.split()))
        if question and times and answer == " ".join([question] * times):
            yield on_pair(row, "answer_repeats_question", "block", "The answer only repeats the question.")


def find_too_long(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``too_long`` for each pair that training would cut; the score is its length in tokens of the base."""
    longest = inputs.config.train.max_length
    for row in inputs.rows:
        if row.tokens > longest:
            message = f"The pair has {row.tokens} tokens; training would cut it at {longest}."
            evidence = {"tokens": row.tokens, "max_length": longest}
            yield on_pair(row, "too_long", "warn", message, evidence, float(row.tokens))


def _said(text: str) -> str:
    """Return the words of ``text`` alone: neither case, marks nor markup make an answer of a question."""
    return " ".join(re.findall(r"\w+", text.casefold()))
