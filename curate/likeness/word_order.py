"""Whether two sentences of the same words say another thing: who does it to whom, what comes before or out of what.

Knows words in their order and which moves leave a sentence's meaning alone: a phrase that opens with a preposition or
a conjunction stands at either end, what "and" or "or" joins stands in any order, adverbs and particles stand anywhere,
"the name of the file" is the file name, and "is called by" tells "calls" from the other side. Every other order of the
same words is another meaning. It must not know what a difference is used for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from tuneproof.curate.likeness.opposites import stem

EMPTY_LIST = "a an the please of is are be am was were do does did one me i you we that which it its"
EMPTY_WORDS = frozenset(EMPTY_LIST.split())
# Where they stand in a sentence changes nothing, nor, in most, whether they stand there.
ADVERB_LIST = """
    also then often just simply basically actually generally really usually normally typically currently now already
    therefore thus hence however still moreover furthermore additionally
"""
ADVERBS = frozenset(ADVERB_LIST.split())
_LOOSE = ADVERBS | {"too", "again", "both", "either"}
_OPENING_LIST = """
    if when whenever unless once after before while to for in on by from with without into onto at as until till since
    because so than via through during within under over between among against per upon except besides despite using
    where wherever although though whereas like about across along around behind beside beneath beyond inside outside
    toward towards instead
"""
_OPENING = frozenset(_OPENING_LIST.split())
_PARTICLES = frozenset(("on", "off", "up", "down", "out", "in", "back", "away", "over"))
_JOINING = frozenset(("and", "or", "nor", "&"))
_JOINS = _JOINING | {","}
_ASKING_LIST = "what which who whom whose where when why how can could would should will may might must please tell"
_ASKING = frozenset(_ASKING_LIST.split())
_AS_IT_IS = _OPENING | _PARTICLES | _JOINS | _ASKING | {"of", "respectively"}
_ARRANGED = re.compile(r"`+[^`]*`+|\w+|[,;]|[<>=!+\-*/%&|^~@#$]+")
_SENTENCE = re.compile(r"(?<=[.!?;:])\s")
WIDENED = 3  # words around a change that what is joined may reach into: "the old name and the old mode"


def turned_round(left: str, right: str) -> tuple[str, str] | None:
    """Return where two texts in normal form say the same words in an order that turns the meaning, or None.

    Sentences are held against those of the same words; what both say alike is no part of it. Symmetric up to the sides.
    """
    if left == right:
        return None
    ours, theirs = Counter(_sentences(left)), Counter(_sentences(right))
    only_left, only_right = list((ours - theirs).elements()), list((theirs - ours).elements())
    if not only_left or not only_right:
        return None
    for one in only_left:
        for other in only_right:
            if (found := _turned(one, other)) is not None:
                return found
    if len(only_left) > 1 or len(only_right) > 1:
        return _turned(tuple(word for one in only_left for word in one), tuple(w for one in only_right for w in one))
    return None


def _turned(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, str] | None:
    ours, theirs = _bag(left), _bag(right)
    if ours != theirs:
        return _in_code(ours - theirs, theirs - ours) or _passive(left, right, ours - theirs, theirs - ours)
    if left == right or _parts(left) == _parts(right) or _harmless(left, right) or _shared_out(left, right):
        return None
    return changed_part(left, right)


@lru_cache(maxsize=32768)
def _sentences(form: str) -> tuple[tuple[str, ...], ...]:
    """Return the sentences of a text in normal form, each as its stems in order, without what may stand anywhere."""
    found = []
    for sentence in _SENTENCE.split(form):
        words = _ARRANGED.findall(re.sub(r"['’]s\b", " ", sentence))
        kept: list[str] = []
        for word in words:
            if word[0] == "`":
                kept.append(word.strip("`"))
            elif word == "default" and kept[-1:] == ["by"]:
                kept.pop()  # "by default" may stand anywhere
            elif word in ("then", "afterwards", "later") and kept[-1:] and kept[-1] in _JOINS:
                kept.append("then")
            elif word == ";" or word in _LOOSE or (word in EMPTY_WORDS and word != "of") or _is_adverb(word):
                continue
            else:
                kept.append(word if word in _AS_IT_IS else stem(word))
        while kept and kept[-1] == ",":
            kept.pop()
        if kept:
            found.append(tuple(kept))
    return tuple(found)


def _is_adverb(word: str) -> bool:
    return len(word) > 5 and word.endswith("ly") and word != "respectively"


@lru_cache(maxsize=32768)
def _bag(words: tuple[str, ...]) -> Counter[str]:
    return Counter(word for word in words if word not in (",", "of", "and", "then"))


def _parts(words: Sequence[str]) -> list[tuple[tuple[str, ...], ...]]:
    """Return the phrases of a sentence in one order, each begun by a preposition, a conjunction or a comma."""
    found: list[list[str]] = [[]]
    for word in words:
        if word == ",":
            found.append([])
            continue
        if word in _OPENING and found[-1] and not (word in _PARTICLES and found[-1][-1] in _OPENING):
            found.append([])
        found[-1].append(word)
    return sorted(tuple(sorted(_joined(part))) for part in found if part)


def _joined(words: Sequence[str]) -> list[tuple[str, ...]]:
    found: list[list[str]] = [[]]
    for word in words:
        if word in _JOINS:
            found.append([])
        else:
            found[-1].append(word)
    return [tuple(one) for one in found if one]


def _harmless(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Return whether one order comes of the other by a move that leaves the meaning alone."""
    if "respectively" in left:
        return False
    start, end = _alike(left, right), _alike(left[::-1], right[::-1])
    end = min(end, len(left) - start, len(right) - start)
    for first in range(start, max(-1, start - WIDENED - 1), -1):
        for last in range(end, max(-1, end - WIDENED - 1), -1):
            ours, theirs = left[first : len(left) - last], right[first : len(right) - last]
            if _only_joined(ours, theirs) or _moved(ours, theirs):
                return True
    return False


