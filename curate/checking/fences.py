"""Code fences as CommonMark reads them: the ones that are never closed, and the blocks of those that are.

Knows the syntax of fences. It must not know any language that is written inside one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tuneproof.curate.checking.findings import on_pair
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.datasets.workspace.records import Finding

FENCE = re.compile(r"^ {0,3}(?:[-*+] {1,3}|\d+[.)] {1,3}|> ?)*\s*(`{3,}|~{3,})(.*)$")


def find_broken_fences(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``broken_fence`` for each pair that opens a fence and never closes it."""
    for row in inputs.rows:
        for side, text in (("question", row.question), ("answer", row.answer)):
            if (line := open_fence(text)) is not None:
                message = f"A code fence opened in line {line} of the {side} is never closed."
                yield on_pair(row, "broken_fence", "block", message, {"side": side, "line": line})
                break


def open_fence(text: str) -> int | None:
    """Return the line, from 1, of a fence that ``text`` opens and never closes, or None.

    CommonMark 0.31, section 4.5: a fence closes with the same character, at least as long, and nothing after it.
    """
    opened: tuple[str, int] | None = None
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        match = FENCE.match(line)
        if match is None:
            continue
        marks, rest = match.groups()
        if opened is None:
            if marks[0] == "~" or "`" not in rest:
                opened = marks, number
        elif marks[0] == opened[0][0] and len(marks) >= len(opened[0]) and not rest.strip():
            opened = None
    return opened[1] if opened else None
