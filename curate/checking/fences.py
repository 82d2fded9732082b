"""Code fences as CommonMark reads them: the ones that are never closed, and the blocks of those that are.

Knows the syntax of fences. It must not know any language that is written inside one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tuneproof.curate.checking.findings import on_pair
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.datasets.workspace.records import Finding

FENCE = re.compile(r"^ {0,3}(?:[-*+] {1,3}|\d+[.)] {1,3}|> ?)*\s*(`{3,}|~{3,})(.*)$")
LINE = re.compile(r"\r\n|\r|\n")
_QUOTE = re.compile(r"^[ \t]*(?:> ?)+")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """What stands between two fences: ``tag`` is the first word of the info string, small, "" if there is none.

    ``first`` and ``last`` are the lines of the fences, from 1.
    """

    tag: str
    body: str
    first: int
    last: int


def find_broken_fences(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``broken_fence`` for each pair that opens a fence and never closes it."""
    for row in inputs.rows:
        for side, text in (("question", row.question), ("answer", row.answer)):
            if (line := open_fence(text)) is not None:
                message = f"A code fence opened in line {line} of the {side} is never closed."
                yield on_pair(row, "broken_fence", "block", message, {"side": side, "line": line})
                break


def open_fence(text: str) -> int | None:
    """Return the line, from 1, of a fence that ``text`` opens and never closes, or None."""
    return _read(text)[1]


def code_blocks(text: str) -> list[CodeBlock]:
    """Return the blocks that ``text`` opens and closes, in order."""
    return _read(text)[0]


def without_blocks(text: str) -> str:
    """Return ``text`` with an empty line in place of each closed block."""
    blocks, lines = code_blocks(text), LINE.split(text)
    for block in reversed(blocks):
        lines[block.first - 1 : block.last] = [""]
    return "\n".join(lines)


def _read(text: str) -> tuple[list[CodeBlock], int | None]:
    """Return the closed blocks, and the line of a fence left open.

    CommonMark 0.31, section 4.5: a fence closes with the same character, at least as long, and nothing after it.
    """
    if "```" not in text and "~~~" not in text:
        return [], None
    opened: tuple[str, str, int] | None = None
    lines = LINE.split(text)
    blocks = []
    for number, line in enumerate(lines, start=1):
        match = FENCE.match(line)
        if match is None:
            continue
        marks, rest = match.groups()
        if opened is None:
            if marks[0] == "~" or "`" not in rest:
                opened = marks, rest, number
        elif marks[0] == opened[0][0] and len(marks) >= len(opened[0]) and not rest.strip():
            quoted = _QUOTE.match(lines[opened[2] - 1]) is not None
            inside = lines[opened[2] : number - 1]
            body = "\n".join(_QUOTE.sub("", each) for each in inside) if quoted else "\n".join(inside)
            blocks.append(CodeBlock(_tag(opened[1]), body, opened[2], number))
            opened = None
    return blocks, opened[2] if opened else None


def _tag(info: str) -> str:
    word = re.match(r"\s*\{?\s*\.?([\w+#-]*)", info)
    return word.group(1).casefold() if word else ""
