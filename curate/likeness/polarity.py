"""Which way a statement, an answer or a question points: said or denied, required or not, yes or no.

Knows the many ways in which English denies, in one form each: "is unsupported", "is no longer supported" and "does not
support" deny the same. It must not know what two texts have to do with each other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

_UN_LIST = """
    unavailable unnecessary unsafe unlimited unknown unlikely unlike unset unaware unstable impossible inactive
    inaccessible incompatible incomplete incorrect insecure insensitive invisible irrelevant irreversible unequal
    uneven unsure
"""
_UN = "|".join(_UN_LIST.split())
_REWRITTEN = (
        (r"(?:may|can|could|might) be (?:left out|omitted|skipped|dropped)|is (?:left )?optional|is not (?:strictly )?"
         r"(?:required|needed|necessary|mandatory|compulsory)|isn['’]t (?:required|needed|necessary|mandatory)"
         r"|(?:can|may) (?:leave|do without|omit|skip)(?: out)?|unnecessary", "is optional"),
        (r"need not|needn['’]t|(?:does|do|did) not (?:have|need) to|(?:doesn|don|didn)['’]t (?:have|need) to"
         r"|not (?:obliged|required) to", "optional"),
        (r"must (?:always )?be (?:given|passed|supplied|provided|specified)|(?:is|are) (?:mandatory|obligatory"
         r"|compulsory|necessary|needed|indispensable)|cannot be (?:left out|omitted|skipped)|ca(?:n not"
         r"|n['’]t) be (?:left out"
         r"|omitted|skipped)", "is required"),
        (r"(?:has|have|needs?|obliged) to", "must"),
        (r"no longer|not (?=[^.;,]{1,40}\b(?:any longer|any more|anymore))", "not "),
        (r"any longer|any more|anymore|still|currently|at present|at the moment", ""),
        (r"(?:(?:is|are) )?(?:unable to|incapable of)", "can not"),
        (r"(?:fail|refuse|decline|omit|neglect)(?:s|ed|d)? to|(?:refrain|abstain|desist)s? from|stops? short of"
         r"|by no means|in no (?:way|case|event|sense)|under no circumstances?|at no (?:point|time|stage)|on no account"
         r"|(?:it is )?(?:false|untrue|wrong|incorrect|not true|not the case) that|hardly ever|anything but", "not"),
        (r"at all|whatsoever|in any (?:way|case|event)|under any circumstances?|contrary to [^,.;]{3,60},", ""),
        (r"(?:no|not) (?:more|greater|larger|higher|longer) than|up to|at the most|(?:a )?maximum of", "at most"),
        (r"(?:no|not) (?:fewer|less|smaller|lower|shorter) than|at the least|(?:a )?minimum of", "at least"),
        (r"(?:is|are) able to", "can"),
        (r"lacks?(?= support)|(?:has|have|there is|offers?) no(?= support)", "not"),
        (r"turns? on|switch(?:es)? on", "enables"),
        (r"turns? off|switch(?:es)? off", "disables"),
)  # fmt: skip
_REWRITES = re.compile(rf"(?i)\b(?:{'|'.join(f'({pattern})' for pattern, _ in _REWRITTEN)})\b")
_PREFIXED = re.compile(rf"(?i)\b(?:un([a-z]{{3,}}ed)|(?=(?:{_UN})\b)(?:un|im|in|ir)(\w+))\b")


@lru_cache(maxsize=65536)
def plainly(text: str) -> str:
    """Return prose with every denial told by "not", every duty by "must" or "required", every leave by "optional"."""
    told = _REWRITES.sub(lambda match: _REWRITTEN[(match.lastindex or 1) - 1][1], text)
    return _PREFIXED.sub(lambda match: f"not {match[1] or match[2]}", told)


Turn = Literal["yes", "no"]
_YES = re.compile(r"(?i)[\s*_`\"']*(?:yes|true|correct|indeed|right|it does|it is|it can|they do|they are)[*_`\"']*"
                  r"(?=\s*(?:[.,:;!–—-]|$))")  # fmt: skip
_NO = re.compile(r"(?i)[\s*_`\"']*(?:no|false|incorrect|wrong|never|it does(?: not|n['’]t)|it is(?: not|n['’]t)"
                 r"|it can(?:not|['’]t)|they (?:do|are) not)[*_`\"']*(?=\s*(?:[.,:;!–—-]|$))")  # fmt: skip
_POLAR = re.compile(
    r"(?i)^\W*(?:(?:and|but|so|please tell me|tell me),?:? )?(?:whether|does|do|did|is|are|was|were|am|can|could"
    r"|may|might"
    r"|must|shall|should|will|would|has|have)\b"
)


def turn_of(answer: str) -> tuple[Turn, str] | None:
    """Return whether ``answer`` begins with a yes or a no, and what it says after it; None if with neither."""
    match = _YES.match(answer)
    turn: Turn = "yes" if match else "no"
    match = match or _NO.match(answer)
    return (turn, answer[match.end() :].lstrip(" .,:;!-–—\n")) if match else None


def is_polar(question: str) -> bool:
    """Return whether ``question`` can be answered by yes or no."""
    return _POLAR.match(question) is not None


_NEEDED = re.compile(r"(?i)\b(?:must|required?|requires|mandatory|obligatory|obliged|compulsory|necessary|needs?|needed"
                     r"|have to|has to|insists?|demands?)\b")  # fmt: skip
_LEFT_OUT = re.compile(r"(?i)\b(?:left out|leave out|leaving out|leave \S+ out|omit|omits|omitted|omitting|skip|skipped"
                       r"|skipping|optional|without|do without|with no|dispense)\b")  # fmt: skip
_NOT = re.compile(r"(?i)\b(?:not|never|(?<!with )no)\b|n['’]t\b")


def asks_for(question: str) -> tuple[bool, bool]:
    """Return whether ``question`` asks if something is needed, and whether it asks if it can be left out.

    Two questions of which one asks for the need and the other for the leave are answered the other way round.
    """
    turned = len(_NOT.findall(question)) % 2 == 1
    needed, left = _NEEDED.search(question) is not None, _LEFT_OUT.search(question) is not None
    return (left, needed) if turned else (needed, left)


_ABSENT = re.compile(
    r"(?i)\b(?:(?:is|are|was|were)(?: not|n['’]t) (?:given|passed|set|specified|supplied|provided|present|there"
    r"|configured"
    r"|mentioned)|(?:does|do|did)(?: not|n['’]t) (?:give|pass|set|specify|supply|provide|say)"
    r"|(?:configur|chang|choos|do|giv|pass|provid|request|supply|stat|leav|us|tell)(?:e|es|ing|s|ed)? (?:nothing|none)"
    r"|nothing (?:is|was|gets|has been|else is) (?:changed|configured|chosen|done|stated|provided|requested|supplied)"
    r"|nobody (?:gave|gives|passed|passes|sets|specified|specifies|says|said|supplies|provides)"
    r"|nothing (?:is|was|gets) (?:given|passed|said|set|specified)|nothing (?:given|passed|said|set|specified)"
    r"|(?:say|says|pass|passes|give|gives|specify|specifies|set) nothing|(?:left|leave|leaving)(?: out|(?= \S+"
    r" out\b))"
    r"|omit(?:s|ted|ting)?|unspecified|without (?:passing|giving|specifying|setting|further notice)"
    r"|with(?:out| no)(?= (?:any |an? |the )?`)|no \w+ (?:is|was) (?:given|passed|set|specified|supplied|provided)"
    r"|no\b(?= `[^`]+` (?:is|was) (?:given|passed|set|specified|supplied|provided))"
    r"|absent|absence|out of the box|unless (?:told|specified|stated|set|given|configured) otherwise"
    r"|unless (?:I|you|we) change (?:it|that|this)|unless changed|unless configured \w+"
    r"|unless otherwise \w+|fall(?:s|ing)? back (?:on|to|upon)|by default|defaults?(?: to| value| setting)?)\b"
)


def asked_plainly(question: str) -> str:
    """Return ``question`` with what it says of a thing that nobody gave told as "default"."""
    return _ABSENT.sub(" default ", question)


def speaks_of_absence(text: str) -> bool:
    """Return whether ``text`` says what holds where nothing is said: a default, whatever it is called."""
    return _ABSENT.search(text) is not None


_INTENT_LIST: tuple[tuple[str, str], ...] = (
    ("default", r"default"),
    ("result", r"returns?|returned|get back|gets back|results?|outputs?|comes? (?:out|back)|produces?|yields?|"
               r"gives? me|give back|gives back"),
    ("call", r"signature|calls?|called|calling|invok\w+|invocation|syntax"),
    ("inputs", r"arguments?|parameters?|inputs?|accepts?|takes?|may be (?:supplied|passed|given)|"
               r"can (?:be|I) (?:supplied|passed|given|pass|give|supply)"),
    ("parent", r"derives?|inherits?|extends?|base class|superclass|parent|subclass\w*"),
    ("failure", r"raises?|raised|errors?|exceptions?|fails?|failures?|go(?:es)? wrong|breaks?|throws?"),
    ("limits", r"limits?|restrict\w*|constraints?|requirements?|rules"),
    ("way", r"how (?:do|can|would|should|to)|steps?|procedure|way to|approach|set up|install\w*|restart\w*"),
    ("release", r"versions?|released?|since when|added|deprecated|removed"),
    ("example", r"examples?|show me|sample"),
)  # fmt: skip
_INTENTS = tuple((name, re.compile(rf"(?i)\b(?:{pattern})\b")) for name, pattern in _INTENT_LIST)


@lru_cache(maxsize=65536)
def intents_of(question: str) -> frozenset[str]:
    """Return what ``question`` wants to know of its subject, as far as single words tell; empty: what it is or does."""
    plain = asked_plainly(question)
    found = {name for name, pattern in _INTENTS if pattern.search(plain)}
    needed, left_out = asks_for(question)
    if "default" not in found or is_polar(question):
        found |= {name for name, holds in (("need", needed), ("leave", left_out)) if holds}
    if found & {"need", "leave"} and is_polar(question):
        found -= {"call", "inputs", "default"}
    if "default" in found:
        found -= {"inputs", "call", "need", "leave"}
    return frozenset(found)
