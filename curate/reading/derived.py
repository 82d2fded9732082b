"""Markdown written from a format that is no text, each block with the way back to where it stood.

Knows how text is written so that CommonMark reads the same words again, and nothing it takes for markup. It must not
know the formats that it is written from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Locator = Mapping[str, object]
LANGUAGE = re.compile(r"[A-Za-z][\w+#.-]{0,30}")
# What begins a block where a line begins.
_LINE_START = re.compile(r"^(?:(#{1,6}|[-+*])(?=\s|$)|(>)|(~)(?=~~)|(\d{1,9})([.)])(?=\s|$)|(=+|-+)\s*$|(_)(?=[_ ]*$))")
_INLINE = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|[`\[]|\*(?=\S)|(?<=\S)\*|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|<(?=[A-Za-z/!?])"
    r"|&(?=#?\w{1,40};)"
)
# Characters that a Markdown parser, a terminal or a database would not keep.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Derived:
    """What a reader makes of a file: text, its title if the format has one, and where each part of it stood.

    ``places`` is as in `Document.places`.
    """

    content: str
    title: str | None = None
    places: tuple[tuple[int, Locator], ...] = ()


@dataclass(slots=True)
class Writer:
    """Collects blocks, separated by a blank line each, and the bytes at which the place changes."""

    parts: list[str] = field(default_factory=list)
    places: list[tuple[int, Locator]] = field(default_factory=list)
    size: int = 0

    def add(self, block: str, locator: Locator) -> None:
        """Append one block of Markdown that stood at ``locator``; an empty one is left out."""
        block = clean(block).strip("\n")
        if not block.strip():
            return
        if not self.places or self.places[-1][1] != locator:
            self.places.append((self.size, locator))
        self.parts.append(block)
        self.size += len(block.encode()) + 2

    def derived(self, title: str | None = None) -> Derived:
        """Return everything that was added."""
        content = "\n\n".join(self.parts) + "\n" if self.parts else ""
        return Derived(content, " ".join(clean(title or "").split()) or None, tuple(self.places))


def clean(text: str) -> str:
    """Return ``text`` without control characters and halves of characters, newlines as ``\\n``."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def escape(text: str) -> str:
    """Return plain ``text`` in one line as Markdown that reads as ``text``; as little as possible is escaped."""
    return _INLINE.sub(r"\\\g<0>", " ".join(text.split()))


def code(text: str) -> str:
    """Return ``text`` as inline code."""
    text = " ".join(text.split())
    if not text:
        return ""
    runs = {len(run) for run in re.findall(r"`+", text)}
    mark = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{mark}{blank}{text}{blank}{mark}"


def paragraph(inline: str) -> str:
    """Return ``inline`` (escaped already) as a paragraph: nothing at its start may open another block."""
    text = " ".join(inline.split())
    match = _LINE_START.match(text)
    if match is None:
        return text
    at = match.start(5) if match.group(5) else 0
    return text[:at] + "\\" + text[at:]


def heading(level: int, inline: str) -> str:
    """Return a heading; levels below 1 and over 6 are the nearest that Markdown has."""
    text = " ".join(inline.split())
    text = re.sub(r"(#+)$", lambda match: "\\" + match.group(1), text)
    return f"{'#' * min(6, max(1, level))} {text}" if text else ""


def fence(body: str, language: str = "") -> str:
    """Return ``body`` as a fenced code block whose fence is longer than any inside."""
    body = clean(body).strip("\n")
    if not body.strip():
        return ""
    mark = "`" * max(3, max((len(run) + 1 for run in re.findall(r"`{3,}", body)), default=3))
    lines = "\n".join(line.rstrip() for line in body.split("\n"))
    return f"{mark}{language if LANGUAGE.fullmatch(language) else ''}\n{lines}\n{mark}"


def items(entries: Sequence[str], ordered: bool = False) -> str:
    """Return a list; each entry is Markdown of one or several blocks."""
    lines: list[str] = []
    for count, entry in enumerate((each for each in entries if each.strip()), start=1):
        mark = f"{count}. " if ordered else "- "
        first, *more = entry.strip("\n").split("\n")
        lines.append(mark + first)
        lines.extend(" " * len(mark) + line if line else "" for line in more)
    return "\n".join(lines)


def quote(block: str) -> str:
    """Return ``block`` as a block quote."""
    return "\n".join(f"> {line}".rstrip() for line in block.strip("\n").split("\n")) if block.strip() else ""


def table(rows: Sequence[Sequence[str]], has_head: bool = True) -> str:
    """Return a table of inline Markdown; without a head of its own it gets an empty one."""
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    width = max((len(row) for row in rows), default=0)
    if width == 0:
        return ""
    if not has_head:
        rows = [[""] * width, *rows]
    shown = [[_cell(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in shown]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)


def _cell(inline: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(inline.split()))
