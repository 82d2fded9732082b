"""Style drift: pairs that another writer, or another generator, would have put otherwise.

Each drift rewrites an answer in one manner; its controls are edits of the same size in the set's own manner. Knows
manners of writing; it must not know which features a check counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

from tuneproof.curate.calibration.cases import Edit, Recipe, control, fault
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import add_sentence, is_prose, outside_code, pick, sentences
from tuneproof.curate.calibration.wordings import reworded
from tuneproof.curate.rows import PairRow

_OPENERS = (
    "Great question!",
    "Sure, happy to help!",
    "Absolutely! Let me explain.",
    "Of course! Here's the deal:",
    "Thanks for asking!",
    "Certainly! Let's dive right in.",
    "No problem at all!",
    "Good one!",
)
_CLOSERS = (
    "I hope this helps!",
    "Let me know if you have any other questions!",
    "Feel free to reach out anytime.",
    "Hope that clears things up!",
    "Happy coding!",
    "Don't hesitate to ask for more details!",
)
_PERSONAL = (
    "I think",
    "In my experience,",
    "I would say that",
    "As far as I know,",
    "I usually tell people that",
    "We found out that",
    "I believe",
    "My understanding is that",
)
_OWN = (
    "That is what I do in my own projects.",
    "I have used it like that for years.",
    "We do it this way in our team.",
)
_CONTRACTED = (
    ("it is", "it's"),
    ("is not", "isn't"),
    ("does not", "doesn't"),
    ("do not", "don't"),
    ("cannot", "can't"),
    ("will not", "won't"),
    ("that is", "that's"),
    ("you will", "you'll"),
    ("you are", "you're"),
    ("are not", "aren't"),
    ("there is", "there's"),
    ("they are", "they're"),
    ("what is", "what's"),
    ("should not", "shouldn't"),
)
_CASUAL = ("That's it!", "It's that easy!", "You can't go wrong here!", "Don't worry, it's simple!", "You'll love it!")
_PLAIN = (
    "The documentation describes the details.",
    "The value is read once.",
    "The order of the arguments is fixed.",
    "The call has no other effect.",
    "The same holds for subclasses.",
    "The result can be stored for later use.",
)


def _chatty(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    gap = "\n\n" if "\n" in row.answer else " "
    return row.question, f"{pick(_OPENERS, rng)}{gap}{row.answer}{gap}{pick(_CLOSERS, rng)}"


def _first_person(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if not is_prose(row.answer):
        return None
    first, *rest = sentences(row.answer)
    lowered = (
        first if first[:2].isupper() or first[0] in "`'\"" or first.split()[0] == "I" else first[0].lower() + first[1:]
    )
    return row.question, " ".join([f"{pick(_PERSONAL, rng)} {lowered}", *rest, pick(_OWN, rng)])


def _contracted(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    def change(part: str) -> str:
        for full, short in _CONTRACTED:
            part = re.sub(rf"\b{full}\b", short, part)
            part = re.sub(rf"\b{full.capitalize()}\b", short.capitalize(), part)
        return re.sub(r"\.(?=\s|$)", "!", part)

    gap = "\n\n" if "\n" in row.answer else " "
    return row.question, f"{outside_code(row.answer, change)}{gap}{pick(_CASUAL, rng)}"


def _shouted(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    answer = outside_code(row.answer, str.upper)
    letters = sum(char.isalpha() for char in outside_code(row.answer, lambda part: part) if char.islower())
    return None if letters < 25 or not is_prose(row.answer) else (row.question, answer)


def _bulleted(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if not is_prose(row.answer):
        return None
    parts = [piece for each in sentences(row.answer) for piece in re.split(r"(?<=[,;]) (?=[a-z])", each)]
    if len(parts) < 2:
        return None
    return row.question, "\n".join(f"* **{part.rstrip('.,;')}**" for part in parts)


DRIFTS: Mapping[str, Edit] = {
    "chatty filler": _chatty,
    "first person": _first_person,
    "contractions and exclamations": _contracted,
    "shouting": _shouted,
    "bullets": _bulleted,
}


def _plain_sentence(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return (row.question, add_sentence(row.answer, pick(_PLAIN, rng), rng)) if is_prose(row.answer) else None


def _synonyms(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    answer = reworded(row.answer) if is_prose(row.answer) else None
    return None if answer is None else (row.question, answer)


def _shortened(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    parts = sentences(row.answer)
    return (row.question, " ".join(parts[:-1])) if is_prose(row.answer) and len(parts) > 1 else None


def _acronym(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if not is_prose(row.answer):
        return None
    named = pick(("`MAX_RETRIES`", "HTTP", "JSON", "`DEFAULT_TIMEOUT`", "UTF-8", "the `ALL_CAPS` constant"), rng)
    return row.question, add_sentence(row.answer, f"The same is true of {named}.", rng)


def _mark_in_code(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if not is_prose(row.answer):
        return None
    shown = pick(("`a != b`", "`echo 'done!'`", "`print('Hello!')`", "`x = I * 2`"), rng)
    return row.question, add_sentence(row.answer, f"The expression {shown} works as well.", rng)


CONTROLS: Mapping[str, Edit] = {
    "plain sentence added": _plain_sentence,
    "synonyms": _synonyms,
    "a sentence less": _shortened,
    "capitals that are names": _acronym,
    "mark in code": _mark_in_code,
}


def outliers(check: str, kind: str) -> tuple[Recipe, ...]:
    """Return the recipes of one drift, and of all controls, under the table's name ``check``."""
    return (*fault(check, {kind: DRIFTS[kind]}), *control(check, CONTROLS))
