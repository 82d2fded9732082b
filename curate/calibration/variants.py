"""Must-not-merge variants: two pairs alike but for what matters.

One number, unit, version, identifier, flag, negation, opposite or direction differs, in question and answer alike,
so that both pairs hold. Knows what changes a meaning; it must not know how likeness is measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tuneproof.curate.calibration.cases import Edit, fault
from tuneproof.curate.calibration.denials import negated, other_number
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.opposites import DIRECTION, OPPOSITE
from tuneproof.curate.calibration.prose import masked, pick, same_case, unfenced
from tuneproof.curate.rows import PairRow

VERSION = re.compile(r"\bv?\d+\.\d+(?:\.\d+)?\b")
NUMBER = re.compile(r"(?<![\w.,/:-])\d{1,5}(?![\w/:]|[.,]\d)")
UNIT = re.compile(
    r"(?<=\d)(\s?)(ms|milliseconds?|seconds?|minutes?|hours?|days?|bytes?|KB|MB|GB|KiB|MiB|GiB|bits?|characters?|lines?)\b"
)
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9]+(?:-[a-z0-9]+)*\b")
NAME = re.compile(r"`([A-Za-z_][\w.]{2,})`")
_UNITS = (
    *("weeks", "months", "years", "microseconds", "ns", "TB", "kB", "TiB", "kbit/s", "bits", "words", "pages", "rows"),
    *("columns", "pixels", "percent", "points", "items", "days", "attempts"),
)
_ENDINGS = ("name", "path", "now", "first", "size", "count", "type", "from", "to", "id", "root", "url", "text")
_SUFFIXES = (
    "_into",
    "_iter",
    "_at",
    "3",
    "_unsafe",
    "_nowait",
    "_from",
    "_or_none",
    "_with",
    "_bytes",
    "_once",
    "_ref",
    "New",
    "_l",
)
_OPPOSITE_WORD = re.compile(rf"(?<![\w`'.-])(?:{'|'.join(sorted(OPPOSITE, key=len, reverse=True))})(?![\w`'-])")
_DIRECTION_WORD = re.compile(
    rf"(?<![\w`])(?:{'|'.join(map(re.escape, sorted(DIRECTION, key=len, reverse=True)))})(?![\w`])"
)


def _consistent(pattern: re.Pattern[str], make: Callable[[re.Match[str], Random], str]) -> Edit:
    """Return an edit that changes one thing wherever it stands, in question and answer."""

    def edit(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        # What an example shows is no statement, and the marks of a list number nothing.
        found = [match for match in pattern.finditer(unfenced(row.answer)) if not is_mark(match)]
        found = found or list(pattern.finditer(row.question))
        if not found:
            return None
        match = pick(found, rng)
        old, new = match.group(0), make(match, rng)
        if old == new:
            return None
        whole = re.compile(rf"(?<![\w.]){re.escape(old)}(?!\w)")
        return whole.sub(lambda _: new, row.question), whole.sub(lambda _: new, row.answer)

    return edit


def is_mark(match: re.Match[str]) -> bool:
    """Say whether a number is the mark of a list, at the start of its line."""
    line = match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start()]
    return not line.strip() and match.string[match.end() : match.end() + 1] in (".", ")")


def _version(match: re.Match[str], rng: Random) -> str:
    *above, last = match.group(0).split(".")
    return ".".join([*above, other_number(last, rng)])


def _unit(match: re.Match[str], rng: Random) -> str:
    others = [unit for unit in _UNITS if unit.rstrip("s").casefold() != match.group(2).rstrip("s").casefold()]
    return match.group(1) + pick(others, rng)


def _flag(match: re.Match[str], rng: Random) -> str:
    return f"{match.group(0)}-{pick(_ENDINGS, rng)}"


def _name(match: re.Match[str], rng: Random) -> str:
    *above, last = match.group(1).split(".")
    return f"`{'.'.join([*above, last + pick(_SUFFIXES, rng)])}`"


def _in_answer(pattern: re.Pattern[str], table: dict[str, str]) -> Edit:
    """Return an edit that turns one word of the answer into its opposite, and the question's where it has it."""

    def edit(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        match = pattern.search(masked(row.answer))
        if match is None:
            return None
        new = same_case(match.group(0), table[match.group(0)])
        whole = re.compile(rf"(?<![\w`]){re.escape(match.group(0))}(?![\w`])")
        # The article goes by the word after it.
        before = re.sub(r"\b([Aa])n? $", rf"\1{'n' if new[0] in 'aeiou' else ''} ", row.answer[: match.start()])
        answer = before + new + row.answer[match.end() :]
        return whole.sub(lambda _: new, row.question, count=1), answer

    return edit


def _negation(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    answer = negated(row.answer, rng)
    return None if answer is None else (row.question, answer)


def _unit_after_number(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    match = UNIT.search(unfenced(row.answer))
    if match is None:
        return None
    return row.question, row.answer[: match.start()] + _unit(match, rng) + row.answer[match.end() :]


VARIANTS: dict[str, Edit] = {
    "number": _consistent(NUMBER, lambda match, rng: other_number(match.group(0), rng)),
    "unit": _unit_after_number,
    "version": _consistent(VERSION, _version),
    "identifier": _consistent(NAME, _name),
    "flag": _consistent(FLAG, _flag),
    "negation": _negation,
    "opposite": _in_answer(_OPPOSITE_WORD, OPPOSITE),
    "direction": _in_answer(_DIRECTION_WORD, DIRECTION),
}
RECIPES = fault("variant", VARIANTS, beside=True)
