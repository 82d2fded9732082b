"""Duplicates: the same pair again, word for word, nearly so, or in other words.

Each edited pair stands beside the real one. Faults keep the meaning; the controls of a kind are the must-not-merge
variants, edited the same way. Knows edits that keep a meaning; it must not know how likeness is measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from tuneproof.curate.calibration.cases import Edit, control, fault
from tuneproof.curate.calibration.frames import rephrased
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import is_prose, masked, outside_code, pick
from tuneproof.curate.calibration.variants import VARIANTS
from tuneproof.curate.calibration.wordings import reworded
from tuneproof.curate.rows import PairRow

_WORD = re.compile(r"(?<![\w.`/'-])[a-z]{5,}(?![\w.`/'(-])")
_FILLERS = (
    "of course",
    "in fact",
    "you know",
    "indeed",
    "obviously",
    "quite simply",
    "to be sure",
    "naturally",
    "as it happens",
    "as you may know",
    "by the way",
    "needless to say",
)
_PLEAS = (
    "Hi! {q}",
    "Hello all. {q}",
    "{q} Thanks!",
    "Quick question: {q}",
    "Hey, {q}",
    "{q} Thank you in advance.",
    "One more thing: {q}",
    "Sorry to bother you. {q}",
)
# The keys to the left and right of each.
_KEYS = {
    **{key: "qwertyuiop"[max(0, at - 1) : at] + "qwertyuiop"[at + 1 : at + 2] for at, key in enumerate("qwertyuiop")},
    **{key: "asdfghjkl"[max(0, at - 1) : at] + "asdfghjkl"[at + 1 : at + 2] for at, key in enumerate("asdfghjkl")},
    **{key: "zxcvbnm"[max(0, at - 1) : at] + "zxcvbnm"[at + 1 : at + 2] for at, key in enumerate("zxcvbnm")},
}
# Forgotten, or written twice.
_ARTICLES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\b(is|are|as|on|at|into|over|returns|takes|uses|and) (?:a|an|the) (?=[a-z])", r"\1 "),
    (r"(?<=[a-z]) the (?=[a-z])", " the the "),
    (r"(?<=[a-z]) an? (?=[a-z])", " "),
    (r"(?:^|(?<=\. ))The ([a-z])", lambda match: match[1].upper()),
)
_VERB = re.compile(r"\b(?:is|are|can|will|may|does)\b(?= [a-z])")


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
    beside = _KEYS.get(word[at], word[at])
    options = (
        word[:at] + pick(beside, rng) + word[at + 1 :],
        word[: at + 1] + pick(beside, rng) + word[at + 1 :],
        word[: at + 1] + " " + word[at + 1 :],
        word[:-2] + word[-1] + word[-2],
        word[1] + word[0] + word[2:],
        word[:-1],
    )
    return row.question, row.answer[: match.start()] + pick(options, rng) + row.answer[match.end() :]


def _punctuated(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    bare = row.question.rstrip("?.")
    question = pick((f"{bare}??", f"{bare}...", f"{bare} ...?", f"{bare}?!", row.question), rng)
    changes = (
        (", ", " - "),
        (". ", " \u2013 "),
        (", ", "; "),
        (" (", ", ("),
        (": ", " - "),
        (", ", " , "),
        (". ", "! "),
    )
    found = [each for each in changes if each[0] in masked(row.answer)]
    if not found:
        return question, row.answer.rstrip(".") if row.answer.endswith(".") else row.answer
    old, new = pick(found, rng)
    at = masked(row.answer).index(old)
    return question, row.answer[:at] + new + row.answer[at + len(old) :]


def _word_order(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    for pattern, turn in rng.sample(_ORDERS, len(_ORDERS)):
        match = pattern.search(row.answer) if "```" not in row.answer else None
        if match is not None:
            made = turn(match)
            return row.question, f"{row.answer[: match.start()]}{made}{row.answer[match.end() :]}"
    return None


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _lowered(text: str) -> str:
    """Return ``text`` without the capital that opened its sentence; a name keeps its own."""
    return text[0].lower() + text[1:] if re.match(r"(?:The|A|An|It|This|You|If|When|All|Each|Any)\b", text) else text


# A sentence begins the answer or follows a stop.
_START = r"(?:^|(?<=[a-z)`]\. ))"
_ORDERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(_START + r"(If|When|Since|Unless) ([^,.;:\n]{6,80}), (?:then )?([^,.;:\n]{6,120})\.(?=\s|$)"),
        lambda m: f"{_capital(m[3])} {m[1].lower()} {m[2]}.",
    ),
    (
        re.compile(_START + r"([A-Z][^,.;:\n]{6,100}) (if|when|unless) ([^,.;:\n]{6,100})\.(?=\s|$)"),
        lambda m: f"{_capital(m[2])} {m[3]}, {_lowered(m[1])}.",
    ),
    (
        re.compile(_START + r"([A-Z][^,.;:\n]{6,100}) by default\.(?=\s|$)"),
        lambda m: f"By default, {_lowered(m[1])}.",
    ),
    (
        re.compile(_START + r"By default, ([^,.;:\n]{6,120})\.(?=\s|$)"),
        lambda m: f"{_capital(m[1])} by default.",
    ),
    (
        re.compile(r"\b(is|are) (usually|often|always|normally|typically|automatically|also) (?=[a-z]+ed\b)"),
        lambda m: f"{m[2]} {m[1]} ",
    ),
    (
        re.compile(_START + r"(To [a-z][^,.;:\n]{6,80}), ([a-z`][^,.;:\n]{6,100})\.(?=\s|$)"),
        lambda m: f"{_capital(m[2])} {_lowered_to(m[1])}.",
    ),
)


def _lowered_to(text: str) -> str:
    return text[0].lower() + text[1:]


def _filler(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    match = _VERB.search(masked(row.answer))
    if match is None:
        return None
    answer = f"{row.answer[: match.end()]} {pick(_FILLERS, rng)}{row.answer[match.end() :]}"
    return row.question if rng.random() < 0.5 else pick(_PLEAS, rng).format(q=row.question), answer


def _article(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    pattern, new = pick(_ARTICLES, rng)
    answer = outside_code(row.answer, lambda part: re.sub(pattern, new, part, count=1))
    return None if answer == row.answer or len(answer.split()) < 8 else (row.question, answer)


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
