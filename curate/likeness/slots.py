"""Two statements that are one sentence but for one place, and what stands in it on either side.

Knows tokens of prose and of code, and which of them are values: literals, quotations, names, types. It must not know
questions nor documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tuneproof.curate.likeness.word_order import ADVERBS, EMPTY_WORDS
from tuneproof.curate.wording import CODE

_PIECE = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|-?\d+(?:[.,:]\d+)*|\w+(?:['’]\w+)?|[^\w\s]")
_CODE_PIECE = re.compile(r"'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)*|[\w/~-]+(?:\.[\w/-]+)*|\S")
MOST = 4  # tokens of a slot: more is another sentence
_LITERAL_LIST = "true false none null nan inf auto on off yes no always never all empty nil undefined"
LITERALS = frozenset(_LITERAL_LIST.split())
_TYPE_LIST = """
    list/array tuple set dict/dictionary/hash string/str/text integer/int float/double boolean/bool bytes
    iterator/generator
    character/char date datetime timestamp path/file function class json xml yaml csv html error/exception coroutine
    future thread process byte file folder/directory
"""
# A type under each of its names; a sequence or an object may be any of several, so it is none of these.
TYPES = {name: names.split("/")[0] for names in _TYPE_LIST.split() for name in names.split("/")}
_EVERYONE = frozenset(("everyone", "everybody", "anyone", "anybody", "all", "any", "every"))
_FAILS = frozenset(("raises", "throws", "fails", "raise", "throw", "fail", "errors"))
_GIVES = frozenset(("returns", "gives", "yields", "return", "ignores", "skips", "succeeds", "creates"))
_TO_DEFAULT = re.compile(r"default(?:s|ed)?(?: value)?(?: (?:is|are|to|of|=|:|\())* ?[=:(]?$")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: ``text`` as it is compared, ``coded`` if it stands in backticks or quotation marks."""

    text: str
    coded: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """Where two statements differ: ``left`` and ``right`` are what stands there, ``before`` and ``after`` around it."""

    left: tuple[Token, ...]
    right: tuple[Token, ...]
    before: tuple[Token, ...]
    after: tuple[Token, ...]

    @property
    def values(self) -> tuple[str, str]:
        """The two values as they read."""
        left, right = ("".join(_spaced(side)) for side in (self.left, self.right))
        return left, right


@lru_cache(maxsize=65536)
def tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of a statement: code letter by letter, prose casefolded, without articles and adverbs."""
    found: list[Token] = []
    for at, part in enumerate(CODE.split(text)):
        if at % 2:
            found += [Token(_unquoted(piece), True) for piece in _CODE_PIECE.findall(part.strip("`~"))]
            continue
        for piece in _PIECE.findall(part):
            if piece[0] in "\"'" and len(piece) > 1:
                found.append(Token(_unquoted(piece), True))
            elif (word := piece.casefold()) not in ("a", "an", "the", ",", "*", "_") and word not in ADVERBS:
                found.append(Token(word, False))
    while found and not found[-1].coded and found[-1].text in ".!;":
        found.pop()
    return tuple(found)


def _unquoted(piece: str) -> str:
    """Return a quotation with one sort of marks."""
    return f"'{piece[1:-1]}'" if len(piece) > 1 and piece[0] in "\"'" and piece[-1] == piece[0] else piece


def slot_between(left: str, right: str) -> Slot | None:
    """Return the one place in which two statements differ, or None: both sides fill it, with a few tokens each."""
    ours, theirs = tokens(left), tokens(right)
    if ours == theirs or abs(len(ours) - len(theirs)) > MOST:
        return None
    start, least = 0, min(len(ours), len(theirs))
    while start < least and ours[start].text == theirs[start].text:
        start += 1
    end = 0
    while end < least - start and ours[-1 - end].text == theirs[-1 - end].text:
        end += 1
    one, other = ours[start : len(ours) - end], theirs[start : len(theirs) - end]
    if not one or not other or max(len(one), len(other)) > MOST:
        return None
    return Slot(one, other, ours[:start], ours[len(ours) - end :] if end else ())


def is_default(slot: Slot) -> bool:
    """Return whether what stands right before the slot says that a default follows."""
    return _TO_DEFAULT.search(" ".join(token.text.casefold() for token in slot.before[-4:])) is not None


def of_values(slot: Slot, *, named: bool) -> bool:
    """Return whether both sides of ``slot`` are values that exclude each other; names only where they may be."""
    if is_default(slot) and all(len(side) <= MOST - 1 for side in (slot.left, slot.right)):
        return True
    ours, theirs = (_kind(side, slot, named=named) for side in (slot.left, slot.right))
    return ours is not None and theirs is not None and ours != theirs


def is_whole(slot: Slot) -> bool:
    """Return whether one side says "only some" where the other says "everyone", or one fails where the other gives."""
    left, right = ([token.text for token in side] for side in (slot.left, slot.right))
    for one, other in ((left, right), (right, left)):
        if one[0] == "only" and other[0] in _EVERYONE:
            return True
        if one[0] in _FAILS and other[0] in _GIVES and slot.before and slot.after[:1] and (
            slot.after[0].text in ("if", "when", "unless", "for", "on")
        ):  # fmt: skip
            return True
    return False


def _kind(side: tuple[Token, ...], slot: Slot, *, named: bool) -> str | None:
    """Return what kind of value ``side`` is, as far as two of a kind can be the same, or None if it is none."""
    if len(side) == 1 and not side[0].coded:
        word = side[0].text
        if word in LITERALS:
            return f"literal {word}"
        return f"type {TYPES[word]}" if word in TYPES and named else None
    if not all(token.coded for token in side):
        return None
    spelt = " ".join(token.text for token in side)
    plain = spelt.strip("'").casefold()
    if plain in LITERALS or spelt[0] in "'-0123456789" or not re.search(r"\w", spelt):
        return f"literal {spelt}"
    if not named:
        return None
    return f"type {TYPES[plain]}" if plain in TYPES else f"name {spelt}"


def _spaced(side: tuple[Token, ...]) -> list[str]:
    return [token.text if token.coded or not at else f" {token.text}" for at, token in enumerate(side)]


def starts(slot: Slot) -> bool:
    """Return whether the slot is what the statement speaks of: nothing but small words stands before it."""
    return all(not token.coded and (token.text in EMPTY_WORDS or not token.text.isalpha()) for token in slot.before)
