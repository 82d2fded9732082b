"""Pairs from single sentences of a docstring: errors, limits, defaults, conditions, parameters, what is deprecated.

Knows which words announce which kind of fact. A sentence is used once, for the most telling kind that it fits, and only
if it can be understood without its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tuneproof.curate.pairing.docstrings import clean
from tuneproof.curate.pairing.python_subjects import Subject
from tuneproof.curate.pairing.questions import Draft, draft
from tuneproof.curate.pairing.sentences import (
    SENTENCE_LIMIT,
    add_sentence,
    balanced,
    capitalised,
    finish,
    fit,
    points_away,
    split_sentences,
    with_context,
)
from tuneproof.datasets.workspace.records import CaseType

_EXCEPTION = re.compile(r"`?\b([A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt|Iteration))\b`?")
_RAISES = re.compile(r"\brais(?:e|es|ed|ing)\b|\bthrows?\b|\bis an error\b|\bfails (?:if|when)\b", re.IGNORECASE)
# What stands before a word that denies or restricts, if it does so for a subordinate clause only.
_SUBORDINATE = re.compile(
    r"\b(?:if|when|whenever|that|which|who|whose|because|so|as|since|unless|where|while|whether)\b[^.;]*$",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(r"(?:and|or|but|which|that|doesn't|isn't|does|is|are|to|of|in|for|with|by|from|than|as|on)\b")
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|does|do|can|cannot|will|isn't|doesn't|aren't|not|[a-z]+ed|[a-z]+s)\b"
)
_CONDITION = re.compile(r"^(If|When|Unless) (.{4,110}?), (?:then )?(?=[\w`'\"])(.+)$")
_KINDS: tuple[tuple[str, CaseType, re.Pattern[str]], ...] = (
    ("deprecation", "deprecation", re.compile(r"\bdeprecat|\bobsolete\b|\bwill be removed\b", re.IGNORECASE)),
    ("error", "error", _RAISES),
    ("default_behaviour", "default", re.compile(r"\bby default\b", re.IGNORECASE)),
    (
        "limit",
        "limit",
        re.compile(
            r"\bmust\b|\bat most\b|\bno more than\b|\bcannot\b|\bcan't\b"
            r"|\bcan not\b|(?<!or )\bmay not\b|\bshould not\b|\blimited to\b"
            r"|\bonly (?:if|when|for|valid|supported|available|accepts?|works?)",
            re.IGNORECASE,
        ),
    ),
    ("returns", "what_is", re.compile(r"^(?:Returns?|Yields?) |^The (?:return value|result|returned \w+) ")),
    ("negation", "negation", re.compile(r"\b(?:does|do|is|are|will) not\b|\b(?:does|do|is|are|wo)n't\b|\bnever\b")),
)
_WORDINGS: dict[str, tuple[str, ...]] = {
    "deprecation": (
        "Is {name} deprecated?",
        "Should I still use {name}?",
        "What is the deprecation status of {name}?",
        "Is anything about {name} deprecated or obsolete?",
        "Can I rely on {name} in new code?",
    ),
    "error": (
        "When does {name} raise an error?",
        "Which errors can {name} raise?",
        "What makes {name} fail?",
        "In which case does {name} raise an exception?",
        "How can a call of {name} fail?",
        "What errors should I expect from {name}?",
    ),
    "default_behaviour": (
        "What does {name} do by default?",
        "Which default applies to {name}?",
        "What is the default behaviour of {name}?",
        "How does {name} behave if I configure nothing?",
        "Without further settings, what does {name} do?",
    ),
    "limit": (
        "Which restrictions apply to {name}?",
        "What must I observe when I use {name}?",
        "What are the limits of {name}?",
        "Is there a restriction on {name}?",
        "Are there requirements for using {name}?",
        "Which conditions must be met to use {name}?",
    ),
    "returns": (
        "What does {name} return?",
        "What do I get back from {name}?",
        "Which value does {name} return?",
        "What is the return value of {name}?",
        "Calling {name} gives me what?",
        "What kind of result does {name} produce?",
        "Tell me what {name} returns.",
        "What comes back when I call {name}?",
    ),
    "negation": (
        "What does {name} not do?",
        "Is there something that {name} does not do?",
        "What should I not expect from {name}?",
        "Is there a thing I should not expect of {name}?",
    ),
}
_RAISED = (
    "When is {name} raised?",
    "What leads to {name}?",
    "In which case do I get {name}?",
)
_ERRORS_OF = (
    "Which errors belong to {name}?",
    "What should I know about errors of {name}?",
    "What errors can I meet with {name}?",
)
_RAISE_NAMED = (
    "When does {name} raise `{error}`?",
    "Why does {name} raise `{error}`?",
    "What causes `{error}` in {name}?",
    "In which case will {name} raise `{error}`?",
    "I get `{error}` from {name}. What is the reason?",
    "What leads to `{error}` when I use {name}?",
)
_ROLE = (
    "What does the parameter `{parameter}` of {name} do?",
    "What is `{parameter}` in {name}?",
    "Explain the argument `{parameter}` of {name}.",
    "How does `{parameter}` affect {name}?",
    "What should I pass as `{parameter}` to {name}?",
    "In {name}, what is `{parameter}` for?",
    "What role does `{parameter}` play in {name}?",
    "Which meaning does `{parameter}` have for {name}?",
    "{name} has a parameter `{parameter}`. What is it for?",
    "Tell me about `{parameter}` in {name}.",
)
_WHAT_IF = (
    "What does {name} do {condition}?",
    "What happens with {name} {condition}?",
    "How does {name} behave {condition}?",
    "{opening}, what does {name} do?",
    "How does {name} react {condition}?",
    "What is the effect of {name} {condition}?",
)


def fact_drafts(subject: Subject) -> Iterator[Draft]:
    """Yield the facts that the docstring of ``subject`` states in fields and in sentences."""
    yield from _from_fields(subject)
    described = {each.name for each in subject.doc.fields}
    groups: dict[tuple[str, str], list[str]] = {}
    for sentence in _sentences(subject):
        kind, key = _classify(sentence, subject, described)
        if kind:
            add_sentence(groups.setdefault((kind, key), []), sentence)
    for (kind, key), found in groups.items():
        answer = fit(found, SENTENCE_LIMIT)
        if answer is not None:
            yield _fact(subject, kind, key, answer)


def _from_fields(subject: Subject) -> Iterator[Draft]:
    for each in subject.doc.fields:
        text = fit(split_sentences(capitalised(each.text)), SENTENCE_LIMIT)
        if text is None or points_away(text):
            continue
        if each.kind == "parameter":
            yield _fact(subject, "parameter", each.name, text)
        elif each.kind == "raises":
            start = re.match(r"(?:if|when|on|in case|unless)\b", text, re.IGNORECASE)
            middle = text[0].lower() + text[1:] if start else f"for this reason: {text}"
            yield _fact(subject, "raises", each.name, f"{subject.called} raises `{each.name}` {middle}")
        else:
            yield _fact(subject, "returns", "", text)


def _sentences(subject: Subject) -> Iterator[str]:
    """Yield what can stand alone; the summary counts only where it has more than one sentence."""
    paragraphs = [split_sentences(subject.doc.summary), *(split_sentences(text) for text in subject.doc.prose())]
    for index, sentences in enumerate(paragraphs):
        if index == 0 and len(sentences) == 1:
            continue
        for place, sentence in enumerate(sentences):
            if points_away(sentence) or (index == 0 and place == 0) or _FRAGMENT.match(sentence):
                continue
            whole = with_context(sentences, place, SENTENCE_LIMIT)
            if whole is not None and not points_away(whole) and len(whole) >= 20:
                yield whole


def _classify(sentence: str, subject: Subject, described: set[str]) -> tuple[str, str]:
    last = split_sentences(sentence)[-1]
    if _RAISES.search(last):
        named = _EXCEPTION.findall(last)
        if len(set(named)) == 1 and subject.short != named[0]:
            return "raises", named[0]
    condition = _CONDITION.match(sentence)
    if condition is not None and _asks_well(condition.group(2)):
        return "condition", f"{condition.group(1).lower()} {condition.group(2)}"
    for kind, _, pattern in _KINDS:
        match = pattern.search(last)
        if match is not None and (kind not in ("limit", "negation") or not _SUBORDINATE.search(last[: match.start()])):
            return kind, ""
    for each in subject.definition.parameters:
        if each.name not in described and re.search(rf"[`'\"]{re.escape(each.name)}[`'\"]", sentence):
            return "parameter", each.name
    return "", ""


def _asks_well(condition: str) -> bool:
    opening = condition.partition(" ")[0].lower()
    leaning = {"it", "this", "that", "these", "those", "they", "so", "not", "both", "neither", "none", "either", "such"}
    if len(condition.split()) < 3 or not _VERB.search(condition):
        return False
    return opening not in leaning and balanced(condition) and "," not in condition and not condition.endswith(" is")


def _fact(subject: Subject, kind: str, key: str, answer: str) -> Draft:
    chunks, name = (subject.chunk,), subject.called
    if kind == "raises":
        return draft(chunks, "python.raises", "error", _RAISE_NAMED, answer, key, name=name, error=key)
    if kind == "parameter":
        return draft(chunks, "python.parameter", "parameter", _ROLE, answer, key, name=subject.called, parameter=key)
    if kind == "condition":
        condition = clean(key)
        opening = condition[0].upper() + condition[1:]
        case: CaseType = "error" if _RAISES.search(answer) else "what_is"
        return draft(
            chunks, "python.condition", case, _WHAT_IF, answer, key, name=name, condition=condition, opening=opening
        )
    case = next(case for each, case, _ in _KINDS if each == kind)
    wordings = _WORDINGS[kind]
    if kind == "error" and not subject.is_called:
        wordings = _RAISED if subject.noun == "exception" else _ERRORS_OF
    return draft(chunks, f"python.{kind}", case, wordings, answer, name=name)


def returns_something(text: str) -> bool:
    """Say whether a summary tells what comes back."""
    return bool(re.match(r"(?:Returns?|Yields?|Gives?) ", text)) and finish(text) is not None


def return_wordings() -> tuple[str, ...]:
    """Return the ways to ask for a return value."""
    return _WORDINGS["returns"]
