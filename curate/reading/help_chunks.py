"""Cut what a command prints for ``--help``: its usage, its prose, each option, each subcommand.

Knows the layout that argparse, click, docopt and most hand-written programs share: headed blocks, and entries whose
description stands in a column of its own or on the lines below. It must not know what an entry means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tuneproof.curate.reading.spans import Lines, Span
from tuneproof.datasets.workspace.records import Document

_USAGE = re.compile(r"^\s*usage:\s*(\S.*)?$", re.IGNORECASE)
_OPTION = re.compile(r"^\s*-{1,2}[A-Za-z0-9?#@]")
_HEADER = re.compile(r"^[A-Za-z][\w ,()/&'-]{0,60}:$|^[A-Z][A-Z ]{2,40}$")
_COMMANDS = re.compile(r"command|subcommand|positional|argument", re.IGNORECASE)
_ENTRY = re.compile(r"^\s+(?:[A-Za-z{][\w.:|,{}<>\[\]-]*)(?:[ ,]\S+){0,3}?(?: {2,}\S|$)")
_BRACED = re.compile(r"^[ \t]+\{([A-Za-z][\w.-]*(?:,[A-Za-z][\w.-]*)*)\}(?:[ \t]+\.\.\.)?[ \t]*$", re.MULTILINE)
_PROGRAM = re.compile(r"^(?:[A-Za-z]+=\S+\s+)*(?P<words>[\w./-]+(?: [a-z][\w-]*)*)")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines ``first`` to ``last`` (exclusive); ``header`` is the block's title without its colon."""

    kind: str
    first: int
    last: int
    header: str = ""
    name: str = ""


def looks_like_help(start: str) -> bool:
    """Say whether ``start``, the beginning of a text, is what a command prints for ``--help``."""
    lines = start.splitlines()
    usage = next((at for at, line in enumerate(lines[:40]) if _USAGE.match(line)), None)
    if usage is None:
        return False
    before = [line for line in lines[:usage] if line.strip()]
    entries = sum(bool(_OPTION.match(line)) or bool(_HEADER.match(line)) for line in lines[usage:])
    return len(before) <= 12 and entries >= 1


def program_of(text: str) -> str:
    """Return the command that ``text`` is the help of, with its subcommand: ``git remote add``; "" if unknown."""
    lines = text.splitlines()
    for at, line in enumerate(lines[:60]):
        match = _USAGE.match(line)
        if match is None:
            continue
        rest = match.group(1) or next((each.strip() for each in lines[at + 1 :] if each.strip()), "")
        found = _PROGRAM.match(rest)
        if found is None:
            return ""
        words = found.group("words").split()
        return " ".join([words[0].rpartition("/")[2] or words[0], *words[1:]])
    return ""


def subcommands_of(text: str) -> list[str]:
    """Return the subcommands that a help lists under a header for commands, or in braces under "positional arguments".

    What stands in braces counts only if its words have entries of their own below, as argparse gives to subcommands
    and not to the choices of an argument.
    """
    lines = Lines(text.encode())
    found = [
        piece.name for piece in _pieces(text.encode(), lines)
        if piece.kind == "command" and re.search(r"command", piece.header, re.IGNORECASE)
    ]  # fmt: skip
    for group in _BRACED.finditer(text):
        entries = set(re.findall(r"^[ \t]+([\w][\w.-]*)(?: {2,}\S|[ \t]*$)", text[group.end() :], re.MULTILINE))
        found += [name for name in group.group(1).split(",") if name in entries]
    names = (name for name in found if re.fullmatch(r"[A-Za-z][\w.-]*", name))
    return [name for name in dict.fromkeys(names) if name not in ("help", "Flags", "Options")]


def help_spans(document: Document) -> Iterator[Span]:
    """Yield the pieces of one help text: ``usage``, ``option``, ``command``, ``heading`` and ``text``, in order.

    Everything that is not blank lies in exactly one of them. The path of a piece is the command, the block's header,
    and the name of the option or subcommand.
    """
    lines = Lines(document.content.encode())
    program = program_of(document.content) or document.title
    for piece in _pieces(document.content.encode(), lines):
        span = lines.trim(piece.first, piece.last)
        if span is not None:
            path = tuple(each for each in (program, piece.header, piece.name) if each)
            yield Span(piece.kind, path, *span)


def _pieces(data: bytes, lines: Lines) -> Iterator[_Piece]:
    texts = [data[lines.offset(at) : lines.offset(at + 1)].decode().rstrip() for at in range(len(lines.starts))]
    at, header, kind, start = 0, "", "text", 0
    entries_at: int | None = None
    while at < len(texts):
        line = texts[at]
        if _USAGE.match(line):
            yield _Piece(kind, start, at, header)
            end = _usage_end(texts, at)
            yield _Piece("usage", at, end)
            at = start = end
            header, kind, entries_at = "", "text", None
        elif _HEADER.match(line):
            yield _Piece(kind, start, at, header)
            header, kind, start, entries_at = line.rstrip(":").strip(), "text", at, None
            at += 1
        elif _OPTION.match(line) or (_COMMANDS.search(header) and _ENTRY.match(line)):
            indent = _indent(line)
            if entries_at is None or indent <= entries_at:
                # A header without prose of its own is a bare heading.
                bare = start == at - 1 and bool(header) and texts[start].rstrip(":").strip() == header
                yield _Piece("heading" if bare else kind, start, at, header)
                end = _entry_end(texts, at, indent)
                option = bool(_OPTION.match(line))
                yield _Piece("option" if option else "command", at, end, header, entry_name(line))
                at = start = end
                kind, entries_at = "text", indent
            else:
                at += 1
        else:
            at += 1
    yield _Piece(kind, start, len(texts), header)


def entry_name(line: str) -> str:
    """Return the name of the entry that begins with ``line``: the longest of an option's, or the first word."""
    column = re.split(r" {2,}|\t", line.strip(), maxsplit=1)[0]
    names = re.findall(r"(?<![\w-])--?[A-Za-z0-9?#@][\w.-]*", column)
    if names and line.strip().startswith("-"):
        return str(max(names, key=len))
    return column.split()[0].rstrip(",:") if column.split() else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _usage_end(texts: list[str], at: int) -> int:
    end = at + 1
    if re.fullmatch(r"\s*usage:\s*", texts[at], re.IGNORECASE):
        while end < len(texts) and not texts[end].strip():
            end += 1
    while end < len(texts) and texts[end].strip() and _indent(texts[end]) > _indent(texts[at]):
        end += 1
    return end


def _entry_end(texts: list[str], at: int, indent: int) -> int:
    """Return the line after an entry: what is indented more than its name, blank lines inside it included."""
    end = at + 1
    while end < len(texts):
        if texts[end].strip():
            if _indent(texts[end]) <= indent:
                return end
            end += 1
            continue
        following = next((each for each in texts[end : end + 4] if each.strip()), "")
        if not following or _indent(following) <= indent + 2 or _OPTION.match(following):
            return end
        end += 1
    return end
