"""What is wrong with one answer, told from its text alone: nine kinds of fault, or none.

Knows a question, the documentation's answer, the passages behind it and what a model wrote. It must not know which
model that was. Nothing is generated or embedded, so a right answer in words that share little with the documentation's
counts as wrong: the figures compare two models on the same questions, they are no absolute truth.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tuneproof.curate.checking.facts import facts_of, plain
from tuneproof.curate.checking.fences import code_blocks
from tuneproof.curate.checking.grounding import Ground, ground_of, is_grounded, occurs, ungrounded
from tuneproof.curate.checking.inputs import CheckInputs, ChunkText
from tuneproof.curate.checking.truncation import find_truncated
from tuneproof.curate.likeness.guards import NEGATION
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import normal_form, words

Fault = Literal[
    "empty", "repeats", "refused", "should_refuse", "copied_question", "wrong_format", "truncated", "ungrounded",
    "wrong_fact",
]  # fmt: skip
#: Every kind of fault as a reader is told it, in the order in which they are looked for.
FAULTS: Mapping[Fault, str] = {
    "empty": "says nothing",
    "repeats": "repeats itself",
    "refused": "declines what the documentation answers",
    "should_refuse": "answers what the documentation does not say",
    "copied_question": "gives the question back",
    "wrong_format": "lacks the form that was wanted",
    "truncated": "stops before its end",
    "ungrounded": "states what no passage says",
    "wrong_fact": "states another fact, or leaves it out",
}
#: Least token F1 of an answer that counts as right: where the reference has hard facts and all of them are there,
#: and where it has none, so that words are all there is to go by.
F1_WITH_FACTS, F1_WITHOUT = 0.35, 0.5
_COPIED = 0.9  # share of an answer's words that the question has
_LOOP_WORDS, _LOOP_SHARE = 12, 0.5  # how long repeated words in a row must be, and how much of the answer
_DECLINES = re.compile(
    r"\b(?:do(?:es)? not|doesn['’]t|don['’]t|did not|didn['’]t)"
    r" (?:say|state|tell|mention|describe|document|specify|know)\b"
    r"|\b(?:is|are) not (?:documented|stated|specified|mentioned|described|covered)\b"
    r"|\bnot (?:answered|covered|documented) (?:by|in) the documentation\b"
    r"|\b(?:can ?not|can['’]t|unable to|not able to) (?:answer|help|say|tell|provide|assist)\b"
    r"|\bno information (?:about|on|is)\b",
    re.IGNORECASE,
)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_PIECE = re.compile(r"[^\W_]+")
_LIST_LINE = re.compile(r"^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)
_POLAR = re.compile(r"\W{0,3}(yes|no)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what the documentation answers, its kind of case, and the passages that it rests on."""

    question: str
    reference: str
    case_type: str
    chunks: tuple[ChunkText, ...] = ()


def faults_of(asked: Sequence[Asked], answers: Sequence[str]) -> list[Fault | None]:
    """Return what is wrong with each answer, None where it says what the documentation says.

    The answers are looked at together: whether one stops short is told from how the others end.
    """
    rows = [_row(str(at), one, answer) for at, (one, answer) in enumerate(zip(asked, answers, strict=True))]
    cut = {finding.subject_id for finding in find_truncated(CheckInputs(rows))}
    return [_fault(one, row, row.pair_id in cut) for one, row in zip(asked, rows, strict=True)]


def declines(text: str) -> bool:
    """Return whether a text says that it can't, or the documentation doesn't, answer."""
    return _DECLINES.search(text) is not None


def loops(text: str) -> bool:
    """Return whether one to eight words in a row come again and again for at least half of ``text``.

    The parts of a long name count as words, so that ``a_a_a_a`` is a loop too.
    """
    found = _PIECE.findall(text.casefold())
    longest = max((_run_of(found, size) for size in range(1, 9)), default=0)
    return longest >= _LOOP_WORDS and longest >= _LOOP_SHARE * len(found)


