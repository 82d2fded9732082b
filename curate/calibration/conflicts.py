"""Contradictions: one subject, two answers that can't both hold.

A second pair beside the real one asks the same, in the same or other words, and gives another number, a flipped
polarity or another default. Controls ask again with the same value in other words, ask of another object with another
value, or of another platform. Knows what two answers say of one subject; it must not know how a check compares them.
"""

from __future__ import annotations

import re
from random import Random

from tuneproof.curate.calibration.cases import Edit, Recipe, control, fault
from tuneproof.curate.calibration.denials import counted, negated, other_value
from tuneproof.curate.calibration.frames import rephrased
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import is_prose, pick
from tuneproof.curate.calibration.variants import is_mark
from tuneproof.curate.calibration.wordings import reworded
from tuneproof.curate.rows import PairRow

_NUMBER = re.compile(
    r"(?<![\w.,/:`'\"-])(?:\d{1,5}(?:\.\d+)?(?![\w/:]|[.,]\d)|(?:two|three|four|five|six|seven|eight|nine|ten)(?![\w-]))"
)
_DEFAULT = re.compile(
    r"(?<![\w`])(?i:default (?:value )?(?:of [^.]{1,60}? )?is|defaults? to|default|by default (?:it is|this is)?)[ (:]*"
    r"(?P<v>`[^`]+`|\"[^\"]+\"|\d[\w.]*|true|false)"
)
_EXAMPLE = re.compile(r"(?:e\.g\.|such as|for example|for instance|like)[^.;)]{0,40}$", re.IGNORECASE)
_SHORT = 60
_PLATFORMS = (
    *("Linux", "Solaris", "AIX", "OpenBSD", "iOS", "z/OS", "Haiku", "NetBSD", "QNX", "Fuchsia", "VxWorks"),
    *("Windows", "macOS", "FreeBSD", "Android"),
)
_VERBS = ("sync", "merge", "probe", "flush", "clone", "patch", "remote", "batch", "async", "shadow", "guard", "legacy")
_DENIED = ("No, that is not the case.", "Not at all.", "No, never.", "By no means.", "No, it's the other way round.")
_AFFIRMED = ("Yes, it is so.", "Certainly, yes.", "Yes, always.", "Yes, in every case.", "Yes, that's how it is.")


def _asked(row: PairRow, rng: Random) -> str:
    """Return the row's question, in other words half of the time where a frame fits."""
    return (rephrased(row.question, rng) or row.question) if rng.random() < 0.5 else row.question


def _number(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    found = [] if "```" in row.answer else list(_NUMBER.finditer(row.answer))
    # A number that the question names is what it asks about, not what the answer says.
    found = [match for match in found if match.group(0) not in row.question and not is_mark(match)]
    # Another example is no other fact.
    found = [match for match in found if not _EXAMPLE.search(row.answer[: match.start()])]
    if not found or len(row.answer.split()) > _SHORT:
        return None
    match = pick(found, rng)
    return _asked(row, rng), row.answer[: match.start()] + counted(match.group(0), rng) + row.answer[match.end() :]


def _negation(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if not is_prose(row.answer) or len(row.answer.split()) > _SHORT:
        return None
    yes = re.match(r"(Yes|No)\. ", row.answer)
    if yes:
        return _asked(row, rng), pick(_DENIED if yes.group(1) == "Yes" else _AFFIRMED, rng)
    answer = negated(row.answer, rng)
    return None if answer is None else (_asked(row, rng), answer)


def _default(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    match = _DEFAULT.search(row.answer)
    # In a long answer the default is one fact of many.
    if match is None or "```" in row.answer or len(row.answer.split()) > _SHORT:
        return None
    value = other_value(match.group("v"), rng)
    if value == match.group("v"):
        return None
    return _asked(row, rng), row.answer[: match.start("v")] + value + row.answer[match.end("v") :]


def _restated(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    """Ask the same again and say the same value in other words."""
    if len(row.answer.split()) > _SHORT or not is_prose(row.answer):
        return None
    answer = reworded(row.answer)
    return None if answer is None else (rephrased(row.question, rng) or row.question, answer)


def _other_object(edit: Edit) -> Edit:
    """Return an edit that gives another value for another object: both answers hold."""

    def changed(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        names = re.findall(r"`([A-Za-z_][\w.]{2,})`", row.question)
        made = edit(row, material, rng)
        if not names or made is None:
            return None
        name = names[-1]
        last = name.rpartition(".")[2]
        verb = pick(_VERBS, rng)
        new = f"{name.removesuffix(last)}{verb}_{last.lstrip('_')}"
        return made[0].replace(f"`{name}`", f"`{new}`"), made[1].replace(f"`{name}`", f"`{new}`")

    return changed


def _on_linux(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if any(name.casefold() in f"{row.question} {row.answer}".casefold() for name in _PLATFORMS):
        return None
    if _number(row, material, rng) is None and _default(row, material, rng) is None:
        return None
    asked = pick(("{q} on Linux?", "On Linux: {q}?", "{q} under Linux?", "Linux only: {q}?"), rng)
    said = pick(("Under Linux, this holds: {a}", "{a} (That is for Linux.)", "Linux: {a}", "For Linux: {a}"), rng)
    return asked.format(q=row.question.rstrip("?.")), said.format(a=row.answer)


def _other_platform(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    made = _number(row, material, rng) or _default(row, material, rng)
    if made is None:
        return None
    platform = pick(_PLATFORMS[1:], rng)
    return row.question.replace("Linux", platform), made[1].replace("Linux", platform)


FAULTS: dict[str, Edit] = {"number": _number, "negation": _negation, "default": _default}
CONTROLS: dict[str, Edit] = {
    "same value reworded": _restated,
    "other object, other number": _other_object(_number),
    "other object, other default": _other_object(_default),
}
RECIPES = (
    *fault("contradiction", FAULTS, beside=True),
    *control("contradiction", CONTROLS, beside=True),
    Recipe("contradiction", "other platform", False, _other_platform, beside=True, prepare=_on_linux),
)
