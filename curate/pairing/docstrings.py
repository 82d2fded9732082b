"""What a docstring says: its summary, its paragraphs, its examples, and the parameters it describes.

Knows the habits of docstrings: plain prose, Google, NumPy and Sphinx fields, ``name -- description`` lists, doctests.
It must not know signatures or questions.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import Literal

BlockKind = Literal["prose", "example", "literal", "list", "header"]
_HEADER = re.compile(r"^[A-Z][A-Za-z ]{2,30}\n[-=~]{3,}$")
_SECTION = re.compile(
    r"^(?:(?:optional |keyword |positional |constructor |other )*"
    r"(?:args|arguments|parameters|params|attributes|options)"
    r"|returns?|yields?|raises|exceptions|instance attributes|keyword-only arguments)(?: are| include)?:$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+\S")
# Columns, or names before their descriptions: lines that must not be joined into one sentence.
_ALIGNED = re.compile(r"^\S+ +--? \S|[^\s.!?:] {2,}\S|\S {4,}\S")
# Words that a writer stresses; any other word between asterisks is a name.
_STRESSED_WORDS = (
    "not must never only all always and or any no is are very every some before after both each one does do will should"
    " this that at most least"
)
_STRESSED = frozenset(_STRESSED_WORDS.split())
_CALL = re.compile(r"^[\w.]+\s?\([^()]*(?:\([^()]*\)[^()]*)*\)(?:\s*(?:->|=>|<==>|=|--)\s*\S.*)?$")
_SPHINX = re.compile(r"^\s*:(param|parameter|arg|raises?|returns?|return)\s*([^:]*):\s*(.*)$")
_DASHED = re.compile(r"^\s*(?:[-*+]\s+)?[`*']{0,2}([A-Za-z_]\w*)[`*']{0,2}(?:\s*\([^)]*\))?\s+--?\s+(\S.*)$")
_COLON = re.compile(r"^\s*(?:[-*+]\s+)?[`*']{0,2}([A-Za-z_][\w.]*)[`*']{0,2}(?:\s*\([^)]*\))?\s?:(?:\s+(\S.*))?$")
_DEFAULTED = re.compile(r"^\s*[`*']{0,2}([A-Za-z_]\w*)[`*']{0,2}\s*\(default:? [^)]*\)\s*:?$")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph. Prose is in one line and cleaned; an example or literal keeps its lines, without indentation."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """A described name: a parameter, or an exception with when it is raised."""

    kind: Literal["parameter", "raises", "returns"]
    name: str
    text: str


@dataclass(slots=True)
class Docstring:
    """``summary`` is the first paragraph of prose ("" if there is none), ``blocks`` everything after it."""

    summary: str = ""
    blocks: list[Block] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)

    def prose(self) -> list[str]:
        """Return the paragraphs after the summary."""
        return [block.text for block in self.blocks if block.kind == "prose"]


def parse_docstring(raw: str, parameters: frozenset[str] = frozenset()) -> Docstring:
    """Return what ``raw`` says. ``parameters`` are the names that the signature knows, if it is at hand."""
    lines = inspect.cleandoc(raw).split("\n")
    doc = Docstring()
    rest = _take_fields(lines, parameters, doc.fields)
    for paragraph in _paragraphs(rest):
        doc.blocks.extend(_blocks(paragraph))
    if doc.blocks and doc.blocks[0].kind == "prose":
        doc.summary = doc.blocks.pop(0).text
    return doc


def clean(text: str) -> str:
    """Return prose in one line, with the marks of reStructuredText turned into backticks."""
    text = " ".join(text.split())
    text = re.sub(r":(?:[a-z]+:)?[a-z]+:`~?\.?([^`<]+?)(?:\s*<[^`>]*>)?`", r"`\1`", text)
    text = re.sub(r"``(.+?)``", r"`\1`", text)
    text = re.sub(r"(?<![\w`*])\*([A-Za-z_]\w*)\*(?![\w*])", _emphasis, text)
    text = re.sub(r"(?<![\w`'])`([A-Za-z_][\w.]*(?:\(\))?)'(?!\w)", r"`\1`", text)
    return re.sub(r"::$", ":", text)


def _emphasis(match: re.Match[str]) -> str:
    word = match.group(1)
    return word if word.lower() in _STRESSED else f"`{word}`"


def _paragraphs(lines: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [paragraph for paragraph in found if paragraph]


def _blocks(paragraph: list[str]) -> list[Block]:
    text = inspect.cleandoc("\n".join(paragraph))
    if _HEADER.match(text):
        return [Block("header", text.split("\n")[0])]
    example = next((index for index, line in enumerate(paragraph) if line.lstrip().startswith(">>>")), None)
    if example is not None:
        lines = paragraph[example:]
        while lines and lines[-1].strip() in (">>>", "..."):
            lines.pop()
        before = _blocks(paragraph[:example]) if example else []
        return [*before, Block("example", _dedent(lines))] if lines else before
    if _BULLET.match(paragraph[0]) or sum(bool(_ALIGNED.search(line)) for line in paragraph) >= 2:
        return [Block("list", _dedent(paragraph))]
    if len(paragraph) == 1 and _SECTION.match(paragraph[0].strip()):
        return [Block("header", paragraph[0].strip(" :"))]
    if paragraph[0].startswith((" ", "\t")):
        return [Block("literal", _dedent(paragraph))]
    if _CALL.match(paragraph[0]):
        return _blocks(paragraph[1:]) if len(paragraph) > 1 else []
    for index, line in enumerate(paragraph):
        if index and (line.startswith((" ", "\t")) or _BULLET.match(line)):
            text = clean(" ".join(paragraph[:index]))
            # A sentence that a literal block interrupts is no sentence: it only announces the block.
            text = text if text.endswith((".", "!", "?", ":")) else f"{text}:"
            return [Block("prose", text), *_blocks(paragraph[index:])]
    return [Block("prose", clean(" ".join(paragraph)))]


def _dedent(lines: list[str]) -> str:
    margin = min(len(line) - len(line.lstrip()) for line in lines)
    return "\n".join(line[margin:].rstrip() for line in lines)


def _take_fields(lines: list[str], parameters: frozenset[str], found: list[Field]) -> list[str]:
    """Move described names from ``lines`` to ``found``; return the lines that are left."""
    known = sum(1 for line in lines if (match := _COLON.match(line)) and match.group(1) in parameters)
    rest: list[str] = []
    section, section_indent, index = "", 0, 0
    while index < len(lines):
        line = lines[index]
        indent = len(line) - len(line.lstrip())
        if _SECTION.match(line.strip()) or _is_numpy(lines, index):
            section, section_indent = line.strip().rstrip(":").lower(), indent
            index += 2 if _is_numpy(lines, index) else 1
            # A header opens numpy-style sections of unindented names as well.
            section_indent -= 1 if lines[index - 1].strip().startswith("-") else 0
            continue
        if section and line.strip() and indent <= section_indent:
            section = ""
        end = index + 1
        while end < len(lines) and (
            len(lines[end]) - len(lines[end].lstrip()) > indent if lines[end].strip() else _goes_on(lines, end, indent)
        ):
            end += 1
        entry = _entry(lines[index:end], section, parameters, known)
        if entry is None:
            rest.append(line)
            index += 1
        else:
            found.append(entry)
            rest.append("")
            index = end
    return rest


def _is_numpy(lines: list[str], index: int) -> bool:
    following = lines[index + 1].strip() if index + 1 < len(lines) else ""
    return bool(_SECTION.match(lines[index].strip() + ":")) and len(following) > 2 and not following.strip("-=")


def _goes_on(lines: list[str], blank: int, indent: int) -> bool:
    following = next((line for line in lines[blank:] if line.strip()), "")
    return len(following) - len(following.lstrip()) > indent + 2 and not following.lstrip().startswith(">>>")


def _entry(lines: list[str], section: str, parameters: frozenset[str], known: int) -> Field | None:
    first = lines[0]
    more = " ".join(line.strip() for line in lines[1:])
    if match := _SPHINX.match(first):
        kind, name, text = match.groups()
        word = name.split()[-1] if name.split() else ""
        text = clean(f"{text} {more}")
        return Field(
            "raises" if kind.startswith("rais") else "returns" if "return" in kind else "parameter", word, text
        )
    if any(">>>" in line for line in lines):
        return None
    if (match := _DEFAULTED.match(first)) and more:
        return Field("parameter", match.group(1), clean(more))
    if match := _DASHED.match(first):
        name = match.group(1)
        if name in parameters or "arg" in section or "param" in section:
            return Field("parameter", name, clean(f"{match.group(2)} {more}"))
    if match := _COLON.match(first):
        # In the style of NumPy, "name : type", the type is no part of what the name means.
        typed = bool(more) and first[match.end(1) : match.end(1) + 2] == " :"
        name, text = match.group(1), clean(more if typed else f"{match.group(2) or ''} {more}")
        if section in ("raises", "exceptions") and text:
            return Field("raises", name, text)
        described = any(word in section for word in ("arg", "param", "attribute", "option"))
        if text and (described or (name in parameters and known >= 2)):
            return Field("parameter", name, text)
    if section.startswith(("return", "yield")) and first.strip():
        return Field("returns", "", clean(f"{first} {more}"))
    return None
