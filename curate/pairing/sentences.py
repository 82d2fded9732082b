"""Sentences: where one ends, which stand on their own, and how an answer is brought within its length.

Knows plain English text in one line. It must not know where the text came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SENTENCE_LIMIT = 420
# No writer's sentence: brackets are not looked for in what is longer.
LONGEST_SENTENCE = 20_000
# Code between runs of backticks of one length. Only whole runs are tried: a text of backticks alone would take hours.
CODE_SPAN = r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)"
_QUOTED = re.compile(CODE_SPAN + r"|'[^' ]*'|\"[^\" ]*\"")
_BOUNDARY = re.compile(r"(?<=[.!?])[\"')\]”’`]*\s+(?=[A-Z`\"'“‘(\[*_<])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|cf|vs|approx|resp|incl|ca|al|Mr|Dr|No|Fig|Sec|[A-Z])|\.\.)\.$")
# What a sentence that opens so means is said in the one before it.
_LEANS_BACK = re.compile(
    r"^(?:this|that|these|those|they|it|its|otherwise|however|but|thus|then|so|therefore|hence|here|such|also|and|or"
    r"|if so|if not|(?:if|when|unless) (?:it|it's|this|that|they|these)"
    r"|(?:if|when) (?:true|false|none|set|given|omitted|specified|provided|present|enabled|disabled)"
    r"|in (?:this|that|the (?:first|second|former|latter)|such a|both|either|these|those)"
    r" (?:case|cases|mode|way)"
    r"|note that (?:this|it|these)|for (?:example|instance|this|these|that)|e\.g\.|i\.e\.|instead|both|neither|either"
    r"|similarly|likewise|he|she|there|alternatively"
    r"|the (?:former|latter|other|same|above|below|second|third|next)"
    r"|to \w+ (?:this|that|these|it)|furthermore|moreover|in addition|additionally|consequently"
    r"|as (?:such|a result)|by contrast|again)\b",
    re.IGNORECASE,
)
# Points at something that is on the page but not in the answer.
_POINTS_AWAY = re.compile(
    r"\b(?:above|below|following|previous(?:ly)?|aforementioned|preceding|earlier|later in this|next section|shown here"
    r"|this (?:page|section|document|guide|file|list|table|example|chapter|tutorial|module docstring)"
    r"|see|here|refer to|check out)\b",
    re.IGNORECASE,
)
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"))


def split_sentences(text: str) -> list[str]:
    """Return the sentences of ``text``, whitespace joined; abbreviations end none."""
    pieces: list[str] = []
    for piece in _BOUNDARY.split(" ".join(text.split())):
        if pieces and _ABBREVIATION.search(pieces[-1]):
            pieces[-1] += " " + piece
        elif piece:
            pieces.append(piece)
    return pieces


def stands_alone(sentence: str) -> bool:
    """Say whether a reader who sees ``sentence`` only can tell what it speaks of."""
    return not _LEANS_BACK.match(sentence.lstrip("(\"'*_"))


def points_away(text: str) -> bool:
    """Say whether ``text`` refers to something that is elsewhere on its page."""
    return bool(_POINTS_AWAY.search(text))


def with_context(sentences: Sequence[str], index: int, limit: int) -> str | None:
    """Return sentence ``index``, with the one before it where it leans on that; None if even both don't stand alone."""
    sentence = sentences[index]
    if stands_alone(sentence):
        return finish(sentence)
    if index == 0 or not stands_alone(sentences[index - 1]):
        return None
    both = f"{finish(sentences[index - 1]) or ''} {sentence}"
    return finish(both) if len(both) <= limit else None


def add_sentence(found: list[str], sentence: str) -> None:
    """Append ``sentence`` to ``found``; one that brings the last as its context takes its place."""
    if found and found[-1] in sentence:
        found.pop()
    found.append(sentence)


def finish(text: str) -> str | None:
    """Return ``text`` as whole sentences that end in a stop, or None if it is a fragment or announces something."""
    text = " ".join(text.split())
    if text.endswith((":", ",", ";", "-", "--", "(", "...", "and", "or", "see", " e.g.", " i.e.")):
        return None
    if len(text.split()) < 2 or not balanced(text):
        return None
    return text if re.search(r"[.!?][\"')\]”’`]*$", text) else text + "."


def balanced(text: str) -> bool:
    """Say whether every bracket and backtick that opens in ``text`` closes in it."""
    if len(text) > LONGEST_SENTENCE:
        return False
    plain = _QUOTED.sub("", text)
    return "`" not in plain and all(plain.count(first) == plain.count(last) for first, last in _PAIRS)


def fit(sentences: Iterable[str], limit: int) -> str | None:
    """Return the longest run of leading sentences within ``limit`` characters, or None if the first is too long."""
    kept: list[str] = []
    used = 0
    for sentence in sentences:
        if used + len(sentence) > limit:
            break
        kept.append(sentence)
        used += len(sentence) + 1
    return finish(" ".join(kept)) if kept else None


def capitalised(text: str) -> str:
    """Return ``text`` with its first letter raised where the first word is a plain English word, not a name."""
    first = re.match(r"[a-z][a-z]*(?=[\s,;:]|$)", text)
    return text[0].upper() + text[1:] if first else text
