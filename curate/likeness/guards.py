"""What keeps two look-alike texts apart: numbers, names, negation, opposites, direction.

Likeness of words can't tell "enable" from "disable"; sentence vectors rank contradictions above entailments. So
whatever is about to be called a duplicate is held against these cues first. Knows text only, and no threshold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tuneproof.curate.wording import CODE, TOKEN, normal_form

Cue = Literal["numbers", "names", "negation", "opposites", "direction"]

NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:[.,:]\d+)*(?:\s?(?:%|[a-zµ]{1,3}\b))?", re.IGNORECASE)
NUMBER_LIST = "zero two three four five six seven eight nine ten dozen half twice hundred thousand"
NAME = re.compile(
    r"""--?[A-Za-z][\w-]*            # a flag
    | [A-Za-z_]\w*(?:\.\w+)+         # a dotted name or a file
    | \w*_\w*                        # snake_case, dunder
    | \w+(?=\()                      # a call
    | [a-z]+[A-Z]\w* | [A-Z]+[a-z]+[A-Z]\w* | [A-Z]{2,}\w*   # camelCase, PascalCase, CONSTANT
    | \w*[A-Za-z]\d\w*               # utf8, sha256
    | (?:/[\w.-]+)+                  # a path
    """,
    re.VERBOSE,
)
CODE_NAME = re.compile(r"--?[A-Za-z][\w-]*|\w+")
# "none" negates, None is a value.
NEGATION = re.compile(r"\b(?:(?i:not|no|never|cannot|nor|neither|without|nothing|nobody|\w+n['’]t)|none)\b")
CONTENT = re.compile(r"\w+|[<>=!+\-*/%&|^~@#$]+")
OPPOSITE_LIST = """
    enable/disable enabled/disabled before/after minimum/maximum min/max add/remove client/server start/stop
    open/close read/write input/output encode/decode encrypt/decrypt compress/decompress first/last left/right
    upper/lower top/bottom increase/decrease ascending/descending allow/deny allow/forbid include/exclude
    import/export upload/download install/uninstall lock/unlock acquire/release push/pop append/prepend
    insert/delete create/delete create/destroy get/set load/dump load/save attach/detach bind/unbind
    connect/disconnect mount/unmount register/unregister show/hide true/false yes/no on/off up/down in/out more/less
    most/least greater/less greater/smaller larger/smaller longer/shorter higher/lower above/below always/never
    all/none with/without valid/invalid success/failure succeed/fail pass/fail public/private local/remote
    local/global synchronous/asynchronous sync/async blocking/nonblocking mutable/immutable signed/unsigned
    little/big parent/child source/target source/destination sender/receiver request/response forward/backward
    next/previous old/new begin/end required/optional positive/negative inclusive/exclusive strong/weak
    strict/lenient shallow/deep static/dynamic internal/external
"""
ORDERED = re.compile(r"\b(?:than|before|after|from|to|into|over|versus|vs|instead|unlike|precedes|follows|if|unless)\b")
EMPTY_LIST = "a an the please of is are be am was were do does did one me i you we that which it its"
NUMBER_WORDS = frozenset(NUMBER_LIST.split())
OPPOSITES = frozenset(frozenset(pair.split("/")) for pair in OPPOSITE_LIST.split())
EMPTY_WORDS = frozenset(EMPTY_LIST.split())


@dataclass(frozen=True, slots=True)
class Difference:
    """The first cue in which two texts differ, and what stands on either side of it."""

    cue: Cue
    left: str
    right: str

    def __str__(self) -> str:
        return f"{self.cue} differ: {self.left or 'none'} / {self.right or 'none'}"


@dataclass(frozen=True, slots=True)
class _Cues:
    numbers: frozenset[str]
    names: frozenset[str]
    negations: int
    words: frozenset[str]
    content: tuple[str, ...]
    every: tuple[str, ...]
    ordered: bool


def difference(left: str, right: str) -> Difference | None:
    """Return the cue that keeps ``left`` and ``right`` apart, or None if no cue does. Symmetric up to the sides."""
    a, b = _cues(left), _cues(right)
    if a.numbers != b.numbers:
        return Difference("numbers", _listed(a.numbers - b.numbers), _listed(b.numbers - a.numbers))
    if a.names != b.names:
        return Difference("names", _listed(a.names - b.names), _listed(b.names - a.names))
    if a.negations != b.negations:
        return Difference("negation", _times(a.negations), _times(b.negations))
    only_a, only_b = a.words - b.words, b.words - a.words
    for pair in sorted(OPPOSITES, key=sorted):
        # Only words that one side lacks count: "before or after" holds both and opposes neither.
        if (pair & only_a) and (pair & only_b):
            return Difference("opposites", _listed(pair & only_a), _listed(pair & only_b))
    if a.content != b.content and Counter(a.content) == Counter(b.content) and (a.ordered or b.ordered):
        return Difference("direction", " ".join(a.content), " ".join(b.content))
    return None


def same_content(left: str, right: str) -> bool:
    """Return whether both say the same words and operators in the same order, articles and punctuation aside."""
    return _cues(left).content == _cues(right).content


def same_words(left: str, right: str) -> bool:
    """Return whether both say the same words and operators in the same order, only punctuation aside."""
    return _cues(left).every == _cues(right).every


@lru_cache(maxsize=65536)
def _cues(text: str) -> _Cues:
    names: set[str] = set()
    for at, part in enumerate(CODE.split(text)):
        found = CODE_NAME.findall(part.strip("`~")) if at % 2 else NAME.findall(part)
        names.update(name.strip(".") for name in found)
    prose = " ".join(CODE.split(text)[::2])
    form = normal_form(text)
    found_words = TOKEN.findall(form)
    every = tuple(CONTENT.findall(form))
    numbers = {re.sub(r"\s", "", number.casefold()) for number in NUMBER.findall(text)}
    return _Cues(
        numbers=frozenset(numbers | (NUMBER_WORDS & set(found_words))),
        names=frozenset(piece for name in names for piece in name.split(".")),
        negations=len(NEGATION.findall(prose)),
        words=frozenset(found_words),
        content=tuple(word for word in every if word not in EMPTY_WORDS),
        every=every,
        ordered=ORDERED.search(form) is not None,
    )


def _listed(values: Iterable[str]) -> str:
    listed = sorted(values)
    return ", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")


def _times(count: int) -> str:
    return "no negation" if not count else f"{count} negation{'s' if count > 1 else ''}"
