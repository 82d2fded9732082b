"""Questions that need the page, answers that point away, and answers about something else.

Knows how people refer to a page. Controls use the same words of a thing that is named or there. It must not know the
patterns of a check.
"""

from __future__ import annotations

import re
from functools import cache
from random import Random

from tuneproof.curate.calibration.cases import Edit, control, fault
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import is_prose, pick, sentences
from tuneproof.curate.calibration.repeats import reworded
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.bundled.texts import general_texts

_NEEDY = (
    "What does this function do?",
    "According to the text, what happens next?",
    "What is shown in the example above?",
    "What does the author recommend in this section?",
    "Which option is described on this page?",
    "In the passage, what is the default?",
    "What does the table below list?",
    "Based on the document, how does it work?",
    "What is the purpose of the code snippet above?",
    "As mentioned earlier, which value is returned?",
    "How does the following example work?",
    "What are the steps listed in this guide?",
    "What does this method return?",
    "Which arguments does this class take?",
    "What is explained in the next chapter?",
    "What does the given context say about errors?",
    "Why is the previous step necessary?",
    "What can be seen in the figure?",
    "In the article, what is said about performance?",
    "What do the above settings change?",
)
_NEEDY_TAILS = (
    "As shown above, {q}",
    "According to the documentation above, {q}",
    "Based on the passage, {q}",
    "In this section, {q}",
    "Given the text, {q}",
)
_NAMED = (
    "How do I read the section `[tool]` of a configuration file?",
    "What is the first page of a PDF document called?",
    "How do I print this month's calendar in Python?",
    "Which table in the database `orders.db` holds the customers?",
    "What does a figure caption look like in LaTeX?",
    "How do I pass text to `textwrap.fill`?",
    "How can I tell which version of the document a client has in its cache?",
    "What is an above-average load for a worker?",
    "How do I write the following words to a file: apple and pear?",
    "How does `git blame` show the author of a line?",
    "What is a context manager?",
    "What does the article 'the' do in a search index?",
    "How do I get the previous exception of `raise ... from ...`?",
    "What is the example domain reserved for?",
    "How do I sort a table by its second column with `sort`?",
    "What is a guide rail in a rack?",
)
_POINTERS = (
    "See the documentation for details.",
    "Refer to the section below.",
    "This is described above.",
    "Please consult the manual for more information.",
    "For more information, see the next chapter.",
    "The following table lists all of them.",
    "See below.",
    "As explained in the previous section, it depends.",
    "Check the API reference for the full list.",
    "This is covered in the tutorial.",
    "Refer to the official docs.",
    "More on that later in this guide.",
    "See the example above.",
    "The details are given elsewhere on this page.",
)
_SELF_CONTAINED = (
    "The next request sees the change.",
    "You will see a prompt.",
    "Values above 10 are cut.",
    "It refers to the parent object.",
    "The section `[server]` holds the port.",
    "The document object has a title.",
    "The page size is set once.",
    "A negative index counts from the end of the list.",
    "Earlier entries are overwritten.",
    "It looks below the root folder first.",
    "The table has two columns: name and size.",
    "The previous value is returned.",
)


def _needy(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return pick(_NEEDY, rng), row.answer


def _needy_opening(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    if not re.match(r"(?:What|How|Which|When|Why|Can|Does|Is)\b", row.question):
        return None
    question = row.question[0].lower() + row.question[1:]
    # With its subject named the question can be understood; without, only the page tells what it is about.
    question = re.sub(r"`[^`]+`", pick(("this", "it", "the above"), rng), question)
    return (pick(_NEEDY_TAILS, rng).format(q=question), row.answer) if "`" in row.question else None


def _named(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return pick(_NAMED, rng), row.answer


def _points(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    gap = "\n\n" if "\n" in row.answer else " "
    return row.question, f"{row.answer}{gap}{pick(_POINTERS, rng)}"


def _only_points(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, pick(_POINTERS, rng)


def _does_not_point(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    gap = "\n\n" if "\n" in row.answer else " "
    return row.question, f"{row.answer}{gap}{pick(_SELF_CONTAINED, rng)}"


def _announces(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    block = pick(("```bash\nls -l\n```", "- the name\n- the size", "| name | size |\n|---|---|\n| a | 1 |"), rng)
    return (
        row.question,
        f"{row.answer}\n\n{pick(('It takes the following:', 'Run this:', 'These are used:'), rng)}\n\n{block}",
    )


def _far_answer(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    others = [pick(material.rows, rng) for _ in range(6)]
    found = [other for other in others if other.path != row.path and len(other.answer.split()) > 6]
    shared = set(re.findall(r"\w{4,}", row.question.lower()))
    found = [
        other for other in found if not shared & set(re.findall(r"\w{4,}", f"{other.question} {other.answer}".lower()))
    ]
    return (row.question, found[0].answer) if found else None


@cache
def _foreign_prose() -> tuple[str, ...]:
    """Return paragraphs about bees, bread, bridges and the like."""
    texts = (text.text for text in general_texts() if text.collection == "prose")
    return tuple(part for text in texts for part in text.splitlines() if 80 < len(part) < 500 and part.endswith("."))


def _foreign_subject(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, pick(_foreign_prose(), rng)


def _foreign_pair(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    asked = (
        "How do bees survive the winter?",
        "What makes bread rise?",
        "Why is the sea salty?",
        "How is glass blown?",
    )
    return pick(asked, rng), pick(_foreign_prose(), rng)


def _on_topic(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    answer = reworded(row.answer) if is_prose(row.answer) else None
    return None if answer is None else (row.question, answer)


def _less(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    parts = sentences(row.answer)
    return (row.question, parts[0]) if is_prose(row.answer) and len(parts) > 1 and len(parts[0].split()) > 5 else None


def _asked_with_answer(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return f"I read about it and got confused. {row.question}", row.answer


NEEDY: dict[str, Edit] = {"subject not named": _needy, "leans on the page": _needy_opening}
RECIPES = (
    *fault("needs_page", NEEDY),
    *control("needs_page", {"same words, subject named": _named}),
    *fault("answer_points_away", {"pointer added": _points, "nothing but a pointer": _only_points}),
    *control("answer_points_away", {"same words, nothing elsewhere": _does_not_point, "block is there": _announces}),
)
OFF_TOPIC = (
    *fault(
        "off_topic",
        {
            "answer of another page": _far_answer,
            "answer about something else": _foreign_subject,
            "pair about something else": _foreign_pair,
        },
    ),
    *control("off_topic", {"reworded": _on_topic, "shortened": _less, "longer question": _asked_with_answer}),
)
