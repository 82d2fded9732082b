"""Hygiene faults of an answer: empty, an echo, cut off, or too long.

Controls are answers that look alike and are whole: short values, restated questions, code at the end. Knows
damage; it must not know how a check sees it.
"""

from __future__ import annotations

import re
from random import Random

from tuneproof.curate.calibration import mojibake
from tuneproof.curate.calibration.cases import Edit, control, fault
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import is_prose, pick, sentences
from tuneproof.curate.rows import PairRow

_NOTHING = (
    "\t",
    "   \n   ",
    "\r\n",
    "\u200c\u200d",
    "\u2060",
    "\ufeff",
    "\u3000",
    "&nbsp;",
    "<p></p>",
    "<br/>\n<br/>",
    "<!-- -->",
    "{}{}",
    "``` ```",
    "~~~\n~~~",
    "```python\n\n```",
    "****",
    "__",
    "***",
    "===",
    "______",
    "* * *",
    "> ",
    "#",
    "1. ",
    "- \n- \n- ",
    "\u2014",
    "\u00b7",
    "!",
    ". . .",
    "| | |\n|---|---|",
    "()",
    "//",
)
_PLACEHOLDERS = (
    "TK",
    "tba",
    "To be written.",
    "Coming soon!",
    "xxx",
    "FIXME: write this",
    "TODO(maria): ask Tom about it",
    "WIP",
    "to do",
    "[insert text here]",
    "[your answer goes here]",
    "<placeholder>",
    "{{ answer }}",
    "${ANSWER}",
    "%ANSWER%",
    "(no content)",
    "(this section is intentionally left blank)",
    "Content pending.",
    "Dolor sit amet, consectetur adipiscing elit.",
    "asdf",
    "test test test",
    "Answer:",
    "No answer yet",
    "Work in progress, check back later",
    "Still to be determined.",
    "#REF!",
)
_NO_QUESTIONS = (
    "   ",
    "\t",
    "\u200b",
    "???",
    "\u2026",
    ".",
    "-",
    "Q:",
    "Question:",
    "&nbsp;",
    "n/a",
    "TODO",
    "[question]",
)
_TERSE = (
    "Never.",
    "Always.",
    "Twice.",
    "Nothing.",
    "Optional.",
    "Both.",
    "-1",
    "1",
    "0.5",
    "65535",
    "8080/tcp",
    "3.9",
    "30 s",
    '`""`',
    "`{}`",
    "`()`",
    "`//`",
    "`...` (an `Ellipsis`)",
    "`#`",
    "`.`",
    "`False`",
    "`null`",
    "`TODO`",
    "`~`",
    "`-1`",
    "ASCII",
    "ISO 8601",
    "MIT",
    "Read-only.",
    "`EOFError`",
    "`--`",
    "`N/A`",
    "A tuple.",
    "```python\npass\n```",
)
_FUNCTION_WORDS = re.compile(
    r"\b(?:the|a|an|of|to|and|or|in|for|with|that|is|are|by|from|which|if|as|on|not|its|this|these|their|your|but|than"
    r"|when|while|because|at|into|was|were|has|have|can|will|must|should|between|every|each|any|only|where|whose)\b"
)
_MARKS = ("2.", "- ", "```python", "| name | value |", "* First, ", "### Example")
_ANNOUNCED = (
    "There are two ways of doing this. The first",
    "Note that the following restrictions apply:",
    "The difference is that",
    "To see why, consider",
    "These are the steps:",
    "In particular,",
    "Here is the code:",
    "It returns a tuple of (",
    "On the other hand,",
    "The syntax is as follows:",
    "This has several drawbacks, namely",
    "More precisely, the value",
    *_MARKS,
)
_TAILS = (
    '\n\n```json\n{"size": 4}\n```',
    "\n\n1. Stop it\n2. Start it",
    " Its short form is `-v`",
    "\n\n* `GET`\n* `PUT`",
    "\n\n| key | action |\n|---|---|\n| q | quit |",
    " To leave, press `Ctrl+D`",
    "\n\n<https://example.org/changes>",
    " (Older releases did otherwise.)",
    " The reply is 'pong.'",
    " Neat, isn't it?",
    " Take care!",
    " \U0001f44d",
    " :-)",
    "\n\n> Broken pipe",
    "\n\n    make install",
    " **It can't be undone.**",
    " The same goes for lists, tuples, sets, etc.",
    "\n\nSee also: `os.walk`",
    "\n\nSince version 3.8",
)
_FRAGMENTS = (
    "Up to 255",
    "The caller's thread",
    "A tuple of two integers",
    "Twice a day",
    "Bytes, not text",
    "Nothing at all",
    "On POSIX systems alone",
    "Port 443",
    "Whatever the callback returned",
    "The parent process",
    "Lower case, digits and hyphens",
    "In the home folder of the user",
)


