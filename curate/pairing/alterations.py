"""What a documented statement would say if it were wrong: another figure, another value, a denial turned round.

Knows English sentences and literals. What is changed stands nowhere in the passage, so that it is false by it. It must
not know who asks.
"""

from __future__ import annotations

import re

from tuneproof.curate.pairing.headings import is_order
from tuneproof.curate.pairing.opportunities import SUBORDINATE
from tuneproof.curate.pairing.questions import number
from tuneproof.datasets.workspace.records import Chunk

LONGEST = 220
# What held when it was written makes no lasting question.
_TIMELY = re.compile(r"\b(?:19|20)\d\d\b|\bfor example\b|\be\.g\.|\bv?\d+\.\d+\.\d+", re.IGNORECASE)
# Orders, samples and labels make no statement that could be true or false.
_NO_STATEMENT = re.compile(
    r"^(?:Note|More|Several|Many|Some|Most|Returns?|Requires?|Uses?)\b|[—–]| - |\?$"
    r"|, (?:set|open|run|use|add|pass|click|select|choose|make|see|try|install|do|check)\b"
)
_DENIAL = re.compile(
    r"\b(?:is|are|can) ?not(?= (?:be |yet )?[a-z]+(?:ed|able)\b)|\bcannot(?= be [a-z]+ed\b)", re.IGNORECASE
)
_WITHOUT_NOT = {"is not": "is", "are not": "are", "can not": "can", "cannot": "can"}
_CLAIM = re.compile(
    r"\b(is|are) (required|supported|enabled|disabled|available|recommended|allowed|optional|deprecated|ignored)\b"
)
_NOT = re.compile(r"\b(?:not|no|never|only|neither|nor|without|unless|except)\b|n['’]t\b", re.IGNORECASE)
_FLIPPED = {"True": "False", "False": "True", "true": "false", "false": "true"}


def states(sentence: str) -> bool:
    """Say whether ``sentence`` states something that stays true or false."""
    if len(sentence) > LONGEST or is_order(sentence):
        return False
    return not (_NO_STATEMENT.search(sentence) or _TIMELY.search(sentence))


def altered(sentence: str, chunk: Chunk) -> str | None:
    """Return ``sentence`` with its one number or truth value turned into another that ``chunk`` does not name."""
    numbers = list(re.finditer(r"(?<![\w.,:/$%-])\d{1,7}(?!\d)(?![.,:/-]\d|\w{3,})", sentence))
    if len(numbers) == 1:
        value = int(numbers[0].group())
        if value < 2:  # one worker, two workers: the grammar would give it away
            return None
        start = number("altered", chunk.chunk_id, sentence)
        others = (value * 2, max(value // 2, 1), value + 10, value * 4)
        for turn in range(len(others)):
            other = str(others[(start + turn) % len(others)])
            if int(other) != value and not re.search(rf"(?<!\d){other}(?!\d)", chunk.text):
                return sentence[: numbers[0].start()] + other + sentence[numbers[0].end() :]
        return None
    truths = list(re.finditer(r"`(?:true|false|True|False)`", sentence))
    if not numbers and len(truths) == 1:
        other = _FLIPPED[truths[0].group().strip("`")]
        return sentence[: truths[0].start()] + f"`{other}`" + sentence[truths[0].end() :]
    return _reversed(sentence) if not numbers and not truths else None


def _reversed(sentence: str) -> str | None:
    """Return ``sentence`` with its one statement of what is or can be denied, or its one denial taken back."""
    denials = list(_DENIAL.finditer(sentence))
    claims = list(_CLAIM.finditer(sentence))
    if len(denials) + len(claims) != 1 or _NOT.search(_DENIAL.sub("", sentence)):
        return None
    found = (denials or claims)[0]
    if SUBORDINATE.search(sentence[: found.start()]):
        return None
    other = _WITHOUT_NOT[found.group().lower()] if denials else f"{found.group(1)} not {found.group(2)}"
    return sentence[: found.start()] + other + sentence[found.end() :]


def other_value(default: str, chunk: Chunk) -> str | None:
    """Return a value of the same kind as ``default`` that ``chunk`` does not name, or None where there is none."""
    if default in _FLIPPED:
        return _FLIPPED[default]
    if re.fullmatch(r"\d{1,6}", default):
        others = [str(int(default) + 1), str(int(default) * 2 or 10), str(int(default) + 100)]
        return next((one for one in others if not re.search(rf"(?<!\d){one}(?!\d)", chunk.text)), None)
    if default == "None":
        return next((one for one in ("0", "''", "True") if one not in chunk.text), None)
    return None
