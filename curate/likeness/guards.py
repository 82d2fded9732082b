"""What keeps two look-alike texts apart: quantities, names, negation, opposites, direction.

Likeness of words can't tell "enable" from "disable"; sentence vectors rank contradictions above entailments. So
whatever is about to be called a duplicate is held against these cues first. Knows text only, and no threshold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tuneproof.curate.likeness.opposites import opposed, stem
from tuneproof.curate.likeness.polarity import asked_plainly, speaks_of_absence
from tuneproof.curate.likeness.quantities import VALUE_OF, quantities
from tuneproof.curate.likeness.slips import without_slip
from tuneproof.curate.likeness.word_order import EMPTY_WORDS, turned_round
from tuneproof.curate.wording import CODE, TOKEN, normal_form

Cue = Literal["numbers", "names", "scope", "negation", "opposites", "direction"]

NAME = re.compile(
    r"""(?<![\w-])--?[A-Za-z][\w-]*  # a flag
    | [A-Za-z_]\w*(?:\.\w+)+         # a dotted name or a file
    | \w*_\w*                        # snake_case, dunder
    | \w+(?=\()                      # a call
    | [a-z]+[A-Z]\w* | [A-Z]+[a-z]+[A-Z]\w* | [A-Z]{2,}\w*   # camelCase, PascalCase, CONSTANT
    | [A-Za-z]+(?:-[A-Za-z]+)*-\d[\w.]*  # utf-8, gpt-4
    | \w*[A-Za-z]\d\w*               # utf8, sha256
    | (?<![\w/])(?:/[\w.-]+)+                  # a path
    """,
    re.VERBOSE,
)
_RELEASE = re.compile(r"[A-Za-z][\w-]*\d(?:\.\d+)+")
_ODD = re.compile(r"[_(/\d]|\.\w|^\W*-|[a-z][A-Z]|[A-Z]{2}")
CODE_NAME = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*|[A-Za-z][\w-]*(?:-\d[\w.]*|\d(?:\.\d+)+)|\w+")
MOST_COUNTED = 9  # what a word may count of what follows
# "none" negates, None is a value; "nothing in it" is empty.
NEGATION = re.compile(
    r"""\b(?:(?i:not|no|never|cannot|nor|neither|without|non|nobody|nowhere|\w+n['’]t|unable|impossible)
    | (?<![Rr]eturn\ )(?<![Rr]eturns\ )(?<![Ww]ith\ )(?i:nothing) | none)\b""",
    re.VERBOSE,
)
CONTENT = re.compile(r"\w+|[<>=!+\-*/%&|^~@#$]+")
# Where a statement holds: what is true on one of these says nothing of another.
SCOPE_LIST = """
    windows linux macos mac osx unix posix darwin android ios freebsd openbsd solaris cygwin wsl ubuntu debian fedora
    docker podman kubernetes heroku aws azure gcp chrome firefox safari edge postgres postgresql mysql mariadb sqlite
    oracle redis mongodb cpython pypy jython micropython gpu cpu cuda rocm metal vulkan arm arm64 x86 amd64 intel nvidia
    amd apple production development staging debug nightly beta alpha free pro enterprise admin admins administrator
    administrators guest guests owner owners anonymous bash zsh fish powershell cmd curl python javascript typescript
    rust java ruby php http https ftp ssh tcp udp ipv4 ipv6 get post put patch json yaml toml xml csv
"""
_OF_SCOPE = frozenset(("", "based", "only", "specific", "like", "style", "compatible"))
SCOPE_WORDS = frozenset(SCOPE_LIST.split()) - {"get", "put", "free", "edge", "post", "metal", "fish", "apple", "patch"}
# Two of these around the same word are two directions: "to a string", "from a string"; "signs in", "signs out".
_BEFORE_LIST = """
    to/from into/from into/outof in/outof onto/off with/without inside/outside over/under above/below toward/from
"""
_AFTER_LIST, _SIGN_LIST = "in/out on/off up/down", ">/< >=/<= ==/!= <</>> +/- ++/-- +=/-="
_DIRECTIONS = frozenset(
    turned
    for pair in f"{_BEFORE_LIST} {_AFTER_LIST} {_SIGN_LIST}".split()
    for turned in (tuple(pair.split("/")), tuple(pair.split("/"))[::-1])
)
_TURNABLE = frozenset(word for pair in _DIRECTIONS for word in pair)
_AFTER_WORD = frozenset(re.split(r"[/ ]", _AFTER_LIST))
_SIGNS = frozenset(re.split(r"[/ ]", _SIGN_LIST))
# As parts of a phrase these point nowhere: "in other words", "spell out"; in a question also "what do I get", "end up".
_IDLE = frozenset(("in", "out", "on", "off", "up", "down", "over", "under"))
_IDLE_ASKED = _IDLE | {"end", "set", "get", "start", "begin"}
# What a question is framed with; two frames around the same words ask the same.
FRAME_LIST = """
    what which tell explain describe purpose used use using mean meaning about so can could would should will how work
    there name give say stand exactly actually briefly short words in for to this
"""
FRAME_WORDS = EMPTY_WORDS | frozenset(FRAME_LIST.split())


@dataclass(frozen=True, slots=True)
class Difference:
    """The first cue in which two texts differ, and what stands on either side of it."""

    cue: Cue
    left: str
    right: str

    def __str__(self) -> str:
        return f"{self.cue} differ: {self.left or 'none'} / {self.right or 'none'}"


@dataclass(frozen=True, slots=True)
class Cues:
    """What of a text keeps it apart from others; ``stated`` are its numbers as often as
    they stand, ``stems`` its words, ``content`` those in order but the empty.

    ``points`` are the small words and signs that give a direction, each with the word that it stands before or after.
    """

    numbers: frozenset[str]
    stated: Counter[str]
    names: frozenset[str]
    coded: frozenset[str]
    negations: int
    words: frozenset[str]
    stems: Counter[str]
    scope: frozenset[str]
    content: tuple[str, ...]
    points: frozenset[tuple[str, str]]
    form: str
    every: tuple[str, ...]


def difference(left: str, right: str) -> Difference | None:
    """Return the cue that keeps ``left`` and ``right`` apart, or None if no cue does. Symmetric up to the sides.

    Any difference counts: whatever is merged without a person must pass this.
    """
    a, b = cues_of(left), cues_of(right)
    if a.stated != b.stated:
        return Difference("numbers", _listed(a.stated - b.stated), _listed(b.stated - a.stated))
    if a.names != b.names:
        return Difference("names", _listed(a.names - b.names), _listed(b.names - a.names))
    return _turned(a, b)


def hard_difference(left: str, right: str, *, asked: bool = False) -> Difference | None:
    """Return the cue by which ``left`` and ``right`` surely speak of two things, or None.

    Unlike `difference` it lets one side name a thing that the other leaves out or spells as a plain word: a
    rewording does that. Another number, flag or name in the place of one, and every turn of meaning, still counts.
    Where both are ``asked``, so does a name in code on one side alone: it is what is asked about.
    """
    found = _hard(left, right, asked=asked)
    if found is not None and (mended := without_slip(left, right)) is not None:
        return _hard(*mended, asked=asked)
    if found is not None and (
        asked or (found.cue == "negation" and speaks_of_absence(left) and speaks_of_absence(right))
    ):
        # "When it is not given" and "by default" say the same.
        plain = asked_plainly(left), asked_plainly(right)
        return found if plain == (left, right) else _hard(*plain, asked=asked)
    return found


def _hard(left: str, right: str, *, asked: bool) -> Difference | None:
    a, b = cues_of(left), cues_of(right)
    if (a.numbers != b.numbers and not _only_counted(a, b)) or (
        a.stated != b.stated and a.stated.total() == b.stated.total()
    ):
        return Difference("numbers", _listed(a.stated - b.stated), _listed(b.stated - a.stated))
    only_a, only_b = _unsaid(a, b), _unsaid(b, a)
    coded = (only_a & a.coded) | (only_b & b.coded)
    flagged = any(name.startswith("-") for name in only_a | only_b) or (asked and bool(coded))
    if (only_a and only_b) or flagged:
        return Difference("names", _listed(only_a), _listed(only_b))
    return _turned(a, b, idle=_IDLE_ASKED if asked else _IDLE)


def _only_counted(a: Cues, b: Cues) -> bool:
    """Return whether one side only counts in a word what it goes on to list: "there are two, x and y"."""
    fewer, more = sorted((a, b), key=lambda cues: len(cues.numbers))
    counted = {str(VALUE_OF[word]) for word in more.words if word in VALUE_OF and VALUE_OF[word] <= MOST_COUNTED}
    return fewer.numbers < more.numbers and more.numbers - fewer.numbers <= counted and "and" in more.words


def same_content(left: str, right: str) -> bool:
    """Return whether both say the same words and operators in the same order, articles and punctuation aside."""
    return cues_of(left).content == cues_of(right).content


def same_words(left: str, right: str) -> bool:
    """Return whether both say the same words and operators in the same order, only punctuation aside."""
    return cues_of(left).every == cues_of(right).every


def same_code(left: str, right: str) -> bool:
    """Return whether both hold the same pieces of code in the same order, letter by letter."""
    return CODE.findall(left) == CODE.findall(right)


def same_matter(left: str, right: str) -> bool:
    """Return whether both questions are made of the same words once their frame and endings are taken off."""
    return _matter(left) == _matter(right)


def shared_matter(left: str, right: str) -> float:
    """Return how much of the stems that matter two texts share, by Jaccard, 0..1."""
    a, b = frozenset(_matter(left)), frozenset(_matter(right))
    return len(a & b) / len(a | b) if a or b else 1.0


def _turned(a: Cues, b: Cues, idle: frozenset[str] = frozenset()) -> Difference | None:
    if a.scope != b.scope:
        return Difference("scope", _listed(a.scope - b.scope), _listed(b.scope - a.scope))
    if a.negations != b.negations:
        return Difference("negation", _times(a.negations), _times(b.negations))
    # Only words that one side says more often count: "before or after" on both sides opposes neither.
    ours, theirs = ({*(one.stems - other.stems)} - idle for one, other in ((a, b), (b, a)))
    if (pair := opposed(ours, theirs)) is not None:
        return Difference("opposites", *pair)
    if a.points != b.points and (pair := _pointed(a.points - b.points, b.points - a.points)) is not None:
        return Difference("direction", *pair)
    if a.content != b.content and (pair := turned_round(a.form, b.form)) is not None:
        return Difference("direction", *pair)
    return None


def _pointed(ours: frozenset[tuple[str, str]], theirs: frozenset[tuple[str, str]]) -> tuple[str, str] | None:
    """Return two directions around one word, of which each side has one."""
    for word, around in sorted(ours):
        for other, beside in sorted(theirs):
            if around == beside and (word, other) in _DIRECTIONS:
                return f"{word} {around}".strip(), f"{other} {beside}".strip()
    return None


def _points(every: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Return every small word or sign that gives a direction, with its neighbours, articles aside."""
    if _TURNABLE.isdisjoint(every) and "out" not in every:
        return frozenset()
    words = [word for word in every if word not in ("a", "an", "the", "all", "this", "its", "of")]
    found: set[tuple[str, str]] = set()
    for at, word in enumerate(words):
        if word not in _TURNABLE:
            continue
        after = words[at + 1] if at + 1 < len(words) else ""
        before = words[at - 1] if at else ""
        if word in _SIGNS:
            found.add((word, f"{before} .. {after}"))
            continue
        if after:
            found.add(("outof" if word == "out" else word, f".. {after}"))
        if before and word in _AFTER_WORD:
            found.add((word, f"{stem(before)} .."))
    return frozenset(found)


def _unsaid(a: Cues, b: Cues) -> frozenset[str]:
    """Return the names of ``a`` that ``b`` neither names nor says in plain words; in code, capitals count."""
    capitals = {name.casefold() for name in b.coded}
    return frozenset(
        name
        for name in a.names - b.names
        if name.casefold() not in b.words or (name in a.coded and name.casefold() in capitals)
    )


@lru_cache(maxsize=65536)
def _matter(text: str) -> tuple[str, ...]:
    words = CONTENT.findall(normal_form(text))
    return tuple(sorted(stem(word) for word in words if word not in FRAME_WORDS))


def names_in(text: str) -> frozenset[str]:
    """Return what ``text`` names: in code every word and flag, in prose what is spelt like a name; dots separate."""
    names: list[str] = []
    for at, part in enumerate(CODE.split(text)):
        if at % 2:
            names += CODE_NAME.findall(part.strip("`~"))
            continue
        # Most words are plain; looking at each in turn is ten times as fast as one search over all of them.
        for word in part.split():
            if _ODD.search(word):
                names += NAME.findall(word)
    return frozenset(piece for name in names for piece in _parts(name.strip(".")) if is_name(piece))


def _parts(name: str) -> list[str]:
    """Return the parts between dots; a release such as "llama3.2" is one thing with one name."""
    return [name] if _RELEASE.fullmatch(name) else name.split(".")


def is_name(piece: str) -> bool:
    """Return whether ``piece`` of a dotted name is a name: "v6" is a version, "v6_to_v4" a name."""
    return bool(piece) and not re.fullmatch(r"[vV]?\d[^_]*", piece)


@lru_cache(maxsize=65536)
def cues_of(text: str) -> Cues:
    """Return what of ``text`` can keep it apart from another."""
    parts = CODE.split(text)
    prose = " ".join(parts[::2])
    form = normal_form(text)
    words = frozenset(TOKEN.findall(form))
    every = tuple(CONTENT.findall(form))
    stems = Counter(stem(word) for word in TOKEN.findall(form))
    stated = Counter(quantities(text))
    return Cues(
        numbers=frozenset(stated),
        stated=stated,
        names=names_in(text),
        coded=names_in(" ".join(parts[1::2])),
        negations=len(NEGATION.findall(prose)),
        words=words,
        stems=stems,
        scope=frozenset() if words.isdisjoint(SCOPE_WORDS) else _scope(form),
        content=tuple(word for word in every if word not in EMPTY_WORDS and word not in VALUE_OF),
        points=_points(every),
        form=form,
        every=every,
    )


def _scope(form: str) -> frozenset[str]:
    """Return where a text in normal form holds; "sqlite-utils" is a name of its own, "linux-only" is not."""
    found = re.findall(r"\w+(?:-\w+)*", form)
    parts = (word.partition("-") for word in found)
    return SCOPE_WORDS.intersection(first for first, _, rest in parts if rest in _OF_SCOPE)


def _listed(values: Iterable[str]) -> str:
    listed = sorted(values)
    return ", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")


def _times(count: int) -> str:
    return "no negation" if not count else f"{count} negation{'s' if count > 1 else ''}"
