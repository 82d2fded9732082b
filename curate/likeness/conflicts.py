"""Whether two texts that answer the same question, or speak of the same thing, can't both be true.

Knows statements and what sets two of them at odds. It must not know where the texts come from. Two statements are at
odds when they claim the same but for exactly one thing: a quantity, the value called a default, a negation, an
opposite, or the order of what is compared. Two differences at once mostly are two cases, one more detail is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tuneproof.curate.likeness.guards import ORDERED, changed_part
from tuneproof.curate.likeness.opposites import opposed
from tuneproof.curate.likeness.quantities import quantities
from tuneproof.curate.likeness.statements import Statement, statements

ConflictKind = Literal["number", "default", "version", "negation", "antonym", "direction", "value"]

SAME_CLAIM = 0.60  # of the stems of two answers to one question, by Jaccard
DENIED_CLAIM, DENIED_WORDS = 0.72, 4  # where one of them negates, and words that only one of them has
SAMPLE_CLAIM, SAMPLE_WORDS = 0.85, 5  # where one of them gives an example, and words that make it a sentence
SAME_SENTENCE = 0.80  # of two statements that no common question ties together
MODALS = frozenset({"must", "may"})  # "must not" denies "may" all the same
TRUE_WORDS, FALSE_WORDS = frozenset({"yes", "true"}), frozenset({"no", "false"})


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


def answers_conflict(left: str, right: str, question: str = "") -> Conflict | None:
    """Return what two answers to one question disagree on, or None. Symmetric up to the sides.

    Each statement of the shorter answer is held against the statement of the other that claims most nearly the same;
    what both say word for word is no part of it.
    """
    ours, theirs = statements(left), statements(right)
    turned = len(ours) > len(theirs)
    few, many = (theirs, ours) if turned else (ours, theirs)
    if len(few) == len(many) == 1 and (brief := _brief(ours[0], theirs[0], question)) is not None:
        return brief
    known = {one.text.casefold() for one in few} & {one.text.casefold() for one in many}
    found: list[Conflict] = []
    for one in few:
        if one.text.casefold() in known or not many:
            continue
        other, alike = _closest(one, [that for that in many if that.text.casefold() not in known])
        if other is None or alike < SAME_CLAIM:
            continue
        a, b = (other, one) if turned else (one, other)
        if (conflict := statements_conflict(a, b, SAME_CLAIM, question)) is not None:
            found.append(conflict)
    return max(found, key=lambda one: (one.strength, one.said), default=None)


def statements_conflict(
    left: Statement, right: Statement, least: float = SAME_SENTENCE, question: str = ""
) -> Conflict | None:
    """Return what two statements disagree on, or None: they must claim ``least`` the same and differ in one thing."""
    alike = overlap(left, right)
    if left.scope != right.scope or ((left.sample or right.sample) and not (question and _same_sample(left, right))):
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
    if kind == "negation" and (alike < DENIED_CLAIM or len(left.terms ^ right.terms) > DENIED_WORDS):
        return None  # what is denied there is not what is said here
    if (left.speaks_of_default and right.speaks_of_default) or "default" in question.casefold():
        kind = "default" if kind in ("number", "value", "version", "antonym") else kind
    return Conflict(kind, ours, theirs, (left.text, right.text), round(alike, 4))


def _same_sample(left: Statement, right: Statement) -> bool:
    """Return whether two statements with an example are one sentence but for one value: samples differ in more."""
    changed = Counter(left.values) - Counter(right.values)
    long = min(len(left.claim), len(right.claim)) >= SAMPLE_WORDS
    return long and changed.total() <= 1 and overlap(left, right) >= SAMPLE_CLAIM


def overlap(left: Statement, right: Statement) -> float:
    """Return how much of their claims two statements share, by Jaccard; 1 where neither claims any word."""
    if not left.claim and not right.claim:
        return 1.0
    return len(left.claim & right.claim) / len(left.claim | right.claim)


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
    first, second = (one.text.casefold().strip(" .!`").split(" ", 1)[0].strip(",.:;") for one in (left, right))
    if (first in TRUE_WORDS and second in FALSE_WORDS) or (first in FALSE_WORDS and second in TRUE_WORDS):
        return Conflict("default" if "default" in question.casefold() else "negation", first, second, said, 1.0)
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
    a, b = left.order, right.order
    if a != b and Counter(a) == Counter(b) and (ORDERED.search(left.text) or ORDERED.search(right.text)):
        return "direction", *changed_part(a, b)
    return None
