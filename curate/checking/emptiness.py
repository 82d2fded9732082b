"""Pairs that say nothing: a side without words, an answer that is its question, a pair too long to be learnt whole.

Knows one row at a time. It must not know splits, budgets or limits of the gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tuneproof.curate.checking.findings import on_pair, shortened
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.datasets.workspace.records import Finding

# Words of which a note consists that only keeps a place: "[your answer here]", "<no response yet>", "(empty)".
_SLOT_LIST = """
    answer answers question questions response responses reply output text content contents description summary
    explanation value name topic something anything your my the a an this that here go goes comes will be is are to
    insert inserted add added put write written type enter fill filled in out provide provided give given generate
    generated placeholder blank empty missing no not yet available pending todo tbd tba fixme wip xxx later soon coming
    done determined announced replace with of for and or draft
"""
_SLOT = frozenset(_SLOT_LIST.split())
_KEEPS_LIST = """
    answer answers question response responses reply placeholder blank empty missing todo tbd tba fixme wip xxx insert
    write fill here pending yet later soon text output
"""
_KEEPS = frozenset(_KEEPS_LIST.split())
# Between round brackets these may be the type or the place of a value.
_TYPES = frozenset(("text", "output", "here", "later"))
_BRACKETED = re.compile(
    r"[\s*_>#-]*(\[{1,2}|<{1,2}|\{{1,3}|\(|_{2,}|\$\{)([^\[\]<>{}()]{1,60})(?:\]{1,2}|>{1,2}|\}{1,3}|\)"
    r"|_{2,})[\s*_.:-]*"
)
# Without brackets around it, such a note is one only if it says so.
_SAYS_SO = re.compile(
    r"\W*(?:todo|tbd|tba|fixme|wip|xxx+|n/a|placeholder|lorem ipsum\b.*|(?:insert|your|write|add|put|enter"
    r"|type)\b.{0,20}\b"
    r"here|coming soon|to follow|work in progress|(?:this (?:is )?)?(?:intentionally )?left (?:blank|empty)"
    r"|(?:answer|text"
    r"|response|content|description) (?:goes here|comes here|to come|pending|missing)|(?:to|will) be (?:done"
    r"|written|added"
    r"|determined|announced|filled in|completed|provided|continued|supplied)(?: (?:later|soon))?|no (?:answer"
    r"|response)"
    r"(?: (?:given|provided|available|yet))?|not (?:yet )?(?:written|answered|filled in)(?: yet)?)\W*",
    re.IGNORECASE | re.DOTALL,
)
# What lays out a text and is none: tags of breaks and boxes, entities of blanks, comments, rules of a table, links to
# nowhere, the marks of a fence with the name of its language.
_LAYOUT = re.compile(
    r"<!--.*?-->|</?(?:br|hr|p|div|span|b|i|em|strong|u|center|ul|ol|li|table|tr|td|th|tbody|thead|pre|code"
    r"|blockquote"
    r"|details|summary|section|a|h[1-6])\b[^<>]{0,200}>|&(?:nbsp|ensp|emsp|thinsp|zwnj|zwj|shy|#160|#xa0|#8203);"
    r"|!?\[\s*\]\([^)\n]{0,400}\)|^[ \t>]*(?:`{3,}|~{3,})[ \t]*[\w+-]{0,20}[ \t]*$",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_CODE_SPAN = re.compile(r"`[^`\s]+`")

#: How an answer that only repeats may begin.
_PREFACE = re.compile(r"(?:q|(?:the |your )?question(?: was| is)?|you(?: have)? asked|you want to know)\s+")


def is_empty(text: str) -> bool:
    """Return whether ``text`` has nothing to read: no letter, no digit, and no value in code such as ```[]```.

    What only lays a text out is nothing: a line break, an empty table, a fence without a line in it.
    """
    if _CODE_SPAN.search(text):
        return False
    return not re.search(r"\w", text) or (len(text) < 2000 and not re.search(r"\w", _LAYOUT.sub(" ", text)))


def is_placeholder(text: str) -> bool:
    """Return whether ``text`` only keeps the place of something still to be written: "TODO", "[your answer here]"."""
    if len(text) >= 400:
        return False
    if _SAYS_SO.fullmatch(text) is not None:
        return True
    slot = _BRACKETED.fullmatch(text)
    if slot is None:
        return False
    words = frozenset(re.findall(r"[^\W_]+", slot.group(2).casefold()))
    return words <= _SLOT and not words.isdisjoint(_KEEPS - _TYPES if slot.group(1) == "(" else _KEEPS)


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
