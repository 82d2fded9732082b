"""Pairs from single sentences of prose: definitions, conditions, defaults, limits, denials, what is deprecated.

Knows which words carry which kind of fact. A sentence counts only if it can be understood without its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tuneproof.curate.pairing.headings import Heading, is_order, to_first_person
from tuneproof.curate.pairing.markdown_text import Block
from tuneproof.curate.pairing.prose_parts import where_of
from tuneproof.curate.pairing.questions import Draft, draft
from tuneproof.curate.pairing.sentences import (
    SENTENCE_LIMIT,
    add_sentence,
    balanced,
    fit,
    points_away,
    split_sentences,
    with_context,
)
from tuneproof.datasets.workspace.records import CaseType, Chunk

_POINTERS = re.compile(
    r"\b(?:this|it|here|there|that|these|those|they|which|what)\b|^(?:because|since|while|although|as|if|when|once)\b",
    re.IGNORECASE,
)
_DEFINES = (
    "What is {name}{tail}?",
    "Define {name}{tail}.",
    "How would you define {name}{tail}?",
    "What is meant by {name}{tail}?",
    "Can you tell me what {name} is{tail}?",
)
_IS_DEFAULT = (
    "What is the default {name}{tail}?",
    "Which {name} is the default{tail}?",
    "Tell me the default {name}{tail}.",
)
_DEFAULTS_TO = (
    "What does {name} default to{tail}?",
    "What is the default of {name}{tail}?",
    "Which default does {name} have{tail}?",
)
_DEFINITION = re.compile(
    r"^((?:The |An? )?(?:`[^`]+`|[A-Z][\w.+-]*)(?: [\w.+`-]+){0,4}?) (?:is|are) (?:an?|the|one of)\b .{20,}"
)
_DEFAULT_TO = re.compile(r"^(?:The )?([A-Za-z`][^,.:;]{2,60}?) (?:defaults? to|is set to [^.]* by default)\b")
_DEFAULT_IS = re.compile(r"^The default ([\w `-]{3,50}?) (?:is|are)\b")
_CONDITION = re.compile(r"^(If|When|Unless) (.{6,110}?), (?:then )?(.{12,})$")
# Tried in this order: the first that fits names the kind.
_KINDS: dict[CaseType, re.Pattern[str]] = {
    "deprecation": re.compile(r"\bdeprecat|\bno longer (?:supported|available|needed)|\blegacy\b", re.IGNORECASE),
    "error": re.compile(r"\b(?:an?|the) (?:\w+ )?errors?\b|\bfails?\b|\braises?\b|\bcrash", re.IGNORECASE),
    "default": re.compile(r"\bby default\b|\bdefaults? to\b|\bdefault (?:is|value)\b", re.IGNORECASE),
    "limit": re.compile(
        r"\bmust\b|\bat (?:most|least)\b|\b(?:maximum|minimum)\b|\brequire[sd]?\b|\bcannot\b|\bcan't\b|\bonly\b"
        r"|\blimit(?:ed|s)?\b|\bup to\b",
        re.IGNORECASE,
    ),
    "negation": re.compile(r"\b(?:does|do|is|are|will|has|have) not\b|n't\b|\bnever\b|\bavoid\b", re.IGNORECASE),
}
_WORDINGS: dict[CaseType, tuple[str, ...]] = {
    "deprecation": (
        "Is anything deprecated about {h}{tail}?",
        "What is no longer recommended for {h}{tail}?",
        "Which deprecation concerns {h}{tail}?",
    ),
    "error": (
        "Which errors should I expect with {h}{tail}?",
        "What can go wrong with {h}{tail}?",
        "Can {h} fail{tail}?",
    ),
    "default": (
        "What is the default for {h}{tail}?",
        "What happens by default with {h}{tail}?",
        "Which defaults apply to {h}{tail}?",
        "Unless I change it, how does {h} behave{tail}?",
    ),
    "limit": (
        "Which requirements or limits apply to {h}{tail}?",
        "What must I observe for {h}{tail}?",
        "What are the limits of {h}{tail}?",
        "Is anything required for {h}{tail}?",
    ),
    "negation": (
        "What is not the case for {h}{tail}?",
        "What should I avoid or not expect with {h}{tail}?",
        "What does not hold for {h}{tail}?",
    ),
}
_WHAT_IF = (
    "What should I do {condition}{tail}?",
    "What applies {condition}{tail}?",
    "What happens {condition}{tail}?",
    "Is there something to know {condition}{tail}?",
)


def sentence_drafts(chunk: Chunk, blocks: Sequence[Block], heading: Heading) -> Iterator[Draft]:
    """Yield definitions, conditions, defaults, limits and denials that single sentences state."""
    groups: dict[CaseType, list[str]] = {}
    names = {"h": heading.text if heading.phrase == "noun" and not heading.generic else "", "tail": heading.tail}
    for sentence, is_first in _sentences(blocks):
        if (match := _DEFINITION.match(sentence)) and is_first and not _POINTERS.search(match.group(1)):
            name = re.sub(r"^(?:The|An?) ", "", match.group(1))
            yield draft((chunk,), "prose.definition", "what_is", _DEFINES, sentence, name, name=name, tail=heading.tail)
        elif match := _DEFAULT_IS.match(sentence):
            yield _default(chunk, _IS_DEFAULT, match.group(1), sentence, heading)
        elif match := _DEFAULT_TO.match(sentence):
            yield _default(chunk, _DEFAULTS_TO, match.group(1), sentence, heading)
        elif (match := _CONDITION.match(sentence)) and _asks_well(match.group(2)):
            condition = to_first_person(f"{match.group(1).lower()} {match.group(2)}")
            wordings = _WHAT_IF[:1] if is_order(match.group(3)) else _WHAT_IF[1:]
            yield draft(
                (chunk,), "prose.condition", "how_to", wordings, sentence, condition,
                condition=condition, tail=heading.tail or where_of(heading),
            )  # fmt: skip
        elif kind := next((kind for kind, pattern in _KINDS.items() if pattern.search(sentence)), None):
            add_sentence(groups.setdefault(kind, []), sentence)
    if not names["h"]:
        return
    for kind, sentences in groups.items():
        answer = fit(sentences, SENTENCE_LIMIT)
        if answer is not None:
            yield draft((chunk,), f"prose.{kind}", kind, _WORDINGS[kind], answer, "group", **names)


def _default(chunk: Chunk, wordings: Sequence[str], name: str, answer: str, heading: Heading) -> Draft:
    return draft((chunk,), "prose.default", "default", wordings, answer, name, name=name, tail=heading.tail)


def _sentences(blocks: Sequence[Block]) -> Iterator[tuple[str, bool]]:
    for block in blocks:
        if block.kind not in ("paragraph", "quote") or "```" in block.text:
            continue
        sentences = split_sentences(block.text)
        for place, sentence in enumerate(sentences):
            whole = None if points_away(sentence) else with_context(sentences, place, SENTENCE_LIMIT)
            if whole is not None and len(whole) >= 25 and not whole[0].islower() and not points_away(whole):
                yield whole, place == 0


def _asks_well(condition: str) -> bool:
    opening = condition.partition(" ")[0].lower()
    return (
        opening not in {"it", "this", "that", "these", "they", "so", "not"}
        and balanced(condition)
        and "," not in condition
    )
