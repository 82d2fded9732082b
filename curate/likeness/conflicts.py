"""Whether two texts that answer the same question, or speak of the same thing, can't both be true.

Knows statements and what sets two of them at odds. It must not know where the texts come from. Two statements are at
odds when they claim the same but for exactly one thing: a quantity, the value called a default, a negation, an
opposite, or the order of what is compared. Two differences at once mostly are two cases, one more detail is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tuneproof.curate.checking.findings import shortened
from tuneproof.curate.likeness.guards import cues_of
from tuneproof.curate.likeness.opposites import opposed
from tuneproof.curate.likeness.polarity import Turn, asks_for, is_polar, turn_of
from tuneproof.curate.likeness.quantities import quantities
from tuneproof.curate.likeness.slots import is_default, is_whole, of_values, slot_between, starts
from tuneproof.curate.likeness.statements import Statement, statement, statements
from tuneproof.curate.likeness.word_order import turned_round
from tuneproof.curate.wording import normal_form

ConflictKind = Literal["number", "default", "version", "negation", "antonym", "direction", "value"]

SAME_CLAIM = 0.60  # of the stems of two answers to one question, by Jaccard
DENIED_CLAIM, DENIED_WORDS = 0.72, 4  # where one of them negates, and words that only one of them has
SLOT_CLAIM = 0.20  # where nothing but one value differs, which may be most of what a short sentence claims
SLOT_WORDS = 8  # that two such sentences can differ in
SAMPLE_CLAIM, SAMPLE_WORDS = 0.85, 5  # where one of them gives an example, and words that make it a sentence
SAME_SENTENCE = 0.80  # of two statements that no common question ties together
MODALS = frozenset({"must", "may", "always", "never"})  # "must not" denies "may" all the same
# What is one of several ways is said to be possible, or told to be done.
_HOW = re.compile(r"(?i)^\W*(?:how (?:do|can|should|would|to)\b|show|give me|what (?:are|is) (?:a|an|some|one) )")
_POSSIBLE = re.compile(r"(?i)\b(?:can|could|may|might|either|another|alternatively|or)\b")


@dataclass(frozen=True, slots=True)
class Conflict:
    """What two texts disagree on: ``left`` and ``right`` are the values, ``said`` the two statements."""

    kind: ConflictKind
    left: str
    right: str
    said: tuple[str, str]
    strength: float

    def __str__(self) -> str:
        return f"{self.kind}: {self.left} / {self.right}"


def answers_conflict(
    left: str, right: str, question: str = "", other: str = "", *, loose: bool = False
) -> Conflict | None:
    """Return what two answers to one question disagree on, or None. Symmetric up to the sides.

    Each statement of the shorter answer is held against the statement of the other that claims most nearly the same;
    what both say word for word is no part of it. ``other`` is the question of the right one, where it is put in other
    words; ``loose`` says that the two questions only name the same things, so that answers must tell what they answer.
    """
    if not loose or any(asks_for(question)):
        turned_round = _yes_or_no(left, right, question, other or question)
        if turned_round is not None:
            return turned_round
    ours, theirs = statements(left), statements(right)
    turned = len(ours) > len(theirs)
    few, many = (theirs, ours) if turned else (ours, theirs)
    if not loose and len(few) == len(many) == 1 and (brief := _brief(ours[0], theirs[0], question)) is not None:
        return brief
    known = {one.text.casefold() for one in few} & {one.text.casefold() for one in many}
    rest = [that for that in many if that.text.casefold() not in known]
    found: list[Conflict] = []
    for one in few:
        if one.text.casefold() in known or not rest:
            continue
        closest, alike = _closest(one, rest)
        if closest is None:
            continue
        a, b = (closest, one) if turned else (one, closest)
        conflict = _in_one_place(a, b, question) if alike >= SLOT_CLAIM else None
        if conflict is None and alike >= SAME_CLAIM:
            conflict = statements_conflict(a, b, SAME_CLAIM, question)
        if conflict is not None:
            found.append(conflict)
    return max(found, key=lambda one: (one.strength, one.said), default=None)


def _yes_or_no(left: str, right: str, question: str, other: str) -> Conflict | None:
    """Return the conflict of a yes with a no, or with a statement that says the other; the questions must ask alike."""
    ours, theirs = turn_of(left), turn_of(right)
    if (ours is None and theirs is None) or (question and asks_for(question) != asks_for(other)):
        return None
    if ours is None or theirs is None:
        if not is_polar(question) or not is_polar(other):
            return None
        ours, theirs = ours or _implied(left, question), theirs or _implied(right, other)
    if ours is None or theirs is None or ours[0] == theirs[0]:
        return None
    if ours[1] and ours[1].casefold() == theirs[1].casefold() and not is_polar(question):
        return None
    kind: ConflictKind = "default" if "default" in question.casefold() else "negation"
    return Conflict(kind, ours[0], theirs[0], (shortened(left), shortened(right)), 1.0)


def _implied(answer: str, question: str) -> tuple[Turn, str] | None:
    """Return the yes or no that an answer of one statement implies, if it repeats what is asked."""
    said = statements(answer)
    asked = statement(question)
    if len(said) != 1 or said[0].sample or not asked.claim or asked.claim - said[0].claim:
        return None
    if len(said[0].claim - asked.claim) > 1 or opposed(said[0].terms - asked.terms, asked.terms - said[0].terms):
        return None
    return ("yes" if said[0].negations % 2 == asked.negations % 2 else "no"), answer


def _in_one_place(left: Statement, right: Statement, question: str) -> Conflict | None:
    """Return the conflict of two answers that are one sentence but for one value, or None."""
    if left.scope != right.scope or len(left.terms ^ right.terms) > SLOT_WORDS:
        return None
    slot = slot_between(left.text, right.text)
    if slot is None or left.sample or right.sample:
        return None
    default = is_default(slot) or (left.speaks_of_default and right.speaks_of_default)
    at_start = starts(slot)
    named = not at_start and not _POSSIBLE.search(left.text) and not _HOW.match(question)
    if is_whole(slot):
        return Conflict("antonym", *slot.values, (left.text, right.text), round(overlap(left, right), 4))
    if not of_values(slot, named=named or (default and not at_start)) or (at_start and not default):
        return None
    number = all(quantities(value) for value in slot.values)
    if number and quantities(slot.values[0]) == quantities(slot.values[1]):
        return None
    default = default or "default" in question.casefold()
    kind: ConflictKind = "default" if default else "number" if number else "value"
    if number and not default and (left.speaks_of_version and right.speaks_of_version):
        kind = "version"
    return Conflict(kind, *slot.values, (left.text, right.text), round(overlap(left, right), 4))


def statements_conflict(
    left: Statement, right: Statement, least: float = SAME_SENTENCE, question: str = ""
) -> Conflict | None:
    """Return what two statements disagree on, or None: they must claim ``least`` the same and differ in one thing."""
    alike = overlap(left, right)
    if left.scope != right.scope:
        return None
    if alike < least or _other_things(left, right):
        return None
    only_left, only_right = left.terms - right.terms, right.terms - left.terms
    if (only_left & left.conditions) and (only_right & right.conditions):
        return None  # each says where it holds, and they say two places
    found = [one for one in (_values(left, right), _default(left, right), _turned(left, right)) if one is not None]
    if len(found) != 1:
        return None
    kind, ours, theirs = found[0]
    if not _holds_as_said(left, right, kind, question):
        return None
    if kind == "negation" and (alike < DENIED_CLAIM or len(left.terms ^ right.terms) > DENIED_WORDS):
        return None  # what is denied there is not what is said here
    if (left.speaks_of_default and right.speaks_of_default) or "default" in question.casefold():
        kind = "default" if kind in ("number", "value", "version", "antonym") else kind
    return Conflict(kind, ours, theirs, (left.text, right.text), round(alike, 4))


def defaults_conflict(left: Statement, right: Statement) -> Conflict | None:
    """Return the two defaults that statements about one and the same named thing give, however they put it, or None."""
    if left.names != right.names or len(left.names) != 1 or left.scope != right.scope:
        return None
    if not (left.speaks_of_default and right.speaks_of_default) or left.conditions ^ right.conditions:
        return None
    if left.sample or right.sample or left.hedged or right.hedged or left.negations % 2 != right.negations % 2:
        return None
    said = left.text, right.text
    if len(left.values) == len(right.values) == 1 and left.values != right.values:
        return Conflict("default", left.values[0], right.values[0], said, 1.0)
    found = _default(left, right)
    return Conflict("default", found[1], found[2], said, 1.0) if found is not None else None


def _holds_as_said(left: Statement, right: Statement, kind: ConflictKind, question: str) -> bool:
    """Return whether two statements are no mere samples or estimates, or differ in what is none: their turn.

    Two values that are given as an example, or about, agree unless they stand in one sentence that answers one thing.
    """
    alike = overlap(left, right)
    if kind in ("negation", "antonym", "direction"):
        return not (left.sample or right.sample or left.hedged or right.hedged) or alike >= SAMPLE_CLAIM
    if (left.sample or right.sample) and (not question or _HOW.match(question) or not _same_sample(left, right)):
        return False
    return left.hedged == right.hedged and (not left.hedged or alike >= (SAMPLE_CLAIM if question else 1))


def _same_sample(left: Statement, right: Statement) -> bool:
    """Return whether two statements with an example are one sentence but for one value: samples differ in more."""
    changed = Counter(left.values) - Counter(right.values)
    long = min(len(left.claim), len(right.claim)) >= SAMPLE_WORDS
    return long and changed.total() <= 1 and overlap(left, right) >= SAMPLE_CLAIM


def overlap(left: Statement, right: Statement) -> float:
    """Return how much of what they claim two statements share, by Jaccard; 1 where neither claims any word.

    Two words that oppose each other claim the same of one thing, and count as shared.
    """
    ours, theirs = left.terms | left.names, right.terms | right.names
    if not ours and not theirs:
        return 1.0
    only_left, only_right = set(ours - theirs), set(theirs - ours)
    turned = 0
    while (pair := opposed(only_left, only_right)) is not None:
        only_left.discard(pair[0])
        only_right.discard(pair[1])
        turned += 1
    shared = len(ours & theirs) + turned
    return shared / (shared + len(only_left) + len(only_right))


def _closest(one: Statement, others: Sequence[Statement]) -> tuple[Statement | None, float]:
    # Opposites claim the same, so the words as they stand decide between "before it" and "after it".
    best = max(others, key=lambda other: (overlap(one, other) + _same_terms(one, other), other.text), default=None)
    return best, overlap(one, best) if best is not None else 0.0


def _same_terms(one: Statement, other: Statement) -> float:
    return len(one.terms & other.terms) / max(1, len(one.terms | other.terms))


def _brief(left: Statement, right: Statement, question: str) -> Conflict | None:
    """Hold two answers of a word or two against each other: "5 s" and "10 s", "Yes" and "No", `a` and `b`."""
    if left.sample or right.sample or left.scope != right.scope:
        return None
    said = left.text, right.text
    bare = [len(one.text.split()) <= 2 or (not one.terms and not one.names) for one in (left, right)]
    if not all(bare) or left.negations or right.negations:
        return None
    default = "default" in question.casefold()
    if left.values and right.values and len(left.values) == len(right.values) == 1 and left.values != right.values:
        if left.names != right.names:
            return None
        kind: ConflictKind = "version" if "version" in question.casefold() else "number"
        return Conflict("default" if default else kind, left.values[0], right.values[0], said, 1.0)
    single = [one.text.strip(" .").count("`") == 2 and one.text.strip(" .").startswith("`") for one in (left, right)]
    if all(single) and (left.names, left.values) != (right.names, right.values):
        ours, theirs = (one.text.strip(" .`") for one in (left, right))
        return Conflict("default" if default else "value", ours, theirs, said, 1.0)
    return None


def _other_things(left: Statement, right: Statement) -> bool:
    """Return whether each names what the other does not: then they speak of two things."""
    only_left, only_right = left.names - right.names, right.names - left.names
    plain = [{word for word in names if word not in other.terms} for names, other in
             ((only_left, right), (only_right, left))]  # fmt: skip
    return bool(plain[0] and plain[1]) or any(name.startswith("-") for name in plain[0] | plain[1])


_Found = tuple[ConflictKind, str, str]


def _values(left: Statement, right: Statement) -> _Found | None:
    """Return the quantities in which both differ; where one only says more of them, it elaborates."""
    ours, theirs = Counter(left.values), Counter(right.values)
    only_left, only_right = list((ours - theirs).elements()), list((theirs - ours).elements())
    if not only_left or len(only_left) != len(only_right) or len(only_left) > 2:
        return None
    version = (left.speaks_of_version and right.speaks_of_version) or any(one.count(".") > 1 for one in only_left)
    return "version" if version else "number", ", ".join(only_left), ", ".join(only_right)


def _default(left: Statement, right: Statement) -> _Found | None:
    """Return what each calls the default; quantities are `_values`'s, opposites `_turned`'s."""
    if left.default is None or right.default is None or left.default == right.default:
        return None
    if any(one.default in one.terms for one in (left, right)):
        return None
    own = [Counter(quantities(one.default)) for one in (left, right)]
    if all(own) or Counter(left.values) - own[0] != Counter(right.values) - own[1]:
        return None
    ours, theirs = left.default.strip("`\"'"), right.default.strip("`\"'")
    return ("default", ours, theirs) if ours != theirs else None


def _turned(left: Statement, right: Statement) -> _Found | None:
    pair = opposed(left.terms - right.terms, right.terms - left.terms)
    if left.negations % 2 != right.negations % 2:
        if pair is not None and not MODALS.issuperset(pair):
            return None  # "not required" and "optional" say the same
        sides = ["negated" if one.negations % 2 else "stated" for one in (left, right)]
        return "negation", sides[0], sides[1]
    if pair is not None:
        return "antonym", *pair
    if left.terms != right.terms or cues_of(left.text).content == cues_of(right.text).content:
        return None
    turned = turned_round(normal_form(left.text), normal_form(right.text))
    return ("direction", *turned) if turned is not None else None
