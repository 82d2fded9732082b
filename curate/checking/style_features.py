"""How an answer is written: its register, person, sentences and layout, as plain counts.

Knows the text of one answer, code kept apart from prose. It must not know what is usual in a set, nor what is wanted:
`style_profile` learns the first, the configuration declares the second.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tuneproof.curate.checking.style_words import (
    AI_SELF,
    CLASSES,
    EMOJI,
    FILLER_CLOSER,
    FILLER_OPENER,
    PASSIVE,
    found_words,
)
from tuneproof.curate.pairing.headings import is_order
from tuneproof.curate.pairing.sentences import split_sentences

FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})([^\n`]*)\n.*?(?:^[ \t>]*\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(`+)(?!`)[^\n]*?[^`]\1(?!`)")
LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)|<?https?://\S+")
QUOTED = re.compile(r"[\"“][^\"”\n]{1,120}[\"”]")
LIST_ITEM = re.compile(r"^[ \t>]*(?:[-*+•]|\d{1,3}[.)])[ \t]+(?=\S)", re.MULTILINE)
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+\S.*$", re.MULTILINE)
TABLE = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")
TAGS = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")
WORD = re.compile(r"[^\W\d_][\w'’-]*|\d[\w.,]*")
DASH = re.compile(r" (?:—|–|--) |\w—\w")
_SMALL_LIST = "AND THE OF TO IS ARE IF IN FOR WITH BY AS IT THAT ON BE FROM WHEN"
_SMALL_WORDS = frozenset(_SMALL_LIST.split())
WORDY = ("second_person", "first_person", "contractions", "expansions", *CLASSES)
NAMES = (
    "words", "sentence_words", "sentence_p90", *WORDY, "passive", "imperatives", "questions", "exclamations", "emoji",
    "filler_opener", "filler_closer", "ai_self", "lists", "headings", "bold", "fences", "bare_fences", "dashes",
    "no_stop", "small_start", "shouting", "emphasis", "listed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Features:
    """What was counted in one answer.

    ``values`` holds, by the names of ``NAMES``: counts for what is rare (fillers, emoji, exclamations, headings, bold,
    fences, list items), occurrences per 100 words for word classes, shares of sentences (passive, imperatives) and of
    words (shouting, emphasis, own lists), words a sentence, and the natural logarithm of the words; 1 or 0 for how it
    begins and ends.
    """

    values: Mapping[str, float]
    words: int
    sentences: int


def prose_of(answer: str) -> str:
    """Return ``answer`` without fences, tables and headings; inline code and links leave one word in their place."""
    text = FENCE.sub("\n\n", answer) if "```" in answer or "~~~" in answer else answer
    text = HEADING.sub("", text) if "#" in text else text
    text = TABLE.sub("", text) if "|" in text else text
    text = LINK.sub(lambda match: match.group(1) or "Link", text) if "](" in text or "://" in text else text
    text = INLINE.sub("Code", text) if "`" in text else text
    text = QUOTED.sub("Quote", text)
    return TAGS.sub("", text) if "<" in text else text


def fence_tags(answer: str) -> list[str]:
    """Return the language tag of every fence, "" where it has none."""
    return [match.group(2).strip() for match in FENCE.finditer(answer)]


@lru_cache(maxsize=16384)
def _source_words(source: str) -> dict[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in found_words(source).items()}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an answer shows whatever it rests on: its prose, the same without bold type, and what was counted there."""

    prose: str
    plain: str
    words: int
    sentences: int
    found: Mapping[str, list[str]]
    tags: tuple[str, ...]
    opener: str
    closer: str
    values: Mapping[str, float]


@lru_cache(maxsize=65536)
def _seen(answer: str) -> _Seen:
    prose = prose_of(answer)
    sentences = _sentences(prose)
    lengths = sorted(len(WORD.findall(sentence)) for sentence in sentences)
    words = sum(lengths)
    share = 1 / max(len(sentences), 1)
    plain = BOLD.sub(lambda match: match.group().strip("*_"), prose) if "*" in prose or "__" in prose else prose
    tags = tuple(fence_tags(answer)) if "```" in answer or "~~~" in answer else ()
    opener, closer = FILLER_OPENER.match(answer), FILLER_CLOSER.search(answer[-240:])
    values = {
        "words": math.log1p(words),
        "sentence_words": words * share,
        "sentence_p90": float(lengths[math.ceil(0.9 * len(lengths)) - 1]) if lengths else 0.0,
        "passive": share * sum(bool(PASSIVE.search(sentence)) for sentence in sentences),
        "imperatives": share * sum(is_order(sentence) for sentence in sentences),
        "questions": float(sum(sentence.endswith("?") for sentence in sentences)),
        "ai_self": float(len(AI_SELF.findall(plain))),
        "lists": float(len(LIST_ITEM.findall(prose))),
        "headings": float(len(HEADING.findall(FENCE.sub("", answer)))) if "#" in answer else 0.0,
        "bold": float(len(BOLD.findall(prose))) if plain is not prose else 0.0,
        "fences": float(len(tags)),
        "dashes": float(len(DASH.findall(plain))),
        "no_stop": float(_ends_open(answer)),
        "small_start": float(_starts_small(prose)),
        "shouting": _capitals(plain, words),
    }
    begins, ends = (match.group().strip() if match else "" for match in (opener, closer))
    return _Seen(prose, plain, words, len(sentences), found_words(plain), tags, begins, ends, values)