def _answer(options: tuple[str, ...]) -> Edit:
    def edit(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        return row.question, pick(options, rng)

    return edit


def _no_question(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return pick(_NO_QUESTIONS, rng), row.answer


def _echo(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    bare = row.question.rstrip("?.")
    forms = (row.question, f"{bare}!", f"{bare}...", bare.title(), f"{bare} ?", f"{bare}:", bare.lower())
    return row.question, pick(forms, rng)


def _echo_dressed(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    forms = (
        "Q: {q}\nA:",
        "The question was: {q}",
        "So you want to know: {q}",
        "> {q}",
        "## {q}",
        "<p>{q}</p>",
        "A good question is this: {q}",
        "{q}\n{q}\n{q}",
        "Answer: {q}",
        "- {q}",
        "_{q}_",
        "User: {q}",
    )
    return row.question, pick(forms, rng).format(q=row.question)


def _restated(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, f"{row.question} {row.answer}" if len(
        row.answer.split()
    ) > 4 else f"{row.question} It is {row.answer}"


def _cut_in_word(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return _cut(row, rng, inside=True)


def _cut_after_word(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return _cut(row, rng, inside=False)


def _cut(row: PairRow, rng: Random, *, inside: bool) -> tuple[str, str] | None:
    words = list(re.finditer(r"\b[A-Za-z]{6,}\b", row.answer))
    words = [word for word in words if word.start() > len(row.answer) * 0.4 and word.end() < len(row.answer) - 8]
    words = [word for word in words if inside or row.answer[word.end()] == " "]
    if not is_prose(row.answer) or len(row.answer) < 60 or not words:
        return None
    word = pick(words, rng)
    return row.question, row.answer[: word.start() + 3 if inside else word.end()]


def _cut_after_function_word(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    found = [match for match in _FUNCTION_WORDS.finditer(row.answer) if match.start() > len(row.answer) * 0.4]
    # Before a stop the cut would leave a whole sentence.
    found = [match for match in found if row.answer[match.end() : match.end() + 1] == " "]
    if not is_prose(row.answer) or len(row.answer) < 60 or not found:
        return None
    return row.question, row.answer[: pick(found, rng).end()]


def _cut_in_list(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    lines = row.answer.rstrip().split("\n")
    items = [at for at, line in enumerate(lines) if re.match(r"[-*] \S+ \S+ \S+", line)]
    if len(items) < 2 or "```" in row.answer:
        return None
    last = lines[items[-1]]
    cut = last.find(" ", len(last) // 2)
    return None if cut < 8 or cut > len(last) - 6 else (row.question, "\n".join([*lines[: items[-1]], last[: cut + 3]]))


def _announces_nothing(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    tail = pick(_ANNOUNCED, rng)
    gap = "\n\n" if "\n" in row.answer or tail in _MARKS else " "
    return row.question, f"{row.answer}{gap}{tail}"


def _whole_sentences(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    parts = sentences(row.answer)
    return (row.question, " ".join(parts[:-1])) if is_prose(row.answer) and len(parts) > 1 else None


def _ends_otherwise(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, row.answer + pick(_TAILS, rng)


def _fragment(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, pick(_FRAGMENTS, rng)


def _too_long(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    answer, limit = row.answer, material.config.train.max_length
    while material.count([_with(row, answer)])[0] <= limit:
        answer = f"{answer}\n\n{pick(material.rows, rng).answer}"
    return row.question, answer


def _nearly_too_long(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    """Grow the answer as far as the trainer takes it."""
    answer, limit = row.answer, material.config.train.max_length
    for _ in range(12):
        longer = f"{answer}\n\n{pick(material.rows, rng).answer}"
        if material.count([_with(row, longer)])[0] <= limit:
            answer = longer
    return (row.question, answer) if answer != row.answer else None


def _with(row: PairRow, answer: str) -> PairRow:
    return PairRow(row.pair_id, row.question, answer, row.case_type, row.generator, row.origin)


EMPTINESS = (
    *fault(
        "empty", {"no answer": _answer(_NOTHING), "no question": _no_question, "placeholder": _answer(_PLACEHOLDERS)}
    ),
    *control("empty", {"terse but whole": _answer(_TERSE)}),
    *fault("answer_repeats_question", {"the question": _echo, "the question, dressed": _echo_dressed}),
    *control("answer_repeats_question", {"restated, then answered": _restated}),
)
LENGTH = (
    *fault(
        "truncated_answer",
        {
            "in a word": _cut_in_word,
            "after a word": _cut_after_word,
            "in a list": _cut_in_list,
            "after a function word": _cut_after_function_word,
            "announces nothing": _announces_nothing,
        },
    ),
    *control(
        "truncated_answer",
        {
            "whole sentences": _whole_sentences,
            "ends in something else": _ends_otherwise,
            "a fragment that is enough": _fragment,
        },
    ),
    *fault("too_long", {"grown past the limit": _too_long}),
    *control("too_long", {"just within the limit": _nearly_too_long}),
)
BYTES = mojibake.RECIPES
