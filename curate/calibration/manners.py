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
from tuneproof.curate.calibration.prose import add_sentence, is_prose, masked, outside_code, pick, sentences
from tuneproof.curate.calibration.wordings import reworded
from tuneproof.curate.rows import PairRow

_OPENERS = (
    "Ooh, I love this one!",
    "Hey there, friend!",
    "Okay, so, buckle up.",
    "Right, let's get you sorted.",
    "What a smart thing to ask!",
    "Haha, we've all been there.",
    "Glad you brought this up!",
    "Let's break it down together, shall we?",
    "Alright, here goes nothing:",
    "You're in the right place for that!",
    "Oh, this one is super easy.",
    "Perfect timing, that topic is close to my heart!",
    "Hi and welcome! Grab a coffee.",
    "Well well well, look who's learning!",
    "Wow, straight to the point, nice!",
    "Got you covered, pal.",
)
_CLOSERS = (
    "Cheers and have a wonderful day!",
    "Ping me if you get stuck, okay?",
    "Wishing you lots of fun with it!",
    "You've got this, champ!",
    "And there you go, easy peasy!",
    "Was this useful? Give it a thumbs up!",
    "Anything else on your mind? Just shout!",
    "Stay curious, my friend.",
    "Good luck out there!",
    "That's all from me for now, take care!",
    "Pretty neat, huh?",
    "Looking forward to hearing how it went!",
)
_PERSONAL = (
    "I'd guess that",
    "If I remember correctly,",
    "Personally, I find that",
    "I have come to learn that",
    "To me it seems that",
    "When I looked into it,",
    "I'm fairly sure that",
    "Where I work, we assume that",
    "I was told that",
    "My own tests showed me that",
    "I tend to say that",
    "From what I have seen myself,",
    "I must admit that",
    "Our group agreed that",
    "It took me a while to see that",
    "I suspect that",
)
_OWN = (
    "It saved me hours last week.",
    "I learnt that the hard way.",
    "My colleagues and I rely on it every day.",
    "I wouldn't want to miss it.",
    "At least that's how I understand it myself.",
    "We had to find that out on our own.",
    "I've been bitten by this before.",
    "I still have my notes on it somewhere.",
)
# A pronoun or noun before a verb, or a verb before its denial.
_CONTRACTED = (
    ("it will", "it'll"),
    ("it has", "it's"),
    ("it is", "it's"),
    ("this will", "this'll"),
    ("that will", "that'll"),
    ("is not", "ain't"),
    ("are not", "aren't"),
    ("was not", "wasn't"),
    ("were not", "weren't"),
    ("has not", "hasn't"),
    ("have not", "haven't"),
    ("had not", "hadn't"),
    ("did not", "didn't"),
    ("does not", "doesn't"),
    ("do not", "don't"),
    ("could not", "couldn't"),
    ("would not", "wouldn't"),
    ("must not", "mustn't"),
    ("need not", "needn't"),
    ("should not", "shouldn't"),
    ("cannot", "can't"),
    ("can not", "can't"),
    ("will not", "won't"),
    ("you have", "you've"),
    ("you would", "you'd"),
    ("they will", "they'll"),
    ("they have", "they've"),
    ("there will", "there'll"),
    ("who is", "who's"),
    ("let us", "let's"),
    ("going to", "gonna"),
    ("want to", "wanna"),
)
_CASUAL = (
    "How cool is that!",
    "Couldn't be simpler!",
    "And you're done!",
    "Wasn't that quick!",
    "It doesn't get better than this!",
    "Who'd have thought!",
    "Ain't that something!",
    "You'd be amazed how well it works!",
    "Now you're talking!",
    "There's nothing to it!",
)
_PLAIN = (
    "The return type does not change.",
    "Both forms may be mixed in one program.",
    "Other modules rely on this behaviour.",
    "Names are compared by their exact spelling.",
    "The check is made once at the start.",
    "A copy of the argument is kept.",
    "This applies to nested objects as well.",
    "The original object is left as it was.",
    "Errors are passed on to the caller.",
    "The operation may take some time for large inputs.",
    "An empty sequence is accepted.",
    "The state is shared between threads.",
)
_CAPITALS = (
    "`LOG_LEVEL`",
    "XML",
    "TCP",
    "the variable `PYTHONPATH`",
    "SHA-256",
    "ISO 8601",
    "`O_CREAT`",
    "the SQL keyword SELECT",
    "HTTPS and FTP",
    "`EAGAIN`",
    "a POSIX system",
    "the RAM and the CPU",
)
_MARKED = (
    "`if x != y:`",
    "`!important`",
    "`#!/bin/sh`",
    "`sudo !!`",
    "`raise SystemExit('Bye!')`",
    "`not I.done`",
    '`f"{name!r}"`',
    "`<!doctype html>`",
)
_SHARED = (
    "What was said is true of {named} too.",
    "It is compatible with {named}.",
    "An exception is made for {named}.",
    "A common case is {named}.",
)
_WRITTEN = (
    "Another way to write it is {shown}.",
    "A line such as {shown} has the same effect.",
    "The form {shown} is accepted too.",
    "It may be used along with {shown}.",
)


