"""A sentence denied, or its number changed: the two smallest ways to say the opposite of what a page says.

Knows verbs and how they are denied. It must not know how a check compares two answers.
"""

from __future__ import annotations

import re
from random import Random

from tuneproof.curate.calibration.prose import masked, pick

_VERBS = {
    "returns": "return", "raises": "raise", "accepts": "accept", "contains": "contain", "requires": "require",
    "supports": "support", "ignores": "ignore", "provides": "provide", "allows": "allow", "keeps": "keep",
    "removes": "remove", "creates": "create", "includes": "include", "deletes": "delete", "takes": "take",
    "holds": "hold", "copies": "copy", "writes": "write", "happens": "happen", "applies": "apply", "means": "mean",
    "depends": "depend", "becomes": "become", "exists": "exist", "needs": "need", "inherits": "inherit",
}  # fmt: skip
_DENIABLE = re.compile(
    r"\b(?P<not>is|are|was|were|does|do|did|can|will|must|should|has|have|could|would|may|might) not (?=[a-z\0])"
    r"|\b(?P<short>is|are|was|were|does|do|can|wo|should|must)n['’]t\b|\bcan(?P<cannot>not|['’]t)\b"
    r"|\b(?P<never>never|no longer) (?=[a-z])"
    r"|\b(?P<aux>is|are|was|were|can|will|must|should|could|may) "
    r"(?!(?:also|not|only|just|never|now|still|even|no|any|neither)\b)(?=[a-z])"
    rf"|(?<=[\w)\0] )(?P<verb>{'|'.join(_VERBS)})(?= [a-z\0])"
)
# What stands under a condition, or in a clause about something else, can be denied and the rest still hold.
_CONDITION = re.compile(
    r"\b(?:if|when|whenever|unless|whether|where|which|who|that|because|since|while|until|after|before|although|once"
    r"|so|as|than|case)\b",
    re.IGNORECASE,
)
_CONTRACTED = {
    "is": "isn't", "are": "aren't", "was": "wasn't", "were": "weren't", "can": "can't", "will": "won't",
    "should": "shouldn't", "could": "couldn't",
}  # fmt: skip
_SPELT = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty")
_TURNED = {"True": "False", "False": "True", "true": "false", "false": "true"}
_VALUES = (
    "False", "-1", "()", "sys.maxsize", "'ignore'", "'utf-16'", "'replace'", "object()", "1024", "'\\t'", "[]",
)  # fmt: skip


def other_number(text: str, rng: Random) -> str:
    """Return another whole number: the next one, a multiple, its digits turned round, or one of the same length."""
    value, size = int(text), len(text)
    drawn = rng.randrange(1 if size == 1 else 10 ** (size - 1), 10**size + 1)
    made = (value + 1, value * 2, value * 10, value - 1, int(text[::-1]), value + 5, drawn, drawn)
    return str(pick([each for each in made if each > 0 and str(each) != text] or [value + 1], rng))


def counted(text: str, rng: Random) -> str:
    """Return another number than ``text``, which is in figures, with or without decimals, or spelt out."""
    if text.isalpha():
        return pick([name for name in _SPELT if name != text], rng)
    whole, dot, part = text.partition(".")
    return other_number(whole, rng) + dot + part


def other_value(value: str, rng: Random) -> str:
    """Return another value than ``value``, in the same quotes or backticks."""
    inner = value.strip("`\"'")
    if inner in _TURNED:
        new = _TURNED[inner]
    elif re.fullmatch(r"-?\d+", inner):
        new = other_number(inner.lstrip("-"), rng)
    elif re.fullmatch(r"-?\d+\.\d+", inner):
        new = f"{rng.randrange(10, 90)}.{rng.randrange(10)}5"
    else:
        new = pick([each for each in _VALUES if each.strip("'") != inner], rng)
        new = new.strip("'") if value[0] == '"' else new
    return value.replace(inner, new, 1) if inner else value.replace("''", "'plain'").replace('""', "'plain'")


def negated(text: str, rng: Random) -> str | None:
    """Return ``text`` with one sentence denied, or one denial taken back; None where no verb can carry it."""
    plain = masked(text)
    for match in _DENIABLE.finditer(plain):
        clause = re.split(r"[.;:,\n(]", plain[: match.start()])[-1]
        sentence = re.split(r"(?<=[.!?:;])\s|\n", plain[: match.start()])[-1]
        if _CONDITION.search(clause) or re.search(r"\b(?:not|no|never|without|only)\b|n't", sentence, re.I):
            continue
        return text[: match.start()] + _turned(match, rng) + text[match.end() :]
    return None


def _turned(match: re.Match[str], rng: Random) -> str:
    if match["not"]:
        return f"{match['not']} "
    if match["short"]:
        return "will" if match["short"] == "wo" else match["short"]
    if match["cannot"]:
        return "can"
    if match["never"]:
        return "always " if match["never"] == "never" else "still "
    if match["verb"]:
        base = _VERBS[match["verb"]]
        return pick((f"doesn't {base}", f"never {match['verb']}", f"does not {base}"), rng)
    aux = match["aux"]
    return pick((f"{_CONTRACTED.get(aux, f'{aux} not')} ", f"{aux} never ", f"{aux} in no case "), rng)