def _only_joined(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Return whether both join the same by "and", "or" and commas, in any order."""
    if "then" in ours or "then" in theirs or not _JOINING.intersection(ours):
        return False
    mine, yours = _joined(ours), _joined(theirs)
    return len(mine) > 1 and len(mine) == len(yours) and sorted(mine) == sorted(yours)


def _shared_out(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Return whether two clauses change places and whichever comes first says the verb: "a holds 6, b 8"."""
    if left.count(",") != 1 or right.count(",") != 1:
        return False
    ours, theirs = (_halves(words) for words in (left, right))
    said = Counter(ours[0]) - Counter(theirs[1])
    if said != Counter(theirs[0]) - Counter(ours[1]) or not _OPENING.isdisjoint(said):
        return False
    kept = [tuple(word for word in half if word not in said) for half in (*ours, *theirs)]
    return kept[0] == kept[3] and kept[1] == kept[2]


def _halves(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    at = words.index(",")
    return words[:at], words[at + 1 :]


def _moved(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Return whether one block has moved that may: a phrase, a particle, what asks, or what "of" has turned round."""
    mine = tuple(word for word in ours if word != ",")
    yours = tuple(word for word in theirs if word != ",")
    if mine == yours:
        return True
    for one, other in ((mine, yours), (yours, mine)):
        if one.count("of") == other.count("of") + 1:
            at = one.index("of")
            if one[at + 1 :] + one[:at] == other:
                return True
    if len(mine) != len(yours):
        return False
    for at in range(1, len(mine)):
        first, second = mine[:at], mine[at:]
        if second + first == yours:
            return any(
                block[0] in _OPENING or (len(block) == 1 and block[0] in _PARTICLES) or _ASKING.issuperset(block)
                for block in (first, second)
            )
    return False


def _in_code(only_left: Counter[str], only_right: Counter[str]) -> tuple[str, str] | None:
    """Return two pieces of code of the same words in another order: "copy(a, b)" and "copy(b, a)".

    What is given by name, ``key=value`` or a flag, may stand in any order.
    """
    if len(only_left) != 1 or len(only_right) != 1:
        return None
    (one,), (other,) = only_left, only_right
    ours, theirs = (re.findall(r"[^\s,;()\[\]{}]+", code) for code in (one, other))
    if sorted(ours) != sorted(theirs) or any(item[0] == "-" and len(item) > 1 for item in ours):
        return None
    placed = ([item for item in items if not re.match(r"\w+=[^=]", item)] for items in (ours, theirs))
    return (one, other) if len({tuple(items) for items in placed}) > 1 else None


def _passive(
    left: tuple[str, ...], right: tuple[str, ...], only_left: Counter[str], only_right: Counter[str]
) -> tuple[str, str] | None:
    """Return where one side has the doer after "by" that the other has done to: "a calls b", "a is called by b"."""
    if only_left + only_right != Counter(("by",)):
        return None
    told, other = (left, right) if only_left else (right, left)
    at = told.index("by")
    if not 1 < at < len(told) - 1:
        return None
    deed, doer, undergoer = told[at - 1], told[at + 1], told[at - 2]
    if other.count(deed) != 1 or doer not in other or undergoer not in other:
        return None
    middle = other.index(deed)
    if other.index(undergoer) < middle < other.index(doer):
        return " ".join(left), " ".join(right)
    return None


def _alike(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many words two sequences begin with alike."""
    pairs = zip(left, right, strict=False)
    return next((at for at, pair in enumerate(pairs) if pair[0] != pair[1]), min(len(left), len(right)))


def changed_part(left: Sequence[str], right: Sequence[str]) -> tuple[str, str]:
    """Return where two sequences of words differ, without what they begin and end with alike."""
    start = _alike(left, right)
    end = min(_alike(left[::-1], right[::-1]), len(left) - start, len(right) - start)
    return " ".join(left[start : len(left) - end]), " ".join(right[start : len(right) - end])
