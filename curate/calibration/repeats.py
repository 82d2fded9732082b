"""Duplicates: the same pair again, word for word, nearly so, or in other words.

Each edited pair stands beside the real one. Faults keep the meaning; the controls of a kind are the must-not-merge
variants, edited the same way. Knows edits that keep a meaning; it must not know how likeness is measured.
"""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

from tuneproof.curate.calibration.cases import Edit, control, fault
from tuneproof.curate.calibration.frames import rephrased
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import is_prose, masked, outside_code, pick, same_case
from tuneproof.curate.calibration.variants import VARIANTS
from tuneproof.curate.rows import PairRow

_WORD = re.compile(r"(?<![\w.`/'-])[a-z]{5,}(?![\w.`/'(-])")
_FILLERS = ("basically", "simply", "just", "actually", "generally", "really")
_VERB = re.compile(r"\b(?:is|are|can|will|may|does)\b(?= [a-z])")
# Only words that the other can stand for wherever they are.
_SYNONYMS = {
    "return": "give back", "returns": "gives back", "remove": "delete", "removes": "deletes", "create": "make",
    "creates": "makes", "contains": "holds", "contain": "hold", "specified": "given", "additional": "further",
    "required": "needed", "requires": "needs", "whether": "if", "obtain": "get", "retrieve": "fetch",
    "allows": "permits", "however": "yet", "begin": "start", "beginning": "start", "entire": "whole",
    "multiple": "several", "raised": "thrown", "omitted": "left out", "provided": "supplied", "provides": "offers",
    "provide": "offer", "determine": "work out", "indicates": "tells", "occurs": "happens", "occur": "happen",
    "useful": "handy", "number of": "count of", "attempt": "try", "attempts": "tries", "directory": "folder",
    "directories": "folders", "configure": "set up", "execute": "run", "executes": "runs", "executed": "run",
    "construct": "build", "modify": "alter", "ensure": "make sure", "ensures": "makes sure", "choose": "pick",
    "therefore": "so", "must be": "has to be", "in order to": "to", "for instance": "for example",
    "such as": "like", "via": "by way of", "optional": "not obligatory", "previous": "earlier", "frequently": "often",
    "purpose": "aim", "immediately": "at once", "currently": "at present", "identical": "equal",
}  # fmt: skip
_SWAP = re.compile(rf"(?<![\w`.-])(?:{'|'.join(sorted(_SYNONYMS, key=len, reverse=True))})(?![\w`.(-])", re.IGNORECASE)
_TEMPLATED: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"The default value of (`[^`]+`) in (`[^`]+`) is (`[^`]+`)\."),
        r"Unless told otherwise, \2 takes \3 for \1.",
    ),
    (re.compile(r"(`[^`]+`) accepts (.+)\."), r"You can hand these to \1: \2."),
    (re.compile(r"(`[^`]+`) derives from (`[^`]+`)\."), r"\2 is the parent class of \1."),
    (re.compile(r"Call it as (`[^`]+`)\."), r"Write \1 to invoke it."),
    (re.compile(r"On an object of (`[^`]+`), call (`[^`]+`)\."), r"Write \2 after an instance of \1."),
    (re.compile(r"Create one with (`[^`]+`)\."), r"\1 makes a new one."),
    (
        re.compile(r"Yes\. (.+) needs (`[^`]+`): it has no default\."),
        r"Yes, \2 has no value of its own, so \1 can't do without it.",
    ),
    (
        re.compile(r"No\. (.+) needs (`[^`]+`): it has no default\."),
        r"No, \2 has no value of its own, so \1 can't do without it.",
    ),
    (
        re.compile(r"(Yes|No)\. (`[^`]+`) can be left out: its default is (`[^`]+`)\."),
        r"\1, \3 is taken for \2 where nothing is passed.",
    ),
    (re.compile(r"If ([^,]{6,90}), (?:then )?((?:the|a|an|you|it|this|`)[^.]{8,160})\."), r"\2 in case \1."),
    (re.compile(r"When ([^,]{6,90}), ((?:the|a|an|you|it|this|`)[^.]{8,160})\."), r"\2 as soon as \1."),
)


