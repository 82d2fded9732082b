"""What of an answer is prose, and the small edits that faults and their controls are made of.

Knows text only: code in fences and backticks is left alone unless an edit says otherwise. It must not know any check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

Option = TypeVar("Option")
FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(```.*?```|~~~.*?~~~|`[^`\n]+`)", re.DOTALL)
_STOP = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'(])")
_ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|etc|cf|vs)|\.\.)\.$")


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return ``text`` with ``change`` applied to what stands in no fence and no backticks."""
    parts = _CODE.split(text)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))


def masked(text: str) -> str:
    """Return ``text`` with every character of its code as NUL, so that what a pattern finds in it is prose."""
    return _CODE.sub(lambda code: "\0" * len(code.group(0)), text)


def unfenced(text: str) -> str:
    """Return ``text`` with every character of its fences as NUL; names in backticks stay."""
    return FENCE.sub(lambda code: "\0" * len(code.group(0)), text)


def has_fence(text: str) -> bool:
    """Say whether ``text`` holds a fenced code block."""
    return FENCE.search(text) is not None


def is_prose(text: str) -> bool:
    """Say whether ``text`` is one run of sentences: no fence, list, table or heading, and a stop at its end."""
    return "\n" not in text.strip() and text.rstrip().endswith(".") and not re.match(r"[-*#|>\d]", text.strip())


def sentences(text: str) -> list[str]:
    """Return the sentences of one run of prose; their join with blanks is the run."""
    pieces: list[str] = []
    for piece in _STOP.split(text):
        if pieces and _ABBREVIATED.search(pieces[-1]):
            pieces[-1] += " " + piece
        elif piece:
            pieces.append(piece)
    return pieces


def prose_sentences(text: str) -> list[str]:
    """Return the sentences that stand in one line each of running text, none of a list, table or code."""
    blocks = re.sub(r"```.*?```", "\n\n", text, flags=re.DOTALL).split("\n")
    lines = [line.strip() for line in blocks if not re.match(r"\s*(?:[-*#|>+@$]|\d+\.|def |class |:|>>>)", line)]
    found = [each for line in lines for each in sentences(line)]
    return [each for each in found if len(each.split()) >= 6 and each[0].isupper() and each.endswith(".")]


def same_case(old: str, new: str) -> str:
    """Return ``new`` with a capital where ``old`` begins with one."""
    return new[0].upper() + new[1:] if old[:1].isupper() else new


def add_sentence(answer: str, sentence: str, rng: Random) -> str:
    """Return ``answer`` with ``sentence`` before or after it, as a paragraph where the answer has blocks."""
    gap = "\n\n" if "\n" in answer or answer.rstrip().endswith((":", "```")) else " "
    if rng.random() < 0.5 and not answer.startswith(("-", "*", "|", "#")):
        return f"{sentence}{gap}{answer}"
    return f"{answer.rstrip()}{gap}{sentence}"


def pick(options: Sequence[Option], rng: Random) -> Option:
    """Return one of ``options``."""
    return options[rng.randrange(len(options))]