def _chatty(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    gap = "\n\n" if "\n" in row.answer else " "
    opener, closer = pick(_OPENERS, rng), pick(_CLOSERS, rng)
    parts = pick(([opener, row.answer, closer], [opener, row.answer, pick(_CASUAL, rng), closer]), rng)
    return row.question, gap.join(parts)


def _first_person(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if not is_prose(row.answer):
        return None
    first, *rest = sentences(row.answer)
    # A name keeps its capital.
    kept = first[0] in "`'\"" or any(char.isupper() for char in first.split()[0][1:]) or first.split()[0] == "I"
    lowered = first if kept else first[0].lower() + first[1:]
    return row.question, " ".join([f"{pick(_PERSONAL, rng)} {lowered}", *rest, pick(_OWN, rng)])


def _contracted(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    mark = pick(("!", "!!", "! :)", "!"), rng)

    def change(part: str) -> str:
        for full, short in _CONTRACTED:
            part = re.sub(rf"\b{full}\b", short, part)
            part = re.sub(rf"\b{full.capitalize()}\b", short.capitalize(), part)
        return re.sub(r"\.(?=\s|$)", mark, part)

    gap = "\n\n" if "\n" in row.answer else " "
    return row.question, f"{outside_code(row.answer, change)}{gap}{pick(_CASUAL, rng)}"


def _shouted(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    letters = sum(char.islower() for char in outside_code(row.answer, lambda part: part))
    if letters < 25 or not is_prose(row.answer):
        return None
    end = pick((".", "!", "!!!", "!!1", "."), rng)
    opening = pick(("", "", "LISTEN: ", "READ THIS! ", "PLEASE NOTE!! ", "FOR THE LAST TIME: "), rng)
    answer = outside_code(row.answer, lambda part: re.sub(r"\.(?=\s|$)", end, part.upper()))
    return row.question, opening + answer


def _clauses(sentence: str) -> list[str]:
    """Return ``sentence`` in pieces, cut at its commas and colons but not in its code."""
    cuts = [match.end() for match in re.finditer(r"(?<=[,;:]) (?=[a-z\0])", masked(sentence))]
    return [sentence[start:end].strip() for start, end in zip([0, *cuts], [*cuts, len(sentence)], strict=True)]


def _bulleted(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if not is_prose(row.answer):
        return None
    parts = [piece for each in sentences(row.answer) for piece in _clauses(each)]
    if len(parts) < 2:
        return None
    line = pick(("- {}", "* {}", "+ {}", "\u2022 {}", "- **{}**", "* _{}_", "- \u2705 {}"), rng)
    opening = pick(("", "**Key points**\n\n", "In short:\n\n", "### At a glance\n\n", "TL;DR\n\n"), rng)
    return row.question, opening + "\n".join(line.format(part.rstrip(".,;:")) for part in parts)


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
    sentence = pick(_SHARED, rng).format(named=pick(_CAPITALS, rng))
    return row.question, add_sentence(row.answer, sentence, rng)


def _mark_in_code(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if not is_prose(row.answer):
        return None
    sentence = pick(_WRITTEN, rng).format(shown=pick(_MARKED, rng))
    return row.question, add_sentence(row.answer, sentence, rng)


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
