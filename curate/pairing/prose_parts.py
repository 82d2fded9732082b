"""Pairs from parts of a section: a code block and what it is for, a table row, a list entry that explains a name.

Knows shapes of blocks. It must not know whole pages: the heading it is given names the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tuneproof.curate.pairing.headings import Heading, is_order, to_first_person
from tuneproof.curate.pairing.markdown_text import Block
from tuneproof.curate.pairing.questions import Draft, draft
from tuneproof.curate.pairing.sentences import (
    SENTENCE_LIMIT,
    balanced,
    capitalised,
    finish,
    fit,
    points_away,
    split_sentences,
)
from tuneproof.datasets.workspace.records import CaseType, Chunk

_PURPOSE = re.compile(
    r"^(?:(?:For example|Alternatively|Then|Next|Finally|First|Now|Lastly),? )?[Tt]o ([a-z].{6,110}?), "
)
_LEAD_WORDS = re.compile(
    r"^(?:(?:For example|Alternatively|Then|Next|Finally|First|Now|Lastly|Or),? )?(?:you can |simply |just )?"
)
# A longer sentence that ends in a stop speaks of something else than the code after it.
SHORT_LEAD = 90
_CONNECTOR = re.compile(r"^(?:Then|Next|Finally|First|Now|Lastly|Or|Alternatively|And),? (?=\w)")
_SHOW = (
    "How do I {task}{tail}?",
    "How can I {task}{tail}?",
    "Show me how to {task}{tail}.",
    "Which command or code do I need to {task}{tail}?",
    "Show me what I need to {task}{tail}.",
    "I would like to {task}{tail}. How?",
)
_EXAMPLE = (
    "Show me an example of {h}{tail}.",
    "Can you give an example of {h}{tail}?",
    "What does {h} look like in practice{tail}?",
    "Give me a sample of {h}{tail}.",
)
_MEANS = (
    "What does {name} mean{where}?",
    "What is {name}{where}?",
    "Explain {name}{where}.",
    "What is {name} for{where}?",
    "Tell me the meaning of {name}{where}.",
    "Which meaning does {name} have{where}?",
    "What role does {name} play{where}?",
    "Describe {name}{where}.",
)
_MEANS_NAME = (
    "Explain {name}{where}.",
    "Describe {name}{where}.",
    "Tell me about {name}{where}.",
    "What should I know about {name}{where}?",
    "What is meant by {name}{where}?",
)
_COLUMN = (
    "What is the {column} of {name}{where}?",
    "Which {column} belongs to {name}{where}?",
    "Tell me the {column} of {name}{where}.",
    "{name}: what is its {column}{where}?",
)
_POINTING_TASK = re.compile(r"^\w+ (?:it|this|that|them|these|those|so)\b", re.IGNORECASE)
_ENTRY = re.compile(
    r"^((?:`[^`]+`(?:,? (?:or |and )?`[^`]+`)*|[A-Z][\w .()/+-]{1,40}?))"
    r"(?:\s*\(([^)]*)\))?\s*(?::|–|—| - )\s+(\S.{8,})$",
    re.DOTALL,
)


def example_drafts(chunk: Chunk, blocks: Sequence[Block], heading: Heading, limit: int) -> Iterator[Draft]:
    """Yield each code block that a sentence announces, and one that stands alone under its heading."""
    for index, block in enumerate(blocks):
        if block.kind != "fence" or index == 0 or blocks[index - 1].kind != "paragraph":
            continue
        sentences = split_sentences(blocks[index - 1].text)
        lead = sentences[-1] if sentences else ""
        lead = capitalised(_CONNECTOR.sub("", lead))
        answer = f"{lead}\n\n{block.text}"
        announces = lead.endswith(":") or len(lead) <= SHORT_LEAD
        if not lead or not announces or len(answer) > limit or points_away(lead) or not balanced(lead):
            continue
        task = _task(lead)
        slot = f"{index}"
        if task is not None:
            known = heading.about.lower() in task.lower()
            tail = "" if known and heading.about else heading.tail or _topic_tail(heading, task)
            names = {"task": to_first_person(task), "tail": tail}
            yield draft((chunk,), "prose.example", "how_to", _SHOW, answer, slot, **names)


def _task(lead: str) -> str | None:
    """Return what the announcing sentence lets the reader do, as the words after "How do I"."""
    purpose = _PURPOSE.match(lead)
    if purpose is not None:
        return purpose.group(1)
    rest = _LEAD_WORDS.sub("", lead).rstrip(":. ")
    rest = re.sub(r",? (?:use|run|like this|as follows|with|by running|e\.g)$", "", rest)
    if not 8 <= len(rest) <= 120 or not is_order(rest) or _POINTING_TASK.match(rest):
        return None
    return rest[0].lower() + rest[1:]


def _topic_tail(heading: Heading, task: str) -> str:
    if heading.phrase == "question" or heading.text.lower() in task.lower():
        return ""
    return f" ({heading.text})"


def entry_drafts(chunk: Chunk, blocks: Sequence[Block], heading: Heading) -> Iterator[Draft]:
    """Yield what table rows and list entries say of the name they begin with."""
    where = where_of(heading)
    for block in blocks:
        if block.kind == "table":
            yield from _rows(chunk, block, where)
        for item in block.items[:24] if not block.ordered else ():
            match = _ENTRY.match(" ".join(item.split("\n\n")[0].split()))
            if match is None or points_away(match.group(3)) or len(match.group(1).split()) > 4:
                continue
            name, note, text = match.groups()
            answer = fit(split_sentences(capitalised(text)), SENTENCE_LIMIT)
            if answer is None or len(answer.split()) < 3 or answer.startswith("- "):
                continue
            if note and len(note.split()) <= 3 and note.lower() in ("required", "optional", "deprecated"):
                answer = f"({note.capitalize()}) {answer}"
            case: CaseType = "parameter" if name.startswith("`") else "what_is"
            wordings = _MEANS if case == "parameter" else _MEANS_NAME
            yield draft((chunk,), "prose.entry", case, wordings, answer, name, name=name, where=where)


def where_of(heading: Heading) -> str:
    """Return the words that place a name under its heading, with a blank before them, or ""."""
    if heading.generic:
        return f" in {heading.about}"
    return f" in {heading.text}{heading.tail}" if heading.phrase == "noun" else heading.tail


def _rows(chunk: Chunk, block: Block, where: str) -> Iterator[Draft]:
    head, *rows = block.rows
    if len(head) < 2 or not head[0].strip():
        return
    for row in rows[:24]:
        name = row[0]
        if not name or name.isdigit() or len(name) > 60 or len(row) != len(head):
            continue
        for column, cell in zip(head[1:], row[1:], strict=True):
            label = column.lower().strip("` ")
            answer = finish(capitalised(cell)) if cell else None
            slot = f"{name}|{label}"
            if (
                re.search(r"descr|meaning|purpose|explan|details|what it", label)
                and answer
                and len(answer.split()) >= 3
            ):
                yield draft((chunk,), "prose.row", "parameter", _MEANS, answer, slot, name=name, where=where)
            elif label == "default" and cell and cell not in ("-", "—"):
                text = f"The default of {name} is {cell if cell.startswith('`') else f'`{cell}`'}."
                yield draft(
                    (chunk,), "prose.cell", "default", _COLUMN, text, slot, name=name, column=label, where=where
                )
            elif answer and label and re.search("[A-Za-z]{2}", name) and _is_prose(answer):
                yield draft(
                    (chunk,), "prose.cell", "what_is", _COLUMN, answer, slot, name=name, column=label, where=where
                )


def _is_prose(text: str) -> bool:
    return len(re.findall(r"[A-Za-z]{2,}", re.sub(r"`[^`]*`", "", text))) >= 5 and not points_away(text)