def token_f1(reference: str, answer: str) -> float:
    """Return the F1 of shared words, counted with repetition (Rajpurkar and others 2016); 1 where both have none."""
    wanted, found = words(reference), words(answer)
    if not wanted or not found:
        return float(wanted == found)
    shared = (Counter(wanted) & Counter(found)).total()
    return 2 * shared / (len(wanted) + len(found))


def format_of(text: str) -> str:
    """Return the form of an answer: ``code``, ``json``, ``list`` or ``prose``."""
    stripped = text.strip()
    if stripped[:1] in ("{", "[") and _is_json(stripped):
        return "json"
    if code_blocks(text):
        return "code"
    return "list" if len(_LIST_LINE.findall(text)) >= 2 else "prose"


def _row(identity: str, asked: Asked, answer: str) -> PairRow:
    ids = tuple(chunk.chunk_id for chunk in asked.chunks)
    # Rows of the checks on pairs; what they are not asked for is left at any value.
    return PairRow(identity, asked.question, answer, "what_is", "", "import", chunk_ids=ids)


def _fault(asked: Asked, row: PairRow, cut: bool) -> Fault | None:
    answer = row.answer
    if normal_form(answer) == normal_form(asked.reference):
        return None
    if not words(answer) and not _SPAN.search(answer):
        return "empty"
    if loops(answer) and not loops(asked.reference):
        return "repeats"
    unanswerable = asked.case_type == "unanswerable" or declines(asked.reference)
    if unanswerable or declines(answer):
        return None if unanswerable and declines(answer) else "should_refuse" if unanswerable else "refused"
    if _says_the_same(asked, answer):
        return None
    return _kind_of_wrong(asked, row, cut)


def _kind_of_wrong(asked: Asked, row: PairRow, cut: bool) -> Fault:
    answer = row.answer
    said, question = words(answer), frozenset(words(asked.question))
    if len(said) >= 3 and sum(word in question for word in said) >= _COPIED * len(said):
        return "copied_question"
    wanted = format_of(asked.reference)
    if wanted != "prose" and format_of(answer) != wanted:
        return "wrong_format"
    if cut:
        return "truncated"
    if asked.chunks and _unsaid(asked, row):
        return "ungrounded"
    return "wrong_fact"


def _says_the_same(asked: Asked, answer: str) -> bool:
    """Return whether an answer holds the reference's hard facts, its yes or no, its negation, and enough words."""
    first, other = _POLAR.match(asked.reference), _POLAR.match(answer)
    if first and (other is None or other[1].casefold() != first[1].casefold()):
        return False
    if not first and (NEGATION.search(asked.reference) is None) != (NEGATION.search(answer) is None):
        return False
    asked_for = plain(asked.question).casefold()
    spans = {one for one in _SPAN.findall(asked.reference) if one.casefold() not in asked_for}
    facts = [fact for fact in facts_of(asked.reference) if not occurs(fact.value, asked_for)]
    ground = _ground(answer)
    held = all(span in answer for span in spans) and all(is_grounded(fact, ground) for fact in facts)
    least = F1_WITH_FACTS if spans or facts else F1_WITHOUT
    return held and token_f1(asked.reference, answer) >= least


def _unsaid(asked: Asked, row: PairRow) -> bool:
    told = ChunkText("reference", "", "", (), asked.reference)
    asking = ChunkText("question", "", "", (), asked.question)
    return bool(ungrounded(row, facts_of(row.answer), ground_of([*asked.chunks, told, asking])))


def _ground(text: str) -> Ground:
    return ground_of([ChunkText("answer", "", "", (), text)])


def _run_of(found: Sequence[str], size: int) -> int:
    """Return how many words lie in the longest stretch that repeats its ``size`` words at least three times."""
    best = run = 0
    for at in range(size, len(found)):
        run = run + 1 if found[at] == found[at - size] else 0
        if run >= 2 * size:
            best = max(best, run + size)
    return best


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False
