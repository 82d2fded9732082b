"""Hygiene faults of an answer: empty, an echo, cut off, too long, or in the wrong bytes.

Controls are answers that look alike and are whole: short values, restated questions, code at the end, accents where
they belong. Knows damage; it must not know how a check sees it.
"""

from __future__ import annotations

import re
from random import Random

from tuneproof.curate.calibration.cases import Edit, control, fault
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import add_sentence, is_prose, outside_code, pick, sentences
from tuneproof.curate.rows import PairRow

_NOTHING = ("", " ", "\n\n", "...", "…", "-", "---", ".", "?", "\u200b", "\u00a0", "```\n```", "``", "**", "<br>", "• ")
_PLACEHOLDERS = ("TODO", "TBD", "N/A", "n/a", "[answer]", "<answer here>", "Lorem ipsum", "(empty)")
_TERSE = (
    "None.",
    "`None`",
    "0",
    "Yes.",
    "No.",
    "42",
    "`...`",
    "`-`",
    "3",
    "`''`",
    "True",
    "`[]`",
    "`*`",
    "UTF-8",
    "`/`",
)
_FUNCTION_WORDS = re.compile(r"\b(?:the|a|an|of|to|and|or|in|for|with|that|is|are|by|from|which|if|as|on|not)\b")
_ACCENTED = (
    "The name “José” is kept — accents and all.",
    "A naïve implementation scans the whole file.",
    "It works for ≥ 2 items → one pass.",
    "The signs ✓, ✗ and … are printed as they are.",
    "Größe, Länge and Façade are valid names.",
    "The temperature is given in °C, the width in µm.",
    "The greeting is “Olá” in Portuguese and „Hallo“ in German.",
    "日本語 and Русский are stored as UTF-8.",
    "Prices are in € or £.",
    "Emoji such as 🎉 and 🚀 count as one character.",
    "Łódź and Kraków are sorted by the locale.",
)
_ACCENTED_SHOWN = "The text `Ã©` is what `é` looks like when UTF-8 is read as Latin-1."
_MANGLED = (
    "The name José is kept – accents and all.",
    "It’s a naïve implementation.",
    "The value “auto” is the default.",
    "The café’s façade is drawn first…",
    "Größe and Länge are keys.",
    "It isn’t an error – it’s a warning.",
    "The price is 5 € or 4 £.",
)


def _answer(options: tuple[str, ...]) -> Edit:
    def edit(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        return row.question, pick(options, rng)

    return edit


def _no_question(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return pick(("", " ", "?", "...", "\n"), rng), row.answer


def _echo(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    bare = row.question.rstrip("?.")
    return row.question, pick((row.question, bare, bare + ".", row.question.lower(), row.question.upper()), rng)


def _echo_dressed(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    forms = ("Question: {q}", "{q}\n\n{q}", "You asked: {q}", "**{q}**", "{q} {q}", '"{q}"')
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
    if not is_prose(row.answer) or len(row.answer) < 60 or not words:
        return None
    word = pick(words, rng)
    return row.question, row.answer[: word.start() + 3 if inside else word.end()]


def _cut_after_function_word(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    found = [match for match in _FUNCTION_WORDS.finditer(row.answer) if match.start() > len(row.answer) * 0.4]
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
    tail = pick(("The options are:", "For example,", "There are three cases: first,", "Use it like this:", "1."), rng)
    gap = "\n\n" if "\n" in row.answer or tail == "1." else " "
    return row.question, f"{row.answer}{gap}{tail}"


def _whole_sentences(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    parts = sentences(row.answer)
    return (row.question, " ".join(parts[:-1])) if is_prose(row.answer) and len(parts) > 1 else None


def _ends_otherwise(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    tails = (
        "\n\n```python\nprint(1)\n```",
        "\n\n- one\n- two",
        " Run it with `--help`",
        "\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        " Then type `exit`",
        "\n\nhttps://www.python.org/",
        " (This is rare.)",
        ' It says "done."',
        " 🎉",
    )
    return row.question, row.answer + pick(tails, rng)


def _fragment(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, pick(
        ("A string", "The name of the file", "`True` or `False`", "An open socket", "Seconds since the epoch"), rng
    )


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


def mangled(text: str, rng: Random) -> str | None:
    """Return ``text`` as UTF-8 read in a one-byte encoding, or None where it holds ASCII alone."""
    if text.isascii():
        return None
    encoding = pick(("cp1252", "latin-1"), rng)
    return text.encode().decode(encoding, errors="replace")


def _mojibake_own(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    """Give the answer's own quotes and dashes the curly form, then read them in the wrong encoding."""
    curly = outside_code(
        row.answer,
        lambda part: re.sub(r"(?<=\w)'(?=\w)", "’", re.sub(r"\"([^\"\n]+)\"", "“\\1”", part)).replace(" - ", " – "),
    )
    answer = mangled(curly, rng)
    return None if answer is None else (row.question, answer)


def _mojibake_added(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    sentence = mangled(pick(_MANGLED, rng), rng)
    return None if sentence is None else (row.question, add_sentence(row.answer, sentence, rng))


def _lost_letters(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    sentence = re.sub(r"[^\x00-\x7f]", "\ufffd", pick(_MANGLED, rng))
    return row.question, add_sentence(row.answer, sentence, rng)


def _accented(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, add_sentence(row.answer, pick((*_ACCENTED, _ACCENTED_SHOWN), rng), rng)


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
BYTES = (
    *fault("mojibake", {"own text": _mojibake_own, "a sentence": _mojibake_added, "lost letters": _lost_letters}),
    *control("mojibake", {"accents in place": _accented}),
)