@lru_cache(maxsize=131072)
def read_features(answer: str, source: str = "") -> Features:
    """Return what ``answer`` looks like; code is never read as prose.

    Words, fillers and bare fences that ``source`` (the text that the answer rests on) has too are not counted: they are
    the documentation's voice, not the writer's.
    """
    seen = _seen(answer)
    found, words = seen.found, seen.words
    # Under twenty words one occurrence counts as if there were twenty; over fifty, as if there were fifty.
    per = 100 / min(max(words, 20), 50)
    if source and any(found.values()):
        theirs = _source_words(source)
        found = {name: [word for word in each if word not in theirs[name]] for name, each in found.items()}
    values = {name: per * len(found[name]) for name in WORDY}
    # How often somebody is addressed is a matter of length, not of one lapse.
    values["second_person"] = 100 / max(words, 20) * len(found["second_person"])
    bare = sum(not tag for tag in seen.tags)
    values |= {
        **seen.values,
        "exclamations": float(len(found["exclamations"])),
        "emoji": float(len(found["emoji"])),
        "filler_opener": float(bool(seen.opener) and seen.opener not in source),
        "filler_closer": float(bool(seen.closer) and seen.closer not in source),
        "bare_fences": float(bare) if bare and "" not in fence_tags(source) else 0.0,
        "emphasis": _emphasis(seen.prose, words, source) if seen.plain is not seen.prose else 0.0,
        "listed": _listed(seen.prose, words, source),
    }
    return Features(values, words, seen.sentences)


def verbatim(answer: str, source: str) -> bool:
    """Say whether four in five words of ``answer``'s sentences stand in ``source``, markup and spaces aside."""
    theirs = _letters(prose_of(source))
    sentences = _sentences(prose_of(answer))
    sizes = [(len(sentence), _letters(sentence) in theirs) for sentence in sentences]
    return sum(size for size, there in sizes if there) >= 0.8 * sum(size for size, _ in sizes)


@lru_cache(maxsize=16384)
def _letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", text))


def _sentences(prose: str) -> list[str]:
    """Return the sentences, every paragraph and list item on its own; what has no letter is none."""
    parts = re.split(r"\n[ \t]*\n|\n(?=[ \t>]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S)", prose)
    cleaned = (LIST_ITEM.sub("", part).strip() for part in parts)
    found = [sentence for part in cleaned if part for sentence in split_sentences(part)]
    return [sentence for sentence in found if WORD.search(sentence)]


def _capitals(plain: str, words: int) -> float:
    """Return the share of words in capitals, 0 for fewer than four words.

    Where a small word such as AND is among them it is no row of acronyms, and the names in code stand aside.
    """
    found = re.findall(r"(?<![\w_])[A-Z]{2,}(?![\w_])", plain)
    if words < 4:
        return 0.0
    aside = 0 if _SMALL_WORDS.isdisjoint(found) else len(re.findall(r"(?<![\w_])(?:Code|Link|Quote)(?![\w_])", plain))
    return len(found) / max(words - aside, len(found), 1)


def _emphasis(prose: str, words: int, source: str) -> float:
    """Return the share of words in bold type that ``source`` has not in bold too, 0 for fewer than four words."""
    marked = (match.group() for match in BOLD.finditer(prose))
    bold = sum(len(WORD.findall(each)) for each in marked if each not in source)
    return min(bold / words, 1.0) if words >= 4 else 0.0


def _listed(prose: str, words: int, source: str) -> float:
    """Return the share of words in list items that ``source`` has not as such, 0 for one word.

    A single item is the source's only where that has no other: a list torn apart is a habit of the writer's own.
    """
    if words < 2 or not LIST_ITEM.search(prose):
        return 0.0
    said = [WORD.findall(item) for item in _items(prose)]
    theirs = _source_items(source)
    theirs = theirs if len(said) > 1 or len(theirs) == 1 else ()
    own = [item for item in said if not any(len(each.intersection(item)) >= 0.7 * len({*item}) for each in theirs)]
    return min(sum(map(len, own)) / words, 1.0)


def _items(prose: str) -> list[str]:
    """Return the list items of a text, each with the lines that go on with it."""
    parts = re.split(r"\n[ \t]*\n|\n(?=[ \t>]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S)", prose)
    return [LIST_ITEM.sub("", part).strip() for part in parts if LIST_ITEM.match(part)]


@lru_cache(maxsize=16384)
def _source_items(source: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(WORD.findall(item)) for item in _items(prose_of(source)))


def _ends_open(answer: str) -> bool:
    """Say whether the answer's last line is a paragraph of prose without a stop at its end."""
    last = answer.rstrip().rsplit("\n", 1)[-1]
    if not last.strip() or LIST_ITEM.match(last) or re.match(r"[ \t]*(?:`{3,}|~{3,}|\||#|>>>|\$ |<|\.\. )", last):
        return False
    if FENCE.search(answer) and answer.rstrip().endswith(("```", "~~~")):
        return False
    if len(WORD.findall(INLINE.sub("", last))) < 3 or last.startswith(("    ", "\t")):
        return False
    closed = re.search(r"[.!?:…。！？]['\"”’)\]*_`]*\s*$", EMOJI.sub("", last))
    return closed is None


def _starts_small(prose: str) -> bool:
    """Say whether the first sentence begins with a small English word (a name such as ``pip`` may)."""
    first = re.match(r"\s*([a-z][a-z]+)\s+([a-z]+)\b", prose)
    return first is not None and first.group(1) not in {"pip", "npm", "npx", "uv", "git", "ollama", "curl", "macOS"}
