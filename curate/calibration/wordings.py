"""Answers in other words: synonyms that fit wherever the word stands, and other shapes of the templates' sentences.

Knows ways to say the same. It must not know how likeness is measured.
"""

from __future__ import annotations

import re
from zlib import crc32

from tuneproof.curate.calibration.prose import outside_code, same_case

_SYNONYMS = {
    "return value": "result", "return type": "type of the result", "on return": "when it comes back",
    "returned": "handed back", "return": "hand back", "returns": "hands back",
    "remove": "take away", "removes": "takes away", "create": "produce", "creates": "produces",
    "contains": "comprises", "contain": "comprise", "specified": "indicated", "additional": "extra",
    "required": "necessary", "requires": "calls for", "require": "call for", "obtain": "get hold of",
    "retrieve": "look up", "retrieves": "looks up", "however": "nonetheless", "begin": "commence",
    "begins": "commences", "entire": "complete", "whole": "full", "raised": "triggered",
    "raises": "triggers", "omitted": "skipped", "provided that": "as long as", "if provided": "if there is one",
    "provides": "supplies", "provide": "supply", "determine": "find out", "determines": "decides",
    "indicates": "shows", "indicate": "show", "occurs": "takes place", "occur": "take place", "useful": "helpful",
    "attempt": "endeavour", "attempts": "endeavours", "directory": "dir", "directories": "dirs",
    "execute": "carry out", "executes": "carries out", "executed": "carried out", "construct": "put together",
    "constructs": "puts together", "modify": "change", "modifies": "changes", "modified": "changed",
    "ensure": "guarantee", "ensures": "guarantees", "choose": "select", "therefore": "hence",
    "must be": "needs to be", "in order to": "so as to", "for instance": "to give an example",
    "such as": "for example", "via": "through", "optional": "not mandatory", "previous": "preceding",
    "frequently": "time and again", "immediately": "right away", "currently": "as of now",
    "is used to": "serves to", "are used to": "serve to", "can be used to": "can serve to", "used": "employed",
    "uses": "employs", "the same as": "no different from", "allowed": "permitted", "usually": "as a rule",
    "typically": "in most cases", "instead of": "in place of", "because": "for the reason that",
    "because of": "owing to", "although": "even though", "as well as": "and also", "represents": "stands for",
    "represent": "stand for", "represented": "expressed", "describes": "sets out", "convert": "transform",
    "converts": "transforms", "converted": "transformed", "compute": "calculate", "computes": "calculates",
    "computed": "calculated", "displayed": "shown", "locate": "find", "search for": "look for",
    "terminate": "end", "terminates": "ends", "terminated": "ended", "generate": "bring forth",
    "generated": "brought forth", "initial": "starting", "subsequent": "later", "desired": "wanted",
    "appropriate": "suitable", "necessary": "needed", "invalid": "malformed", "possible": "feasible",
    "according to": "in line with", "various": "diverse", "similar to": "much like", "does not": "doesn't",
    "is not": "isn't", "cannot": "can't", "wish to": "would like to", "want to": "would like to",
    "needed": "called for", "depends on": "hinges on", "depending on": "subject to",
    "corresponding": "matching", "ignored": "passed over", "simple": "plain", "easily": "with ease",
    "especially": "above all", "whenever": "each time",
}  # fmt: skip
_SWAP = re.compile(
    rf"(?<![\w`.-])(?P<article>an? )?(?P<word>{'|'.join(sorted(_SYNONYMS, key=len, reverse=True))})(?![\w`.(-])"
    r"|(?<![\w`.-])(?P<end>omitted|required|necessary|needed|raised|returned|ignored|modified)(?=\.(?:\s|$))",
    re.IGNORECASE,
)
_TEMPLATED: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (
        re.compile(r"The default value of (`[^`]+`) in (`[^`]+`) is (`[^`]+`)\."),
        (
            r"Leave \1 alone and \2 goes with \3.",
            r"\3 is what \2 assumes if you don't mention \1.",
            r"It's \3: that's how \2 presets \1.",
        ),
    ),
    (
        re.compile(r"(`[^`]+`) accepts (.+)\."),
        (r"The arguments of \1 are \2.", r"\1 takes these: \2.", r"With \1 you may set \2."),
    ),
    (
        re.compile(r"(`[^`]+`) derives from (`[^`]+`)\."),
        (r"\1 is a subclass of \2.", r"It builds on \2, from which \1 inherits.", r"Its base is \2; \1 extends that."),
    ),
    (
        re.compile(r"Call it as (`[^`]+`)\."),
        (r"The signature reads \1.", r"In code that is \1.", r"You'd type \1."),
    ),
    (
        re.compile(r"On an object of (`[^`]+`), call (`[^`]+`)\."),
        (
            r"\2 is a method of \1 objects.",
            r"Given an instance of \1, it is run as \2.",
            r"Get yourself a \1 and do \2.",
        ),
    ),
    (
        re.compile(r"Create one with (`[^`]+`)\."),
        (r"You get an instance from \1.", r"The constructor reads \1.", r"It is instantiated as \1."),
    ),
    (
        re.compile(r"(Yes|No)\. (.+) needs (`[^`]+`): it has no default\."),
        (
            r"\1, since no default exists for \3, \2 must be given one.",
            r"\1. \3 is mandatory for \2, which has nothing to fall back on.",
            r"\1: whoever runs \2 has to supply \3.",
        ),
    ),
    (
        re.compile(r"(Yes|No)\. (`[^`]+`) can be left out: its default is (`[^`]+`)\."),
        (
            r"\1, you needn't give \2. It'll be \3.",
            r"\1. \2 is optional and starts out as \3.",
            r"\1: skip \2 and \3 steps in.",
        ),
    ),
    (
        re.compile(r"If ([^,]{6,90}), (?:then )?((?:(?:the|a|an|you|it|this)\b|`)[^.]{8,160})\."),
        (r"Provided that \1, \2.", r"Where \1, \2.", r"\2 if \1."),
    ),
    (
        re.compile(r"When ([^,]{6,90}), ((?:(?:the|a|an|you|it|this)\b|`)[^.]{8,160})\."),
        (r"Every time \1, \2.", r"\2 whenever \1.", r"\2 once \1."),
    ),
)


def reworded(answer: str) -> str | None:
    """Return an answer that says the same in other words, or None where no rule can tell it."""
    for pattern, shapes in _TEMPLATED:
        if pattern.fullmatch(answer):
            made = pattern.sub(shapes[crc32(answer.encode()) % len(shapes)], answer)
            return made[0].upper() + made[1:]
    swaps = 0

    def swap(match: re.Match[str]) -> str:
        nonlocal swaps
        swaps += 1
        new = _SYNONYMS[(match.group("word") or match.group("end")).lower()]
        if match.group("article"):
            new = f"{'an' if new[0] in 'aeiou' else 'a'} {new}"
        return same_case(match.group(0), new)

    made = outside_code(answer, lambda part: _SWAP.sub(swap, part))
    return made if swaps >= (1 if len(answer.split()) < 16 else 2) else None