def _same(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, row.answer


def _respaced(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if "\n" in row.answer or "`" in row.question:
        return None
    answer = outside_code(row.answer, lambda part: part.replace(" ", "  ", 2))
    return None if answer == row.answer else (row.question.lower(), answer)


def _typo(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    found = list(_WORD.finditer(masked(row.answer)))
    if len(row.answer.split()) < 8 or not found:
        return None
    match = pick(found, rng)
    word = match.group(0)
    at = rng.randrange(1, len(word) - 2)
    options = (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
    )
    return row.question, row.answer[: match.start()] + pick(options, rng) + row.answer[match.end() :]


def _punctuated(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    question = row.question.rstrip("?.") if rng.random() < 0.5 else row.question.rstrip("?.") + " ?"
    answer = outside_code(
        row.answer, lambda part: part.replace(", ", " ", 1) if ", " in part else part.replace(". ", "; ", 1)
    )
    return question, answer


def _word_order(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    def swap(part: str) -> str:
        turned = part
        # Two words of one form between small words: what joins them is a list of two.
        for form in ("s", "ing", "ed", "ly"):
            turned = re.sub(
                rf"\b([a-z]{{3,}}{form}) (and|or) ([a-z]{{3,}}{form})\b(?=[.,])", r"\3 \2 \1", turned, count=1
            )
        turned = re.sub(r"\b(can|will|may) (also|then|often)\b", r"\2 \1", turned, count=1)
        return re.sub(r"(?:^|(?<=\. ))By default, ([a-z])([^.]+)\.(?=\s|$)", _default_last, turned, count=1)

    answer = outside_code(row.answer, swap)
    return None if answer == row.answer else (row.question, answer)


def _default_last(match: re.Match[str]) -> str:
    return f"{match.group(1).upper()}{match.group(2)} by default."


def _filler(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    match = _VERB.search(masked(row.answer))
    if match is None:
        return None
    answer = f"{row.answer[: match.end()]} {pick(_FILLERS, rng)}{row.answer[match.end() :]}"
    return row.question if rng.random() < 0.5 else f"Please tell me: {row.question}", answer


def _article(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    answer = outside_code(
        row.answer, lambda part: re.sub(r"\b(of|in|for|to|from|with|by) the (?=[a-z])", r"\1 ", part, count=1)
    )
    return None if answer == row.answer or len(answer.split()) < 8 else (row.question, answer)


def reworded(answer: str) -> str | None:
    """Return an answer that says the same in other words, or None where no rule can tell it."""
    for pattern, new in _TEMPLATED:
        if pattern.fullmatch(answer):
            made = pattern.sub(new, answer)
            return made[0].upper() + made[1:]
    swaps = 0

    def swap(match: re.Match[str]) -> str:
        nonlocal swaps
        swaps += 1
        return same_case(match.group(0), _SYNONYMS[match.group(0).lower()])

    made = outside_code(answer, lambda part: _SWAP.sub(swap, part))
    return made if swaps >= (1 if len(answer.split()) < 16 else 2) else None


def _asked_anew(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    question = rephrased(row.question, rng)
    return None if question is None else (question, row.answer)


def _answered_anew(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    answer = reworded(row.answer) if is_prose(row.answer) else None
    return None if answer is None else (row.question, answer)


def _both_anew(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    question, answered = rephrased(row.question, rng), _answered_anew(row, material, rng)
    return None if question is None or answered is None else (question, answered[1])


def _then(first: Edit, second: Edit) -> Edit:
    """Return the edit that does ``first`` and, to what that gives, ``second``."""

    def edit(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        made = first(row, material, rng)
        if made is None or made == (row.question, row.answer):
            return None
        return second(replace(row, question=made[0], answer=made[1]), material, rng)

    return edit


def _other_answer(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    other = pick(material.rows, rng)
    return None if other.document_id == row.document_id else (row.question, other.answer)


def _code_case(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    match = re.search(r"`([a-z]\w{2,})`", row.answer)
    return None if match is None else (row.question, row.answer.replace(match.group(0), match.group(0).upper()))


NEAR: dict[str, Edit] = {
    "typo": _typo,
    "punctuation": _punctuated,
    "word order": _word_order,
    "filler word": _filler,
    "article": _article,
}
PARAPHRASES: dict[str, Edit] = {
    "question reworded": _asked_anew,
    "answer reworded": _answered_anew,
    "both reworded": _both_anew,
}
RECIPES = (
    *fault("duplicate_exact", {"word for word": _same, "case and spacing": _respaced}, beside=True),
    *control("duplicate_exact", {**VARIANTS, "case in code": _code_case, "other answer": _other_answer}, beside=True),
    *fault("duplicate_near", NEAR, beside=True),
    *control("duplicate_near", {kind: _then(edit, _punctuated) for kind, edit in VARIANTS.items()}, beside=True),
    *fault("duplicate_paraphrase", PARAPHRASES, beside=True),
    *control("duplicate_paraphrase", {kind: _then(edit, _asked_anew) for kind, edit in VARIANTS.items()}, beside=True),
    *fault("variant", VARIANTS, beside=True),
    *control("variant", NEAR, beside=True),
)
